"""Brokers, runners and the web process are killed in a flood on real Kafka, and the books are balanced after it.

KAFKAVIZ_TEST_ROUNDS=20 runs each of these cases twenty times, and `pytest -s` shows each round's account.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from kafka.admin import KafkaAdminClient

from scripts.apache_kafka import ApacheKafka
from tests.accounts import GROUPS, Account, account
from tests.client import (
    Client,
    Room,
    aside,
    change_members,
    crowd,
    deliver,
    detail,
    make_room,
    settled,
    stored,
    watch,
)
from tests.mortal import Mortal, mortal_brokers
from tests.processes import runners
from tests.servers import Server, living, wait_for

if TYPE_CHECKING:
    from tests.conftest import MakeServer

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.slow,
    pytest.mark.xdist_group("faults"),
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="runners are found through /proc"),
]
rounds = pytest.mark.parametrize("number", range(1, int(os.environ.get("KAFKAVIZ_TEST_ROUNDS", "1")) + 1))
AWAY = float(os.environ.get("KAFKAVIZ_TEST_AWAY", "20"))
"""Seconds for which all brokers are gone."""
PATIENCE = 90.0
FLOOD, STREAM = 3000, 500
"""Hearts a second: while one thing dies, and while all brokers are away."""
NAMES = {"broker-1", "broker-2", "broker-3"}
Serve = Callable[..., Server]


@pytest.fixture(scope="module")
def three(kafka_here: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mortal]:
    with mortal_brokers(tmp_path_factory.mktemp("mortal")) as kafka:
        yield kafka


@pytest.fixture
def brokers(three: Mortal) -> Iterator[Mortal]:
    """As good as new for the next test, whatever this one did to them."""
    yield three
    three.revive()
    assert wait_for(three.whole, PATIENCE)


@pytest.fixture
def serve(brokers: Mortal, make_server: MakeServer) -> Serve:
    """A Kafkaviz on these brokers, with one runner for all rooms."""

    def start(**env: object) -> Server:
        own = {"KAFKA_BOOTSTRAP_SERVERS": brokers.bootstrap_servers, "KAFKAVIZ_RUNNERS": 1}
        return make_server(**{**own, **env})

    return start


def show(title: str, number: int, found: Account, remark: str) -> None:
    print(f"\n{title}, round {number}: {found.line()}; {remark}", flush=True)


# What a viewer was told


def newest(client: Client, *types: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The last hop of these types about each broker or partition, by the last backlog and all since."""
    found = {}
    for hop in client._since_backlog():
        if hop["type"] in types:
            place = (hop["topic"], hop["partition"]) if "topic" in hop else (hop["source"],)
            found[place] = hop
    return found


def up(client: Client) -> set[str]:
    known = newest(client, "broker_up", "broker_down").values()
    return {hop["source"] for hop in known if hop["type"] == "broker_up"}


def leads(client: Client, broker: str) -> bool:
    return any(hop["source"] == broker for hop in newest(client, "leader").values())


def all_in_sync(client: Client) -> bool:
    known = newest(client, "isr").values()
    return all(hop["data"]["in_sync"] == sorted(hop["data"]["replicas"]) == [1, 2, 3] for hop in known)


def waiting(client: Client) -> int:
    """How many records the crowd's producer said to be waiting, last."""
    told = client.hops("retry", source="crowd")
    return told[-1]["data"]["waiting"] if told else 0


def status(server: Server, room: Room, card: str) -> str:
    """Of an order, by the database: it is told there also when a viewer, or a broker, was away meanwhile."""
    answer = server.get(f"/api/rooms/{room['code']}/projections/order-status/{card}/")
    return (answer.json()["value"] or {}).get("status", "") if answer.status == 200 else ""


# Waiting


async def more(client: Client, type_: str, count: int, **fields: Any) -> None:
    """Until as many more records took that step."""
    before = client.total(type_, **fields)
    await client.until(lambda: client.total(type_, **fields) >= before + count, PATIENCE)


async def all_flows(client: Client, count: int) -> None:
    await more(client, "ack", count)
    for group in GROUPS:
        await more(client, "commit", count, group=group)


async def flood(server: Server, room: Room, client: Client, rate: int) -> None:
    """A crowd whose records have come through to all groups."""
    await aside(crowd, server, room, rate, 300)
    await all_flows(client, rate)


async def place(client: Client) -> str:
    """Place an order and wait until it is stored; returns its card."""
    done = await client.do("place-order")
    await client.until(lambda: client.hops("ack", trace=done["trace"]), PATIENCE)
    return str(done["card"])


