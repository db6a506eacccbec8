"""Figures for Prometheus: of all rooms together, for a room's code is a key and has no place in a dashboard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from apps.rooms.connections import connections
from apps.rooms.counters import registry
from apps.rooms.live import rooms


class _Now:
    """What is so at the moment of asking."""

    def collect(self) -> Iterator[Metric]:
        yield _gauge("kafkaviz_rooms", "Rooms that are awake.", rooms.awake)
        yield _gauge("kafkaviz_sockets", "Sockets that are open, of rooms and of classes.", len(connections))
        yield _gauge("kafkaviz_runners", "Runner processes.", rooms.runners.alive)
        found = rooms.runners.figures
        records, hops = (sum(one[name] for one in found) for name in ("records", "hops"))
        yield _gauge("kafkaviz_records", "Records stored in the logs of rooms awake.", records)
        yield _gauge("kafkaviz_hops", "Hops told in the lives of rooms awake.", hops)
        yield _lag(found)


def _gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)


def _lag(found: list[dict[str, object]]) -> GaugeMetricFamily:
    lags: Counter[str] = Counter()
    for one in found:
        lags.update(one["lag"])  # type: ignore[call-overload]
    family = GaugeMetricFamily(
        "kafkaviz_consumer_lag",
        "Records stored and not committed, by group, in all rooms awake.",
        labels=["group"],
    )
    for group, lag in lags.items():
        family.add_metric([group], lag)
    return family


registry.register(_Now())


@require_safe
def metrics(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
