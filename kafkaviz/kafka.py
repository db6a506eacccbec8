"""The external Kafka that a host may name: KAFKA_BOOTSTRAP_SERVERS and what goes with it."""

from __future__ import annotations

import os
import re

from django.core.exceptions import ImproperlyConfigured

from apps.kafka.clusters import External
from kafkaviz.environment import envint, envlist, envstr

_SECURITY = ("SECURITY_", "SASL_", "SSL_", "ENABLE_SSL_")
_ADDRESS = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})")
_PREFIX = re.compile(r"[A-Za-z0-9._-]{1,60}")


def external_kafka() -> External | None:
    """None where rooms have embedded clusters of their own. Raises ImproperlyConfigured."""
    servers = addresses("KAFKA_BOOTSTRAP_SERVERS")
    if not servers:
        return None
    prefix = envstr("KAFKA_TOPIC_PREFIX", "kafkaviz")
    if not _PREFIX.fullmatch(prefix):
        raise ImproperlyConfigured(
            f"KAFKA_TOPIC_PREFIX must be 1 to 60 letters, digits, dots, dashes or underscores, not {prefix!r}."
        )
    return External(
        servers,
        security(),
        prefix,
        envint("KAFKA_REPLICATION_FACTOR", 0, least=0) or None,
        envint("KAFKA_RETENTION_MINUTES", 60),
        addresses("KAFKA_PUBLIC_BOOTSTRAP_SERVERS"),
    )


def addresses(name: str) -> str:
    """As clients want them; empty if the variable is not set. Raises ImproperlyConfigured."""
    found = envlist(name, "")
    for address in found:
        if not _ADDRESS.fullmatch(address):
            raise ImproperlyConfigured(f"{name} must be like host:9092,other-host:9092; {address!r} is not.")
    return ",".join(found)


def security() -> dict[str, str]:
    """TLS and login settings under librdkafka's names: KAFKA_SASL_USERNAME is `sasl.username`."""
    found = {
        name.removeprefix("KAFKA_"): text for name, text in os.environ.items() if name.startswith("KAFKA_")
    }
    return {
        name.lower().replace("_", "."): text.strip()
        for name, text in found.items()
        if name.startswith(_SECURITY) and text.strip()
    }
