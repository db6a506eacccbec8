"""Many records at once, as a member gets them in a flood: each becomes a `Received` when somebody asks for that one."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import compress, groupby
from typing import Any, overload

from confluent_kafka import Message

from apps.kafka import headers
from apps.kafka.ownership import Place
from apps.kafka.received import Received, bytes_of, receive, text_of

Made = dict[Place, dict[int, Received]]
"""By partition and offset, what was asked for. The client must not be asked twice for the headers of some records."""


def each(messages: Sequence[Message], part: str) -> Iterator[Any]:
    """What each says of one of its parts, such as its `offset`.

    By one call in C a message: in a flood a line of Python for each costs more than all else that is done with it.
    """
    return map(getattr(type(messages[0]), part), messages) if messages else iter(())


class Run(Sequence[Received]):
    """Records of one partition whose offsets follow each other."""

    __slots__ = ("_made", "first", "messages", "place")

    def __init__(self, place: Place, first: int, messages: list[Message], made: dict[int, Received]) -> None:
        self.place, self.first, self.messages, self._made = place, first, messages, made

    def __len__(self) -> int:
        return len(self.messages)

    @property
    def offsets(self) -> range:
        return range(self.first, self.first + len(self.messages))

    @overload
    def __getitem__(self, at: int) -> Received: ...
    @overload
    def __getitem__(self, at: slice) -> Run: ...
    def __getitem__(self, at: int | slice) -> Received | Run:
        if not isinstance(at, slice):
            return self._at(self.offsets[at])
        inside = self.offsets[at]
        assert inside.step == 1  # else its offsets would not follow each other
        return Run(self.place, inside.start, self.messages[at], self._made)

    def __iter__(self) -> Iterator[Received]:
        return map(self._at, self.offsets)

    def _at(self, offset: int) -> Received:
        if offset not in self._made:
            self._made[offset] = receive(self.messages[offset - self.first], self.place[0])
        return self._made[offset]

    def look(self, first: int, end: int) -> list[int]:
        """See by the headers which records from `first` to before `end` are to be shown whole; their offsets."""
        samples = []
        for offset in range(max(first, self.first), min(end, self.first + len(self))):
            if offset in self._made:
                self._made[offset].look()
            else:
                found = headers.of(self.messages[offset - self.first])
                if found is not None and not headers.sampled(found):
                    continue  # as nearly all of a flood, of which nothing is made
                self._at(offset).looked(found)
            if self._made[offset].shown:
                samples.append(offset)
        return samples

    @property
    def samples(self) -> list[Received]:
        """Those that are to be shown whole, as far as it was looked."""
        inside = self.offsets
        return [self._made[at] for at in sorted(self._made) if at in inside and self._made[at].shown]


class Batch(Sequence[Received]):
    """What a member works on at a time, in the order in which it came. `own`: a topic's name on the brokers -> ours."""

    def __init__(self, messages: Sequence[Message], own: Mapping[str, str], made: Made | None = None) -> None:
        self._messages, self._own = messages, own
        self._made: Made = {} if made is None else made

    def __len__(self) -> int:
        return len(self._messages)

    @overload
    def __getitem__(self, at: int) -> Received: ...
    @overload
    def __getitem__(self, at: slice) -> Batch: ...
    def __getitem__(self, at: int | slice) -> Received | Batch:
        if isinstance(at, slice):
            return self._of(self._messages[at])
        return self._received(self._messages[at])

    def __iter__(self) -> Iterator[Received]:
        return map(self._received, self._messages)

    def _of(self, messages: Sequence[Message]) -> Batch:
        return Batch(messages, self._own, self._made)

    def _place(self, message: Message) -> Place:
        return self._own[message.topic() or ""], message.partition() or 0

    def _received(self, message: Message) -> Received:
        place, offset = self._place(message), message.offset() or 0
        made = self._made.setdefault(place, {})
        if offset not in made:
            made[offset] = receive(message, place[0])
        return made[offset]

    def only(self, chosen: Sequence[bool]) -> Batch:
        """Those for which it is true, one word for each record."""
        return self._of(list(compress(self._messages, chosen)))

    @cached_property
    def raws(self) -> list[bytes]:
        """The value of each as it came."""
        values = list(each(self._messages, "value"))
        return values if set(map(type, values)) <= {bytes} else list(map(bytes_of, self._messages))

    @cached_property
    def topics(self) -> set[str]:
        return {self._own[real] for real in set(each(self._messages, "topic"))}

    @property
    def by_key(self) -> dict[str | None, Batch]:
        found: dict[bytes | None, list[Message]] = {}
        for message, key in zip(self._messages, each(self._messages, "key"), strict=True):
            if key in found:
                found[key].append(message)
            else:
                found[key] = [message]
        named: dict[str | None, list[Message]] = {}
        for raw, messages in found.items():
            named.setdefault(None if raw is None else text_of(raw), []).extend(messages)
        return {key: self._of(messages) for key, messages in named.items()}

    @cached_property
    def timestamps(self) -> list[float]:
        """As of each record: Unix seconds, none of them in the future."""
        now, stamps = time.time(), [at / 1000 for _, at in each(self._messages, "timestamp")]
        return stamps if max(stamps, default=0) <= now else [min(at, now) for at in stamps]

    @cached_property
    def runs(self) -> list[Run]:
        """Its records by partition, split wherever an offset does not follow the one before."""
        done: list[Run] = []
        open_runs: dict[Place, Run] = {}
        for place, messages in self._pieces():
            for first, piece in _unbroken(messages):
                known = open_runs.get(place)
                if known and known.first + len(known) == first:
                    known.messages.extend(piece)
                    continue
                if known:
                    done.append(known)
                open_runs[place] = Run(place, first, piece, self._made.setdefault(place, {}))
        return done + list(open_runs.values())

    def _pieces(self) -> Iterator[tuple[Place, list[Message]]]:
        """A flood comes by the hundreds, each of one partition."""
        places: Iterable[Any] = map(self._place, self._messages)
        if len(self.topics) == 1:
            places = each(self._messages, "partition")
        begin = 0
        for _, same in groupby(places):
            end = begin + sum(1 for _ in same)
            yield self._place(self._messages[begin]), list(self._messages[begin:end])
            begin = end


def _unbroken(messages: list[Message]) -> Iterator[tuple[int, list[Message]]]:
    """The first offset of each part whose offsets follow each other, and the part."""
    offsets: list[int] = list(each(messages, "offset"))
    begin = 0
    while begin < len(messages):
        first = offsets[begin]
        end = len(messages)
        if offsets[begin:] != list(range(first, first + end - begin)):
            end = next(at for at in range(begin, end + 1) if at == end or offsets[at] != first + at - begin)
        yield first, messages[begin:end]
        begin = end


def timestamps_of(records: Sequence[Received]) -> Sequence[float]:
    """As of each record."""
    return records.timestamps if isinstance(records, Batch) else [record.timestamp for record in records]
