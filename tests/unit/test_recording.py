import gzip
import json
from typing import Any

from apps.rooms.recording import MOST_BYTES, MOST_SECONDS, SEGMENT_BYTES, SEGMENT_SECONDS, Recording

HEAD = {"type": "trace"}


class Room:
    """Sends frames of one hop each, the next `seq` later, and says how things stand."""

    def __init__(self) -> None:
        self.seq, self.backlogs = 0, 0
        self.recording = Recording(self.backlog(), 0, now=0.0)

    def backlog(self) -> str:
        self.backlogs += 1
        return json.dumps({"type": "backlog", "seq": self.seq})

    def send(self, now: float = 0.0, padding: int = 0) -> None:
        after, self.seq = self.seq, self.seq + 1
        frame = json.dumps({"type": "hops", "seq": self.seq, "padding": "x" * padding})
        self.recording.add(frame, after, self.seq, now, self.backlog)

    def lose(self) -> None:
        """A frame that was never recorded."""
        self.seq += 1

    def saved(self) -> list[Any]:
        return [json.loads(line) for line in gzip.decompress(self.recording.packed(HEAD)).splitlines()]


def test_what_is_saved_is_a_head_a_backlog_and_the_frames_as_they_were_sent() -> None:
    room = Room()
    for _ in range(3):
        room.send()
    head, *lines = room.saved()
    assert head == {"type": "trace", "seq": 3}
    assert [(line["type"], line["seq"]) for line in lines] == [
        ("backlog", 0),
        ("hops", 1),
        ("hops", 2),
        ("hops", 3),
    ]


def test_a_room_in_which_nothing_happened_has_nothing_to_save() -> None:
    room = Room()
    assert room.recording.is_empty
    room.send()
    assert not room.recording.is_empty


def test_a_flood_of_frames_is_bounded_and_the_latest_are_kept_without_a_gap() -> None:
    room = Room()
    for _ in range(2000):
        room.send(padding=8_000)
    assert MOST_BYTES - 2 * SEGMENT_BYTES < room.recording.size <= MOST_BYTES
    _, backlog, *frames = room.saved()
    assert backlog["type"] == "backlog"
    assert [frame["seq"] for frame in frames] == list(range(backlog["seq"] + 1, 2001))


def test_what_is_older_than_the_limit_is_forgotten_by_segments() -> None:
    room = Room()
    for second in range(2000):
        room.send(now=float(second))
    _, backlog, *frames = room.saved()
    assert MOST_SECONDS <= 2000 - backlog["seq"] <= MOST_SECONDS + 2 * SEGMENT_SECONDS
    assert len(frames) == 2000 - backlog["seq"]


def test_a_backlog_is_made_for_a_segment_not_for_a_frame() -> None:
    room = Room()
    for _ in range(1000):
        room.send(padding=1_000)
    assert room.backlogs <= 4


def test_after_a_lost_frame_a_backlog_tells_how_things_stand() -> None:
    room = Room()
    room.send()
    room.lose()
    room.send()
    room.send()
    assert [(line["type"], line["seq"]) for line in room.saved()[1:]] == [
        ("backlog", 0),
        ("hops", 1),
        ("backlog", 3),
        ("hops", 4),
    ]
