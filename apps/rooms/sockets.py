"""The socket of a room: checks who comes, joins the audience, passes actions on."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.utils.translation import gettext as _

from apps.rooms import access, counters, outage, tokens
from apps.rooms.askers import asker_of
from apps.rooms.audience import Viewer
from apps.rooms.codes import typed
from apps.rooms.connections import connections
from apps.rooms.feed import encode
from apps.rooms.limits import Bucket
from apps.rooms.live import ENDED, Full, LiveRoom, rooms
from apps.rooms.messages import Act, Resync, Seen, parse, ref_of
from apps.rooms.models import Room
from apps.rooms.paces import People, take_of_room
from apps.rooms.places import ASLEEP
from apps.scenarios.refusals import Refused

SUBPROTOCOL = "kafkaviz.v1"
TRY_LATER = 4503
_RESYNCS = 1.0, 10
"""Of one socket: a second, and at once."""
_people = People(settings.KAFKAVIZ_ACTS_PER_SECOND, settings.KAFKAVIZ_ACTS_BURST)


class RoomSocket(AsyncWebsocketConsumer):
    """Refused before the handshake ends without the room's token or from another origin; see docs/protocol.md."""

    # A socket listens to its room's audience only; Channels would have a second task wait for each socket.
    channel_layer_alias = "none"
    viewer: Viewer | None = None
    entered = False
    room: Room

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Who has gone is missed whatever happens: a socket that leaves as its room opens is cancelled, and nothing
        tells it then that it was disconnected."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()

    async def dispatch(self, message: Any) -> None:
        """Before each message Channels tends database connections, in another thread; what comes up needs none."""
        if message["type"] == "websocket.receive":
            await self.websocket_receive(message)
        else:
            await super().dispatch(message)

    async def connect(self) -> None:
        who = self._authorised()
        if not who:
            await self._refuse_handshake()
            return
        try:
            room = await self._find_room()
        except Refused as refusal:
            await self.accept(SUBPROTOCOL)
            await self._turn_away(refusal)
            return
        if room is None:
            await self._refuse_handshake()
            return
        self.room, self.who = room, who
        self.sending: set[asyncio.Future[None]] = set()
        self.resyncs = Bucket(*_RESYNCS)
        await self.accept(SUBPROTOCOL)
        viewer = Viewer(self._send_text, self._turn_away)
        try:
            connections.enter(self.scope)
            self.entered = True
            self.live = await rooms.join(room, viewer, asker_of(self.scope))
            self.viewer = viewer
        except (Full, Refused) as error:
            await self._turn_away(error)

    async def _refuse_handshake(self) -> None:
        counters.refusals.labels("handshake").inc()
        await self.close()

    @property
    def _code(self) -> str:
        return str(self.scope["url_route"]["kwargs"]["code"])

    def _authorised(self) -> tokens.Participant | None:
        return access.comes(self.scope, SUBPROTOCOL, self._code)

    async def _find_room(self) -> Room | None:
        """Raises Refused."""
        with outage.refused():
            return await Room.objects.filter(code=typed(self._code)).afirst()

    async def _turn_away(self, why: Full | Refused) -> None:
        """A page whose room is over, or gave way, must not come again and again: by the code it knows that."""
        code = why.code if why.code in (ENDED, ASLEEP) else "try-later"
        await self._refuse(None, Refused(code, str(why)))
        await self.close(TRY_LATER)

    def _leave(self) -> None:
        if self.viewer:
            self.live.audience.leave(self.viewer)
        if self.entered:
            connections.leave(self.scope)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if not self.viewer:
            return
        try:
            message = parse(text_data)
            await self._take(message)
        except Refused as refusal:
            await self._refuse(ref_of(text_data), refusal)

    async def _take(self, message: Act | Seen | Resync) -> None:
        assert self.viewer
        match message:
            case Act():
                self._act(message)
            case Seen():
                self.live.audience.seen(self.viewer, message.seq)
            case Resync():
                self._resync(self.viewer)

    def _resync(self, viewer: Viewer) -> None:
        """A backlog weighs as much as seconds of frames, so it is had seldom."""
        if not self.resyncs.take():
            raise Refused("too-fast", _("The picture was asked for anew too often. Wait a second."))
        self.live.audience.resync(viewer)

    def _act(self, act: Act) -> None:
        live = self._current()
        self.room.epoch = live.epoch
        if not access.may_change(self.room, self.who):
            raise self._not_theirs()
        _people.take(self.who)
        take_of_room(self.who)
        answer = live.act(act.action, act.data)
        answer.add_done_callback(functools.partial(self._answered, act))

    def _not_theirs(self) -> Refused:
        if self.who.role is tokens.Role.HOST:
            return access.old_link()
        return Refused("join-first", _("This room is a class. Who joins it can press here as well."))

    def _current(self) -> LiveRoom:
        """The room as it is now: it may have come back in another runner since we joined."""
        live = rooms.find(self.room.code)
        if not live:
            raise Refused("room-restarting", "The room is coming back. Try again in a moment.")
        self.live = live
        return live

    def _answered(self, act: Act, answer: asyncio.Future[dict[str, Any]]) -> None:
        error = answer.exception()
        if isinstance(error, Refused):
            self._soon(self._refuse(act.ref, error))
        elif error:
            raise error
        elif act.ref is not None:
            self._soon(self._send_text(encode({"type": "accepted", "ref": act.ref, **answer.result()})))

    def _soon(self, sending: Any) -> None:
        task = asyncio.ensure_future(sending)
        self.sending.add(task)
        task.add_done_callback(self.sending.discard)

    async def _refuse(self, ref: str | None, refusal: Refused) -> None:
        counters.refusals.labels(refusal.code).inc()
        message = {"type": "refused", "code": refusal.code, "message": refusal.message}
        await self._send_text(encode(message if ref is None else {**message, "ref": ref}))

    async def _send_text(self, text: str) -> None:
        message: Any = {"type": "websocket.send", "text": text}
        await self.base_send(message)
