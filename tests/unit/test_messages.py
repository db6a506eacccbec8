"""Whatever comes up a socket is a message that the rest can rely on, or refused in a sentence."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from apps.classes import messages as of_classes
from apps.rooms import messages as of_rooms
from apps.rooms.feed import encode
from apps.scenarios.refusals import Refused

TYPES = ("act", "seen", "resync", "vote", "take", "give-back", "step", "name")
FIELDS = ("type", "action", "data", "ref", "seq", "choice", "group", "by_hand", "step", "name", "__class__")
# Half characters, too: JSON can write them, and no encoding of text can.
texts = st.text(st.characters(), max_size=50) | st.sampled_from(["\ud800", "\x00", "x" * 5000, *TYPES])
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**300, 10**301)
    | st.floats()
    | texts
    | st.just("place-order"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
likely = st.fixed_dictionaries({"type": st.sampled_from(TYPES)}, optional=dict.fromkeys(FIELDS[1:], anything))


def written(value: Any, half: bool) -> str:
    """With half characters as such, or as JSON writes them."""
    return json.dumps(value, ensure_ascii=not half)


sent = st.one_of(
    st.none(),
    st.text(st.characters(), max_size=200),
    st.builds(written, anything | likely, st.booleans()),
    st.integers(1, 2000).map(lambda depth: "[" * depth + "]" * depth),
    st.integers(1, 2000).map(lambda depth: '{"type":"act","data":' + "[" * depth + "]" * depth + "}"),
)


@given(sent)
def test_whatever_comes_up_a_socket_is_a_message_or_refused(text: str | None) -> None:
    for parse in (of_rooms.parse, of_classes.parse):
        try:
            message = parse(text)
        except Refused as refusal:
            assert refusal.code
            assert refusal.message.endswith(".")
        else:
            # Handed on to a runner, over a link of JSON in UTF-8.
            encode(vars(message)).encode()
    ref = of_rooms.ref_of(text)
    assert len(encode({"type": "refused", "ref": ref}).encode()) < 250