async def delivered(server: Server, room: Room, card: str) -> None:
    seen = await aside(wait_for, lambda: status(server, room, card) == "delivered", PATIENCE)
    assert seen, f"{card} is {status(server, room, card)!r}\n{server.output()}"


async def no_ack_is_missing(server: Server, room: Room, client: Client) -> None:
    """No process of ours died, so each record that was sent is stored, and we know."""
    end = stored(await aside(settled, server, room, PATIENCE), "hearts")
    await client.until(lambda: client.total("send") == client.total("ack") == end, PATIENCE)
    assert not [hop for hop in client.hops("fail") if hop["source"] in ("app", "crowd")]


async def balanced(server: Server, room: Room, *viewers: Client) -> Account:
    """The account of a room that came to rest. The viewers, one after another, saw every frame."""
    await aside(settled, server, room, PATIENCE)
    found = await aside(account, server, room, *viewers)
    found.check()
    assert wait_for(lambda: adds_up(detail(server, room)["ledger"]))
    return found


def adds_up(ledger: dict[str, Any]) -> bool:
    return bool(ledger["balanced"] and ledger["at_rest"])


async def same_log(client: Client, before: Client) -> None:
    """A heart sent now lies beyond all that were told before, and every group comes to it."""
    known = [hop for hop in before.hops("ack") if hop["count"]]
    trace = (await client.do("send-heart"))["trace"]
    await client.until(lambda: client.hops("ack", trace=trace), PATIENCE)
    ack = client.hops("ack", trace=trace)[0]
    assert ack["offset"] > max(hop["offset"] for hop in known if hop["partition"] == ack["partition"])
    for group in GROUPS:
        await committed(client, group, trace)


async def committed(client: Client, group: str, trace: str) -> None:
    await client.until(lambda: client.hops("commit", group=group, trace=trace), PATIENCE)


# The cases


@rounds
async def test_one_of_three_brokers_dies_and_no_heart_is_lost(
    brokers: Mortal, serve: Serve, number: int
) -> None:
    server = await aside(serve)
    node = number % 3 + 1
    name = f"broker-{node}"
    room, kitchen = await aside(make_room, server, "hearts"), await aside(make_room, server)
    async with watch(server, room) as client, watch(server, kitchen) as guest:
        await flood(server, room, client, FLOOD)
        began = time.monotonic()
        await aside(brokers.kill, node)
        card = await place(guest)
        await client.until(lambda: client.hops("broker_down", source=name), PATIENCE)
        await client.until(lambda: not leads(client, name) and name not in up(client), PATIENCE)
        await delivered(server, kitchen, card)
        await all_flows(client, FLOOD)
        flows = time.monotonic() - began
        await aside(brokers.revive)
        await client.until(lambda: up(client) == NAMES and all_in_sync(client), PATIENCE)
        await aside(crowd, server, room, 0)
        await no_ack_is_missing(server, room, client)
        found = await balanced(server, room, client)
    assert found.ghosts == 0, found
    show("one broker killed", number, found, f"{name}; all flows {flows:.1f} s after it")


@rounds
async def test_all_brokers_are_away_for_a_while_and_everything_goes_on_by_itself(
    brokers: Mortal, serve: Serve, number: int
) -> None:
    server = await aside(serve)
    room, kitchen = await aside(make_room, server, "hearts"), await aside(make_room, server)
    async with watch(server, room) as client, watch(server, kitchen) as guest:
        await flood(server, room, client, STREAM)
        cards = [await place(guest)]
        await aside(brokers.kill, *brokers.nodes)
        gone = time.monotonic()
        cards.append((await guest.do("place-order"))["card"])
        await client.until(lambda: client.hops("fail", source="brokers"), PATIENCE)
        await client.until(lambda: waiting(client), PATIENCE)
        assert (await aside(server.get, "/healthz")).status == 200
        assert await aside(wait_for, lambda: time.monotonic() - gone > AWAY, AWAY + 1)
        frames = len(client.frames)
        await aside(brokers.revive)
        back = time.monotonic()
        await client.until(lambda: back_again(client, frames), PATIENCE)
        await all_flows(client, STREAM)
        flows = time.monotonic() - back
        for card in cards:
            await delivered(server, kitchen, card)
        await client.until(lambda: not waiting(client), PATIENCE)
        await aside(crowd, server, room, 0)
        await no_ack_is_missing(server, room, client)
        found = await balanced(server, room, client)
        await deliver(guest)
    assert found.ghosts == 0, found
    show("all brokers killed", number, found, f"away {AWAY:.0f} s; all flows {flows:.1f} s after they listen")


