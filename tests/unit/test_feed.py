import json
from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from apps.kafka.hops import Hop, HopType
from apps.kafka.keycounts import MOST_TOLD, count_keys
from apps.rooms.feed import AHEAD, BURST, BYTES_A_SECOND, Feed

TRACE = "a" * 32


def run_hop(first: int, count: int, type_: HopType = HopType.ACK, at: int = 1) -> Hop:
    group = None if type_ is HopType.ACK else "restaurant"
    return Hop(type_, "app", at, "hearts", 0, first=first, offset=first + count - 1, count=count, group=group)


def whole(offset: int, count: int = 1, at: int = 1) -> Hop:
    return Hop(HopType.ACK, "app", at, "hearts", 0, offset=offset, count=count, key="k", trace=TRACE)


def frames(feed: Feed, hops: list[Hop], each: int = 7) -> list[dict[str, Any]]:
    """Feed hops a few a tick, with all the time in the world between ticks."""
    told: list[dict[str, Any]] = []
    for start in range(0, len(hops), each):
        for hop in hops[start : start + each]:
            feed.add(hop)
        frame = feed.tick(now=start * 1000.0)
        if frame:
            told.append(json.loads(frame))
    return told


def test_nothing_seen_makes_no_frame() -> None:
    assert Feed(0).tick(1.0) is None


def test_runs_of_one_tick_become_one_hop() -> None:
    [frame] = frames(Feed(0), [run_hop(0, 5), run_hop(5, 5), run_hop(10, 1)])
    assert [(hop["first"], hop["offset"], hop["count"]) for hop in frame["hops"]] == [(0, 10, 11)]


def test_seq_rises_by_one_from_hop_to_hop_and_frame_to_frame() -> None:
    told = frames(Feed(0), [whole(offset, at=offset) for offset in range(30)])
    assert [hop["seq"] for frame in told for hop in frame["hops"]] == list(range(1, 31))
    assert [frame["seq"] for frame in told] == [frame["hops"][-1]["seq"] for frame in told]


def test_a_large_frame_makes_the_next_one_wait() -> None:
    feed = Feed(0)
    for offset in range(500):
        feed.add(whole(offset))
    frame = feed.tick(10.0)
    assert frame
    feed.add(whole(500))
    wait = len(frame) / BYTES_A_SECOND - BURST
    assert feed.tick(10.0 + wait * 0.9) is None
    assert feed.tick(10.0 + wait * 1.1)


def test_in_the_long_run_a_viewer_gets_no_more_than_the_limit() -> None:
    feed, told = Feed(0), 0
    for tick in range(20 * 60):
        for offset in range(20):
            feed.add(whole(tick * 20 + offset))
        told += len(feed.tick(tick / 20) or "")
    assert told <= BYTES_A_SECOND * (60 + BURST) + 20_000


def test_a_card_that_somebody_waits_for_goes_before_its_turn_and_is_paid_for_all_the_same() -> None:
    feed = Feed(0)
    feed.mind("mine")
    for offset in range(500):
        feed.add(whole(offset))
    frame = feed.tick(10.0)
    feed.add(projection("mine"))
    turn = 10.0 + len(frame or "") / BYTES_A_SECOND - BURST
    assert feed.tick(turn - AHEAD - 0.01) is None
    card = feed.tick(turn - AHEAD + 0.01)
    assert card and "mine" in card
    feed.add(whole(500))
    assert feed.tick(turn + len(card) / BYTES_A_SECOND - 0.01) is None
    assert feed.tick(turn + len(card) / BYTES_A_SECOND + 0.01)


def test_a_member_that_left_is_no_news_to_a_newcomer() -> None:
    feed = Feed(0)
    feed.add(Hop(HopType.ASSIGN, "restaurant-2", 1, group="restaurant", partitions=(("orders", 0),)))
    feed.add(Hop(HopType.LEAVE, "restaurant-2", 2, group="restaurant", partitions=()))
    feed.tick(1.0)
    assert json.loads(feed.backlog({}))["hops"] == []


def test_the_backlog_of_a_long_story_is_short() -> None:
    feed = Feed(0)
    frames(feed, [whole(offset) for offset in range(2000)])
    for key in range(500):
        feed.add(
            Hop(HopType.PROJECTION, "s-1", 1, key=f"order-{key}", group="status", data={"status": "placed"})
        )
    feed.tick(10**9)
    assert len(json.loads(feed.backlog({}))["hops"]) < 40


