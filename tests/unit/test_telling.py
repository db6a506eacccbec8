"""What a member tells of a commit."""

from __future__ import annotations

from apps.kafka.hops import Hop
from apps.kafka.received import Received
from apps.kafka.telling import Teller
from tests.schema import hold

PLACE = ("orders", 0)


def read(offset: int, partition: int = 0) -> Received:
    return Received("orders", partition, offset, "k", {}, "", "", "ab" * 16, 0.0)


def told(runs: list[list[Received]], nexts: dict[tuple[str, int], int]) -> list[Hop]:
    hops = list[Hop]()
    Teller("restaurant", "restaurant-1", hops.append).committed(runs, nexts)
    for number, hop in enumerate(hops, 1):
        hold("hop", hop.to_wire(number, 0))
    return hops


def test_one_commit_of_two_batches_moves_a_bookmark_once() -> None:
    hops = told([[read(3), read(4)], [read(0, 1)], [read(5)]], {PLACE: 6, ("orders", 1): 1})
    moves = [(hop.partition, hop.first, hop.offset, hop.count) for hop in hops if hop.count]
    assert moves == [(0, 3, 5, 3), (1, None, 0, 1)]
    assert [hop.offset for hop in hops if not hop.count] == [3, 4, 5]


def test_a_bookmark_behind_the_end_of_a_transaction_is_told_as_it_is() -> None:
    (hop,) = told([[read(3)]], {PLACE: 5})
    assert (hop.offset, hop.data) == (3, {"next": 5})


def test_of_a_run_with_a_hole_only_the_end_is_beyond_its_records() -> None:
    hops = told([[read(3)], [read(5)]], {PLACE: 7})
    assert [(hop.offset, hop.data) for hop in hops] == [(3, None), (5, {"next": 7})]
