"""Projections in the database, stored together with how far the group got."""

from __future__ import annotations

import functools
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils import timezone

from apps.kafka.batch import Batch
from apps.kafka.duties import Away
from apps.kafka.ownership import Hole
from apps.kafka.received import Received
from apps.kafka.runs import contiguous
from apps.rooms import outage
from apps.rooms.models import Progress, Projection, Room
from apps.rooms.spells import Spell
from apps.scenarios.accounts import Account, Place, Range, counts_of, ranges_of
from apps.scenarios.base import NO_KEY, ConsumerGroup, by_key
from apps.scenarios.refusals import Refused
from apps.scenarios.store import OUR_FAULT, Failure, Handled, Outdated, Stored, Tell, Unfoldable, nobody

logger = logging.getLogger(__name__)

RECENT = 50
_KEY_LENGTH = 200
_MOST_KNOWN = 2_000
_IDLE = 0.1
"""Seconds after which a connection is tried before it is used: the server may have been restarted meanwhile."""
T = TypeVar("T")
_Account = tuple[str, str, int]
"""Group, topic and partition."""
_Decision = tuple[dict[_Account, Account], T]
"""The accounts as they are to be, and what else came of it."""
_NOTHING = Account()


class DatabaseThread:
    """The one thread of a process that writes: one connection, and no waiting for each other's locks."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
        self._used = time.monotonic()
        self._spell = Spell(
            logger,
            logging.WARNING,
            f"Runner {os.getpid()} can't use the database",
            f"Runner {os.getpid()} can use the database again",
        )

    def run(self, work: Callable[[], T]) -> T:
        """Raises what `work` does, or Away; after a broken connection the next call opens a new one."""
        return self._pool.submit(self._with_connection, work).result()

    def freshen(self) -> None:
        """Try the connection however lately it was used: who opens a room is not to be refused because it was cut."""
        self._pool.submit(_drop_if_cut).result()

    def _with_connection(self, work: Callable[[], T]) -> T:
        if time.monotonic() - self._used > _IDLE:
            _drop_if_cut()
        try:
            done = work()
        except outage.AWAY as error:
            connection.close()
            self._spell.met(error)
            raise Away(outage.SENTENCE) from error
        finally:
            self._used = time.monotonic()
        self._spell.over()
        return done

    def close(self) -> None:
        # Looked up there: each thread has its own.
        self._pool.submit(lambda: connection.close())
        self._pool.shutdown(wait=True)


def _drop_if_cut() -> None:
    if connection.connection and not connection.is_usable():
        connection.close()


class RoomStore:
    """The store of one log of one room, for one life of it.

    A room is in one runner, and a runner writes from one thread: nobody else changes these rows, so what
    was written last is kept in memory and need not be read again. A runner whose web process was killed lives on
    for a moment beside the next one; `outdated` is true once a newer life was found, and then nothing is written.
    """

    def __init__(self, room_id: int, incarnation: int, log: int, database: DatabaseThread) -> None:
        self._room_id, self._incarnation, self._log = room_id, incarnation, log
        self._database, self.outdated = database, False
        self._accounts: dict[_Account, Account] = database.run(self._load)
        self._known: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._in_doubt = False
        self.writes: Counter[str] = Counter()
        """Transactions committed by this life, by group."""

    def _load(self) -> dict[_Account, Account]:
        rows = Progress.objects.filter(room_id=self._room_id, log=self._log)
        return {(row.group, row.topic, row.partition): account_of(row) for row in rows}

    def _recall(self) -> None:
        """What is known is read anew, while nothing else of this room is written: also by who seems to be gone."""
        with transaction.atomic():
            self._hold_room()
            self._accounts, self._known, self._in_doubt = self._load(), {}, False

    def fresh(self, group: str, batch: Sequence[Received]) -> Sequence[Received]:
        if self.outdated:
            raise Outdated
        if self._in_doubt:
            self._database.run(self._recall)
        return self._fresh(group, batch)

    def _fresh(self, group: str, records: Sequence[Received]) -> Sequence[Received]:
        runs = contiguous(records)
        if all(run[0].offset >= self._account(group, (run[0].topic, run[0].partition)).next for run in runs):
            return records
        return [
            record
            for record in records
            if self._account(group, (record.topic, record.partition)).is_new(record.offset)
        ]

    def accounts(self, group: str) -> Mapping[Place, Account]:
        known = dict(self._accounts)
        return {(topic, number): account for (name, topic, number), account in known.items() if name == group}

    def begin(self, group: str, offsets: Mapping[Place, int]) -> None:
        def decide() -> _Decision[None]:
            return {
                (group, *place): self._account(group, place).begin(at) for place, at in offsets.items()
            }, None

        self._database.run(lambda: self._write(group, decide))

    def read_by_guest(self, group: str, ranges: Mapping[Place, Range]) -> None:
        def decide() -> _Decision[None]:
            return {
                (group, *place): self._account(group, place).read_by_guest(*read)
                for place, read in ranges.items()
            }, None

        self._database.run(lambda: self._write(group, decide))

    def void(self, group: str, holes: Sequence[Hole]) -> None:
        def decide() -> _Decision[None]:
            passed: dict[_Account, Account] = {}
            for place, first, last in holes:
                known = passed.get((group, *place)) or self._account(group, place)
                passed[group, *place] = known.passed(first, last)
            return passed, None

        self._database.run(lambda: self._write(group, decide))

    def put_aside(self, group: str, rejected: Sequence[Received], given_up: Sequence[Received]) -> None:
        def decide() -> _Decision[None]:
            aside = [ranges_of(self._fresh(group, records)) for records in (rejected, given_up)]
            places = {place for ranges in aside for place in ranges}
            return {
                (group, *place): self._account(group, place).put_aside(*(one.get(place, ()) for one in aside))
                for place in places
            }, None

        self._database.run(lambda: self._write(group, decide))

    def apply(self, group: ConsumerGroup, handled: Handled, tell: Tell = nobody) -> Stored:
        return self._database.run(lambda: self._apply(group, handled, tell))

    def _apply(self, group: ConsumerGroup, handled: Handled, tell: Tell) -> Stored:
        stored = self._write(group.name, lambda: self._decide(group, handled))
        # Only what is committed may be remembered.
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        self._known.update({(group.name, key): value for key, value in stored.changed.items()})
        tell(stored.changed)
        return stored

    def _decide(self, group: ConsumerGroup, handled: Handled) -> _Decision[Stored]:
        """What is new is asked once more: a member thought dead may come late, with what another has handled."""
        name, batch = group.name, handled.batch
        fresh = self._fresh(name, batch)
        all_fresh = len(fresh) == len(batch)
        again = Counter[Place]() if all_fresh else counts_of(batch) - counts_of(fresh)
        dead = counts_of(self._fresh(name, handled.dead))
        sound = handled.sound if handled.twice or all_fresh else self._fresh(name, handled.sound)
        changed = self._fold(group, sound)
        self._save(name, changed)
        return {
            (name, *place): self._account(name, place).handled(ranges, again[place], dead[place])
            for place, ranges in ranges_of(batch).items()
        }, Stored(changed, again)

    def _account(self, group: str, place: Place) -> Account:
        return self._accounts.get((group, *place), _NOTHING)

    def _write(self, group: str, decide: Callable[[], _Decision[T]]) -> T:
        """Decide and enter in one transaction, as the room's newest life.

        Nobody else writes meanwhile, so what is known when it is decided is so until it is stored.
        """
        try:
            with transaction.atomic():
                self._hold_room()
                if self._in_doubt:
                    self._recall()
                accounts, made = decide()
                self._enter(accounts)
        except (DatabaseError, InterfaceError):
            # It may be committed all the same, and only the answer was lost.
            self._in_doubt = True
            raise
        self._accounts |= accounts
        self.writes[group] += 1
        return made

    def _hold_room(self) -> None:
        """Until this transaction ends no newer life begins. SQLite's write lock, which we have, does it alone."""
        held = Room.objects.select_for_update(no_key=True).values_list("incarnation", flat=True)
        if held.filter(pk=self._room_id).first() != self._incarnation:
            self.outdated = True
            raise Outdated

    def _fold(self, group: ConsumerGroup, sound: Sequence[Received]) -> dict[str, Mapping[str, Any]]:
        keyed, failed = _by_projection(group, sound)
        before = self._states(group.name, list(keyed))
        changed: dict[str, Mapping[str, Any]] = {}
        for key, records in keyed.items():
            after, broken = _fold(group, before.get(key), records)
            failed += broken
            if after is not None and after != before.get(key):
                changed[key] = after
        if failed:
            raise Unfoldable(failed)
        return changed

    def _states(self, group: str, keys: list[str]) -> dict[str, Mapping[str, Any]]:
        known = {key: self._known[group, key] for key in keys if (group, key) in self._known}
        missing = [key for key in keys if key not in known]
        if missing:
            rows = Projection.objects.filter(room_id=self._room_id, group=group, key__in=missing)
            known |= {row.key: row.value for row in rows}
        return known

    def _save(self, group: str, changed: Mapping[str, Mapping[str, Any]]) -> None:
        moment = timezone.now()
        Projection.objects.bulk_create(
            [
                Projection(room_id=self._room_id, group=group, key=key, value=value, updated_at=moment)
                for key, value in changed.items()
            ],
            update_conflicts=True,
            unique_fields=["room", "group", "key"],
            update_fields=["value", "updated_at"],
        )

    def _enter(self, accounts: Mapping[_Account, Account]) -> None:
        Progress.objects.bulk_create(
            [
                Progress(
                    room_id=self._room_id,
                    log=self._log,
                    group=group,
                    topic=topic,
                    partition=partition,
                    **fields_of(account),
                )
                for (group, topic, partition), account in accounts.items()
            ],
            update_conflicts=True,
            unique_fields=["room", "log", "group", "topic", "partition"],
            update_fields=["next_offset", "gaps", "skips", "again", "dead", "void", "given_up", "guests"],
        )


