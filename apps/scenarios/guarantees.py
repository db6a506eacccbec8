"""What a group can promise of each record, by when its bookmark moves and what it does with what comes again."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from apps.kafka.choices import Commit


class Guarantee(StrEnum):
    AT_MOST_ONCE = "at-most-once"
    AT_LEAST_ONCE = "at-least-once"
    EFFECTIVELY_ONCE = "effectively-once"
    TRANSACTIONS = "transactions"


SETTINGS: Mapping[Guarantee, Mapping[str, str]] = {
    Guarantee.AT_MOST_ONCE: {"commit": Commit.BEFORE, "repeats": "handled"},
    Guarantee.AT_LEAST_ONCE: {"commit": Commit.AFTER, "repeats": "handled"},
    Guarantee.EFFECTIVELY_ONCE: {"commit": Commit.AFTER, "repeats": "ignored"},
    Guarantee.TRANSACTIONS: {"commit": Commit.TRANSACTION, "repeats": "ignored"},
}
"""Of a team: `commit` is of its consumers, `repeats` of its handler."""


def in_force(choices: Mapping[str, str]) -> Guarantee | None:
    """The one that a group's choices make, if any."""
    for guarantee, settings in SETTINGS.items():
        if all(choices[name] == value for name, value in settings.items()):
            return guarantee
    return None
