"""A log has a beginning: what was deleted before a group read it is its loss, exactly; and nobody else's."""

from __future__ import annotations

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from apps.kafka.hops import HopType
from apps.kafka.outgoing import Delivery
from apps.scenarios.catalog.hearts import SCENARIO as HEARTS
from apps.scenarios.run import ScenarioRun
from tests.contract.breaking import counts, until_at_rest
from tests.contract.conftest import PATIENCE
from tests.contract.stage import Stage

READ, UNREAD = ("heart-counter", "notifications"), "trending"

# Nobody can delete records of the embedded cluster; it does so itself when 5 MiB are full.
pytestmark = pytest.mark.parametrize(
    "new_cluster", [pytest.param("kafka", marks=pytest.mark.kafka)], indirect=True
)


def press(stage: Stage, run: ScenarioRun, times: int) -> int:
    """Hearts of one stream. Returns their partition."""
    stored = list[Delivery]()
    for _ in range(times):
        run.act("send-heart", {"stream": "music"}, delivered=stored.append)
    stage.ask_until(lambda: len(stored) == times)
    return stored[0].partition


def delete_before(stage: Stage, partition: int, offset: int) -> None:
    admin = AdminClient(dict(stage.cluster.client_settings))
    place = TopicPartition(stage.cluster.real_name("hearts"), partition, offset)
    for answer in admin.delete_records([place]).values():
        answer.result(PATIENCE)


@pytest.mark.parametrize("deleted", [4, 6])
def test_what_is_deleted_before_a_group_read_it_is_told_as_exactly_its_loss(
    stage: Stage, deleted: int
) -> None:
    run = stage.run(HEARTS)
    run.team(UNREAD).set("paused", "on")
    partition = press(stage, run, 6)
    stage.hops.until(lambda: all(stage.hops.count(HopType.COMMIT, group) == 6 for group in READ))
    delete_before(stage, partition, deleted)
    run.sample()
    (told,) = stage.hops.of(HopType.DELETE)
    assert (told.topic, told.partition, told.offset) == ("hearts", partition, deleted - 1)
    run.team(UNREAD).set("paused", "off")
    until_at_rest(stage, run)
    losses = [(hop.group, hop.first, hop.offset, hop.count) for hop in stage.hops.of(HopType.FAIL)]
    assert losses == [(UNREAD, 0, deleted - 1, deleted)]
    assert (counts(run, UNREAD)["lost"], counts(run, UNREAD)["processed"]) == (deleted, 6 - deleted)
    for group in READ:
        assert (counts(run, group)["lost"], counts(run, group)["processed"]) == (0, 6)
    assert all(found.lag == 0 for found in run.committed()[UNREAD])
