"""What is told of a topic that somebody has deleted, and what is done about it."""

from __future__ import annotations

from typing import Any, cast

from apps.kafka.clusters import Cluster, ClusterError
from apps.kafka.identity import Logs
from apps.rooms.logwatch import LogWatch

MISSING = frozenset({"hearts"})


class Brokers:
    """Without the topic. They `refuse` to make it, or do not."""

    bootstrap_servers = "kafka-1:9092"

    def __init__(self, logs: Logs, refuse: str = "") -> None:
        self.logs, self._refuse, self.made = logs, refuse, list[Any]()

    def real_name(self, name: str) -> str:
        return f"kafkaviz.K7MPX4.{name}"

    def look_at_logs(self) -> Logs:
        return self.logs

    def remake_topics(self, partitions: Any) -> None:
        if self._refuse:
            raise ClusterError(self._refuse)
        self.made.append(dict(partitions))


def watching(brokers: Brokers) -> LogWatch:
    return LogWatch(cast(Cluster, brokers), {"hearts": 3, "letters": 1})


def test_a_missing_topic_is_told_and_left_alone_at_first() -> None:
    brokers = Brokers(Logs(missing=MISSING))
    watch = watching(brokers)
    watch.look()
    assert "The topic hearts is missing on Kafka" in (watch.words or "")
    assert not brokers.made
    assert not watch.changed


def test_it_is_made_anew_in_the_same_life_which_ends_when_it_is_there() -> None:
    brokers = Brokers(Logs(missing=MISSING, gone=MISSING))
    watch = watching(brokers)
    watch.look()
    assert brokers.made == [{"hearts": 3}]
    brokers.logs = Logs(changed=MISSING)
    watch.look()
    assert watch.changed
    assert watch.words is None


def test_who_may_not_make_it_tells_why_and_by_what_command_others_can() -> None:
    watch = watching(
        Brokers(Logs(missing=MISSING, gone=MISSING), "This Kafka does not let us create topics.")
    )
    watch.look()
    words = watch.words or ""
    assert "This Kafka does not let us create topics." in words
    assert (
        "kafka-topics.sh --bootstrap-server kafka-1:9092 --create --topic kafkaviz.K7MPX4.hearts --partitions 3"
    ) in words


def test_a_topic_that_no_room_can_take_ends_no_life_until_it_is_right() -> None:
    brokers = Brokers(Logs(changed=MISSING, unfit={"hearts": 100}))
    watch = watching(brokers)
    watch.look()
    assert "hearts now has 100 partitions, and a room can have at most 64" in (watch.words or "")
    assert not watch.changed
    brokers.logs = Logs(changed=MISSING)
    watch.look()
    assert (watch.changed, watch.words) == (True, None)
