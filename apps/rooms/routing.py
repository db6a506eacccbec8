from django.urls import re_path

from apps.rooms.codes import PATTERN
from apps.rooms.sockets import RoomSocket
from apps.rooms.unknown import UnknownSocket

websocket_urlpatterns = [
    re_path(rf"^ws/rooms/(?P<code>{PATTERN.pattern})/$", RoomSocket.as_asgi()),  # type: ignore[arg-type]
    re_path(r"", UnknownSocket.as_asgi()),  # type: ignore[arg-type]
]
