from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kafkaviz.settings")
pages = get_asgi_application()

# Only now are the apps loaded that the sockets import.
from apps.classes.routing import websocket_urlpatterns as of_classes  # noqa: E402
from apps.rooms.lanedoor import beside  # noqa: E402
from apps.rooms.proxies import behind_proxies  # noqa: E402
from apps.rooms.routing import websocket_urlpatterns as of_rooms  # noqa: E402

# Django's path() knows nothing of the ASGI applications that Channels puts into it.
sockets = URLRouter([*of_classes, *of_rooms])  # type: ignore[list-item]
application = behind_proxies(ProtocolTypeRouter({"http": beside(pages), "websocket": sockets}))
