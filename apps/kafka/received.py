"""A record as a group member gets it, and what may be read of one that any client may have written."""

from __future__ import annotations

import functools
import json
import math
import time
from typing import Any

from confluent_kafka import Message

from apps.kafka import headers

NOT_JSON = object()
_UNREAD: Any = object()
_MOST_VALUE, _MOST_NESTED, _MOST_KEY = 4096, 64, 200
"""Bytes of a value, brackets in it and characters of a key that we read; what a scenario writes is far below."""
_SHORT = 200


class Received:
    """A record as a member got it. `value` is the decoded JSON, or NOT_JSON; `timestamp` Unix seconds.

    `shown` is the trace id if the record is to be shown whole, else empty. `raw` is the value as it came. Of a record
    that has its `message` each part is read when somebody asks for it, for in a flood hardly anybody does. Values may
    be those of other records, too: nobody changes one.
    """

    __slots__ = (
        "_key",
        "_message",
        "_raw",
        "_timestamp",
        "_trace",
        "_type",
        "_value",
        "offset",
        "partition",
        "shown",
        "topic",
    )

    def __init__(
        self,
        topic: str,
        partition: int,
        offset: int,
        key: str | None,
        value: Any,
        type: str,
        trace: str,
        shown: str,
        timestamp: float,
        raw: bytes = b"",
    ) -> None:
        self.topic, self.partition, self.offset, self.shown = topic, partition, offset, shown
        self._key: Any = key
        self._value = value
        self._type: Any = type
        self._trace: Any = trace
        self._timestamp: Any = timestamp
        self._raw: Any = raw
        self._message: Message | None = None

    @property
    def key(self) -> str | None:
        if self._key is _UNREAD:
            key = self._asked.key()
            self._key = None if key is None else text_of(key)
        found: str | None = self._key
        return found

    @property
    def value(self) -> Any:
        if self._value is _UNREAD:
            self._value = decode(self.raw)
        return self._value

    @property
    def type(self) -> str:
        return self._of_headers()[0]

    @property
    def trace(self) -> str:
        return self._of_headers()[1]

    @property
    def timestamp(self) -> float:
        if self._timestamp is _UNREAD:
            # Any client may stamp its record with any time; what it says of the future nobody can have seen.
            self._timestamp = min(self._asked.timestamp()[1] / 1000, time.time())
        found: float = self._timestamp
        return found

    @property
    def raw(self) -> bytes:
        if self._raw is _UNREAD:
            self._raw = bytes_of(self._asked)
        found: bytes = self._raw
        return found

    def look(self) -> None:
        """See by the headers whether it is to be shown whole."""
        if self._type is not _UNREAD:
            return
        self.looked(headers.of(self._asked))

    def looked(self, found: headers.Headers | None) -> None:
        """`found`: its headers, None where the client can't read them."""
        if found is None:
            self._type = self._trace = ""  # which the client must not be asked for again
        else:
            self.shown = headers.sampled(found)

    def _of_headers(self) -> tuple[str, str]:
        if self._type is _UNREAD:
            self._type, self._trace, _ = headers.read(headers.of(self._asked))
        return self._type, self._trace

    @property
    def _asked(self) -> Message:
        assert self._message is not None  # one without a value is as good as False
        return self._message


def receive(message: Message, topic: str) -> Received:
    """`topic` is what the scenario calls the message's. Whether it is to be shown whole is not known by that."""
    record = Received.__new__(
        Received
    )  # a flood makes very many: with arguments it takes three times as long
    record.topic, record.partition, record.offset = topic, message.partition() or 0, message.offset() or 0
    record.shown, record._message = "", message
    record._key = record._value = record._type = record._trace = record._timestamp = record._raw = _UNREAD
    return record


def bytes_of(message: Message) -> bytes:
    """A record's value as it came, empty for none. The client gives bytes; its types know of deserializers, too."""
    value: Any = message.value()
    return value.encode() if isinstance(value, str) else value or b""


@functools.lru_cache(maxsize=1024)
def text_of(raw: bytes | str) -> str:
    """A key as text, whatever bytes it is."""
    text = raw if isinstance(raw, str) else raw[: _MOST_KEY * 4].decode("utf-8", "replace")
    return text[:_MOST_KEY]


class _Refused(ValueError):
    """Its text says why, to people."""


def _refuse_constant(name: str) -> Any:
    raise _Refused(f"Its value has {name} in it, which is not JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _Refused("Its value has a number in it that is larger than any that can be told.")
    return number


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def decode(raw: bytes) -> Any:
    """JSON that can go on to a database and a browser, or NOT_JSON: any client may write into a room's topics.

    What is given is shared: a flood says the same again and again, to every group.
    """
    return _remembered(raw) if len(raw) <= _SHORT else _or_not_json(raw)


@functools.lru_cache(maxsize=512)
def _remembered(raw: bytes) -> Any:
    return _or_not_json(raw)


def _or_not_json(raw: bytes) -> Any:
    try:
        return _decode(raw)
    except (ValueError, RecursionError):
        return NOT_JSON


def why_not_json(raw: bytes) -> str:
    """Why a value is NOT_JSON, in a sentence without any of its own words."""
    try:
        _decode(raw)
    except _Refused as refused:
        return str(refused)
    except UnicodeError:
        return "Its value is not text in UTF-8; expected is JSON."
    except (ValueError, RecursionError):
        pass
    return "Its value is not JSON."


def _decode(raw: bytes) -> Any:
    raw = raw or b"null"
    if len(raw) > _MOST_VALUE:
        raise _Refused(f"Its value has {len(raw):,} bytes; at most {_MOST_VALUE:,} are read.")
    if raw.count(b"[") + raw.count(b"{") > _MOST_NESTED:
        raise _Refused(f"Its value has more than {_MOST_NESTED} brackets.")
    text = raw.decode().strip()
    value, end = _DECODER.raw_decode(text)
    if end < len(text):
        raise _Refused("Its value is JSON with something behind it.")
    if b"\\u" in raw:
        # Half a character, or none, passes the decoder and breaks what comes after it.
        again = json.dumps(value, ensure_ascii=False)
        try:
            again.encode()
        except UnicodeError:
            raise _Refused("Its value has half a character in it.") from None
        if "\\u0000" in again:
            raise _Refused("Its value has a NUL character in it, which is not kept.")
    return value
