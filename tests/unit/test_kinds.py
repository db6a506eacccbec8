"""What a record of somebody else's lacks is told in a sentence: no class names, no words of the record's own."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest

from apps.kafka.hops import Hop, HopType
from apps.kafka.outgoing import Delivery
from apps.kafka.received import NOT_JSON, Received, decode, why_not_json
from apps.scenarios.base import ConsumerGroup, Scenario, Show
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.handling import Handler
from apps.scenarios.kinds import NUMBER, TEXT, Kind, misfit, typed
from apps.scenarios.outlet import Outlet
from apps.scenarios.store import OUR_FAULT
from tests.memory import Memory

PRICE = Kind("price.changed", {"symbol": TEXT, "price": NUMBER})
READY, GONE = Kind("order.ready", {"order": TEXT}), Kind("order.gone", {"order": TEXT})
CLASS_NAME = re.compile(r"\b[A-Z]\w*(Error|Exception|Type)\b|NoneType|'\w+'|\bdict\b|\bstr\b")

VALUES = {
    b"": "Its value is empty; expected is an object with the fields “symbol”, “price”.",
    b"null": "Its value is null; expected is an object with the fields “symbol”, “price”.",
    b"[1, 2]": "Its value is an array; expected is an object with the fields “symbol”, “price”.",
    b"7": "Its value is a number; expected is an object with the fields “symbol”, “price”.",
    b"true": "Its value is true or false; expected is an object with the fields “symbol”, “price”.",
    b'"\xc3\xa9"': "Its value is text; expected is an object with the fields “symbol”, “price”.",
    b"{}": "It has no field “symbol”; expected is text.",
    b'{"symbol": null, "price": 1}': "Its field “symbol” is null; expected is text.",
    b'{"symbol": "", "price": 1}': "Its field “symbol” is an empty text; expected is text.",
    b'{"symbol": "A"}': "It has no field “price”; expected is a number.",
    b'{"symbol": "A", "price": "1"}': "Its field “price” is text; expected is a number.",
    b'{"symbol": "A", "price": true}': "Its field “price” is true or false; expected is a number.",
    b'{"symbol": "A", "price": {"a": 1}}': "Its field “price” is an object; expected is a number.",
    b'{"symbol": "A", "price": 1'
    + b"0" * 400
    + b"}": "Its field “price” is a number beyond all measure; expected is a number.",
    b'{"symbol": "A", "price": 1.5, "more": []}': "",
}
NOT_READ = {
    b"a word": "Its value is not JSON.",
    b"\xff\xfe": "Its value is not text in UTF-8; expected is JSON.",
    b"{} {}": "Its value is JSON with something behind it.",
    b'{"a": NaN}': "Its value has NaN in it, which is not JSON.",
    b'{"a": 1e999}': "Its value has a number in it that is larger than any that can be told.",
    b'{"a": ' + b"9" * 5000 + b"}": "Its value has 5,007 bytes; at most 4,096 are read.",
    b"[" * 65: "Its value has more than 64 brackets.",
    b'"\\ud800"': "Its value has half a character in it.",
    b'"\\u0000"': "Its value has a NUL character in it, which is not kept.",
}


def received(raw: bytes, type_: str = PRICE.type, topic: str = "prices") -> Received:
    return Received(topic, 0, 0, None, decode(raw), type_, "", "", 0.0, raw)


@pytest.mark.parametrize(("raw", "told"), VALUES.items(), ids=range(len(VALUES)))
def test_what_does_not_fit_is_told_with_the_field_and_what_was_expected(raw: bytes, told: str) -> None:
    assert misfit(received(raw), (PRICE,)) == told


@pytest.mark.parametrize(("raw", "told"), NOT_READ.items(), ids=range(len(NOT_READ)))
def test_a_value_that_is_not_read_is_told_with_the_reason(raw: bytes, told: str) -> None:
    assert decode(raw) is NOT_JSON
    assert why_not_json(raw) == told


def test_a_type_is_one_of_the_topic_s() -> None:
    foreign = received(b'{"order": "1"}', "OrderReadyError")
    assert misfit(foreign, (READY, GONE)) == (
        "Its type, the header “ce_type”, is another one than is known here;"
        " expected is “order.ready” or “order.gone”."
    )
    nameless = typed(received(b'{"order": "1"}', ""), (READY, GONE))
    assert "is missing; expected is" in misfit(nameless, (READY, GONE))


def test_a_record_from_a_terminal_is_of_its_topic_s_only_kind() -> None:
    nameless = typed(received(b'{"order": "1"}', ""), (READY,))
    assert (nameless.type, misfit(nameless, (READY,))) == ("order.ready", "")


def test_where_a_kind_has_no_type_a_record_may_call_itself_anything() -> None:
    anything = Kind("", {"order": TEXT})
    for type_ in ("", "order.lost"):
        record = received(b'{"order": "1"}', type_)
        assert typed(record, (anything,)) is record
        assert misfit(record, (anything,)) == ""
    assert misfit(received(b"{}", "order.lost"), (anything,)) == "It has no field “order”; expected is text."


def test_where_no_kind_is_declared_any_json_will_do() -> None:
    assert misfit(received(b"[1, 2]"), ()) == ""


class Deaf(Outlet):
    """Every record is stored at once."""

    def __init__(self) -> None:
        super().__init__(lambda _sent, delivered: delivered(Delivery(0, 0)))


def throw(*_: Any) -> Any:
    raise KeyError("the order's")


def test_a_fault_of_ours_is_told_as_such_and_its_trace_is_in_the_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.scenarios.handling.FIRST_WAIT", 0.0)
    group = ConsumerGroup("charts", "", "", "", ("prices",), fold=throw, show=Show("n"), react=throw)
    hops: list[Hop] = []
    handler = Handler(group, {"prices": (PRICE,)}, Memory(), Deaf(), hops.append, 1.0)
    handler.handle("charts-1", [received(b'{"symbol": "A", "price": 1}')], threading.Event())
    (failed,) = [hop.error for hop in hops if hop.type is HopType.FAIL]
    assert failed == f"{OUR_FAULT} It went to the dead letters."
    assert "the order's" in caplog.text


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=list(SCENARIOS))
def test_no_group_of_any_scenario_ever_throws_at_what_somebody_wrote(
    scenario: Scenario, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever its value and type, a record is handled, or told in a sentence without a class name."""
    told: list[str] = []

    def hear(hop: Hop) -> None:
        if hop.type is HopType.FAIL:
            told.append(hop.error or "")

    for group in scenario.groups:
        handler = Handler(group, scenario.kinds, Memory(), Deaf(), hear, 1.0)
        for topic in group.topics:
            types = ["", "order.", "x" * 300, *(kind.type for kind in scenario.kinds[topic])]
            batch = [received(raw, type_, topic) for type_ in types for raw in (*VALUES, *NOT_READ)]
            handler.handle("member-1", batch, threading.Event())
    assert len(told) > 100
    assert not [sentence for sentence in told if CLASS_NAME.search(sentence)]
    assert caplog.text == ""
