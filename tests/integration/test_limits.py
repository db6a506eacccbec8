"""Controls at their limits do something sensible, say it in one sentence, and hurt no room."""

from __future__ import annotations

import re

from tests.client import change_members, detail, hearts
from tests.servers import Server, wait_for

GROUP = "trending"
SENTENCE = re.compile(r'role="alert">\s*([^<]+?)\s*<')


def change(server: Server, room: dict[str, str], what: str) -> tuple[int, list[str]]:
    answer = server.post_form(f"/r/{room['code']}/members/", room["token"], group=GROUP, change=what)
    return answer.status, SENTENCE.findall(answer.text)


def test_of_a_hundred_members_six_come_and_each_other_gets_a_sentence(any_server: Server) -> None:
    room = any_server.make_room("hearts")
    answers = [change(any_server, room, "add") for _ in range(100)]
    assert answers == [(200, [])] * 5 + [(400, ["A group here has at most 6 members."])] * 95
    assert member_count(any_server, room) == "6"
    any_server.post_form(f"/r/{room['code']}/lab/", room["token"], step="send")
    assert wait_for(lambda: hearts(detail(any_server, room), GROUP) == 1)


def test_when_the_last_member_has_gone_there_is_nobody_to_remove_crash_or_move(any_server: Server) -> None:
    room = any_server.make_room("hearts")
    change_members(any_server, room, GROUP, "remove")
    for what in ("remove", "crash", "crash-between", "restart"):
        assert change(any_server, room, what) == (400, ["This group has no member left."])
    path = f"/r/{room['code']}/bookmark/"
    answer = any_server.post_form(path, room["token"], group=GROUP, to="beginning")
    assert SENTENCE.findall(answer.text) == ["A bookmark is moved by a member, and this group has none."]
    assert change(any_server, room, "add") == (200, [])
    assert detail(any_server, room)["code"] == room["code"]


def member_count(server: Server, room: dict[str, str]) -> str:
    shown = server.get(f"/r/{room['code']}/members/", X_Room_Token=room["token"]).text
    found = re.search(rf'data-members="{GROUP}">(\d+)<', shown)
    assert found, shown
    return found[1]
