"""The program of a detached producer on a busy machine: it listens as soon as a file is there."""

from __future__ import annotations

import os
import time
from pathlib import Path

from apps.kafka.detachedprogram import main

GATE = "KAFKAVIZ_TEST_GATE"
"""The environment variable with the file's path."""


if __name__ == "__main__":
    gate = Path(os.environ[GATE])
    while not gate.exists():
        time.sleep(0.01)
    main()
