"""Which modules a module brings with it, so that a page can have them all fetched at once."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

_IMPORT = re.compile(r'^(?:import\s*|(?:import|export)\b[^;"]*?\bfrom\s*)"(\.{1,2}/[^"]+)"', re.MULTILINE)
"""At the start of a line, as our formatter puts it: one that is imported when it is needed stands within a line."""


def closure(start: str, source: Callable[[str], str]) -> list[str]:
    """The names of what it imports, and of what those import, sorted; not itself. `source`: the script of a name."""
    found, waiting = {start}, [start]
    while waiting:
        name = waiting.pop()
        folder = posixpath.dirname(name)
        near = {posixpath.normpath(posixpath.join(folder, one)) for one in _IMPORT.findall(source(name))}
        waiting += near - found
        found |= near
    return sorted(found - {start})
