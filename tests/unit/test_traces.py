import gzip
import json
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from apps.rooms import traces
from apps.rooms.builtin import BUILTIN, packed
from apps.rooms.codes import TRACE_PATTERN
from apps.rooms.janitor import forget_old_traces
from apps.rooms.models import Room, Trace
from apps.scenarios.catalog import SCENARIOS
from tests.schema import hold
from tests.servers import ROOT

LINES = b'{"type":"trace"}\n'
BODY = gzip.compress(LINES)
MOST_BYTES = 150_000
names = pytest.mark.parametrize("name", BUILTIN)
pytestmark = pytest.mark.django_db


def make_room(scenario: str = "hearts") -> Room:
    return Room.objects.create(scenario=scenario)


def keep(room: Room, times: int = 1, asker: str = "192.0.2.1") -> list[str]:
    return [traces.keep(room, BODY, asker).id for _ in range(times)]


def test_a_saved_run_is_found_by_its_id_however_it_is_written() -> None:
    [id_] = keep(make_room())
    assert TRACE_PATTERN.fullmatch(id_)
    for name in (id_, id_.lower()):
        found = traces.find(name)
        assert found
        assert (found.name, found.scenario, found.body, found.lasts) == (id_, "hearts", BODY, True)


def test_a_saved_run_outlives_its_room_and_even_its_scenario() -> None:
    room = make_room("a-story-that-was")
    [id_] = keep(room)
    room.delete()
    found = traces.find(id_)
    assert found
    assert found.title == "a-story-that-was"


@pytest.mark.parametrize(
    "name", ["", "x", "BCDFGHJKMN", "AAAAAAAAAA", "../settings", "food-order\0", "é" * 10]
)
def test_what_was_never_saved_is_not_found(name: str) -> None:
    assert traces.find(name) is None


def test_past_a_rooms_cap_its_oldest_is_deleted_and_no_other_rooms(settings: Settings) -> None:
    settings.KAFKAVIZ_TRACES_PER_ROOM = 2
    [other] = keep(make_room())
    kept = keep(make_room(), 4)
    assert set(Trace.objects.values_list("id", flat=True)) == {other, *kept[2:]}


def test_past_the_cap_of_all_the_oldest_is_deleted(settings: Settings) -> None:
    settings.KAFKAVIZ_TRACES = 3
    kept = [keep(make_room())[0] for _ in range(5)]
    assert set(Trace.objects.values_list("id", flat=True)) == set(kept[2:])


def test_who_saves_without_end_pushes_out_their_own_and_nobody_else_s(settings: Settings) -> None:
    settings.KAFKAVIZ_TRACES = 9
    [first] = keep(make_room(), asker="198.51.100.7")
    for number in range(90):
        keep(make_room(), asker=f"192.0.2.{number % 3}")
    [second] = keep(make_room(), asker="203.0.113.5")
    kept = Trace.objects.in_bulk()
    assert {first, second} <= set(kept)
    assert len(kept) == 9
    assert "192.0.2" not in "".join(trace.saver for trace in kept.values())


@pytest.mark.django_db(transaction=True)
def test_old_ones_are_forgotten(settings: Settings) -> None:
    old, new = keep(make_room(), 2)
    age = timedelta(seconds=settings.KAFKAVIZ_FORGET_TRACES_AFTER + 60)
    Trace.objects.filter(id=old).update(created_at=timezone.now() - age)
    async_to_sync(forget_old_traces)()
    assert [trace.id for trace in Trace.objects.all()] == [new]


def test_the_head_holds_what_the_page_draws_and_no_way_into_the_room() -> None:
    room = make_room()
    head = traces.head_of(room, "embedded")
    hold("head", json.loads(json.dumps({**head, "seq": 1})))
    assert "socket" not in json.dumps(head)
    assert head["topology"]["topics"]


def test_the_file_is_sent_packed_to_whom_can_unpack_it(client: Client) -> None:
    [id_] = keep(make_room())
    answer = client.get(f"/t/{id_}/trace.ndjson", headers={"Accept-Encoding": "gzip, br"})
    assert answer.content == BODY
    assert answer["Content-Encoding"] == "gzip"
    assert answer["Content-Disposition"] == f'attachment; filename="kafkaviz-{id_}.ndjson"'
    assert "immutable" in answer["Cache-Control"]
    assert "Accept-Encoding" in answer["Vary"]


@pytest.mark.parametrize("takes", ["", "identity", "br", "gzip;q=0", "gzip; q=0.0, br"])
def test_the_file_is_sent_plain_to_whom_can_not(client: Client, takes: str) -> None:
    [id_] = keep(make_room())
    answer = client.get(f"/t/{id_}/trace.ndjson", headers={"Accept-Encoding": takes})
    assert answer.content == LINES
    assert not answer.has_header("Content-Encoding")


def test_a_page_that_is_not_there_says_so(client: Client) -> None:
    for path in ("/t/BCDFGHJKMN/", "/t/BCDFGHJKMN/trace.ndjson", "/t/no-such-run/"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert b"saved runs" in answer.content


def test_the_page_for_a_file_of_ones_own_has_no_form_that_could_send_it(client: Client) -> None:
    page = client.get("/t/open/").content.decode()
    assert "data-trace-file" in page
    assert "<form" not in page


@names
def test_a_built_in_run_has_a_page_with_its_title_and_file(client: Client, name: str) -> None:
    page = client.get(f"/t/{name}/").content.decode()
    assert BUILTIN[name].title in page
    assert f'data-trace="/t/{name}/trace.ndjson"' in page
    assert "data-token" not in page


@names
def test_a_built_in_run_may_be_replaced_so_it_is_asked_for_again(client: Client, name: str) -> None:
    assert client.get(f"/t/{name}/trace.ndjson")["Cache-Control"] == "no-cache"


@names
def test_a_built_in_run_is_small_was_seen_on_a_real_kafka_and_keeps_to_the_protocol(name: str) -> None:
    lines = gzip.decompress(packed(name)).splitlines()
    head, *frames = map(json.loads, lines)
    assert sum(map(len, lines)) < MOST_BYTES
    hold("head", head)
    assert head["cluster"] == "external"
    assert head["scenario"] == BUILTIN[name].scenario
    assert head["scenario"] in SCENARIOS
    for frame in frames:
        hold(frame["type"], frame)
    assert head["seq"] == frames[-1]["seq"]


def test_every_file_of_a_run_is_listed_and_has_a_golden_state() -> None:
    for folder, end in (("traces", ".ndjson"), ("tests/js/golden", ".json")):
        assert {path.name.removesuffix(end) for path in (ROOT / folder).iterdir()} == set(BUILTIN)


def test_a_moment_of_the_room_is_told_as_the_run_counts_it_and_anything_else_is_none() -> None:
    body = gzip.compress(b'{"type":"trace"}\n{"type":"backlog","room":{"now":40.25}}\n')
    assert traces.second_of(body, "52.5") == 12.25
    assert traces.second_of(body, "3") == 0
    for moment in ("", "-1", "1e9", "nan", "<script>", "٣", "9" * 400):
        assert traces.second_of(body, moment) is None
