"""The life of a member, of whatever kind of group: one thread, and one Kafka client that nobody else touches."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from enum import StrEnum
from typing import Any, Generic, TypeVar

from apps.kafka.hops import HopType

logger = logging.getLogger(__name__)

Client = TypeVar("Client")


class Crash(StrEnum):
    """Where a member dies: at once, or in the next batch between its two steps, handling and committing."""

    NOW = "now"
    BETWEEN = "between"


class Died(Exception):
    """The member is to end as a killed process would."""


class Life(ABC, Generic[Client]):
    """Takes turns until it is told to stop, then leaves its group; or dies without a word."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._crash: Crash | None = None
        self._stopping, self._abandoned = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    # What others may ask

    def stop(self) -> None:
        """Leave the group in good order."""
        self._stopping.set()

    def crash(self, at: Crash) -> None:
        """End as a killed process would: brokers find out by themselves."""
        self._crash = at
        if at is Crash.NOW:
            self.abandon()

    def abandon(self) -> None:
        """Finish nothing: it waits for what does not come, and whoever waits for it can't any longer."""
        self._stopping.set()
        self._abandoned.set()

    def join(self, timeout: float) -> bool:
        """Wait until it has left; False if it has not."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    # Its thread

    def _run(self) -> None:
        try:
            self._live()
        finally:
            self._bury()

    def _live(self) -> None:
        try:
            client = self._open()
        except Exception:
            logger.exception("%s has no client", self.name)
            self._tell_member(HopType.FAIL, error="This member could not start: its client was not made.")
            return
        self._tell_member(HopType.JOIN)
        try:
            while not self._stopping.is_set():
                self._turn(client)
        except Died:
            pass
        except Exception:
            logger.exception("%s stopped", self.name)
            self._tell_member(HopType.FAIL, error="This member stopped because of a fault in the program.")
            raise
        finally:
            self._end(client)
        # With the last reference the client goes, and says nothing to the group: so does a killed process.
        del client

    def _end(self, client: Client) -> None:
        """Whatever fails as it goes, it is gone by then, and that is told: else it would be counted for ever."""
        try:
            if self._crash:
                self._die(client)
            else:
                self._leave(client)
        except Exception:
            logger.exception("%s did not leave well", self.name)
            self._tell_member(HopType.LEAVE)

    def _between_its_steps(self) -> None:
        """Raises Died if this is where it is to crash."""
        if self._crash is Crash.BETWEEN:
            raise Died

    @abstractmethod
    def _open(self) -> Client:
        """Its client, subscribed."""

    @abstractmethod
    def _turn(self, client: Client) -> None: ...

    @abstractmethod
    def _die(self, client: Client) -> None:
        """Tell it, for the last time."""

    @abstractmethod
    def _leave(self, client: Client) -> None: ...

    @abstractmethod
    def _tell_member(self, type_: HopType, **fields: Any) -> None: ...

    def _bury(self) -> None:
        """Close what it had beside its client, when that is gone."""