def test_a_flood_of_projections_is_cut_but_not_the_records() -> None:
    feed = Feed(0)
    for number in range(5000):
        feed.add(Hop(HopType.PROJECTION, "s-1", number, key=f"o{number}", group="status", data={"n": number}))
        feed.add(whole(number, at=number))
    [frame] = [json.loads(feed.tick(1.0) or "{}")]
    assert len(frame["hops"]) < 200
    assert sum(hop.get("count", 0) for hop in frame["hops"]) == 5000


def projection(key: str, text: str = "placed") -> Hop:
    return Hop(HopType.PROJECTION, "s-1", 1, key=key, group="status", data={"status": text})


def test_what_strangers_made_large_makes_no_frame_large() -> None:
    feed = Feed(0)
    for number in range(100):
        feed.add(projection(f"order-{number}", "x" * 3600))
    assert len(feed.tick(1.0) or "") < BYTES_A_SECOND


def test_of_strangers_records_a_frame_names_what_has_place_and_counts_the_rest() -> None:
    feed, mine = Feed(0), "b" * 32
    feed.is_own = lambda trace: trace == mine
    for number in range(110):
        feed.add(replace(whole(number), key="k" * 200))
    feed.add(replace(whole(110), trace=mine))
    text = feed.tick(1.0) or ""
    hops = json.loads(text)["hops"]
    assert len(text) < BYTES_A_SECOND
    assert sum(hop["count"] for hop in hops) == 111
    assert hops[-1]["trace"] == mine


def test_who_writes_each_second_what_no_group_reads_keeps_nobody_waiting() -> None:
    """Sixteen records that ask to be shown, which go to the dead letters of three groups, in every second."""
    feed, mine = Feed(0), "b" * 32
    feed.is_own = lambda trace: trace == mine
    waited = []
    for second in range(1, 31):
        for number in range(48):
            feed.add(replace(whole(number), type=HopType.SEND, key="k" * 40, at=second * 10**9))
            feed.add(
                Hop(
                    HopType.FAIL,
                    "s-1",
                    second * 10**9,
                    topic="orders",
                    partition=0,
                    group="g",
                    error="x" * 150,
                )
            )
        for number in range(40):  # what a press makes, all in all
            feed.add(replace(whole(number), trace=mine, at=second * 10**9))
        frames = [feed.tick(second + tick / 20) for tick in range(20)]
        waited.append(next((tick for tick, frame in enumerate(frames) if frame and mine in frame), 20) / 20)
    assert max(waited) <= 0.5


def test_a_card_that_somebody_waits_for_is_told_however_many_others_change() -> None:
    feed = Feed(0)
    feed.mind("mine")
    for number in range(1000):
        feed.add(projection(f"order-{number}"))
    feed.add(projection("mine"))
    frame = json.loads(feed.tick(1.0) or "")
    assert "mine" in [hop["key"] for hop in frame["hops"]]


@st.composite
def logs(draw: st.DrawFn) -> list[Hop]:
    """One partition's acks and polls, in pieces up to a member's largest batch, some whole, with samples between."""
    hops: list[Hop] = []
    for type_ in (HopType.ACK, HopType.POLL):
        offset = 0
        for size in draw(st.lists(st.integers(1, 40) | st.integers(3990, 4000), max_size=60)):
            hops.append(whole(offset) if size == 1 and type_ is HopType.ACK else run_hop(offset, size, type_))
            if draw(st.booleans()):
                hops.append(whole(offset, count=0))
            offset += size
    return hops


@given(logs(), st.integers(1, 50))
def test_no_record_is_lost_or_counted_twice_on_the_way(hops: list[Hop], each: int) -> None:
    fed: Counter[str] = Counter()
    for hop in hops:
        fed[hop.type.value] += hop.count or 0
    told: Counter[str] = Counter()
    for frame in frames(Feed(0), hops, each):
        for wire in frame["hops"]:
            told[wire["type"]] += wire["count"]
    assert told == fed


