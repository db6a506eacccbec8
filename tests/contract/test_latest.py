"""Who begins at the end begins at the very end that it is accounted from."""

from __future__ import annotations

import pytest

from apps.kafka.choices import GroupChoice
from apps.kafka.hops import HopType
from apps.kafka.member import GroupMember
from tests.contract.conftest import Bench


@pytest.mark.parametrize("protocol", ["consumer", "cooperative-sticky", "range"])
def test_what_is_stored_just_after_the_end_was_asked_for_is_read(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    bench.send(6)
    bench.hops.until(lambda: bench.hops.count(HopType.ACK) == 6)
    begin = GroupMember._begin

    def meanwhile(member: GroupMember, *given: object) -> object:
        starts = begin(member, *given)  # type: ignore[arg-type]
        bench.send(6)
        bench.hops.until(lambda: bench.hops.count(HopType.ACK) == 12)
        return starts

    monkeypatch.setattr(GroupMember, "_begin", meanwhile)
    bench.member("one", choice=GroupChoice(protocol=protocol, start="latest"))
    bench.hops.until(lambda: bench.hops.count(HopType.COMMIT) == 6)
    assert not bench.hops.of(HopType.FAIL)
    ends = {hop.partition: hop.offset for hop in bench.hops.of(HopType.ACK)}
    assert {hop.partition: hop.offset for hop in bench.hops.of(HopType.POLL)} == ends
