from __future__ import annotations

import re

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.kafka.clusters import External
from kafkaviz.kafka import external_kafka


def test_no_bootstrap_servers_means_embedded_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", " ")
    assert external_kafka() is None


def test_several_brokers_and_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "one:9092, [::1]:9093,")
    assert external_kafka() == External("one:9092,[::1]:9093", {}, "kafkaviz", None, 60)


def test_security_variables_become_the_client_s_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "one:9092")
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("KAFKA_SASL_USERNAME", "kafkaviz")
    monkeypatch.setenv("KAFKA_SSL_CA_LOCATION", "/etc/ca.pem")
    monkeypatch.setenv("KAFKA_SASL_PASSWORD", "")
    monkeypatch.setenv("KAFKA_OPTS", "for somebody else")
    found = external_kafka()
    assert found
    assert found.security == {
        "security.protocol": "SASL_SSL",
        "sasl.username": "kafkaviz",
        "ssl.ca.location": "/etc/ca.pem",
    }
    assert found.client_settings["bootstrap.servers"] == "one:9092"


def test_people_are_shown_the_same_address_unless_another_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092")
    found = external_kafka()
    assert found
    assert found.shown == "kafka:9092"
    monkeypatch.setenv("KAFKA_PUBLIC_BOOTSTRAP_SERVERS", "localhost:9094, other:9095")
    found = external_kafka()
    assert found
    assert found.shown == "localhost:9094,other:9095"
    assert found.client_settings["bootstrap.servers"] == "kafka:9092"


@pytest.mark.parametrize("name", ["KAFKA_BOOTSTRAP_SERVERS", "KAFKA_PUBLIC_BOOTSTRAP_SERVERS"])
def test_an_address_that_can_not_be_right_is_told_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "one:9092")
    monkeypatch.setenv(name, "one:9092,two")
    sentence = f"{name} must be like host:9092,other-host:9092; 'two' is not."
    with pytest.raises(ImproperlyConfigured, match=f"^{re.escape(sentence)}$"):
        external_kafka()


@pytest.mark.parametrize(
    "name, text",
    [
        ("KAFKA_BOOTSTRAP_SERVERS", "one"),
        ("KAFKA_BOOTSTRAP_SERVERS", "http://one:9092"),
        ("KAFKA_BOOTSTRAP_SERVERS", "one:9092 two:9092"),
        ("KAFKA_PUBLIC_BOOTSTRAP_SERVERS", "one"),
        ("KAFKA_TOPIC_PREFIX", "a/b"),
        ("KAFKA_TOPIC_PREFIX", "x" * 61),
        ("KAFKA_REPLICATION_FACTOR", "-1"),
        ("KAFKA_RETENTION_MINUTES", "0"),
    ],
)
def test_what_can_not_be_right_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "one:9092")
    monkeypatch.setenv(name, text)
    with pytest.raises(ImproperlyConfigured, match=name):
        external_kafka()
