"""What this process has done so far, counted where it is done; `metrics.py` tells it."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter

registry = CollectorRegistry()

frames = Counter(
    "kafkaviz_frames",
    "Frames and backlogs sent to viewers, and what classes' sockets were told.",
    registry=registry,
)
sent_bytes = Counter("kafkaviz_sent_bytes", "Bytes of these, as they are encoded.", registry=registry)
dropped = Counter(
    "kafkaviz_dropped_frames", "Frames that were not sent to a viewer who was behind.", registry=registry
)
behind = Counter(
    "kafkaviz_viewers_behind",
    "Times that a viewer fell behind and was sent a fresh backlog in place of frames.",
    registry=registry,
)
refusals = Counter("kafkaviz_refusals", "What was refused, by why.", ["code"], registry=registry)
cut = Counter(
    "kafkaviz_cut_connections",
    "Connections that were ended: too-fast, too-long, stalled (does not read), body (too large), "
    "connections (too many from one address).",
    ["why"],
    registry=registry,
)
deaths = Counter("kafkaviz_runner_deaths", "Runners that ended by themselves.", registry=registry)
