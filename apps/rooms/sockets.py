"""The socket of a room: checks who comes, joins the audience, passes actions on."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from apps.rooms import access, outage, tokens
from apps.rooms.audience import Viewer
from apps.rooms.codes import typed
from apps.rooms.feed import encode
from apps.rooms.limits import Bucket
from apps.rooms.live import Full, LiveRoom, rooms
from apps.rooms.messages import Act, Resync, Seen, parse, ref_of
from apps.rooms.models import Room
from apps.scenarios.run import Refused

SUBPROTOCOL = "kafkaviz.v1"
TRY_LATER = 4503


class RoomSocket(AsyncWebsocketConsumer):
    """Refused before the handshake ends without the room's token or from another origin; see docs/protocol.md."""

    # A socket listens to its room's audience only; Channels would have a second task wait for each socket.
    channel_layer_alias = "none"
    viewer: Viewer | None = None
    room: Room

    async def dispatch(self, message: Any) -> None:
        """Before each message Channels tends database connections, in another thread; what comes up needs none."""
        if message["type"] == "websocket.receive":
            await self.websocket_receive(message)
        else:
            await super().dispatch(message)

    async def connect(self) -> None:
        if not self._authorised():
            await self.close()
            return
        try:
            room = await self._find_room()
        except Refused as refusal:
            await self.accept(SUBPROTOCOL)
            await self._turn_away(refusal)
            return
        if room is None:
            await self.close()
            return
        self.room = room
        self.sending: set[asyncio.Future[None]] = set()
        self.acts = Bucket(settings.KAFKAVIZ_ACTS_PER_SECOND, settings.KAFKAVIZ_ACTS_BURST)
        await self.accept(SUBPROTOCOL)
        viewer = Viewer(self._send_text)
        try:
            self.live = await rooms.join(room, viewer)
            self.viewer = viewer
        except (Full, Refused) as error:
            await self._turn_away(error)

    @property
    def _code(self) -> str:
        return str(self.scope["url_route"]["kwargs"]["code"])

    def _authorised(self) -> bool:
        offered = [*self.scope["subprotocols"], "", ""]
        if offered[0] != SUBPROTOCOL or not access.same_origin(*access.socket_headers(self.scope)):
            return False
        try:
            tokens.read(offered[1], self._code)
        except tokens.BadToken:
            return False
        return True

    async def _find_room(self) -> Room | None:
        """Raises Refused."""
        with outage.refused():
            return await Room.objects.filter(code=typed(self._code)).afirst()

    async def _turn_away(self, why: Full | Refused) -> None:
        await self._refuse(None, Refused("try-later", str(why)))
        await self.close(TRY_LATER)

    async def disconnect(self, code: int) -> None:
        if self.viewer:
            self.live.audience.leave(self.viewer)

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
                if not self.acts.take():
                    raise _too_fast()
                self.live.audience.resync(self.viewer)

    def _act(self, act: Act) -> None:
        if not self.acts.take():
            raise _too_fast()
        answer = self._current().act(act.action, act.data)
        answer.add_done_callback(functools.partial(self._answered, act))

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
        message = {"type": "refused", "code": refusal.code, "message": refusal.message}
        await self._send_text(encode(message if ref is None else {**message, "ref": ref}))

    async def _send_text(self, text: str) -> None:
        message: Any = {"type": "websocket.send", "text": text}
        await self.base_send(message)


def _too_fast() -> Refused:
    return Refused("too-fast", "That was faster than this room takes from one person. Slow down a little.")
