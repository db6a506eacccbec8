"""What the web process and a runner say to each other: every message there is, and how it becomes bytes.

A message is a JSON list, its name and its fields in their order, and a raw body: the field that is `text` or `body`.
So a frame is passed on without being decoded, and what is packed stays bytes.
"""

from __future__ import annotations

import itertools
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, ClassVar, Generic, TypeVar

A = TypeVar("A", dict[str, Any], bytes)


class NotUnderstood(Exception):
    """The other process says what this one does not know; the text is for people."""


class Message:
    """Something that is said over the link."""


class Question(Message, Generic[A]):
    """A message that gets an answer of type `A` if it is sent with a number; `answer` is the message that brings it."""

    answer: ClassVar[type[Reply | Packed]]


# What the web process says


class Asked(Question[dict[str, Any]]):
    """Answered by a `Reply`."""


@dataclass(frozen=True, slots=True)
class Open(Asked):
    """`log`: the incarnation its topics are from; `logs`: what brokers called the log of each, of how many
    `partitions`.

    `notices`: what to say of a `new` log, and of a `continued` one.
    """

    room: str
    room_id: int
    scenario: str
    setup: dict[str, Any]
    incarnation: int
    log: int
    logs: dict[str, Any]
    partitions: dict[str, Any]
    notices: dict[str, Any]
    external: dict[str, Any] | None
    members: int


@dataclass(frozen=True, slots=True)
class Close(Asked):
    """That life of the room, or an older one: what has been opened meanwhile stays."""

    room: str
    life: int


@dataclass(frozen=True, slots=True)
class Act(Asked):
    room: str
    action: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Deliver(Asked):
    """As `Act`, but answered when the brokers have stored the record. `person`: who presses, in a class."""

    room: str
    action: str
    data: dict[str, Any]
    person: str


@dataclass(frozen=True, slots=True)
class Control(Asked):
    room: str
    name: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Totals(Asked):
    room: str


@dataclass(frozen=True, slots=True)
class Ledger(Asked):
    room: str


@dataclass(frozen=True, slots=True)
class Record(Asked):
    """What do the brokers keep there?"""

    room: str
    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Trace(Question[bytes]):
    """What was recorded of the room lately, gzipped; `head` is what its first line tells."""

    room: str
    head: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Survey(Asked):
    """Can rooms work on that Kafka?"""

    external: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Forget(Asked):
    """Delete what a room that is no more has on that Kafka."""

    room: str
    external: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class SendBacklog(Message):
    room: str
    asked: int


@dataclass(frozen=True, slots=True)
class Pace(Message):
    """What each viewer may be sent in the long run, in bytes a second."""

    room: str
    bytes_a_second: int


@dataclass(frozen=True, slots=True)
class Notice(Message):
    """What everybody who comes is told first from now on."""

    room: str
    words: str


# What a runner says


@dataclass(frozen=True, slots=True)
class Frame(Message):
    """For the viewers of that life of the room: JSON, which ends with hop `seq`."""

    room: str
    life: int
    seq: int
    text: str


@dataclass(frozen=True, slots=True)
class Backlog(Message):
    """For who has just come, as a `Frame`. `asked`: as the `SendBacklog` that it answers."""

    room: str
    life: int
    seq: int
    asked: int
    text: str


@dataclass(frozen=True, slots=True)
class Acked(Message):
    """Records stored so far, by topic: should the runner die, this is how many the log was last seen to hold."""

    room: str
    life: int
    acked: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Failed(Message):
    """A fault ended that life of the room, and nothing else."""

    room: str
    life: int


@dataclass(frozen=True, slots=True)
class News(Message):
    """What everybody who comes is told of the room first is another by now."""

    room: str
    life: int


@dataclass(frozen=True, slots=True)
class OtherLogs(Message):
    """Topics of the room have other logs: that life of it is to end, and the next to begin with them."""

    room: str
    life: int


@dataclass(frozen=True, slots=True)
class Pulse(Message):
    """The runner lives. `rooms`: of each `hops`, `records` and `lag` by group."""

    rooms: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Reply(Message):
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Packed(Message):
    """An answer in bytes."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Refusal(Message):
    """The answer is no; see `Refused`."""

    code: str
    message: str


RoomMessage = Frame | Backlog | Acked | Failed | News | OtherLogs
"""What a runner says of one life of a room."""
MESSAGES: tuple[type[Message], ...] = (
    *(
        Open,
        Close,
        Act,
        Deliver,
        Control,
        Totals,
        Ledger,
        Record,
        Trace,
        Survey,
        Forget,
        SendBacklog,
        Pace,
        Notice,
    ),
    *(Frame, Backlog, Acked, Failed, News, OtherLogs, Pulse, Reply, Packed, Refusal),
)
Asked.answer, Trace.answer = Reply, Packed

_NONE = type(None)
_TYPES: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "bytes": (bytes,),
    "dict[str, Any]": (dict,),
    "dict[str, Any] | None": (dict, _NONE),
    "list[dict[str, Any]]": (list,),
}
_BODIES = ("text", "body")
_encode = json.JSONEncoder(separators=(",", ":")).encode
_decode = json.JSONDecoder().decode


def _getter(names: list[str]) -> Callable[[Message], tuple[Any, ...]]:
    """The values of these fields. `attrgetter` gives a tuple of two and more only."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda message: tuple(getattr(message, name) for name in names)


class _Form:
    """How one kind of message is written: its name, the fields in its head, and the last one, if it is a body."""

    def __init__(self, kind: type[Message]) -> None:
        self.kind, self.name = kind, kind.__name__
        found = [(one.name, str(one.type)) for one in fields(kind)]  # type: ignore[arg-type]
        self.layout = (self.name, found)
        self.body = next((name for name, _ in found if name in _BODIES), "")
        self.fields = [name for name, _ in found if name != self.body]
        self._types = set(itertools.product(*(_TYPES[type_] for name, type_ in found if name != self.body)))
        self._values = _getter(self.fields)

    def encode(self, message: Message) -> tuple[bytes, bytes]:
        head = _encode([self.name, *self._values(message)])
        body = getattr(message, self.body) if self.body else b""
        return head.encode(), body.encode() if type(body) is str else body

    def decode(self, values: list[Any], body: bytes) -> Message:
        types = tuple(map(type, values))
        if types not in self._types or (body and not self.body):
            told = ", ".join(type_.__name__ for type_ in types)
            raise NotUnderstood(
                f"The message {self.name} of the link has parts that it should not have: {told}."
            )
        if self.body:
            values.append(body.decode() if self.body == "text" else body)
        return self.kind(*values)


_BY_KIND = {kind: _Form(kind) for kind in MESSAGES}
_BY_NAME = {form.name: form for form in _BY_KIND.values()}
VERSION = zlib.crc32(repr([form.layout for form in _BY_KIND.values()]).encode())
"""Made of all names, fields and types, so that it can't be forgotten when one changes. Both sides check it first."""


def encode(message: Message) -> tuple[bytes, bytes]:
    """Head and body."""
    return _BY_KIND[type(message)].encode(message)


def decode(head: bytes, body: bytes) -> Message:
    """Raises NotUnderstood."""
    try:
        name, *values = _decode(head.decode())
        form = _BY_NAME[name]
        return form.decode(values, body)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise NotUnderstood(f"A message of the link can't be read: {head[:60]!r}") from error
