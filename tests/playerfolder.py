"""The player without a server: built once, and handed out by Python's own server of files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.build_player import NoTools, build
from tests.conftest import require


def built(target: Path) -> Path:
    try:
        build(target)
    except NoTools:
        require("node", "node, esbuild or terser is not installed: make check does it")
    return target


@contextmanager
def handed_out(folder: Path) -> Iterator[str]:
    """Its address."""
    command = [
        sys.executable,
        "-u",
        "-m",
        "http.server",
        "0",
        "--bind",
        "127.0.0.1",
        "--directory",
        str(folder),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout
        # "Serving HTTP on 127.0.0.1 port 40123 (http://127.0.0.1:40123/) ..."
        port = server.stdout.readline().split(" port ")[1].split()[0]
        yield f"http://127.0.0.1:{port}"
        server.kill()