def back_again(client: Client, frames: int) -> bool:
    """Told in newer frames than that: the brokers are up, and each partition is led and has all its copies."""
    hops = [hop for frame in client.frames[frames:] for hop in frame.get("hops", ())]
    told = {hop["source"] for hop in hops if hop["type"] == "broker_up"}
    led = {hop["partition"] for hop in hops if hop["type"] == "leader" and hop["source"] in NAMES}
    return told == NAMES and led == {0, 1, 2} and all_in_sync(client)


@rounds
async def test_a_runner_dies_and_its_rooms_go_on_with_their_logs(serve: Serve, number: int) -> None:
    server = await aside(serve)
    room, kitchen = await aside(make_room, server, "hearts"), await aside(make_room, server)
    async with watch(server, room) as client, watch(server, kitchen) as guest:
        await flood(server, room, client, FLOOD)
        card = await place(guest)
        (runner,) = runners(server)
        began = time.monotonic()
        os.kill(runner, signal.SIGKILL)
        await client.until(lambda: client.incarnation == 2, PATIENCE)
        opened = time.monotonic() - began
        assert "in its log on Kafka" in client.room["notice"]
        await same_log(client, client)
        flows = time.monotonic() - began
        await delivered(server, kitchen, card)
        await guest.until(lambda: guest.incarnation == 2, PATIENCE)
        await deliver(guest)
        found = await balanced(server, room, client)
    remark = f"open again after {opened:.1f} s, all groups at work after {flows:.1f} s"
    show("runner killed", number, found, remark)


@rounds
@pytest.mark.parametrize("whole", [False, True], ids=["web process", "whole server"])
async def test_the_server_dies_and_the_next_one_takes_up_the_same_logs(
    serve: Serve, whole: bool, number: int
) -> None:
    server = await aside(serve)
    room, kitchen = await aside(make_room, server, "hearts"), await aside(make_room, server)
    async with watch(server, room) as client, watch(server, kitchen) as guest:
        await flood(server, room, client, FLOOD)
        card = await place(guest)
        began = time.monotonic()
        orphans = kill(server, whole)
    # At once, as a supervisor would: the dead one's runner has not noticed yet.
    await aside(server.start)
    async with watch(server, room) as second, watch(server, kitchen) as again:
        assert second.incarnation == 2
        assert "Its log stayed on Kafka" in second.room["notice"]
        await same_log(second, client)
        flows = time.monotonic() - began
        await delivered(server, kitchen, card)
        await deliver(again)
        found = await balanced(server, room, client, second)
    assert not living(orphans), living(orphans)
    show(
        "whole server killed" if whole else "web process killed",
        number,
        found,
        f"all groups at work again after {flows:.1f} s",
    )


def kill(server: Server, whole: bool = False) -> dict[str, str]:
    """The web process; returns it and its runners, which should end by themselves, or are killed with the `whole`."""
    assert server.process
    server.seen = server.family()
    server.process.kill()
    if whole:
        for runner in set(server.seen) - {str(server.process.pid)}:
            os.kill(int(runner), signal.SIGKILL)
    server.finish()
    return server.seen


def test_a_kafkaviz_whose_kafka_is_not_there_yet_says_so_and_begins_when_it_comes(
    kafka_here: None, tmp_path: Path, make_server: MakeServer
) -> None:
    late = ApacheKafka(tmp_path / "late")
    try:
        server = make_server(KAFKA_BOOTSTRAP_SERVERS=late.bootstrap_servers)
        sentence = (
            f"No Kafka answers at {late.bootstrap_servers}. Start it, or correct KAFKA_BOOTSTRAP_SERVERS"
        )
        assert server.output().count(sentence) == 1
        assert server.get("/healthz").json()["trouble"].startswith(sentence)
        page = server.get("/play/hearts/")
        assert page.status == 503
        assert page.headers["Retry-After"] == "5"
        assert sentence in page.text
        assert sentence in server.get("/").text
        late.start()
        began = time.monotonic()
        assert wait_for(lambda: server.get("/play/hearts/").status == 200, PATIENCE), server.output()
        print(f"\nbroker away at start: a room {time.monotonic() - began:.1f} s after it listens", flush=True)
        assert wait_for(lambda: not server.get("/healthz").json()["trouble"], PATIENCE)
        assert sentence not in server.get("/").text
        assert "Traceback" not in server.output()
        assert "django.request" not in server.output()
    finally:
        late.stop()


