"""Notes for the speaker: the host's alone."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.classes.asides import LONGEST_NOTES
from apps.rooms import tokens
from apps.rooms.models import Room
from apps.rooms.tokens import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def room() -> Room:
    return Room.objects.create(scenario="hearts", hosted=True)


def host(room: Room) -> str:
    return tokens.mint(room.code, Role.HOST, epoch=room.epoch)


def shown(client: Client, room: Room, token: str, **form: str) -> tuple[int, str]:
    path, headers = f"/teach/{room.code}/notes/", {"X-Room-Token": token}
    answer = client.post(path, form, headers=headers) if form else client.get(path, headers=headers)
    return answer.status_code, answer.content.decode()


def test_notes_are_kept_for_each_of_the_host_s_devices(client: Client, room: Room) -> None:
    assert shown(client, room, host(room), text="Say <b>why</b>\r\nfirst")[0] == 200
    assert "Say &lt;b&gt;why&lt;/b&gt;\nfirst</textarea>" in shown(client, room, host(room))[1]
    shown(client, room, host(room), text="Later")
    assert ">Later</textarea>" in shown(client, room, host(room))[1]


def test_nobody_else_sees_or_changes_them(client: Client, room: Room) -> None:
    shown(client, room, host(room), text="Mine alone")
    other = Room.objects.create(scenario="hearts", hosted=True)
    old = tokens.mint(room.code, Role.HOST, epoch=room.epoch + 1)
    for token in (
        "",
        "forged",
        tokens.mint(room.code, Role.GUEST, 1),
        tokens.mint(room.code),
        host(other),
        old,
    ):
        for form in ({}, {"text": "Yours"}):
            status, text = shown(client, room, token, **form)
            assert status == 403
            assert "Mine alone" not in text
    assert ">Mine alone</textarea>" in shown(client, room, host(room))[1]


def test_too_long_notes_are_refused_and_not_lost(client: Client, room: Room) -> None:
    long = "x" * (LONGEST_NOTES + 1)
    status, text = shown(client, room, host(room), text=long)
    assert status == 400
    assert f">{long}</textarea>" in text
    assert shown(client, room, host(room), text="आ" * LONGEST_NOTES)[0] == 200
    text = shown(client, room, host(room))[1]
    assert text.count("आ") == LONGEST_NOTES
    assert f'maxlength="{LONGEST_NOTES}"' in text, "a browser takes 5,000 for 5"
