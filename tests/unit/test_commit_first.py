"""A group that sets its bookmark before it handles: who leaves in good order, or has a partition taken away, finishes
the batch behind it, and only a crash loses one. The client's part is played from a script, a step at each poll."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, Message, TopicPartition

from apps.kafka import commits, member
from apps.kafka.choices import Commit, GroupChoice
from apps.kafka.commits import Commits
from apps.kafka.duties import Duties
from apps.kafka.hops import Hop, HopType
from apps.kafka.life import Crash
from apps.kafka.member import GroupMember
from apps.kafka.received import Received
from tests.contract.conftest import PATIENCE, Hops

MINE = [TopicPartition("orders", 0)]
CLUSTER: Any = SimpleNamespace(
    real_name=lambda name: name,
    protocols={"consumer": {}},
    consumer_settings={},
    client_settings={},
    transactions=False,
    check_logs=lambda: True,
)


class Client:
    """In place of a `Consumer`."""

    steps: deque[Callable[[Client], Message | None]]
    asked: list[list[TopicPartition]]
    gathers: deque[Callable[[Client], object]]
    stored: list[int]

    def __init__(self, config: dict[str, Any]) -> None:
        self._on_commit = config["on_commit"]

    def subscribe(self, _topics: list[str], **on: Any) -> None:
        self.on = on

    def poll(self, _timeout: float) -> Message | None:
        if self.steps:
            return self.steps.popleft()(self)
        threading.Event().wait(0.001)
        return None

    def consume(self, _number: int, _timeout: float) -> list[Message]:
        if self.gathers:
            self.gathers.popleft()(self)
        return []

    def store_offsets(self, offsets: list[TopicPartition]) -> None:
        self.stored += [place.offset for place in offsets]

    def committed(self, places: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        return [TopicPartition(place.topic, place.partition, 0) for place in places]

    def commit(self, offsets: list[TopicPartition], asynchronous: bool) -> None:
        self.asked.append(offsets)

    def answers(self, error: KafkaError | None = None) -> None:
        self._on_commit(error, self.asked[-1])

    def resume(self, _places: list[TopicPartition]) -> None:
        pass

    def unsubscribe(self) -> None:
        self.on["on_revoke"](self, MINE)

    def close(self) -> None:
        pass


def assigns(client: Client) -> None:
    client.on["on_assign"](client, MINE)


def revokes(client: Client) -> None:
    client.on["on_revoke"](client, MINE)


def hands_out(_client: Client) -> Message:
    return Message(topic="orders", partition=0, offset=0, key=b"k", value=b"{}", timestamp=(1, 0))


def answers(client: Client) -> None:
    client.answers()


def refuses(client: Client) -> None:
    client.answers(KafkaError(KafkaError.REBALANCE_IN_PROGRESS))


class Group:
    """One member of it, and what it has handled. `at`: what is done as soon as a hop of that type is told."""

    def __init__(self) -> None:
        self.hops, self.handled = Hops(), list[int]()
        self.at: dict[HopType, Callable[[GroupMember], None]] = {}
        self.handle: Callable[[threading.Event], object] = lambda stopping: None
        self.member: GroupMember | None = None

    def begins(
        self, *steps: Callable[[Client], Message | None], commit: Commit = Commit.BEFORE
    ) -> GroupMember:
        Client.steps, Client.asked = deque(), []
        Client.gathers, Client.stored = deque(), []
        choice = GroupChoice(commit=commit)
        self.member = GroupMember(
            CLUSTER, "restaurant", "restaurant-1", ("orders",), Duties(self._handle), self._see, choice
        )
        Client.steps.extend(steps)
        return self.member

    def _handle(self, batch: Sequence[Received], stopping: threading.Event) -> dict[tuple[str, int], int]:
        self.handle(stopping)
        self.handled += [record.offset for record in batch]
        return {}

    def _see(self, hop: Hop) -> None:
        self.hops.add(hop)
        if self.member and hop.type in self.at:
            self.at[hop.type](self.member)

    def ends(self) -> None:
        assert self.member
        self.member.stop()
        assert self.member.join(PATIENCE)


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> Iterator[Group]:
    monkeypatch.setattr(member, "Consumer", Client)
    group = Group()
    yield group
    group.ends()


def test_what_is_taken_away_while_its_bookmark_is_being_set_is_handled_when_that_is_set(group: Group) -> None:
    """Its new owner begins behind it."""
    group.begins(assigns, hands_out, revokes, answers)
    group.hops.until(lambda: bool(group.hops.of(HopType.PROCESS)))
    assert group.handled == [0]


def test_what_is_taken_away_before_its_bookmark_was_set_is_left_to_its_new_owner(group: Group) -> None:
    group.begins(assigns, hands_out, revokes, refuses)
    group.hops.until(lambda: bool(group.hops.of(HopType.RETRY)))
    group.ends()
    assert group.handled == []
    assert len(Client.asked) == 1


def test_a_bookmark_that_was_refused_is_set_before_anything_is_handled(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answers_when_asked_again(client: Client) -> None:
        assert group.handled == []
        if len(client.asked) == 1:
            client.steps.append(answers_when_asked_again)
        else:
            client.answers()

    monkeypatch.setattr(commits, "AGAIN", 0.001)
    group.begins(assigns, hands_out, refuses, answers_when_asked_again)
    group.hops.until(lambda: bool(group.hops.of(HopType.PROCESS)))
    assert group.handled == [0]


def test_who_is_to_leave_while_its_bookmark_is_being_set_handles_what_is_behind_it(group: Group) -> None:
    def leaves(client: Client) -> None:
        assert group.member
        group.member.stop()

    group.begins(assigns, hands_out, leaves, answers)
    group.hops.until(lambda: bool(group.hops.of(HopType.LEAVE)))
    assert group.handled == [0]


def test_who_is_to_leave_and_could_not_set_its_bookmark_leaves_both_to_others(group: Group) -> None:
    def leaves(client: Client) -> None:
        assert group.member
        group.member.stop()
        client.answers(KafkaError(KafkaError.REBALANCE_IN_PROGRESS))

    group.begins(assigns, hands_out, leaves)
    group.hops.until(lambda: bool(group.hops.of(HopType.LEAVE)))
    assert group.handled == []
    assert len(Client.asked) == 1, "and does not set it as it leaves"


def test_who_is_to_leave_between_its_two_steps_takes_the_second_at_once(group: Group) -> None:
    group.at[HopType.COMMIT] = GroupMember.stop
    group.begins(assigns, hands_out, answers).work_time = 3600
    group.hops.until(lambda: bool(group.hops.of(HopType.LEAVE)))
    assert group.handled == [0]


def test_who_leaves_waits_for_what_it_has_sent_on(group: Group) -> None:
    """What is told to end its waits is not that it is to leave, but that nobody waits for it any longer."""
    group.handle = lambda told: told.wait(0.05) and pytest.fail("it was told to give up")
    group.at[HopType.COMMIT] = GroupMember.stop
    group.begins(assigns, hands_out, answers)
    group.hops.until(lambda: bool(group.hops.of(HopType.LEAVE)))
    assert group.handled == [0]


def test_who_is_abandoned_as_it_leaves_gives_up(group: Group) -> None:
    def waits(told: threading.Event) -> None:
        assert group.member
        group.member.stop()
        group.member.abandon()
        assert told.wait(PATIENCE)
        raise InterruptedError

    group.handle = waits
    group.begins(assigns, hands_out, answers)
    group.hops.until(lambda: bool(group.hops.of(HopType.LEAVE)))
    assert group.handled == []


def test_who_crashes_between_its_two_steps_takes_no_second(group: Group) -> None:
    group.at[HopType.COMMIT] = lambda member: member.crash(Crash.NOW)
    group.begins(assigns, hands_out, answers)
    group.hops.until(lambda: bool(group.hops.of(HopType.CRASH)))
    assert group.handled == []


def test_who_lets_the_client_set_the_bookmark_finishes_its_batch_as_well(group: Group) -> None:
    """The client sets it when it is closed, wherever the batch is."""
    group.at[HopType.POLL] = GroupMember.stop
    group.begins(assigns, hands_out, commit=Commit.AUTO)
    group.hops.until(lambda: bool(group.hops.of(HopType.LEAVE)))
    assert group.handled == [0]


def test_what_is_taken_away_before_it_is_worked_on_has_no_bookmark_behind_it_though_the_client_sets_them(
    group: Group,
) -> None:
    group.begins(assigns, hands_out, assigns, hands_out, commit=Commit.AUTO)
    Client.gathers.append(revokes)
    group.hops.until(lambda: bool(group.hops.of(HopType.PROCESS)))
    assert group.handled == [0] and Client.stored == [1], "the first time nobody worked on it"


def test_who_sets_the_bookmark_last_leaves_its_batch_to_others(group: Group) -> None:
    group.at[HopType.POLL] = GroupMember.stop
    group.begins(assigns, hands_out, commit=Commit.AFTER)
    group.hops.until(lambda: bool(group.hops.of(HopType.LEAVE)))
    assert group.handled == [] == Client.asked


def test_a_bookmark_that_was_moved_is_not_set_back_by_a_commit_that_failed_before() -> None:
    asked, failed = list[list[int]](), list[str]()
    client: Any = SimpleNamespace(
        commit=lambda offsets, asynchronous: asked.append([place.offset for place in offsets])
    )
    marks = Commits({"orders": "orders"}, lambda _place: True, lambda *_done: None, failed.append)
    read: Any = SimpleNamespace(topic="orders", partition=0, offset=99)
    marks.add([[read]])
    marks.ask(client)
    marks.forget([("orders", 0)])
    marks.answered(KafkaError(KafkaError.REBALANCE_IN_PROGRESS), [TopicPartition("orders", 0, 100)])
    marks.ask(client)
    assert asked == [[100]] and len(failed) == 1
