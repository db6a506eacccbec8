"""Every lesson is played to its end by the page's own scripts, on a real cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from apps.lessons import library
from tests.lessons import Told, play
from tests.servers import Server

pytestmark = pytest.mark.xdist_group("lessons")
LESSONS = tuple(library.load([library.OURS], "en")[0])
_AT_ONCE = 4
"""Each has a room, and the machine two cores."""


@pytest.fixture(scope="module")
def played(server: Server, request: pytest.FixtureRequest) -> Mapping[str, Told | BaseException]:
    """All that are asked about, some at a time."""
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    asked = {call.params.get("slug") for call in calls if call} & set(LESSONS)
    return asyncio.run(_play_all(server, sorted(asked)))


async def _play_all(server: Server, slugs: Sequence[str]) -> Mapping[str, Told | BaseException]:
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(slug: str) -> Told:
        async with places:
            return await play(server, slug)

    told = await asyncio.gather(*map(one, slugs), return_exceptions=True)
    return dict(zip(slugs, told, strict=True))


@pytest.mark.parametrize("slug", LESSONS)
def test_a_lesson_is_met_step_by_step_to_its_end(
    slug: str, played: Mapping[str, Told | BaseException]
) -> None:
    told = played[slug]
    if isinstance(told, BaseException):
        raise told
    missed = [step for step in told if not step["met"]]
    assert missed == []
    asked = [step for step in told if step["options"] and not step["needed"]]
    assert asked
    # Each question got an answer that is one of those it offers.
    for step in asked:
        assert step["observed"]["value"] in [option["value"] for option in step["options"]], step


def test_right_and_wrong_guesses_were_made_and_each_was_answered(
    played: Mapping[str, Told | BaseException],
) -> None:
    """The player guesses anything that is offered."""
    steps = [step for told in played.values() if not isinstance(told, BaseException) for step in told]
    asked = [step for step in steps if step["options"] and not step["needed"]]
    right = [step for step in asked if step["observed"]["value"] == step["predicted"]["value"]]
    assert 0 < len(right) < len(asked)
