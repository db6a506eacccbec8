"""A member that does not leave well has left all the same, which everybody is told."""

from __future__ import annotations

from typing import Any

import pytest

from apps.kafka.hops import HopType
from apps.kafka.life import Crash, Life
from tests.servers import PATIENCE


class Member(Life[object]):
    """Its client fails as it leaves, or as it dies."""

    def __init__(self) -> None:
        super().__init__("a-member")
        self.told: list[HopType] = []
        self.buried = False
        self._thread.start()

    def _open(self) -> object:
        return object()

    def _turn(self, _client: object) -> None:
        self._stopping.wait(PATIENCE)

    def _die(self, _client: object) -> None:
        raise RuntimeError("the client is broken")

    def _leave(self, _client: object) -> None:
        raise RuntimeError("the client is broken")

    def _tell_member(self, type_: HopType, **_fields: Any) -> None:
        self.told.append(type_)

    def _bury(self) -> None:
        self.buried = True


@pytest.mark.parametrize("crashes", [False, True])
def test_who_fails_as_it_leaves_is_told_to_have_left(crashes: bool, caplog: pytest.LogCaptureFixture) -> None:
    member = Member()
    if crashes:
        member.crash(Crash.NOW)
    else:
        member.stop()
    assert member.join(PATIENCE)
    assert member.told == [HopType.JOIN, HopType.LEAVE] and member.buried
    assert "did not leave well" in caplog.text


class Unmade(Member):
    """Its client can't be made, as where settings are wrong."""

    def _open(self) -> object:
        raise RuntimeError("No such setting.")


def test_a_member_whose_client_can_not_be_made_is_told_and_not_there() -> None:
    member = Unmade()
    assert member.join(PATIENCE)
    assert member.told == [HopType.FAIL] and member.buried and not member.alive
