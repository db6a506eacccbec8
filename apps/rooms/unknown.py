"""A socket to nowhere is refused in the handshake, not by an error in the log."""

from channels.generic.websocket import AsyncWebsocketConsumer

from apps.rooms import counters


class UnknownSocket(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        counters.refusals.labels("handshake").inc()
        await self.close()