def account_of(row: Progress) -> Account:
    ranges = (row.gaps, row.skips, row.given_up, row.guests)
    gaps, skips, given_up, guests = (tuple((first, last) for first, last in found) for found in ranges)
    return Account(row.next_offset, gaps, skips, row.again, row.dead, row.void, given_up, guests)


def fields_of(account: Account) -> dict[str, Any]:
    """Of a row of `Progress`."""
    return {
        "next_offset": account.next,
        "gaps": account.gaps,
        "skips": account.skips,
        "again": account.again,
        "dead": account.dead,
        "void": account.void,
        "given_up": account.given_up,
        "guests": account.guests,
    }


def _by_projection(
    group: ConsumerGroup, records: Sequence[Received]
) -> tuple[Mapping[str, Sequence[Received]], list[Failure]]:
    if isinstance(records, Batch) and group.keyed is by_key:
        return _by_own_key(records), []
    keyed: dict[str, list[Received]] = {}
    failed: list[Failure] = []
    for record in records:
        try:
            keyed.setdefault(_clean(group.keyed(record)), []).append(record)
        except Exception:
            logger.exception("%s finds no projection for a record that fits", group.name)
            failed.append((record, OUR_FAULT))
    return keyed, failed


def _by_own_key(batch: Batch) -> Mapping[str, Sequence[Received]]:
    """As `by_key` has it, of which two keys may become one."""
    keyed: dict[str, Sequence[Received]] = {}
    for key, records in batch.by_key.items():
        name = _clean(key or NO_KEY)
        keyed[name] = [*keyed[name], *records] if name in keyed else records
    return keyed


