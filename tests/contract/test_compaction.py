"""A compacted log keeps the last record of each key: what it took before a group came is void for it, and no loss."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from apps.kafka.clusters import ClusterError
from apps.kafka.hops import HopType
from apps.kafka.readback import NotThere, read_back
from tests.contract.breaking import GROUP, HEARTS, counts, owned, pause, send, until_at_rest
from tests.contract.conftest import PATIENCE
from tests.contract.stage import Stage
from tests.integration import kafka_python

READ, LATER = ("heart-counter", "notifications"), (GROUP, "latecomer")
SENT = 7

# The embedded cluster has no compaction. Kafka looks for what to compact every 15 s.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("new_cluster", [pytest.param("kafka", marks=pytest.mark.kafka)], indirect=True),
]


def set_log(stage: Stage, values: Mapping[str, str]) -> None:
    changes = [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        for name, value in values.items()
    ]
    topic = stage.cluster.real_name("hearts")
    wish = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=changes)
    admin = AdminClient(dict(stage.cluster.client_settings))
    for answer in admin.incremental_alter_configs([wish]).values():
        answer.result(PATIENCE)


def until_read(stage: Stage, records: int) -> None:
    stage.hops.until(lambda: all(stage.hops.count(HopType.COMMIT, group) == records for group in READ))


def compacted(stage: Stage, partition: int) -> bool:
    """What compaction takes goes at once, the first record with it."""
    try:
        read_back(stage.cluster, "hearts", partition, 0)
    except NotThere:
        return True
    except ClusterError:  # it was slow to answer
        return False
    return False


def void(stage: Stage, group: str) -> list[int]:
    """The offsets that were told as such."""
    found: list[int] = []
    for hop in stage.hops.of(HopType.VOID, group):
        last = hop.offset or 0
        found += range(last if hop.first is None else hop.first, last + 1)
    return found


def test_what_compaction_took_is_void_for_who_reads_later_and_lost_for_nobody(stage: Stage) -> None:
    run = stage.run(HEARTS)
    stage.hops.until(lambda: owned(stage) == 3)
    pause(stage, run)
    # Each heart in a file of its own: the one that is written to is never compacted.
    set_log(stage, {"segment.ms": "1"})
    for sent in range(1, SENT + 1):
        send(run, 1)
        until_read(stage, sent)
    partition = stage.hops.of(HopType.ACK)[0].partition or 0
    set_log(stage, {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0"})
    stage.ask_until(lambda: compacted(stage, partition))
    topic = stage.cluster.real_name("hearts")
    kept = [found.offset for found in kafka_python.read_committed(stage.cluster.bootstrap_servers, topic)]
    taken = sorted(set(range(SENT)) - set(kept))
    assert taken and kept[-1] == SENT - 1
    run.team(GROUP).set("paused", "off")
    run.team("latecomer").add()
    until_at_rest(stage, run)
    for group in LATER:
        assert void(stage, group) == taken
        found = counts(run, group)
        assert (found["processed"], found["void"], found["lost"]) == (len(kept), len(taken), 0)
    for group in READ:
        found = counts(run, group)
        assert (found["processed"], found["void"], found["lost"]) == (SENT, 0, 0)
    assert not stage.hops.of(HopType.FAIL)
    assert all(place.lag == 0 for offsets in run.committed().values() for place in offsets)
