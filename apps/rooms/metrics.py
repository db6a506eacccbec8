"""Figures for Prometheus: of all rooms together, for a room's code is a key and has no place in a dashboard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_address

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
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


def _may_read(address: str) -> bool:
    try:
        asker = ip_address(address)
    except ValueError:
        return False
    known = getattr(asker, "ipv4_mapped", None) or asker
    return any(known in network for network in settings.KAFKAVIZ_METRICS_FOR)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """As if there were nothing, for whoever may not read it."""
    if not _may_read(request.META.get("REMOTE_ADDR", "")):
        raise Http404(_("There is nothing at this address."))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
