"""A frame goes to every viewer: of what somebody made large it tells the beginning."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from apps.kafka.hops import Hop, HopType
from apps.kafka.received import NOT_JSON, decode
from apps.kafka.shortening import MORE, short

MOST_BYTES = 4_000
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=60,
)


def size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False))


def test_what_a_scenario_writes_is_told_as_it_is() -> None:
    order = {"order": "3fa9c1", "customer": "Daniel", "dish": "🍜", "status": "placed", "n": 7, "at": 1.5}
    assert short(order) == order


def test_of_a_long_text_the_beginning_is_told_and_that_there_is_more() -> None:
    told = short({"order": "x" * 3600})["order"]
    assert told.startswith("xxx") and told.endswith(MORE)
    assert len(told) < 200


@given(values)
def test_whatever_it_is_made_of_it_is_small_and_json(value: Any) -> None:
    told = short(value)
    assert size(told) <= MOST_BYTES
    assert type(told) is type(value) or isinstance(value, int)


def test_the_largest_that_is_read_at_all_is_small_as_well() -> None:
    for raw in (
        b'{"order": ' + b"9" * 4000 + b"}",
        b"[" + b",".join([b"1"] * 2000) + b"]",
        b'{"a": ["' + b'","'.join([b"y" * 60] * 60) + b'"]}',
        b"{" + b",".join(b'"%d": 1' % number for number in range(400)) + b"}",
        b'{"' + b"n" * 4000 + b'": 1}',
    ):
        value = decode(raw)
        assert value is not NOT_JSON
        assert size(short(value)) < 1500


def test_a_hop_of_a_large_record_is_small_and_one_about_the_room_is_whole() -> None:
    large = {"order": "x" * 3600, "customer": "y" * 3600}
    for hop in (
        Hop(HopType.PROJECTION, "m", 1, key="k", group="g", data=large),
        Hop(HopType.SEND, "app", 1, topic="orders", data={"type": "t", "value": large, "total": 7}),
        Hop(HopType.FAIL, "m", 1, topic="orders", group="g", error="It failed: " + "z" * 9000),
    ):
        wire = hop.to_wire(1, 0)
        assert size(wire) < 1000
        assert (wire.get("data") or {}).get("total") == (hop.data or {}).get("total")
    settings = {"name": "began", "value": {str(n): "x" * 50 for n in range(40)}}
    assert Hop(HopType.SETTING, "app", 1, data=settings).to_wire(1, 0)["data"] == settings