@functools.lru_cache(maxsize=1024)
def _clean(key: str) -> str:
    """A key that every database takes: no NUL, no half characters, not too long."""
    return key.replace("\0", "�").encode("utf-8", "replace").decode()[:_KEY_LENGTH]


def _fold(
    group: ConsumerGroup, state: Mapping[str, Any] | None, records: Sequence[Received]
) -> tuple[Mapping[str, Any] | None, list[Failure]]:
    failed: list[Failure] = []
    if group.fold_all:
        try:
            return group.fold_all(state, records), failed
        except Exception:
            logger.info("%s can't fold %s records at once", group.name, len(records), exc_info=True)
    for record in records:
        try:
            state = group.fold(state, record)
        except Exception:
            logger.exception("%s can't fold a record that fits", group.name)
            failed.append((record, OUR_FAULT))
    return state, failed


def recent(room_id: int, group: str) -> dict[str, Any]:
    """The projections of a group that changed last, the latest first."""
    rows = Projection.objects.filter(room_id=room_id, group=group).order_by("-updated_at", "-id")[:RECENT]
    return {row.key: row.value for row in rows}


def begin_log(room_id: int, incarnation: int) -> None:
    """Note that the room's topics are new. Before they are made: no crash may mix the offsets of two logs up.

    Raises Refused if it is not this life's business any more.
    """
    if not Room.objects.filter(pk=room_id, incarnation=incarnation).update(log=incarnation):
        raise outlived()


def outlived() -> Refused:
    return Refused("room-restarting", "The room has a newer life, which is opening now.")
