"""Somebody else's page: a server on another site that shows whatever HTML a test gives it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOST = "127.0.0.1"
"""Kafkaviz is asked for at localhost, which to a browser is another site."""


class Blog:
    def __init__(self, port: int) -> None:
        self.url = f"http://{HOST}:{port}"
        self.pages: dict[str, str] = {}

    def post(self, path: str, body: str) -> str:
        """Its address."""
        return self.page(path, f'<!doctype html><html lang="en"><title>A blog</title><body>{body}')

    def page(self, path: str, text: str) -> str:
        self.pages[path] = text
        return self.url + path


@contextmanager
def blogging() -> Iterator[Blog]:
    pages: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path)
            self.send_response(200 if page else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((page or "").encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    blog = Blog(server.server_port)
    blog.pages = pages
    yield blog
    server.shutdown()
    server.server_close()
