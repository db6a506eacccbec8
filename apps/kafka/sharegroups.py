"""Share groups on an external Kafka: are they turned on, what they are set to, and how to be rid of them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, wait
from typing import Any

from confluent_kafka import KafkaError, KafkaException, ShareConsumer
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from apps.kafka.admin import TIMEOUT, answered
from apps.kafka.clusters import External

logger = logging.getLogger(__name__)

_RESET = "share.auto.offset.reset"
_LIMIT = "group.share.delivery.count.limit"
_USUAL_LIMIT = 5
"""Kafka's own default."""
_JOINED = "ShareGroupHeartbeat response received"
_working: dict[str, bool] = {}
_trying = threading.Lock()


def turned_on(external: External, group: str) -> bool:
    """Whether a member can really join one, which brokers may know of and have turned off. Found out once a process."""
    name = repr(external)
    with _trying:
        if name not in _working:
            joins = _Trial(external, group).joins()
            if joins is None:
                return False  # not for ever: the brokers were only slow to answer
            _working[name] = joins
        return _working[name]


def from_the_beginning(admin: AdminClient, group: str) -> None:
    """A share group begins at the end unless its own configuration says otherwise. Raises ClusterError."""
    answered(_set(admin, group, "earliest", AlterConfigOpType.SET), f"that {group} begins at the beginning")


def delivery_limit(admin: AdminClient) -> int:
    """How often a record is delivered at most. Brokers need not let us ask that (DESCRIBE_CONFIGS)."""
    try:
        broker = next(iter(admin.list_topics(timeout=TIMEOUT).brokers))
        resource = ConfigResource(ResourceType.BROKER, str(broker))
        (future,) = admin.describe_configs([resource], request_timeout=TIMEOUT).values()
        return int(future.result(TIMEOUT + 1)[_LIMIT].value)
    except (KafkaException, TimeoutError, KeyError) as error:
        logger.info("The brokers did not tell %s, %d is taken: %s", _LIMIT, _USUAL_LIMIT, error)
        return _USUAL_LIMIT


def forget(admin: AdminClient, groups: Sequence[str]) -> None:
    """Delete those of them that there are, with their configuration. Raises ClusterError."""
    deletions = admin.delete_consumer_groups(list(groups), request_timeout=TIMEOUT)
    for name, deletion in deletions.items():
        if not _never_was(deletion):
            answered(deletion, f"that {name} is deleted")
            answered(_set(admin, name, None, AlterConfigOpType.DELETE), f"that {name} is forgotten")


def _set(admin: AdminClient, group: str, value: str | None, how: AlterConfigOpType) -> Future[Any]:
    entry = ConfigEntry(_RESET, value, incremental_operation=how)
    wish = ConfigResource(ResourceType.GROUP, group, incremental_configs=[entry])
    (future,) = admin.incremental_alter_configs([wish], request_timeout=TIMEOUT).values()
    return future


def _never_was(deletion: Future[Any]) -> bool:
    wait([deletion], TIMEOUT + 1)
    error = deletion.exception() if deletion.done() else None
    return isinstance(error, KafkaException) and error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND


class _Trial:
    """A share consumer that joins a group of its own. That it has joined only the client's debug lines tell."""

    def __init__(self, external: External, group: str) -> None:
        heard = logging.Logger("shares", logging.DEBUG)
        self._ear = _Ear()
        heard.addHandler(self._ear)
        settings: dict[str, Any] = {**external.client_settings, "group.id": group, "debug": "cgrp"}
        self._consumer = ShareConsumer(settings, logger=heard)
        # There is no such topic, so that brokers have nothing to remember of this.
        self._consumer.subscribe([group])

    def joins(self) -> bool | None:
        """None if no answer came in time."""
        end = time.monotonic() + TIMEOUT
        try:
            while not self._ear.joined and time.monotonic() < end:
                self._consumer.poll(0.05)
            return self._ear.joined or None
        except KafkaException as error:
            return None if error.args[0].retriable() else False
        finally:
            self._consumer.close()


class _Ear(logging.Handler):
    joined = False

    def emit(self, record: logging.LogRecord) -> None:
        self.joined = self.joined or _JOINED in record.getMessage()
