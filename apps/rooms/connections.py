"""The sockets that are open in this process, of rooms and of classes, and from where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from apps.rooms.askers import asker_of
from apps.rooms.live import Full


class Connections:
    def __init__(self) -> None:
        self._by_address: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._by_address.total()

    def enter(self, scope: Mapping[str, Any]) -> None:
        """Raises Full. Who is in leaves again, once."""
        address = asker_of(scope)
        if len(self) >= settings.KAFKAVIZ_SOCKETS:
            raise Full(
                _("So many people are here that this server takes no more. Try again in a few minutes.")
            )
        if self._by_address[address] >= settings.KAFKAVIZ_SOCKETS_PER_ADDRESS:
            raise Full(_("So many people are here from your network that it takes no more. Try again later."))
        self._by_address[address] += 1

    def leave(self, scope: Mapping[str, Any]) -> None:
        address = asker_of(scope)
        self._by_address[address] -= 1
        if self._by_address[address] <= 0:
            del self._by_address[address]


connections = Connections()
