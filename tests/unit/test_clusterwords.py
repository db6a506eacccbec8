"""What a page says of its cluster is what that can be held to."""

from __future__ import annotations

from typing import Any

from apps.rooms.clusterwords import LACKS, about


def told(cluster: str, facts: dict[str, Any], *lacks: str) -> dict[str, Any]:
    traits = {"facts": facts, "lacks": list(lacks)}
    return about({"cluster": cluster, "bootstrap_servers": "kafka:9092", "traits": traits})


def test_where_all_brokers_share_a_log_no_replicas_are_promised() -> None:
    found = told("embedded", {"brokers": 3, "one_log": 3})
    assert ("Replication", "one log in memory, which all brokers share") in found["facts"]
    assert "replica" not in str(found["facts"])


def test_records_are_kept_for_at_least_so_long_and_go_by_whole_segments() -> None:
    ((_label, kept),) = told("external", {"retention": 60})["facts"]
    assert kept == "at least about 60 minutes, or until there are 64 MiB: whole segments at a time"


def test_the_classic_protocol_is_not_said_to_stop_groups_where_it_does_not() -> None:
    assert "cooperative-sticky that does not stop a group" in LACKS["consumer-protocol"]()["why"]
    ((_label, name),) = told("external", {"group_protocol": "cooperative-sticky"})["facts"]
    assert "stops" not in name
    ((_label, name),) = told("external", {"group_protocol": "range"})["facts"]
    assert "stops the group" in name
