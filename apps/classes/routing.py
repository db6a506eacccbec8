from django.urls import re_path

from apps.classes.sockets import ClassSocket
from apps.rooms.codes import PATTERN

websocket_urlpatterns = [
    re_path(rf"^ws/classes/(?P<code>{PATTERN.pattern})/$", ClassSocket.as_asgi()),  # type: ignore[arg-type]
]
