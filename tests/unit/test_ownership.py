"""When what a member reads may be of another log than what it has read."""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from apps.kafka.ownership import Ownership
from apps.kafka.received import Received
from apps.kafka.runs import contiguous
from apps.scenarios.accounts import Account

PLACE = ("hearts", 0)


def run(*offsets: int) -> list[Sequence[Received]]:
    return contiguous([Received(*PLACE, at, None, {}, "", "", "", 0.0) for at in offsets])


def owning() -> Ownership:
    ownership = Ownership({"hearts": "hearts"})
    ownership.gain([TopicPartition(*PLACE)])
    ownership.expect({PLACE: 0})
    return ownership


def take(ownership: Ownership, *offsets: int) -> bool:
    """Whether these are doubtful; they are found to be of the same log."""
    runs = run(*offsets)
    doubtful = ownership.doubtful(runs)
    ownership.trust(doubtful)
    assert not list(ownership.holes(runs))
    return bool(doubtful)


def test_only_the_first_records_of_an_assignment_are_doubtful() -> None:
    ownership = owning()
    assert take(ownership, 0, 1)
    assert not take(ownership, 2)
    ownership.gain([TopicPartition(*PLACE)])
    assert take(ownership, 3)
    assert not take(ownership, 4, 5)


def test_records_from_further_back_are_doubtful_unless_it_was_sent_there() -> None:
    ownership = owning()
    take(ownership, 0, 1, 2)
    assert take(ownership, 0, 1)
    ownership.expect({PLACE: 0})
    assert not take(ownership, 0, 1)


STEPS = st.lists(
    st.tuples(st.sampled_from(["handle", "pass", "begin", "put aside", "guest", "bury"]), st.integers(1, 5))
)


@given(steps=STEPS, end=st.integers(0, 60))
def test_an_account_of_a_log_that_ends_earlier_adds_up_to_that_end(
    steps: list[tuple[str, int]], end: int
) -> None:
    account = Account()
    for step, count in steps:
        first, last = account.next, account.next + count - 1
        match step:
            case "handle":
                account = account.handled([(first + count - 1, last)])
            case "pass":
                account = account.passed(first, last)
            case "begin":
                account = account.begin(first + count)
            case "put aside":
                account = account.put_aside(given_up=[(first, last)])
            case "guest":
                account = account.read_by_guest(first, last)
            case "bury":
                account = account.handled([(first, last)], dead=count)
    cut = account.cut(end)
    assert cut.next == min(end, account.next)
    parts = (cut.processed, cut.dead, cut.lost, cut.skipped, cut.void, cut.spent, cut.by_guests)
    assert min(parts) >= 0
    assert sum(parts) == cut.next
