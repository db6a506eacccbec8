import re

from apps.kafka import headers


def test_a_record_carries_cloudevents_and_a_traceparent() -> None:
    trace = headers.new_trace()
    built = dict(headers.build("order.placed", "/rooms/K7MPX4", trace, sampled=True))
    assert built["ce_specversion"] == b"1.0"
    assert built["ce_type"] == b"order.placed"
    assert re.fullmatch(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-01", bytes(built["traceparent"] or b""))  # type: ignore[arg-type]


def test_what_is_written_is_read_back() -> None:
    trace = headers.new_trace()
    for sampled in (True, False):
        assert headers.read(headers.build("heart.sent", "/r", trace, sampled)) == (
            "heart.sent",
            trace,
            sampled,
        )


def test_a_foreign_record_may_have_no_headers_or_odd_ones() -> None:
    assert headers.read(None) == ("", "", False)
    assert headers.read([("traceparent", b"short"), ("ce_type", None)]) == ("", "", False)
