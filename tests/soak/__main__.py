"""`python -m tests.soak [MINUTES]`: ends with 1 if anything is not as it was. The server's log is kept beside."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.client import aside
from tests.databases import Postgres, programs
from tests.servers import Server
from tests.soak import troubles, verdict
from tests.soak.people import Viewer
from tests.soak.stage import Stage

_MINUTES = 30.0
_WATCHED = 12
"""Rooms that somebody watches all the time; the others sleep now and then."""
_SLEEP_AFTER = 15
_FIRST_MINUTES = 4.0
"""What is held at the start is what is held when each trouble has been there once."""
_PATIENCE = 90.0
_BURSTS = 5


async def soak(stage: Stage, minutes: float) -> None:
    await aside(stage.open_rooms)
    staying = [Viewer(stage, room, stays=True) for room in stage.rooms[:_WATCHED]]
    watching = [asyncio.create_task(viewer.live()) for viewer in staying]
    before = await _round(stage, _FIRST_MINUTES)
    print(f"{time.strftime('%H:%M:%S')} THE START: {before}", flush=True)
    after = await _round(stage, minutes)
    await verdict.look_at_viewers(stage, staying)
    await aside(verdict.look_at_log, stage)
    verdict.compare(stage, before, after)
    stage.over = True
    await asyncio.wait(watching, timeout=_PATIENCE)


async def _round(stage: Stage, minutes: float) -> verdict.Held:
    """Troubles and people that come and go for so long; then what is held when all has come to rest."""
    calm, stage.resting = asyncio.Event(), False
    passing = [Viewer(stage, room, stays=False) for room in stage.rooms]
    tasks = [asyncio.create_task(viewer.live(calm)) for viewer in passing]
    tasks += [asyncio.create_task(trouble(stage, calm)) for trouble in troubles.ALL]
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        await asyncio.sleep(min(60.0, end - time.monotonic()))
        _tell(stage, await aside(verdict.hold, stage))
    calm.set()
    stage.resting = True
    # None of the troubles lasts: the database is there, and so are all brokers.
    await asyncio.gather(*tasks)
    await verdict.calm(stage)
    await _fill_pools(stage)
    return await aside(verdict.hold, stage)


async def _fill_pools(stage: Stage) -> None:
    """A pool's threads come one by one as many things are asked for at once, and stay, each with a heap of its own: so
    the server has all of them whenever it is measured."""
    for _ in range(_BURSTS):
        await asyncio.gather(*(aside(stage.page, room) for room in 2 * stage.rooms))


def _tell(stage: Stage, held: verdict.Held) -> None:
    print(f"{time.strftime('%H:%M:%S')} {dict(sorted(stage.noted.items()))} {held}", flush=True)


def main(minutes: float) -> int:
    found = programs()
    if not found:
        print("The soak needs PostgreSQL's server programs, initdb and postgres.")
        return 2
    folder = Path(tempfile.mkdtemp(prefix="kafkaviz-soak-"))
    postgres = Postgres(found).start()
    server = Server(
        folder / "data",
        DATABASE_URL=postgres.new_database(),
        KAFKAVIZ_SLEEP_AFTER=_SLEEP_AFTER,
    )
    stage = Stage(server, postgres)
    try:
        server.start()
        asyncio.run(soak(stage, minutes))
    finally:
        try:
            server.stop_and_check()
        finally:
            postgres.remove()
    print(f"The log is {server.log}")
    print(f"{len(stage.wrong)} things are wrong" if stage.wrong else "Everything is as it was")
    return 1 if stage.wrong else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else _MINUTES))
