import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from apps.kafka.assignor import shared_out
from apps.kafka.hops import Hop, HopType, join_runs
from apps.rooms.feed import Feed
from apps.scenarios.accounts import Account
from apps.scenarios.shares import count_shares

PLACE = ("hearts", 0)


def test_members_share_places_and_places_members() -> None:
    assert shared_out(["a"], [0, 1, 2]) == {"a": [0, 1, 2]}
    assert shared_out(["a", "b"], [0, 1, 2]) == {"a": [0, 2], "b": [1]}
    assert shared_out(["a", "b", "c", "d"], [0, 1, 2]) == {"a": [0], "b": [1], "c": [2], "d": [0]}
    assert shared_out([], [0]) == {}
    assert shared_out(["a"], []) == {"a": []}


def test_what_is_handled_out_of_order_leaves_gaps_that_wait() -> None:
    account = Account().handled([(3, 4)])
    found = count_shares({PLACE: 6}, {PLACE: account})
    assert (found.processed, found.waiting) == (2, 4)
    assert found.adds_up and found.under_way


def test_each_record_is_in_one_heap() -> None:
    account = (
        Account().put_aside(rejected=[(0, 0), (1, 1)], given_up=[(4, 4)]).handled([(2, 3), (5, 5)], dead=1)
    )
    assert (account.skips, account.given_up) == (((0, 1),), ((4, 4),))
    found = count_shares({PLACE: 6}, {PLACE: account})
    told = {name: getattr(found, name) for name in found.names}
    assert told == {"processed": 2, "again": 0, "dead": 1, "rejected": 2, "given_up": 1, "waiting": 0}
    assert found.adds_up and not found.under_way


def test_what_was_given_up_and_is_delivered_all_the_same_counts_as_handled() -> None:
    """As where the brokers' limit is not what they told."""
    account = Account().put_aside(given_up=[(0, 2)])
    assert account.is_new(1)
    assert count_shares({PLACE: 3}, {PLACE: account.handled([(1, 1)])}).processed == 1


@given(
    st.permutations(range(12)), st.lists(st.sampled_from(["handled", "rejected", "given_up"]), min_size=12)
)
def test_the_heaps_add_up_in_whatever_order(order: list[int], fates: list[str]) -> None:
    account = Account()
    for offset, fate in zip(order, fates, strict=False):
        ranges = [(offset, offset)]
        account = account.handled(ranges) if fate == "handled" else account.put_aside(**{fate: ranges})
    found = count_shares({PLACE: 12}, {PLACE: account})
    assert (found.processed, found.rejected, found.given_up) == tuple(
        fates[:12].count(fate) for fate in ("handled", "rejected", "given_up")
    )
    assert found.waiting == 0


def polled(first: int, last: int, deliveries: int) -> Hop:
    data = {"deliveries": deliveries}
    return Hop(HopType.POLL, "queue-1", 1, *PLACE, first, last, last - first + 1, group="queue", data=data)


def test_runs_that_were_delivered_equally_often_are_joined_and_no_others() -> None:
    joined = join_runs(polled(0, 3, 1), polled(4, 5, 1))
    assert joined and (joined.first, joined.offset, joined.data) == (0, 5, {"deliveries": 1})
    assert join_runs(polled(0, 3, 1), polled(4, 5, 2)) is None


def test_a_newcomer_gets_the_last_answers_of_each_partition() -> None:
    feed = Feed(0)
    for offset in range(30):
        data = {"as": "accept", "deliveries": 1}
        hop = replace(polled(offset, offset, 1), type=HopType.ACKNOWLEDGE, first=None, trace=f"{offset:032x}")
        feed.add(replace(hop, data=data))
        feed.tick(offset * 1000.0)
    told = [hop["offset"] for hop in json.loads(feed.backlog({}))["hops"] if hop["type"] == "acknowledge"]
    assert told == list(range(12, 30))
