"""A log has a beginning: what was deleted before a group read it is its loss, exactly; and nobody else's. A share group
waits for nothing that nobody will ever get."""

from __future__ import annotations

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from apps.kafka.hops import HopType
from apps.kafka.outgoing import Delivery
from apps.scenarios.catalog.hearts import SCENARIO as HEARTS
from apps.scenarios.run import ScenarioRun
from tests.contract.breaking import GROUP as UNREAD
from tests.contract.breaking import counts, pause, until_at_rest
from tests.contract.conftest import PATIENCE
from tests.contract.sharers import GROUP as QUEUE
from tests.contract.stage import Stage, all_committed

READ = ("heart-counter", "notifications")

# Nobody can delete records of the embedded cluster; it does so itself when 5 MiB are full.
on_kafka = pytest.mark.parametrize(
    "new_cluster", [pytest.param("kafka", marks=pytest.mark.kafka)], indirect=True
)
on_embedded = pytest.mark.parametrize("new_cluster", ["embedded"], indirect=True)

LARGE = b'{"stream": "music", "pad": "%s"}' % (b"x" * 3_960)
"""A heart, as large as a group reads one: 1,600 of them are 6 MiB."""


def press(stage: Stage, run: ScenarioRun, times: int) -> int:
    """Hearts of one stream. Returns their partition."""
    stored = list[Delivery]()
    for _ in range(times):
        run.act("send-heart", {"stream": "music"}, delivered=stored.append)
    stage.ask_until(lambda: len(stored) == times)
    return stored[0].partition


def until_read(stage: Stage, records: int) -> None:
    stage.hops.until(lambda: all(stage.hops.count(HopType.COMMIT, group) == records for group in READ))


def delete_before(stage: Stage, partition: int, offset: int) -> None:
    admin = AdminClient(dict(stage.cluster.client_settings))
    place = TopicPartition(stage.cluster.real_name("hearts"), partition, offset)
    for answer in admin.delete_records([place]).values():
        answer.result(PATIENCE)


def fill(stage: Stage, partition: int, count: int) -> None:
    """By somebody else. A batch is dropped as a whole, so they are small."""
    producer = Producer({**stage.cluster.client_settings, "batch.num.messages": 50})
    for _ in range(count):
        producer.produce(stage.cluster.real_name("hearts"), LARGE, key=b"music", partition=partition)
    assert producer.flush(PATIENCE) == 0


@on_kafka
@pytest.mark.parametrize("deleted", [4, 6])
def test_what_is_deleted_before_a_group_read_it_is_told_as_exactly_its_loss(
    stage: Stage, deleted: int
) -> None:
    run = stage.run(HEARTS)
    run.team(UNREAD).set("paused", "on")
    partition = press(stage, run, 6)
    until_read(stage, 6)
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


@on_embedded
def test_what_a_full_log_dropped_before_a_group_read_it_is_told_as_exactly_its_loss(stage: Stage) -> None:
    run = stage.run(HEARTS)
    partition = press(stage, run, 1)
    stage.hops.until(all_committed(run, stage.hops, 1))
    pause(stage, run)
    # By halves, of which the log keeps any one: so who reads on loses nothing.
    for end in (801, 1_601):
        fill(stage, partition, 800)
        until_read(stage, end)
    run.sample()
    (told,) = stage.hops.of(HopType.DELETE)
    (begins,) = [found.start for found in run.ends() if found.start]
    assert (told.topic, told.partition, told.offset) == ("hearts", partition, begins - 1)
    run.team(UNREAD).set("paused", "off")
    until_at_rest(stage, run)
    press(stage, run, 2)
    until_at_rest(stage, run)
    losses = [(hop.group, hop.first, hop.offset, hop.count) for hop in stage.hops.of(HopType.FAIL)]
    # It had read the first one.
    assert losses == [(UNREAD, 1, begins - 1, begins - 1)]
    assert (counts(run, UNREAD)["lost"], counts(run, UNREAD)["processed"]) == (begins - 1, 1_604 - begins)
    for group in READ:
        assert (counts(run, group)["lost"], counts(run, group)["processed"]) == (0, 1_603)
    assert all(found.lag == 0 for offsets in run.committed().values() for found in offsets)


@on_kafka
def test_what_was_deleted_before_a_share_group_came_does_not_wait_for_it(stage: Stage) -> None:
    run = stage.run(HEARTS)
    partition = press(stage, run, 3)
    stage.hops.until(all_committed(run, stage.hops, 3))
    delete_before(stage, partition, 2)
    run.team(QUEUE).add()
    stage.ask_until(lambda: counts(run, QUEUE)["processed"] == 1)
    until_at_rest(stage, run)
    assert of_all(run) == 3
    assert counts(run, QUEUE)["waiting"] == 0


def of_all(run: ScenarioRun) -> int:
    """The offsets that the ledger of the share group accounts for, each by one of its names."""
    return sum(count for name, count in counts(run, QUEUE).items() if name != "again")
