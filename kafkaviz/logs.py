"""What is not worth a line in the log."""

from __future__ import annotations

import logging


def is_news(record: logging.LogRecord) -> bool:
    """Not each request that is told to come later: who found the reason logs when it begins and when it ends."""
    return getattr(record, "status_code", None) != 503
