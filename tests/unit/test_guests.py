"""Who is in a room's groups and none of ours, as brokers tell it."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from apps.kafka.clusters import Cluster
from apps.kafka.hops import Hop, HopType
from apps.kafka.peers import MOST, Describer, Peer
from apps.scenarios import guests
from apps.scenarios.guests import Guests, is_ours, readable
from tests.schema import hold

GROUP = "restaurant"
OURS = Peer("1", "restaurant-1", (("orders", 0),))
KCAT = Peer("2", "rdkafka", (("orders", 1),))
OTHER = Peer("3", "rdkafka", (("orders", 2),))


class Asked:
    """Brokers that answer one after the other; what is not settled is left out."""

    def __init__(self, *answers: list[Peer] | None) -> None:
        self._answers = list(answers)

    def peers(self, groups: list[str]) -> dict[str, list[Peer]]:
        found = self._answers.pop(0)
        return {} if found is None else {GROUP: found}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guests, "EVERY", -1.0)


def seen(*answers: list[Peer] | None, moved: bool = False) -> tuple[Guests, list[tuple[Any, ...]]]:
    hops = list[Hop]()
    found = Guests(cast(Cluster, Asked(*answers)), [GROUP], hops.append)
    for _ in answers:
        found.look()
        if moved:
            found.moved(GROUP)
    for number, hop in enumerate(hops, 1):
        hold("hop", json.loads(json.dumps(hop.to_wire(number, 0))))
        assert hop.type is HopType.GUEST
    return found, [(hop.source, hop.partitions, "left" in hop.data) for hop in hops]


def test_a_guest_is_told_when_it_comes_moves_and_goes_and_ours_are_not() -> None:
    moved = Peer("2", "rdkafka", (("orders", 1), ("orders", 2)))
    found, told = seen([OURS], [OURS, KCAT], [OURS, KCAT], None, [OURS, moved], [OURS])
    one, two = ("orders", 1), ("orders", 2)
    assert told == [
        ("guest rdkafka", (one,), False),
        ("guest rdkafka", (one, two), False),
        ("guest rdkafka", (), True),
    ]
    assert not found.state


def test_two_clients_of_one_id_have_a_name_each_and_keep_it() -> None:
    found, told = seen([KCAT, OTHER], [OTHER])
    assert [name for name, _, left in told if not left] == ["guest rdkafka", "guest rdkafka 2"]
    assert [name for name, _, left in told if left] == ["guest rdkafka"]
    assert found.state == {
        GROUP: [{"name": "guest rdkafka 2", "client": "rdkafka", "partitions": [["orders", 2]]}]
    }


def test_after_ours_have_moved_a_guest_is_told_anew() -> None:
    assert len(seen([KCAT], [KCAT])[1]) == 1
    assert len(seen([KCAT], [KCAT], moved=True)[1]) == 2


def test_a_thousand_guests_are_told_of_a_few() -> None:
    crowd = [Peer(str(number), "rdkafka", ()) for number in range(1000)]
    assert len(seen(crowd)[1]) == MOST


def test_our_members_are_known_by_their_names_and_strangers_are_made_readable() -> None:
    assert is_ours(GROUP, "restaurant-12") and not is_ours(GROUP, "restaurant-x")
    assert not is_ours(GROUP, "delivery-1")
    assert readable("a\x00\u202eb" + "c" * 50) == "ab" + "c" * 22
    assert readable("\n") == "client"


def test_brokers_are_not_asked_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guests, "EVERY", 3600.0)
    asked = Asked([], [])
    found = Guests(cast(Cluster, asked), [GROUP], lambda hop: None)
    found.look()
    found.look()
    assert len(asked._answers) == 1


def test_a_program_that_asks_and_ends_is_begun_anew() -> None:
    describer = Describer({"bootstrap.servers": "127.0.0.1:1", "socket.timeout.ms": 10})
    describer._program = program = describer._begin()
    program.kill()
    program.wait()
    assert describer.ask([]) == {}
    assert describer._program is not program and describer._program
    describer._end()


def test_settings_that_the_client_does_not_take_are_no_answer() -> None:
    describer = Describer({"no.such.setting": "1"})
    assert describer.ask(["orders"]) == {}
    describer._end()
