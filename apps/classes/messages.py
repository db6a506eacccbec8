"""What a phone may send up, checked, and who does it."""

from __future__ import annotations

from dataclasses import dataclass

from apps.kafka.hand import Step
from apps.rooms.messages import decode, ref_in
from apps.scenarios.refusals import Refused

_MOST = 100


@dataclass(frozen=True)
class Act:
    action: str
    ref: str | None


@dataclass(frozen=True)
class Vote:
    choice: str


@dataclass(frozen=True)
class Take:
    """A member of a group: to live as long as this phone is there, and by hand if wanted."""

    group: str
    by_hand: bool


@dataclass(frozen=True)
class GiveBack:
    pass


@dataclass(frozen=True)
class DoStep:
    step: Step


@dataclass(frozen=True)
class Name:
    """What somebody wants to be called."""

    name: str


Message = Act | Vote | Take | GiveBack | DoStep | Name


def parse(text: str | None) -> Message:
    """Raises Refused."""
    message = decode(text)
    match message.get("type"):
        case "act":
            return Act(_short(message.get("action"), "action"), ref_in(message))
        case "vote":
            return Vote(_short(message.get("choice"), "choice"))
        case "take":
            return Take(_short(message.get("group"), "group"), message.get("by_hand") is True)
        case "give-back":
            return GiveBack()
        case "step":
            return DoStep(_step(message.get("step")))
        case "name":
            return Name(_short(message.get("name"), "name"))
        case _:
            known = '"act", "vote", "take", "give-back", "step" or "name"'
            raise Refused("unknown-type", f"The type must be {known}.")


def _short(value: object, name: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _MOST:
        raise Refused("bad-message", f"{name} must be text of at most {_MOST} characters.")
    return value


def _step(value: object) -> Step:
    if value not in tuple(Step):
        raise Refused("bad-message", 'step must be "handle" or "commit".')
    return Step(str(value))
