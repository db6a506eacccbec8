"""`manage.py serve`: everything that `make run` starts."""

from __future__ import annotations

import errno
import os
import resource
import sys
import tempfile
from argparse import ArgumentParser
from typing import Any

from channels.routing import get_default_application
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection, connections
from twisted.internet.error import CannotListenError

from apps.rooms.addresses import address_of, own_names, shown_name
from apps.rooms.webserver import CannotStart, WebServer
from apps.scenarios.refusals import Refused

MOST_FILES = 65536


class Command(BaseCommand):
    help = "Serves Kafkaviz: pages, sockets and the processes that run rooms."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", help="name or address to listen on (default: HOST, or localhost)")
        parser.add_argument("--port", help="port to listen on (default: PORT, or 8000)")

    def handle(self, *args: Any, host: str | None, port: str | None, **options: Any) -> None:
        host = host or os.environ.get("HOST") or "localhost"
        number = whole_port(port or os.environ.get("PORT") or "8000")
        settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, *own_names(host)]
        settings.LISTENS_ON = host
        server = self.web_server(host)
        real_port = listen(server, host, number)
        prepare_data()
        raise_file_limit()
        self.address = f"http://{shown_name(host)}:{real_port}"
        server.run()
        if server.exit_code:
            sys.exit(server.exit_code)

    def web_server(self, host: str) -> WebServer:
        from apps.rooms.live import rooms

        async def start() -> None:
            try:
                await rooms.start()
            except Refused as refusal:
                raise CannotStart(refusal.message) from refusal
            self.stdout.write(f"Kafkaviz is at {self.address}")
            self.stdout.flush()

        return WebServer(get_default_application(), start=start, stop=rooms.stop)


def whole_port(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535:
        return int(text)
    raise SystemExit(f"PORT must be a whole number up to 65535, not {text!r}.")


def listen(server: WebServer, host: str, port: int) -> int:
    try:
        return server.listen(address_of(host), port)
    except CannotListenError as error:
        raise SystemExit(cannot_listen(host, port, error.socketError.errno or 0)) from error
    except OSError as error:
        raise SystemExit(
            f"This machine does not know the host {host!r}. Give one of its own, or localhost."
        ) from error


def cannot_listen(host: str, port: int, number: int) -> str:
    if number == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use. Choose another: make run PORT={free_guess(port)}"
    return f"Kafkaviz cannot listen on {host}, port {port} ({os.strerror(number)}). Change HOST= or PORT=."


def free_guess(port: int) -> int:
    return port + 1 if 1024 <= port < 65535 else 8000


def prepare_data() -> None:
    """The folder and the database are tried before anything depends on them."""
    try:
        tempfile.TemporaryFile(dir=settings.DATA_DIR).close()
        call_command("migrate", interactive=False, verbosity=0)
    except (OSError, DatabaseError) as error:
        raise SystemExit(unusable_database(error)) from error
    finally:
        connections.close_all()


def unusable_database(error: Exception) -> str:
    if connection.vendor == "sqlite":
        return (
            f"Kafkaviz cannot use the database in {settings.DATA_DIR} ({error}). "
            "Make the folder and its files writable, or set KAFKAVIZ_DATA_DIR."
        )
    where = connection.settings_dict
    name = f"{where['NAME']} at {where['HOST'] or 'the local socket'}"
    why = " ".join(str(error).split())
    return f"Kafkaviz cannot use the database {name} ({why}). Start or mend it, or correct DATABASE_URL."


def raise_file_limit() -> None:
    """Every viewer is an open file, and many systems start with room for few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
