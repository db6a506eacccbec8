"""What a hop tells of a record's value: all of a usual one, the beginning of one that somebody made large.

Whatever stands in a frame is sent to every viewer of a room. The record itself can be read back whole (`readback.py`).
"""

from __future__ import annotations

from typing import Any

MOST_TEXT = 120
"""Characters of one text."""
MOST_VALUE = 480
"""Characters of a whole value, about."""
MOST_ERROR = 300
MORE = "…"
_MOST_NUMBER = 10**18


def shortened(text: str, most: int = MOST_TEXT) -> str:
    return text if len(text) <= most else text[:most] + MORE


def short(value: Any) -> Any:
    """JSON of the same shape; what is beyond the measure is left out, and a mark stands where it was."""
    return _Shortening().of(value)


class _Shortening:
    def __init__(self) -> None:
        self.left = MOST_VALUE

    def of(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self._object(value)
        if isinstance(value, (list, tuple)):
            return self._list(value)
        return self._leaf(value)

    def _object(self, value: dict[str, Any]) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for name, one in value.items():
            if self.left <= 0:
                kept[MORE] = MORE
                break
            kept[self._leaf(name)] = self.of(one)
        return kept

    def _list(self, value: list[Any] | tuple[Any, ...]) -> list[Any]:
        kept: list[Any] = []
        for one in value:
            if self.left <= 0:
                kept.append(MORE)
                break
            kept.append(self.of(one))
        return kept

    def _leaf(self, value: Any) -> Any:
        """A number beyond all clocks and counters becomes text, as of that the beginning can be told."""
        if isinstance(value, int) and abs(value) >= _MOST_NUMBER:
            value = str(value)
        if not isinstance(value, str):
            self.left -= 8
            return value
        told = shortened(value, max(0, min(MOST_TEXT, self.left)))
        self.left -= len(told) + 4
        return told
