"""What the picture costs a browser in a flood: script of a frame, long tasks, memory; and its idle CPU."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.benchmarks.table import Figure
from tests.client import crowd
from tests.conftest import CHROMIUM_FLAGS, chromium
from tests.servers import Server, wait_for

TITLE = "The picture in a browser"
RATES = (1, 100, 5_000, 50_000)
FRAME_MS, TASK_MS, HEAP_GROWTH, IDLE_CPU = 4.0, 50.0, 1.5, 1.0
SECONDS, _SETTLE, MINUTES = 10.0, 5.0, 5
_CATEGORIES = ["devtools.timeline", "toplevel"]
SLOWER, USABLE, OPENINGS = 4, 1.0, 5
WHEN_USABLE = """
  const look = () => {
    const button = document.querySelector("[data-action]");
    const live = document.querySelector("kafka-diagram[data-state=live]");
    if (button?.checkVisibility() && live) window.usable = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
"""
WHEN_PAINTED = """
  new PerformanceObserver((list) => {
    window.painted = list.getEntries().at(-1).startTime;
  }).observe({ type: "largest-contentful-paint", buffered: true });
"""
_TASK = "ThreadControllerImpl::RunTask"


def measure() -> Iterator[Figure]:
    executable = chromium()
    assert executable, "no Chromium was found: install it, or set CHROMIUM"
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        server = Server(Path(folder) / "data").start()
        try:
            # First, while the server has nothing else to do.
            yield from _opened(server, browser)
            yield from _embeds(server, browser)
            yield from _idle(server, browser.new_page())
            for rate in RATES:
                page = browser.new_page(viewport={"width": 1280, "height": 720})
                yield from _flood(server, page, rate)
                page.close()
            yield from _memory(server, browser.new_page())
        finally:
            browser.close()
            server.stop_and_check()


def _opened(server: Server, browser: Browser) -> Iterator[Figure]:
    """From the navigation until the button can be pressed and the picture is live, on a processor like a phone's."""
    code = str(server.make_room()["code"])
    times = sorted(_opening(server, browser.new_page(), code) for _ in range(OPENINGS))
    yield Figure(
        f"a room is opened, processor {SLOWER} times slower, p50", _quantile(times, 0.5), "s", USABLE
    )
    yield Figure(f"a room is opened, processor {SLOWER} times slower, longest", times[-1], "s")


def _embeds(server: Server, browser: Browser) -> Iterator[Figure]:
    """The largest thing of a frame's first view is painted; the server is on this machine."""
    times = sorted(_painted(server, browser.new_page()) for _ in range(OPENINGS))
    name = f"the first view of an embed, processor {SLOWER} times slower: largest paint"
    yield Figure(f"{name}, p50", _quantile(times, 0.5), "s", USABLE)
    yield Figure(f"{name}, longest", times[-1], "s")


def _painted(server: Server, page: Page) -> float:
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(WHEN_PAINTED)
    page.goto(f"{server.url}/embed/food-delivery/", wait_until="load")
    page.wait_for_timeout(1000)
    painted = float(page.evaluate("window.painted"))
    page.close()
    return painted / 1000


def _opening(server: Server, page: Page, code: str) -> float:
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(WHEN_USABLE)
    page.goto(f"{server.url}/r/{code}/", wait_until="commit")
    usable = float(wait_for(lambda: page.evaluate("window.usable ?? 0")))
    page.close()
    return usable / 1000


def _open(server: Server, page: Page) -> CDPSession:
    page.goto(f"{server.url}/play/hearts/")
    page.wait_for_selector("kafka-diagram[data-state=live]")
    page.evaluate("document.querySelector('.picture').scrollIntoView()")
    return page.context.new_cdp_session(page)


def _crowd(server: Server, page: Page, rate: int) -> None:
    room = {"code": page.url.rstrip("/")[-6:], "token": page.evaluate("document.body.dataset.token")}
    crowd(server, room, rate)
    time.sleep(_SETTLE)


def _flood(server: Server, page: Page, rate: int) -> Iterator[Figure]:
    """CPU time of the page's own thread, so that a busy machine counts little."""
    _open(server, page)
    _crowd(server, page, rate)
    assert page.context.browser
    page.context.browser.start_tracing(page=page, categories=_CATEGORIES)
    time.sleep(SECONDS)
    events = json.loads(page.context.browser.stop_tracing())["traceEvents"]
    _crowd(server, page, 0)
    thread = _page_thread(events)
    own = [event for event in events if (event["pid"], event["tid"]) == thread and event["ph"] == "X"]
    frames = [_cpu_ms(event) for event in own if event["name"] == "FireAnimationFrame"]
    tasks = [_cpu_ms(event) for event in own if event["name"] == _TASK]
    name = f"{rate:,} hearts/s asked"
    yield Figure(f"{name}: frames drawn", len(frames) / SECONDS, "/s")
    yield Figure(f"{name}: script of a frame, p50", _quantile(frames, 0.5), "ms")
    yield Figure(f"{name}: script of a frame, p95", _quantile(frames, 0.95), "ms", FRAME_MS)
    yield Figure(f"{name}: the longest task", max(tasks, default=0), "ms", TASK_MS)


def _page_thread(events: list[dict[str, Any]]) -> tuple[int, int]:
    """The one in which the animation frames fired."""
    threads = [(event["pid"], event["tid"]) for event in events if event["name"] == "FireAnimationFrame"]
    assert threads, "no frame was drawn"
    return max(set(threads), key=threads.count)


def _cpu_ms(event: dict[str, Any]) -> float:
    return float(event.get("tdur", event["dur"])) / 1000


def _idle(server: Server, page: Page) -> Iterator[Figure]:
    session = _open(server, page)
    session.send("Performance.enable")
    time.sleep(_SETTLE)
    before = _busy_seconds(session)
    time.sleep(SECONDS)
    busy = _busy_seconds(session) - before
    yield Figure("nothing happens: the page's thread is busy", busy / SECONDS * 100, "%", IDLE_CPU)


def _busy_seconds(session: CDPSession) -> float:
    metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    return float(metrics["TaskDuration"])


def _memory(server: Server, page: Page) -> Iterator[Figure]:
    """While the log fills memory grows; then it is to be flat."""
    session = _open(server, page)
    _crowd(server, page, 5_000)
    heaps = []
    for _ in range(MINUTES + 1):
        heaps.append(_heap(session))
        _crowd(server, page, 5_000)
        time.sleep(60 - _SETTLE)
    for minute, heap in enumerate(heaps):
        yield Figure(f"5,000 hearts/s, minute {minute}: heap", heap, "MB")
    yield Figure("5,000 hearts/s: heap, growth in the last minute", heaps[-1] - heaps[-2], "MB", HEAP_GROWTH)


def _heap(session: CDPSession) -> float:
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6


def _quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
