"""Firefox as Debian has it, driven by W3C WebDriver BiDi: Playwright drives builds of its own only."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.conftest import require
from tests.servers import PATIENCE, wait_for

_LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
# What the policy of a page forbids is an event of its document; the protocol itself does not tell of it.
_NOTE_VIOLATIONS = """() => {
  globalThis.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
}"""
_PRESS = [
    {"type": "pointerMove", "x": 0, "y": 0},
    {"type": "pointerDown", "button": 0},
    {"type": "pointerUp", "button": 0},
]


class Page:
    """A document: that of the window, or one that is framed in it."""

    def __init__(self, firefox: Firefox, context: str) -> None:
        self._firefox, self._context = firefox, context

    def go(self, address: str) -> None:
        self._firefox.call("browsingContext.navigate", context=self._context, url=address, wait="complete")

    def framed(self) -> Page:
        found = self._firefox.call("browsingContext.getTree", root=self._context)["contexts"][0]["children"]
        return Page(self._firefox, found[0]["context"])

    def evaluate(self, expression: str) -> Any:
        """The value of a simple expression."""
        answer = self._firefox.call(
            "script.evaluate", expression=expression, target={"context": self._context}, awaitPromise=False
        )
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    def await_(self, css: str) -> None:
        assert wait_for(lambda: self.evaluate(f"document.querySelector({json.dumps(css)}) !== null")), css

    def press(self, css: str) -> None:
        """As a mouse does, once it is there."""
        self.await_(css)
        self.evaluate(f"document.querySelector({json.dumps(css)}).scrollIntoView({{block: 'center'}})")
        found = self._firefox.call(
            "browsingContext.locateNodes", context=self._context, locator={"type": "css", "value": css}
        )
        origin = {"type": "element", "element": {"sharedId": found["nodes"][0]["sharedId"]}}
        move, *click = _PRESS
        mouse = {"type": "pointer", "id": "mouse", "actions": [{**move, "origin": origin}, *click]}
        self._firefox.call("input.performActions", context=self._context, actions=[mouse])


class Firefox:
    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self.complaints: list[str] = []

    def call(self, method: str, **params: object) -> Any:
        """The answer to a command; what happened meanwhile is noted."""
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            told = json.loads(self._socket.recv(timeout=PATIENCE))
            if told.get("id") == number:
                assert told["type"] == "success", told
                return told["result"]
            if told.get("method") == "log.entryAdded" and told["params"]["level"] == "error":
                self.complaints.append(told["params"]["text"])

    def begin(self) -> Page:
        self.call("session.new", capabilities={})
        self.call("session.subscribe", events=["log.entryAdded"])
        self.call("script.addPreloadScript", functionDeclaration=_NOTE_VIOLATIONS)
        return Page(self, self.call("browsingContext.getTree")["contexts"][0]["context"])

    def cookies(self) -> list[Any]:
        return list(self.call("storage.getCookies")["cookies"])


@contextmanager
def firefox(profile: Path, **settings: int) -> Iterator[Firefox]:
    """One with a new profile; settings by the names that `about:config` has, with `_` for the dots."""
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        require("firefox", "Firefox is not installed")
    lines = [f'user_pref("{name.replace("_", ".")}", {value});\n' for name, value in settings.items()]
    (profile / "user.js").write_text("".join(lines))
    command = [path, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr
            found = next(filter(None, map(_LISTENS.search, process.stderr)))
            with connect(f"{found[1]}/session", max_size=None, open_timeout=PATIENCE) as socket:
                yield Firefox(socket)
        finally:
            process.terminate()
