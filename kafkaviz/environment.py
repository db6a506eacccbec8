"""What settings.py reads from outside. Everything here fails loudly, naming what to change."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

BOOLEANS = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


def envstr(name: str, default: str) -> str:
    return os.environ.get(name, default).strip()


def envlist(name: str, default: str) -> list[str]:
    return [part.strip() for part in envstr(name, default).split(",") if part.strip()]


_SITE = re.compile(
    r"\*|'self'|'none'|[a-z][a-z0-9+.-]*:|([a-z][a-z0-9+.-]*://)?(\*\.)?[a-z0-9.-]+(:(\d+|\*))?/?",
    re.I | re.ASCII,
)
"""What a policy's `frame-ancestors` may name."""


def envsites(name: str, default: str) -> list[str]:
    """An empty list is nobody."""
    found = envlist(name, default)
    for site in found:
        if not _SITE.fullmatch(site):
            raise ImproperlyConfigured(
                f"{name} must be sites, such as https://blog.example,https://*.school.example, not {site!r}."
            )
    return found or ["'none'"]


def envnetworks(name: str) -> list[IPv4Network | IPv6Network]:
    """None, if none are named."""
    return [_network(name, text) for text in envlist(name, "")]


def envproxies(name: str) -> list[IPv4Network | IPv6Network]:
    """As `envnetworks`, but not everybody."""
    found = envnetworks(name)
    if any(not network.prefixlen for network in found):
        raise ImproperlyConfigured(f"{name} must not name everybody: what all may say is no proxy's word.")
    return found


def _network(name: str, text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"{name} must be addresses and networks, such as 127.0.0.1,10.0.0.0/8; {error}."
        ) from error


def https_only(name: str, proxies: list[IPv4Network | IPv6Network]) -> bool:
    """Whether plain http is to be led to https."""
    wanted = envbool(name, False)
    if wanted and not proxies:
        raise ImproperlyConfigured(
            f"{name}=1 needs the address of the proxy that speaks https, in KAFKAVIZ_TRUSTED_PROXIES."
        )
    return wanted


def envbool(name: str, default: bool) -> bool:
    text = envstr(name, "").lower()
    if not text:
        return default
    if text not in BOOLEANS:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {text!r}.")
    return BOOLEANS[text]


def envint(name: str, default: int, least: int = 1) -> int:
    text = envstr(name, "")
    if not text:
        return default
    # isascii: int() would also take other scripts' digits, underscores and blanks.
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) >= least):
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}, not {text!r}.")
    return int(text)


def envpath(name: str) -> Path | None:
    """A folder that must be there, if it is named."""
    text = envstr(name, "")
    if not text:
        return None
    folder = Path(text).expanduser().absolute()
    if not folder.is_dir():
        raise ImproperlyConfigured(f"{name} must be a folder; there is none at {folder}.")
    return folder


def data_dir(default: Path) -> Path:
    folder = Path(envstr("KAFKAVIZ_DATA_DIR", "") or default).expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(folder, error) from error
    return folder


def database(folder: Path) -> dict[str, Any]:
    """Django's settings of the database: SQLite in the data folder, or what DATABASE_URL names."""
    url = envstr("DATABASE_URL", "")
    if not url:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "db.sqlite3", "OPTIONS": _SQLITE}
    if not url.startswith(("postgres://", "postgresql://")):
        # Without the address: it may hold a password.
        raise ImproperlyConfigured("DATABASE_URL must be like postgresql://user:password@host:5432/database.")
    try:
        found: dict[str, Any] = dict(dj_database_url.parse(url))
    except ValueError as error:
        raise ImproperlyConfigured(
            "DATABASE_URL can't be read. Write special characters of the password as %XX."
        ) from error
    if not found["NAME"]:
        raise ImproperlyConfigured(
            "DATABASE_URL names no database: postgresql://user:password@host:5432/database."
        )
    found["OPTIONS"] = {"connect_timeout": 5, **found.get("OPTIONS", {})}
    return found


_SQLITE = {
    # Several processes write: take the write lock when a transaction begins, and wait for it.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}


def secret_key(folder: Path) -> str:
    given = envstr("KAFKAVIZ_SECRET_KEY", "")
    if given:
        return given
    path = folder / "secret_key"
    try:
        return read_key(path) if path.exists() else new_key(path)
    except OSError as error:
        raise unusable(folder, error) from error


def read_key(path: Path) -> str:
    key = path.read_text(encoding="ascii", errors="replace").strip()
    if len(key) < 32:
        raise ImproperlyConfigured(f"{path} holds no key. Delete it, and a new one is made.")
    return key


def new_key(path: Path) -> str:
    """Several processes may start at once: a key appears whole or not at all, and the first one stays."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".secret_key-") as draft:
        draft.write(secrets.token_urlsafe(48))
        draft.flush()
        try:
            os.link(draft.name, path)
        except FileExistsError:
            pass
    return read_key(path)


def unusable(folder: Path, error: OSError) -> ImproperlyConfigured:
    why = error.strerror or type(error).__name__
    return ImproperlyConfigured(
        f"Kafkaviz cannot use its data folder {folder} ({why}). Make it writable, or set KAFKAVIZ_DATA_DIR."
    )
