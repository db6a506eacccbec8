"""The processes of a running server, as /proc tells them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from tests.servers import Server


def runners(server: Server) -> list[int]:
    assert server.process
    return [int(pid) for pid in server.family() if int(pid) != server.process.pid and is_runner(int(pid))]


def is_runner(pid: int) -> bool:
    try:
        return b"run_rooms" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def runner_of(server: Server, bootstrap_servers: str) -> int:
    """The runner whose broker listens there."""
    port = int(bootstrap_servers.split(",")[0].rpartition(":")[2])
    node = listening(port)
    return next(pid for pid in runners(server) if node in open_sockets(pid))


def listening(port: int) -> str:
    """The inode of a listening socket, as its owner's descriptors name it."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(f":{port:04X}") and fields[3] == "0A":
            return f"socket:[{fields[9]}]"
    raise AssertionError(f"nobody listens on {port}")


def open_sockets(pid: int) -> set[str]:
    found = set()
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found.add(os.readlink(each))
    return found


def memory(server: Server) -> dict[str, int]:
    """Resident kilobytes of each process."""
    found = {}
    for pid in server.family():
        with contextlib.suppress(FileNotFoundError, StopIteration):  # it has ended meanwhile
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            found[pid] = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
    return found


def children(pid: int, program: str) -> list[int]:
    """Those of its own that run this program."""
    found = []
    for each in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a thread, or a child, that has ended meanwhile
            for child in (each / "children").read_text().split():
                if program.encode() in Path(f"/proc/{child}/cmdline").read_bytes():
                    found.append(int(child))
    return found
