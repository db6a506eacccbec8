"""Which names lead to this server, when it was told to listen on `host`."""

from __future__ import annotations

import socket

EVERYWHERE = ("0.0.0.0", "::")


def bare(host: str) -> str:
    return host.strip("[]")


def address_of(host: str) -> str:
    """The address to bind. localhost is the IPv4 one, which browsers try whatever else they try."""
    if bare(host) == "localhost":
        return "127.0.0.1"
    found = socket.getaddrinfo(bare(host), None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return str(found[0][4][0])


def listens_everywhere(host: str) -> bool:
    return bare(host) in EVERYWHERE


def own_names(host: str) -> list[str]:
    """What a browser may write in its Host header to reach us."""
    if not listens_everywhere(host):
        return [bracketed(bare(host))]
    name = socket.gethostname()
    names = [name, f"{name}.local", name.partition(".")[0], *addresses()]
    return list(dict.fromkeys(bracketed(each) for each in names if each))


def shown_name(host: str) -> str:
    """The name to print: of a machine that listens everywhere, the address that others can reach."""
    if not listens_everywhere(host):
        return bracketed(bare(host))
    return outward_address() or "localhost"


def addresses() -> list[str]:
    outward = outward_address()
    try:
        found = socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM)
    except OSError:
        found = []
    return [each for each in (outward, *(str(item[4][0]) for item in found)) if each]


def outward_address() -> str | None:
    """The address that the way out of this machine has. Connecting a UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name else name
