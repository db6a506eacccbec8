"""A socket to nowhere is refused in the handshake, not by an error in the log."""

from channels.generic.websocket import AsyncWebsocketConsumer


class UnknownSocket(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.close()
