"""The socket of a class: of a phone, of the screen in front, or of the host."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from apps.classes.classroom import Classroom
from apps.classes.classrooms import classrooms
from apps.classes.messages import Act, DoStep, GiveBack, Message, Name, Take, Vote, parse
from apps.classes.people import Person
from apps.classes.telling import sent_out
from apps.rooms import access, counters, outage
from apps.rooms.askers import asker_of
from apps.rooms.codes import typed
from apps.rooms.connections import connections
from apps.rooms.feed import encode
from apps.rooms.live import Full, over
from apps.rooms.messages import ref_of
from apps.rooms.models import Door, Room
from apps.rooms.paces import People, take_of_room
from apps.rooms.sockets import SUBPROTOCOL, TRY_LATER
from apps.rooms.tokens import Participant, Role
from apps.scenarios.refusals import Refused

_people = People(settings.KAFKAVIZ_TAPS_PER_SECOND, settings.KAFKAVIZ_TAPS_BURST)


class ClassSocket(AsyncWebsocketConsumer):
    """Refused before the handshake ends without a token of the room; see docs/protocol.md."""

    channel_layer_alias = "none"
    classroom: Classroom | None = None
    person: Person | None = None
    entered = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """As `RoomSocket`: whatever happens, who has gone is missed."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()

    async def dispatch(self, message: Any) -> None:
        """As `RoomSocket`: what comes up needs no database. It speaks the language of the page."""
        with translation.override(_language(self.scope)):
            if message["type"] == "websocket.receive":
                await self.websocket_receive(message)
            else:
                await super().dispatch(message)

    async def connect(self) -> None:
        code = str(self.scope["url_route"]["kwargs"]["code"])
        who = access.comes(self.scope, SUBPROTOCOL, code)
        if not who:
            counters.refusals.labels("handshake").inc()
            await self.close()
            return
        await self.accept(SUBPROTOCOL)
        self.who = who
        self.working: set[asyncio.Task[None]] = set()
        try:
            connections.enter(self.scope)
            self.entered = True
            classroom = classrooms.of(await _hosted(code))
            self.person = await classroom.arrive(self.send_told, who.number, asker_of(self.scope))
            self.classroom = classroom
            await self._hold(classroom, who)
        except (Full, Refused) as error:
            await self._refuse(None, Refused(error.code, str(error)))
            await self.close(TRY_LATER)

    async def _hold(self, classroom: Classroom, who: Participant) -> None:
        if access.may_change(classroom.room, who):
            classroom.holders.add(self.send_told)
        elif who.role is Role.HOST:
            await self._refuse(None, access.old_link())

    def _leave(self) -> None:
        if self.classroom:
            self.classroom.leave(self.send_told, self.person)
        if self.entered:
            connections.leave(self.scope)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """What is asked of a room takes its time; meanwhile this socket takes the next."""
        if not self.classroom:
            return
        ref = ref_of(text_data)
        try:
            message = parse(text_data)
            _people.take(self.who)
            if not self.person:
                raise Refused(
                    "join-first", _("Join the class with your phone: then you can press here as well.")
                )
            if self.person.sent_out:
                raise sent_out()
            if isinstance(message, Act | Name):  # a name is written into the database
                take_of_room(self.who)
        except Refused as refusal:
            await self._refuse(ref, refusal)
            return
        task = asyncio.create_task(self._do(self.classroom, self.person, message, ref))
        self.working.add(task)
        task.add_done_callback(self.working.discard)

    async def _do(self, classroom: Classroom, person: Person, message: Message, ref: str | None) -> None:
        try:
            match message:
                case Act():
                    done = await classroom.act(person, message.action)
                    if message.ref is not None:
                        await self._answer({"type": "accepted", "ref": message.ref, **done})
                case Vote():
                    classroom.asking.vote(person, message.choice)
                case Take():
                    await classroom.parts.volunteer(person, message.group, message.by_hand)
                case GiveBack():
                    await classroom.parts.give_back(person)
                case DoStep():
                    await classroom.parts.step(person, message.step)
                case Name():
                    await classroom.choose_name(person, message.name)
                    told = classroom.telling.to(person)
                    await self._answer(told if ref is None else {**told, "ref": ref})
        except Refused as refusal:
            await self._refuse(ref, refusal)

    async def _refuse(self, ref: str | None, refusal: Refused) -> None:
        counters.refusals.labels(refusal.code).inc()
        message = {"type": "refused", "code": refusal.code, "message": refusal.message}
        await self._answer(message if ref is None else {**message, "ref": ref})

    async def _answer(self, message: dict[str, Any]) -> None:
        """At once; what is told besides waits until it is made up for."""
        size = await self.send_told(message)
        if self.person:
            self.person.allowance.spend(size)

    async def send_told(self, message: dict[str, Any]) -> int:
        """Returns how many bytes that was."""
        text = encode(message)
        sent: Any = {"type": "websocket.send", "text": text}
        await self.base_send(sent)
        size = len(text.encode())
        counters.frames.inc()
        counters.sent_bytes.inc(size)
        if message.get("code") == "sent-out":
            await self.close(TRY_LATER)
        return size


def _language(scope: Mapping[str, Any]) -> str:
    """English, if it is none of ours."""
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[0]
    return asked if asked in dict(settings.LANGUAGES) else str(settings.LANGUAGE_CODE)


async def _hosted(code: str) -> Room:
    """Raises Refused."""
    with outage.refused():
        room = await Room.objects.filter(code=typed(code), hosted=True).afirst()
    if not room:
        raise Refused("unknown-room", _("There is no class with this code."))
    if room.door == Door.ENDED:
        raise over()
    return room
