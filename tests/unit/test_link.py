"""What the web process and a runner say to each other arrives as it was said, or nothing does."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.rooms.link import MOST, Link, LinkClosed
from apps.rooms.linkmessages import (
    MESSAGES,
    VERSION,
    Close,
    Frame,
    Message,
    NotUnderstood,
    Packed,
    Pulse,
    Question,
    Trace,
    decode,
    encode,
)
from tests.servers import PATIENCE

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
DICTS = st.dictionaries(st.text(max_size=8), VALUES, max_size=4)
BY_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "str": WORDS,
    "int": st.integers(),
    "bytes": st.binary(max_size=200),
    "dict[str, Any]": DICTS,
    "dict[str, Any] | None": st.none() | DICTS,
    "list[dict[str, Any]]": st.lists(DICTS, max_size=3),
}


def any_of(kind: type[Message]) -> st.SearchStrategy[Message]:
    return st.builds(kind, *[BY_TYPE[str(one.type)] for one in fields(kind)])  # type: ignore[arg-type]


MESSAGE = st.sampled_from(MESSAGES).flatmap(any_of)
QUICK = settings(max_examples=200, deadline=None)


@QUICK
@given(MESSAGE)
def test_whatever_is_said_arrives_as_it_was_said(message: Message) -> None:
    assert decode(*encode(message)) == message


@QUICK
@given(MESSAGE, st.integers(0, 400), st.binary(max_size=4))
def test_what_was_torn_is_another_message_or_none_and_told_in_a_sentence(
    message: Message, at: int, torn: bytes
) -> None:
    head, body = encode(message)
    try:
        assert isinstance(decode(head[:at] + torn + head[at + len(torn) :], body), MESSAGES)
    except NotUnderstood as error:
        assert str(error).endswith((".", "'", '"')) and "link" in str(error)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b'["Praise","A"]', b""),
        (b'["Totals"]', b""),
        (b'["Totals","A","B"]', b""),
        (b'["Totals",7]', b""),
        (b'["Totals",null]', b""),
        (b'["Frame","A",true,1]', b"{}"),
        (b'["Frame","A",1.0,1]', b"{}"),
        (b'["Frame","A",1,1]', b"\xff"),
        (b'["Totals","A"]', b"a body"),
        (b'[["Totals"],"A"]', b""),
        (b'{"do":"close"}', b""),
        (b"[]", b""),
        (b"", b""),
        (b"\xff", b""),
        (b"[" * 100_000, b""),
    ],
)
def test_a_foreign_message_is_told_in_a_sentence(head: bytes, body: bytes) -> None:
    with pytest.raises(NotUnderstood, match="of the link"):
        decode(head, body)


def test_each_message_has_a_name_of_its_own_and_each_question_a_kind_of_answer() -> None:
    assert len({kind.__name__ for kind in MESSAGES}) == len(MESSAGES)
    questions = [kind for kind in MESSAGES if issubclass(kind, Question)]
    assert {kind.answer.__name__ for kind in questions} == {"Reply", "Packed"}
    assert Trace.answer is Packed


def test_a_body_is_carried_as_the_bytes_that_it_is() -> None:
    body = bytes(range(256))
    assert encode(Packed(body)) == (b'["Packed"]', body)
    assert encode(Frame("A", 1, 2, "é"))[1] == "é".encode()


class Ends:
    """Two ends; of `raw` the other speaks bytes."""

    async def __aenter__(self) -> tuple[Link, asyncio.StreamWriter, Link]:
        ours, theirs = socket.socketpair()
        reader, self.raw = await asyncio.open_connection(sock=theirs)
        self.link, self.other = await Link.over(ours), Link(reader, self.raw)
        return self.link, self.raw, self.other

    async def __aexit__(self, *_: object) -> None:
        for end in (self.link, self.other):
            end.close()
            with suppress(ConnectionError):
                await end._writer.wait_closed()


async def received(link: Link) -> tuple[Message, int]:
    return await asyncio.wait_for(link.receive(), PATIENCE)


async def test_messages_come_in_their_order_with_their_numbers() -> None:
    async with Ends() as (link, _, other):
        said: list[tuple[Message, int]]
        said = [(Close("A", 1), 7), (Frame("A", 1, 2, "é" * 50_000), 0), (Pulse([]), 0)]
        for message, number in said:
            other.send(message, number)
        assert [await received(link) for _ in said] == said
        other.close()
        with pytest.raises(LinkClosed):
            await received(link)


async def test_who_is_of_another_version_is_told_so_before_anything_else() -> None:
    ours, theirs = socket.socketpair()
    link = await Link.over(ours)
    with theirs:
        theirs.sendall(struct.pack(">8sI", b"kafkaviz", VERSION ^ 1) + bytes(100))
        with pytest.raises(NotUnderstood, match=r"different versions of the link.*Restart it"):
            await received(link)
        link.close()
        await link._writer.wait_closed()


async def test_what_does_not_come_from_us_is_told_so() -> None:
    ours, theirs = socket.socketpair()
    link = await Link.over(ours)
    with theirs:
        theirs.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(NotUnderstood, match="not from Kafkaviz"):
            await received(link)
        link.close()
        await link._writer.wait_closed()


async def test_a_size_that_no_message_has_is_told_before_anything_is_read() -> None:
    async with Ends() as (link, raw, _):
        raw.write(struct.pack(">IIQ", MOST, 1, 0))
        with pytest.raises(NotUnderstood, match="of the link of 16,777,217 bytes"):
            await received(link)


async def test_who_sends_what_the_other_end_would_not_take_is_told_and_the_link_goes_on() -> None:
    async with Ends() as (link, _, other):
        with pytest.raises(ValueError, match="too large for the link"):
            other.send(Packed(bytes(MOST)))
        other.send(Packed(b"small"))
        assert await received(link) == (Packed(b"small"), 0)
