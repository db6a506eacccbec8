"""The address that phones are to type: of a server that is reached as localhost, the machine's own in its network."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.utils.translation import gettext as _

from apps.rooms.addresses import bracketed, listens_everywhere, outward_address


def reachable(request: HttpRequest) -> tuple[str, str]:
    """Name and port as in a link, and why phones can't reach it, in a sentence; empty if they can."""
    asked = request.get_host()
    if not _is_this_machine(asked):
        return asked, ""
    if not listens_everywhere(settings.LISTENS_ON):
        return asked, _(
            "Phones can’t reach this address: it leads to this machine alone. "
            "Start Kafkaviz with HOST=0.0.0.0, and begin the class again."
        )
    own = outward_address()
    if not own or _is_this_machine(own):
        return asked, _(
            "Phones can’t reach this address: this machine is in no network. "
            "Join the one that the phones are in, and reload this page."
        )
    port = split_domain_port(asked)[1]
    return f"{bracketed(own)}:{port}" if port else bracketed(own), ""


def _is_this_machine(host: str) -> bool:
    name = split_domain_port(host)[0].strip("[]")
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
