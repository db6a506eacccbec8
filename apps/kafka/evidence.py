"""How what a hop says is known. The page has the same table (static/js/room/evidence.js)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class By(StrEnum):
    """OBSERVED: a client of ours did it, or was told. SAMPLED: brokers were asked, from time to time. CONFIGURED: set
    by somebody here. INFERRED: from what came and what did not."""

    OBSERVED = "observed"
    SAMPLED = "sampled"
    CONFIGURED = "configured"
    INFERRED = "inferred"


USUAL: Mapping[str, By] = {
    "broker_up": By.SAMPLED,
    "broker_down": By.SAMPLED,
    "leader": By.SAMPLED,
    "isr": By.SAMPLED,
    "lag": By.SAMPLED,
    "delete": By.SAMPLED,
    "ledger": By.SAMPLED,
    "guest": By.SAMPLED,
    "coordinator": By.CONFIGURED,
    "setting": By.CONFIGURED,
    "void": By.INFERRED,
}
"""Of a type that is not here: observed. A hop of which something else holds says so."""