async def test_while_no_broker_answers_who_wants_a_room_is_told_so_and_nobody_waits_long(
    brokers: Mortal, serve: Serve
) -> None:
    server = await aside(serve)
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        await deliver(client)
        await aside(brokers.kill, *brokers.nodes)
        asked = time.monotonic()
        pages = [await aside(server.get, "/play/hearts/") for _ in range(3)]
        waited = time.monotonic() - asked
        trouble = await aside(wait_for, lambda: server.get("/healthz").json()["trouble"])
        await aside(brokers.revive)
        print(f"\nno broker answers: three refusals took {waited:.1f} s", flush=True)
        assert [page.status for page in pages] == [503] * 3
        assert "No Kafka answers" in trouble
        assert all(trouble in page.text for page in pages)
        assert await aside(wait_for, lambda: server.get("/play/hearts/").status == 200, PATIENCE)
        await deliver(client)
        assert await aside(wait_for, lambda: "is answered again" in server.output(), PATIENCE)
    # Two lines a spell, not one a request or a second. Brokers that come back may answer, and then not, once more.
    said = server.output()
    assert "django.request" not in said
    assert said.count(f"Room {room['code']}: the question how far its groups are has no answer") in (1, 2)


async def test_kafkaviz_stops_at_once_and_in_peace_while_no_broker_answers(
    brokers: Mortal, serve: Serve
) -> None:
    server = await aside(serve)
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await flood(server, room, client, STREAM)
        await aside(brokers.kill, *brokers.nodes)
        await client.until(lambda: waiting(client), PATIENCE)
        assert await aside(server.interrupt) == 0, server.output()
    assert "Traceback" not in server.output()
    assert await aside(wait_for, lambda: not living(server.seen), 3), living(server.seen)


# Rooms that nobody uses


async def test_a_room_that_slept_goes_on_with_its_log(serve: Serve) -> None:
    server = await aside(serve, KAFKAVIZ_SLEEP_AFTER=1)
    room = await aside(make_room, server, "hearts")
    async with watch(server, room) as client:
        await flood(server, room, client, STREAM)
        await aside(crowd, server, room, 0)
        await no_ack_is_missing(server, room, client)
    assert await aside(wait_for, lambda: not server.get("/healthz").json()["rooms"], PATIENCE)
    async with watch(server, room) as second:
        assert second.incarnation == 2
        assert "Its log stayed on Kafka" in second.room["notice"]
        known = {(hop["topic"], hop["partition"]): hop["data"] for hop in newest(second, "lag").values()}
        assert sum(lag["end"] for lag in known.values()) == client.total("ack")
        assert not any(lag["lag"] for lag in known.values())
        await same_log(second, client)
        found = await balanced(server, room, client, second)
    assert found.ghosts == 0


async def test_a_forgotten_room_is_deleted_from_kafka_and_others_stay(brokers: Mortal, serve: Serve) -> None:
    server = await aside(serve, KAFKAVIZ_SLEEP_AFTER=1, KAFKAVIZ_FORGET_AFTER=3)
    forgotten, used = await aside(make_room, server), await aside(make_room, server)
    del forgotten["groups"]["latecomer"]  # nobody is in it
    names = {*forgotten["topics"].values(), *forgotten["groups"].values()}
    assert not names & {*used["topics"].values(), *used["groups"].values()}
    async with watch(server, used) as client:
        async with watch(server, forgotten) as guest:
            await aside(change_members, server, forgotten, "queue", "add")
            await deliver(guest)
            # While somebody watches, it is not forgotten.
            assert await aside(wait_for, lambda: on_brokers(brokers) >= names, PATIENCE)
        gone = await aside(wait_for, lambda: not names & on_brokers(brokers), PATIENCE)
        assert gone, names & on_brokers(brokers)
        path = f"/api/rooms/{forgotten['code']}/"
        assert await aside(wait_for, lambda: server.get(path).status == 404, PATIENCE)
        assert await aside(on_brokers, brokers) >= {*used["topics"].values()}
        await deliver(client)
        state = await aside(detail, server, used)
    assert state["incarnation"] == 1
    guests = {used["groups"][name] for name in ("latecomer", "queue")}
    assert await aside(on_brokers, brokers) >= {*used["groups"].values()} - guests


def on_brokers(brokers: Mortal) -> set[str]:
    """The names of all topics and groups, by a client that is not ours."""
    admin = KafkaAdminClient(bootstrap_servers=brokers.bootstrap_servers)
    try:
        return {*admin.list_topics(), *(group["group_id"] for group in admin.list_groups())}
    finally:
        admin.close()
