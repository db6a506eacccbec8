"""Whoever wants a room is told why none opens, until one can be opened again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from apps.rooms import deadlines
from apps.rooms.linkmessages import Forget, Survey
from apps.rooms.lookout import CLUSTER, LASTING, Lookout
from apps.scenarios.refusals import Refused


class Kafka:
    """Answers with what it is told to refuse, in turn, then with all being well."""

    def __init__(self, *refusals: Refused) -> None:
        self._refusals = list(refusals)
        self.well = asyncio.Event()

    async def ask(self, question: Survey | Forget) -> dict[str, Any]:
        assert question == Survey(None)
        if self._refusals:
            raise self._refusals.pop(0)
        self.well.set()
        return {}

    async def seen_trouble(self, found: Lookout) -> None:
        while not found.trouble:
            await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "KAFKA_LOOK", 0.001)


async def test_all_is_well() -> None:
    found = Lookout(Kafka().ask)
    await found.look()
    assert found.trouble == ""


async def test_trouble_is_told_and_looked_at_again_until_it_is_over() -> None:
    kafka = Kafka(Refused(CLUSTER, "No Kafka answers."), Refused(CLUSTER, "Wrong password."))
    found = Lookout(kafka.ask)
    await found.look()
    assert found.trouble == "No Kafka answers."
    await asyncio.wait_for(kafka.well.wait(), 10)
    await asyncio.sleep(0)
    assert found.trouble == ""


async def test_what_only_settings_can_mend_is_raised() -> None:
    with pytest.raises(Refused, match="No such setting"):
        await Lookout(Kafka(Refused(LASTING, "No such setting.")).ask).look()


async def test_a_room_that_does_not_open_makes_it_look() -> None:
    kafka = Kafka(Refused(CLUSTER, "No Kafka answers."))
    found = Lookout(kafka.ask)
    found.report(Refused(CLUSTER, "The topic of one room is odd."))
    await asyncio.wait_for(kafka.seen_trouble(found), 10)
    assert found.trouble == "No Kafka answers."
    await asyncio.wait_for(kafka.well.wait(), 10)


async def test_trouble_of_one_room_is_not_everybody_s() -> None:
    kafka = Kafka()
    found = Lookout(kafka.ask)
    found.report(Refused(CLUSTER, "The topic of one room is odd."))
    await asyncio.wait_for(kafka.well.wait(), 10)
    assert found.trouble == ""


async def test_other_refusals_are_no_trouble_with_kafka() -> None:
    found = Lookout(Kafka().ask)
    found.report(Refused("full", "All rooms are in use."))
    found.report(RuntimeError("a fault"))
    assert found.trouble == ""
