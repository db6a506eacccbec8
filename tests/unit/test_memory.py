"""Memory that was freed, given back to the system."""

from __future__ import annotations

import platform

import pytest

from apps.kafka import memory


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library here has no malloc_trim")
def test_where_the_allocator_can_give_back_it_is_asked_to() -> None:
    trim = memory._trim()
    assert trim and trim(0) in (0, 1)


def test_where_it_can_not_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_trim", lambda: None)
    memory.give_back()
