"""Commands that are shown must work when they are pasted, whatever a topic is called."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
from django.test import override_settings

from apps.kafka.clusters import External
from apps.rooms.commands import joining, one_record, whole_topics

LOGIN = {
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "PLAIN",
    "sasl.username": "u",
    "sasl.password": "p",
}


def facts(cluster: str = "external", topic: str = "kafkaviz.K7MPX4.orders") -> dict[str, Any]:
    return {
        "bootstrap_servers": "one:9092,two:9092",
        "cluster": cluster,
        "topics": {"orders": topic},
        "groups": {"restaurant": "kafkaviz.K7MPX4.restaurant"},
    }


def words(command: str) -> list[str]:
    """As a shell splits it; a line that goes on is one."""
    return shlex.split(command.replace(" \\\n", " "))


def after(command: str, option: str) -> str:
    split = words(command)
    return split[split.index(option) + 1]


@pytest.mark.parametrize("topic", ["orders", "a b", "it's", "$(rm -rf ~)", "-b"])
def test_a_topic_stays_one_word(topic: str) -> None:
    found = one_record(facts(topic=topic), "orders", 1, 7)
    assert after(found["kcat"], "-t") == after(found["console"], "--topic") == topic
    assert after(whole_topics(facts(topic=topic))[0], "-t") == topic


def test_one_record_is_asked_for_and_no_more() -> None:
    found = one_record(facts(), "orders", 1, 7)
    assert [after(found["kcat"], option) for option in ("-p", "-o", "-c")] == ["1", "7", "1"]
    options = ("--partition", "--offset", "--max-messages")
    assert [after(found["console"], option) for option in options] == ["1", "7", "1"]
    assert after(found["console"], "--bootstrap-server") == "one:9092,two:9092"
    assert not found["login"]


def test_for_an_embedded_cluster_there_is_no_command_that_would_fail() -> None:
    found = one_record(facts("embedded"), "orders", 1, 7)
    assert found["console"] is None
    assert found["kcat"]


@override_settings(KAFKA=External("one:9092", LOGIN))
def test_a_login_is_asked_for_and_never_shown() -> None:
    found = one_record(facts(), "orders", 1, 7)
    assert found["login"]
    assert "security.protocol=SASL_SSL" in words(found["kcat"])
    assert after(found["console"], "--consumer.config") == "client.properties"
    for command in (found["kcat"], found["console"], *whole_topics(facts())):
        assert "sasl.username" not in command and "sasl.password" not in command


EXAMPLE = {"topic": "orders", "key": "it's", "value": '{"dish": "🍜 \\"hot\\""}'}


def test_who_joins_a_group_is_given_its_real_name_and_who_produces_the_partitioner_of_the_app() -> None:
    found = joining(facts(), "restaurant", ["orders"], "consumer", EXAMPLE)
    assert after(found["kcat"], "-G") == after(found["console"], "--group") == "kafkaviz.K7MPX4.restaurant"
    assert words(found["kcat"])[-1] == "kafkaviz.K7MPX4.orders"
    assert re.fullmatch(after(found["console"], "--include"), "kafkaviz.K7MPX4.orders")
    assert words(found["produce"])[2] == f"{EXAMPLE['key']}|{EXAMPLE['value']}"
    assert "partitioner=murmur2_random" in words(found["produce"])
    compile(found["python"], "script", "exec")
    assert "kafkaviz.K7MPX4.restaurant" in found["python"]
    embedded = joining(facts("embedded"), "restaurant", ["orders"], "consumer", EXAMPLE)
    assert embedded["console"] is None and embedded["kcat"] is None and embedded["python"]


@pytest.mark.parametrize("protocol", ["cooperative-sticky", "range"])
def test_who_joins_a_classic_group_shares_out_as_it_does(protocol: str) -> None:
    found = joining(facts(), "restaurant", ["orders"], protocol, EXAMPLE)
    assert f"partition.assignment.strategy={protocol}" in words(found["kcat"])
    assert f'"partition.assignment.strategy": "{protocol}"' in found["python"]
    assert after(found["console"], "--consumer-property").endswith("Assignor")


@override_settings(KAFKA=External("one:9092", LOGIN))
def test_of_a_login_no_command_to_join_tells_more_than_how() -> None:
    found = joining(facts(), "restaurant", ["orders"], "consumer", EXAMPLE)
    assert found["login"]
    for command in ("kcat", "python", "console", "produce"):
        assert "sasl.username" not in found[command] and "sasl.password" not in found[command]
    assert "SASL_SSL" in found["python"] and "security.protocol=SASL_SSL" in words(found["produce"])
