"""A class: people come in with a name, tap, read, vote and leave, and only its host changes anything."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from django.conf import settings
from websockets.exceptions import InvalidStatus

from tests.classes import School, begin_class, present, reads, refusals, state, you
from tests.client import Client, aside, detail, settled, stored, watch
from tests.servers import Answer, Server, wait_for

PANELS = ("crowd", "members", "group", "bookmark", "producer", "broker", "letters", "lab", "traces")


@pytest.fixture
def school(server: Server) -> School:
    return begin_class(server)


@pytest.fixture
def any_school(any_server: Server) -> School:
    """For what no Kafka has a part in."""
    return begin_class(any_server)


def member_of(phone: Client) -> str:
    """The group that it is in, if it is a member of any."""
    return (you(phone).get("member") or {"group": ""})["group"]


def change_members(school: School, change: str) -> None:
    school.server.post_form(f"/r/{school.code}/members/", school.host, group="restaurant", change=change)


@asynccontextmanager
async def the_only_member_by_hand(school: School) -> AsyncIterator[tuple[Client, Client]]:
    """The screen in front, and the phone that reads all that the restaurant is to read."""
    person = await aside(school.join)
    room = {"code": school.code, "token": school.host, "socket": f"/ws/rooms/{school.code}/"}
    await aside(change_members, school, "remove")
    await aside(school.change, "volunteers")
    async with watch(school.server, room) as screen, present(school, person["token"]) as phone:
        await phone.send({"type": "take", "group": "restaurant", "by_hand": True})
        await phone.until(lambda: len((you(phone).get("member") or {"reads": []})["reads"]) == 3)
        yield screen, phone


async def tap(client: Client, action: str = "place-order") -> dict[str, Any]:
    return await client.do(action)


async def test_people_come_in_with_names_of_their_own_and_stay_who_they_are(any_school: School) -> None:
    one, other = [await aside(any_school.join) for _ in range(2)]
    assert one["name"] != other["name"]
    again = await aside(any_school.join, one["token"])
    assert again["name"] == one["name"]
    async with present(any_school, one["token"]) as first, present(any_school, other["token"]) as second:
        await first.until(lambda: state(first)["here"] == 2)
        async with present(any_school, again["token"]) as tab:
            await tab.until(lambda: you(tab))
            assert you(tab)["name"] == one["name"]
            assert state(tab)["here"] == 2
        await second.until(lambda: you(second))
    async with present(any_school, one["token"]) as back:
        await back.until(lambda: state(back)["here"] == 1)


async def test_a_phone_is_told_where_its_record_landed_who_read_it_and_what_became_of_the_order(
    school: School,
) -> None:
    person = await aside(school.join)
    async with present(school, person["token"]) as phone:
        done = await tap(phone)
        assert done["key"] == person["key"]
        everybody = dict.fromkeys(("Restaurant", "Delivery", "Order status"), "committed")
        await phone.until(lambda: reads(phone) == everybody and you(phone).get("card") == "delivered")
        record = you(phone)["record"]
        assert [record[name] for name in ("topic", "partition", "offset")] == [
            done[name] for name in ("topic", "partition", "offset")
        ]
        assert you(phone)["sent"] == 1


async def test_a_phone_that_is_a_member_leaves_the_group_when_it_goes(school: School) -> None:
    person = await aside(school.join)
    room = {"code": school.code, "token": school.host, "socket": f"/ws/rooms/{school.code}/"}
    await aside(school.change, "volunteers")
    async with watch(school.server, room) as screen:
        async with present(school, person["token"]) as phone:
            for _ in range(3):  # a thumb that trembles: the last one counts, and none stays behind
                await phone.send({"type": "take", "group": "restaurant"})
            await phone.until(lambda: len((you(phone).get("member") or {"reads": []})["reads"]) in (1, 2))
            await screen.until(lambda: len(screen.hops("leave", group="restaurant")) == 2)
            await screen.until(lambda: len(screen.assignments("restaurant")) == 2)
        await screen.until(lambda: len(screen.hops("leave", group="restaurant")) == 3)
        await screen.until(lambda: sum(map(len, screen.assignments("restaurant").values())) == 3)


async def test_a_member_by_hand_does_each_step_when_it_is_told_to(school: School) -> None:
    async with the_only_member_by_hand(school) as (screen, phone):
        for _ in range(2):
            await tap(phone)

        def hand() -> dict[str, Any]:
            return you(phone)["member"]["hand"] or {}

        for number in (1, 2):
            await phone.until(lambda: hand().get("did") == "read")
            await phone.send({"type": "step", "step": "commit"})
            await phone.until(lambda number=number: refusals(phone).count("not-now") == number)  # type: ignore[misc]
            await phone.send({"type": "step", "step": "handle"})
            await phone.until(lambda: hand().get("did") == "handled")
            await phone.send({"type": "step", "step": "commit"})
            await screen.until(lambda number=number: screen.total("commit", group="restaurant") == number)  # type: ignore[misc]
        await phone.send({"type": "give-back"})
        await phone.until(lambda: you(phone)["member"] is None)


async def test_who_leaves_before_the_bookmark_is_set_has_the_record_handled_again(school: School) -> None:
    async with the_only_member_by_hand(school) as (screen, phone):
        await tap(phone)
        await phone.until(lambda: (you(phone)["member"]["hand"] or {}).get("did") == "read")
        await phone.send({"type": "step", "step": "handle"})
        await screen.until(lambda: screen.total("process", group="restaurant") == 1)
        member = you(phone)["member"]["name"]
        await phone.send({"type": "give-back"})
        await screen.until(lambda: screen.hops("leave", source=member))
        await aside(change_members, school, "add")
        await screen.until(lambda: screen.total("process", group="restaurant") == 2)
        await screen.until(lambda: screen.total("commit", group="restaurant") == 1)


async def test_the_host_deals_out_members_and_lets_volunteers_in(school: School) -> None:
    people = [await aside(school.join) for _ in range(2)]
    async with present(school, people[0]["token"]) as one, present(school, people[1]["token"]) as other:
        await one.until(lambda: state(one)["here"] == 2)
        answer = await aside(school.change, "deal", group="delivery", count=2)
        assert "2 phones are members" in answer.text
        for phone in (one, other):
            await phone.until(lambda phone=phone: member_of(phone) == "delivery")  # type: ignore[misc]
        assert (await aside(school.change, "deal", group="delivery", count=1)).status == 400
        await aside(school.change, "volunteers")
        await one.until(lambda: state(one)["volunteers"])


async def test_a_locked_door_keeps_newcomers_out_and_who_was_here_comes_back(any_school: School) -> None:
    known = await aside(any_school.join)
    assert (await aside(any_school.change, "lock")).status == 200
    refused = await aside(any_school.enter)
    assert (refused.status, refused.json()["error"]["code"]) == (403, "locked")
    assert (await aside(any_school.join, known["token"]))["name"] == known["name"]
    await aside(any_school.change, "open")
    assert (await aside(any_school.enter)).status == 200


async def test_hands_off_means_that_nobody_can_press(any_school: School) -> None:
    person = await aside(any_school.join)
    async with present(any_school, person["token"]) as phone:
        await aside(any_school.change, "pause")
        await phone.until(lambda: state(phone)["paused"])
        await phone.act("place-order")
        await phone.until(lambda: "paused" in refusals(phone))
        await aside(any_school.change, "go-on")
        await phone.until(lambda: not state(phone)["paused"])
        await tap(phone)


async def test_a_class_begins_anew_with_an_empty_log(school: School) -> None:
    person = await aside(school.join)
    async with present(school, person["token"]) as phone:
        await tap(phone)
        await phone.until(lambda: you(phone).get("card") == "delivered")
        answer = await aside(school.change, "reset")
        assert answer.status == 200, answer.text
        await phone.until(lambda: you(phone)["sent"] == 0 and you(phone)["record"] is None)
        found = await aside(settled, school.server, {"code": school.code})
        assert stored(found, "orders") == 0
        assert found["projections"]["order-status"] == {}
        assert (await tap(phone))["offset"] == 0


async def test_a_class_that_is_over_is_over_for_everybody(school: School) -> None:
    person = await aside(school.join)
    room = {"code": school.code, "token": school.host, "socket": f"/ws/rooms/{school.code}/"}
    async with present(school, person["token"]) as phone, watch(school.server, room) as screen:
        assert "over" in (await aside(school.change, "end")).text
        await phone.until(lambda: "ended" in refusals(phone))
        await screen.until(lambda: "ended" in refusals(screen))
    for path in (
        f"/j/{school.code}/",
        f"/r/{school.code}/",
        f"/teach/{school.code}/",
        f"/api/rooms/{school.code}/",
    ):
        assert (await aside(school.server.get, path)).status == 410, path
    assert (await aside(school.enter)).status == 404


async def test_the_class_guesses_a_partition_and_the_cluster_answers(school: School) -> None:
    people = [await aside(school.join) for _ in range(2)]
    async with present(school, people[0]["token"]) as one, present(school, people[1]["token"]) as other:
        await aside(school.change, "ask", kind="partition", group="restaurant")
        await one.until(lambda: state(one)["question"])
        asked = state(one)["question"]
        assert [option["value"] for option in asked["options"]] == ["0", "1", "2"]
        assert all("votes" not in option for option in asked["options"])
        for client, choice in ((one, "0"), (other, "1"), (other, "2")):
            await client.send({"type": "vote", "choice": choice})
        await one.until(lambda: state(one)["question"]["votes"] == 2)
        await other.until(lambda: you(other).get("vote") == "2")
        await one.send({"type": "vote", "choice": "7"})
        await one.until(lambda: "bad-choice" in refusals(one))
        await aside(school.change, "close")
        await one.until(lambda: not state(one)["question"]["open"])
        assert [option["votes"] for option in state(one)["question"]["options"]] == [1, 0, 1]
        await other.send({"type": "vote", "choice": "1"})
        await other.until(lambda: "vote-closed" in refusals(other))
        await aside(school.change, "find-out")
        await one.until(lambda: state(one)["question"]["answers"])
        found = await aside(settled, school.server, {"code": school.code})
        [partition] = [row["partition"] for row in found["topics_state"]["orders"] if row["end"]]
        assert state(one)["question"]["answers"] == [str(partition)]


async def test_a_lesson_s_question_is_voted_on_and_answered_by_who_holds_the_class(
    any_school: School,
) -> None:
    school = any_school
    async with present(school, (await aside(school.join))["token"]) as one:

        def asked() -> dict[str, Any]:
            return state(one)["question"] or {}

        await aside(school.change, "pose", text="How many?", value=["0", "1"], words=["None", "One"])
        await one.until(asked)
        assert [option["title"] for option in asked()["options"]] == ["None", "One"]
        await one.send({"type": "vote", "choice": "1"})
        await one.until(lambda: asked()["votes"] == 1)
        await aside(school.change, "find-out")
        await one.until(lambda: asked()["seen"])
        assert asked()["answers"] == []
        assert (await aside(school.change, "answered", value="1", seen="◆ One")).status == 200
        await one.until(lambda: asked()["answers"] == ["1"] and asked()["seen"] == "◆ One")
        assert (await aside(school.change, "put-away")).status == 200
        assert (await aside(school.change, "answered", value="1", seen="x")).status == 400


@pytest.mark.parametrize(
    "question",
    [
        {"text": "How many?"},
        {"text": "How many?", "value": ["1"], "words": ["One"]},
        {"text": "How many?", "value": ["1", "1"], "words": ["One", "Another"]},
        {"text": "How many?", "value": ["1", "2"], "words": ["One", "x" * 301]},
        {"text": "", "value": ["1", "2"], "words": ["One", "Two"]},
    ],
)
async def test_what_nobody_could_choose_from_is_not_asked(
    any_school: School, question: dict[str, Any]
) -> None:
    assert (await aside(any_school.change, "pose", **question)).status == 400


async def test_who_takes_over_is_read_off_the_rebalance(school: School) -> None:
    person = await aside(school.join)
    async with present(school, person["token"]) as phone:
        await aside(change_members, school, "add")
        await phone.until(lambda: state(phone))
        await asked_when_shared(school)
        await phone.until(lambda: state(phone)["question"])
        answer = await aside(school.change, "find-out")
        assert answer.status == 200, answer.text
        await phone.until(lambda: state(phone)["question"]["answers"] == ["restaurant-1"])


async def asked_when_shared(school: School) -> Answer:
    """Once the new member reads something."""

    def asked() -> Answer | None:
        answer = school.change("ask", kind="takeover", group="restaurant")
        return answer if answer.status == 200 and "restaurant-2 crashes" in answer.text else None

    answer = await aside(wait_for, asked)
    assert isinstance(answer, Answer), "the new member got nothing to read"
    return answer


@pytest.mark.parametrize(("commit", "fate"), [("after", "twice"), ("before", "lost")])
async def test_what_became_of_the_record_is_read_off_the_ledger(
    school: School, commit: str, fate: str
) -> None:
    person = await aside(school.join)
    path = f"/r/{school.code}/group/"
    await aside(
        school.server.post_form, path, school.host, group="restaurant", setting="commit", value=commit
    )
    async with present(school, person["token"]) as phone:
        await phone.until(lambda: state(phone))
        # The class hears of the group's member by frames, which need not be there yet.
        assert await aside(wait_for, lambda: asked_for_fate(school).status == 200)
        answer = await aside(school.change, "find-out")
        assert answer.status == 200, answer.text
        await phone.until(lambda: (state(phone)["question"] or {}).get("answers") == [fate])


def asked_for_fate(school: School) -> Answer:
    return school.change("ask", kind="fate", group="restaurant")


# What guests try


async def test_guests_change_nothing_whatever_they_send(any_school: School) -> None:
    person = await aside(any_school.join)
    server, code = any_school.server, any_school.code
    for token in (person["token"], "", "forged", begin_token_elsewhere(server)):
        for panel in PANELS:
            answer = await aside(
                server.post_form, f"/r/{code}/{panel}/", token, change="crash", group="restaurant"
            )
            assert answer.status == 403, (panel, token)
        for control in ("crash-member", "add-member", "stop-broker"):
            asked = {"control": control, "group": "restaurant", "broker": 1}
            answer = server.post_json(f"/api/rooms/{code}/controls/", asked, X_Room_Token=token)
            assert answer.status == 403, (control, token)
        for change in ("lock", "end", "reset", "deal", "ask"):
            assert (await aside(any_school.change, change, token)).status == 403, (change, token)
    assert detail(server, {"code": code})["groups_state"]["restaurant"]


def begin_token_elsewhere(server: Server) -> str:
    return begin_class(server).host


async def test_nobody_is_a_consumer_before_the_host_lets_them(any_school: School) -> None:
    person = await aside(any_school.join)
    async with present(any_school, person["token"]) as phone:
        await phone.send({"type": "take", "group": "restaurant"})
        await phone.until(lambda: "no-volunteers" in refusals(phone))
        assert you(phone).get("member") is None


async def test_one_person_has_only_so_many_tabs(any_school: School) -> None:
    person = await aside(any_school.join)
    async with AsyncExitStack() as tabs:
        for _ in range(5):
            await tabs.enter_async_context(present(any_school, person["token"]))
        async with present(any_school, person["token"]) as more:
            await more.until(lambda: "full" in refusals(more))


async def test_who_only_watches_a_class_presses_nothing(any_school: School) -> None:
    person = await aside(any_school.join)
    room = {"code": any_school.code, "token": person["token"], "socket": f"/ws/rooms/{any_school.code}/"}
    async with watch(any_school.server, room) as viewer:
        await viewer.act("place-order", "a1")
        await viewer.until(lambda: (viewer.answer("a1") or {}).get("code") == "join-first")
    async with present(any_school, any_school.host) as screen:
        await screen.act("place-order", "a1")
        await screen.until(lambda: (screen.answer("a1") or {}).get("code") == "join-first")


@pytest.mark.parametrize(
    "message",
    [
        "[" * 4000,
        '{"type": "act"}',
        '{"type": "act", "action": "no-such"}',
        '{"type": "act", "action": {"a": 1}}',
        '{"type": "vote", "choice": []}',
        '{"type": "vote", "choice": "0"}',
        '{"type": "take", "group": "queue\\u0000"}',
        '{"type": "take", "group": "latecomer"}',
        '{"type": "step", "step": "handle"}',
        '{"type": "step", "step": {"handle": 1}}',
        '{"type": "end"}',
        "NaN",
        b"\x00\xff",
    ],
)
async def test_what_no_phone_says_is_refused_with_a_sentence_and_nobody_else_notices(
    any_school: School, message: str | bytes
) -> None:
    people = [await aside(any_school.join) for _ in range(2)]
    async with (
        present(any_school, people[0]["token"]) as bad,
        present(any_school, people[1]["token"]) as good,
    ):
        await bad.send(message)
        await bad.until(lambda: refusals(bad))
        await tap(good)
        await tap(bad)


async def test_a_page_of_another_site_can_neither_join_nor_begin(any_school: School) -> None:
    for origin in ("https://elsewhere.example", "null"):
        assert any_school.enter(Origin=origin).status == 403
    answer = any_school.server.request(
        "POST", "/teach/", b"scenario=hearts", Origin="https://elsewhere.example"
    )
    assert answer.status == 403


def test_many_wrong_codes_are_answered_no_more(make_server: Any) -> None:
    server = make_server()
    statuses = [server.get("/j/222222/").status for _ in range(120)]
    assert statuses[0] == 404
    assert 429 in statuses
    assert statuses.count(404) < 100


@pytest.mark.parametrize("typed", ["{lower}", "{spaced}", "{upper}", " {lower} "])
def test_a_code_is_taken_however_it_is_typed(any_school: School, typed: str) -> None:
    code = any_school.code
    text = typed.format(lower=code.lower(), upper=code, spaced=f"{code[:3]}+{code[3:].lower()}")
    answer = any_school.server.get(f"/j/?code={text.replace(' ', '+')}")
    assert answer.status == 200
    assert f'data-phone="{code}"' in answer.text


def test_the_code_in_front_is_the_way_in(any_school: School) -> None:
    """In capitals, as the QR code has it."""
    assert f'data-phone="{any_school.code}"' in any_school.server.get(f"/J/{any_school.code}/").text


async def test_only_a_token_of_this_class_opens_its_socket(any_school: School) -> None:
    elsewhere = await aside(begin_class, any_school.server)
    person = await aside(any_school.join)
    for token in ("forged", elsewhere.host, person["token"][:-1] + "x", "x" * 600):
        with pytest.raises(InvalidStatus) as refused:
            async with present(any_school, token):
                pass
        assert refused.value.response.status_code == 403
    with pytest.raises(InvalidStatus) as refused:
        async with present(any_school, person["token"], origin="https://elsewhere.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_a_phone_that_taps_without_end_is_slowed_and_everybody_else_taps_on(any_school: School) -> None:
    people = [await aside(any_school.join) for _ in range(2)]
    async with (
        present(any_school, people[0]["token"]) as fast,
        present(any_school, people[1]["token"]) as other,
    ):
        began = time.monotonic()
        for number in range(400):
            await fast.act("place-order", f"f{number}")
        await fast.until(lambda: "too-fast" in refusals(fast))
        await tap(other)
        accepted = [frame["offset"] for frame in fast.frames if frame["type"] == "accepted"]
        allowed = settings.KAFKAVIZ_TAPS_PER_SECOND * (time.monotonic() - began)
        assert len(accepted) <= settings.KAFKAVIZ_TAPS_BURST + allowed
