"""What this server runs on, as it is found here: said beside figures that depend on it."""

from __future__ import annotations

import os
import platform
from functools import cache
from pathlib import Path

from django.utils.translation import ngettext

_MODEL = "model name"


def in_words() -> str:
    """ "Intel Xeon, 2 cores, Linux". The cores are those that this process may use."""
    cores = _cores()
    counted = ngettext("%(n)s core", "%(n)s cores", cores) % {"n": cores}
    return ", ".join(filter(None, (_processor(), counted, platform.system())))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _processor() -> str:
    """Its name where the system tells one, else what kind it is."""
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith(_MODEL))
    return next(filter(None, names), "") or platform.machine()