@given(logs(), st.integers(1, 50))
def test_the_backlog_tells_the_same_ends_as_all_frames(hops: list[Hop], each: int) -> None:
    feed = Feed(0)

    def ends(wires: list[dict[str, Any]]) -> dict[str, int]:
        found: dict[str, int] = {}
        for wire in wires:
            if wire["count"]:
                found[wire["type"]] = max(found.get(wire["type"], 0), wire["offset"])
        return found

    told = [wire for frame in frames(feed, hops, each) for wire in frame["hops"]]
    assert ends(json.loads(feed.backlog({}))["hops"]) == ends(told)


@given(logs(), st.integers(1, 50))
def test_each_partition_is_told_in_the_order_it_was_seen(hops: list[Hop], each: int) -> None:
    timed = [replace(hop, at=at) for at, hop in enumerate(hops)]
    told: dict[str, int] = {}
    for frame in frames(Feed(0), timed, each):
        for wire in frame["hops"]:
            if wire["count"]:
                assert wire["offset"] > told.get(wire["type"], -1)
                told[wire["type"]] = wire["offset"]


def setting(name: str, value: int, group: str | None) -> Hop:
    source = group or "app"
    data = {"name": name, "value": value, "settings": {source: {"linger.ms": value}}}
    return Hop(HopType.SETTING, source, value, group=group, data=data)


@given(st.lists(st.tuples(st.sampled_from(["began", "commit", "work"]), st.sampled_from([None, "a", "b"]))))
def test_the_backlog_tells_the_same_settings_of_every_client_as_all_frames(
    used: list[tuple[str, str | None]],
) -> None:
    feed = Feed(0)

    def in_force(wires: list[dict[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for wire in wires:
            found |= wire["data"]["settings"]
        return found

    hops = [setting(name, at, group) for at, (name, group) in enumerate(used)]
    told = [wire for frame in frames(feed, hops, 3) for wire in frame["hops"]]
    assert len(told) == len(hops)
    assert in_force(json.loads(feed.backlog({}))["hops"]) == in_force(told)


def keyed(first: int, keys: list[str | None]) -> Hop:
    """As a producer tells it: all keys counted."""
    raw = (None if key is None else key.encode() for key in keys)
    return replace(run_hop(first, len(keys)), keys=count_keys(raw))


pieces = st.lists(
    st.lists(st.sampled_from([None, *"ABCDEFGH", *(f"order-{n}" for n in range(90))]), min_size=1),
    max_size=40,
)


@given(pieces, st.integers(1, 50))
def test_keys_and_others_are_all_records_however_runs_were_joined(
    pieces: list[list[str | None]], each: int
) -> None:
    hops, log = list[Hop](), list[str | None]()
    for keys in pieces:
        whole_one = Hop(
            HopType.ACK, "app", 1, "hearts", 0, offset=len(log), count=1, key=keys[0], trace=TRACE
        )
        hops.append(whole_one if len(keys) == 1 else keyed(len(log), keys))
        log += keys
    for frame in frames(Feed(0), hops, each):
        for wire in (wire for wire in frame["hops"] if "trace" not in wire):
            there = Counter(log[wire.get("first", wire["offset"]) : wire["offset"] + 1])
            told = dict(wire.get("keys", []))
            assert len(told) <= MOST_TOLD
            assert told.items() <= there.items()


def test_a_hot_key_is_told_with_its_exact_count_among_any_number_of_others() -> None:
    hops = [
        keyed(first, [*("A" for _ in range(80)), *(f"order-{first + n}" for n in range(20))])
        for first in range(0, 5000, 100)
    ]
    [frame] = frames(Feed(0), hops, each=50)
    [wire] = frame["hops"]
    assert (wire["count"], wire["keys"]) == (5000, [["A", 4000]])


def test_a_run_whose_keys_are_not_known_leaves_no_count_that_is_too_small() -> None:
    [frame] = frames(Feed(0), [keyed(0, ["A", "A"]), run_hop(2, 5)])
    [wire] = frame["hops"]
    assert (wire["count"], "keys" in wire) == (7, False)


def test_when_there_are_too_many_records_to_name_their_keys_are_still_counted() -> None:
    feed = Feed(0)
    for offset in range(1000):
        feed.add(replace(whole(offset), key="AB"[offset % 4 == 0]))
    frame = json.loads(feed.tick(1.0) or "")
    run = frame["hops"][-1]
    assert run["count"] == 1000 - 120
    assert dict(run["keys"]) == {"A": 660, "B": 220}
