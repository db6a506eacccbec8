"""A Kafka with logins, TLS and permissions; and settings that are wrong for it, each told in one sentence."""

from __future__ import annotations

import html
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from scripts.apache_kafka import ApacheKafka
from tests.client import aside, deliver, make_room, watch
from tests.servers import PATIENCE, Server, wait_for

if TYPE_CHECKING:
    from tests.conftest import MakeServer

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.xdist_group("bad_kafka")]
PASSWORD = "a-password-that-nobody-may-see"
NOBODY_LISTENS = "127.0.0.1:1"
USERS = ("owner", "exact", "topicless", "groupless")
"""They may do: all; what our sentences ask for; nothing; what those ask for topics."""
ON_TOPICS = (
    AclOperation.CREATE,
    AclOperation.DELETE,
    AclOperation.DESCRIBE,
    AclOperation.READ,
    AclOperation.WRITE,
)
ON_GROUPS = (AclOperation.READ, AclOperation.DELETE)
PREFIX = "class.7b"


@dataclass
class Guarded:
    """A broker with a listener of each kind; `certificate` is its own and its authority's."""

    kafka: ApacheKafka
    certificate: Path

    def login(
        self, user: str = "owner", listener: str = "LOGIN", password: str = PASSWORD
    ) -> dict[str, object]:
        """The environment of a Kafkaviz that logs in."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.address(listener),
            "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT" if listener == "LOGIN" else "SASL_SSL",
            "KAFKA_SASL_MECHANISM": "PLAIN",
            "KAFKA_SASL_USERNAME": user,
            "KAFKA_SASL_PASSWORD": password,
            "KAFKA_TOPIC_PREFIX": PREFIX,
        }

    def tls(self) -> dict[str, object]:
        return {"KAFKA_BOOTSTRAP_SERVERS": self.kafka.address("TLS"), "KAFKA_SECURITY_PROTOCOL": "SSL"}

    @property
    def trusted(self) -> dict[str, object]:
        return {"KAFKA_SSL_CA_LOCATION": self.certificate}


@pytest.fixture(scope="module")
def guarded(kafka_here: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    certificate, keystore = forge(folder)
    kinds = {"LOGIN": "SASL_PLAINTEXT", "TLS": "SSL", "SECURE": "SASL_SSL"}
    kafka = ApacheKafka(folder / "kafka", listeners=kinds, properties=broker_settings(keystore))
    try:
        kafka.start()
        permit(kafka)
        yield Guarded(kafka, certificate)
    finally:
        kafka.stop()


def forge(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine, signed by itself, and a file with its key too, as Kafka wants it."""
    key, certificate, keystore = (folder / name for name in ("key.pem", "certificate.pem", "keystore.pem"))
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    keystore.write_text(key.read_text() + certificate.read_text())
    return certificate, keystore


def broker_settings(keystore: Path) -> dict[str, str]:
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    users = " ".join(f'user_{user}="{PASSWORD}"' for user in USERS)
    return {
        "sasl.enabled.mechanisms": "PLAIN",
        **{
            f"listener.name.{name}.plain.sasl.jaas.config": f"{module} required {users};"
            for name in ("login", "secure")
        },
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keystore),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # The broker itself and whoever comes without a login.
        "super.users": "User:ANONYMOUS;User:owner",
    }


def permit(kafka: ApacheKafka) -> None:
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers, "log_level": 2})
    allowed = [("exact", ResourceType.TOPIC, operation) for operation in ON_TOPICS]
    allowed += [("groupless", ResourceType.TOPIC, operation) for operation in ON_TOPICS]
    allowed += [("exact", ResourceType.GROUP, operation) for operation in ON_GROUPS]
    rules = [
        AclBinding(
            kind,
            f"{PREFIX}.",
            ResourcePatternType.PREFIXED,
            f"User:{user}",
            "*",
            operation,
            AclPermissionType.ALLOW,
        )
        for user, kind, operation in allowed
    ]
    for done in admin.create_acls(rules).values():
        done.result(30)


# Good settings


def good(guarded: Guarded, name: str) -> dict[str, object]:
    match name:
        case "SASL_PLAINTEXT":
            return guarded.login()
        case "TLS":
            return guarded.tls() | guarded.trusted
        case "SASL_SSL":
            return guarded.login(listener="SECURE") | guarded.trusted
        case _:
            return guarded.login("exact")


@pytest.mark.parametrize(
    "name", ["SASL_PLAINTEXT", "TLS", "SASL_SSL", "just the permissions that we ask for"]
)
async def test_an_order_is_delivered_and_the_password_is_nobody_s_business(
    guarded: Guarded, make_server: MakeServer, name: str
) -> None:
    server = await aside(make_server, **good(guarded, name))
    room = await aside(make_room, server)
    async with watch(server, room) as client:
        await deliver(client)
        await client.until(lambda: client.hops("broker_up") or client._since_backlog())
    page = await aside(server.get, f"/r/{room['code']}/")
    assert page.status == 200
    told = json.dumps(client.room["settings"])
    assert not any(word in told for word in ("sasl", "ssl", "security", "password"))
    for text in (page.text, json.dumps(client.frames), json.dumps(room), server.output()):
        assert PASSWORD not in text
    assert server.output().splitlines() == [f"Kafkaviz is at {server.url}"]


def test_what_we_ask_to_be_allowed_is_enough_to_delete_a_room(
    guarded: Guarded, make_server: MakeServer
) -> None:
    server = make_server(
        **guarded.login("exact"), KAFKAVIZ_SLEEP_AFTER=1, KAFKAVIZ_FORGET_AFTER=1, KAFKAVIZ_RUNNERS=1
    )
    room = make_room(server)
    assert wait_for(lambda: server.get(f"/api/rooms/{room['code']}/projections/x/y/").status == 404)
    assert wait_for(lambda: not kept(guarded.kafka, room)), server.output()


def kept(kafka: ApacheKafka, room: dict) -> list[str]:
    """Topics and groups of a room that are on the brokers."""
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers, "log_level": 2})
    groups = admin.list_consumer_groups().result(10).valid
    names = [*admin.list_topics(timeout=10).topics, *(group.group_id for group in groups)]
    return [name for name in names if f".{room['code']}." in name]


# Bad settings


def lasting(server: Server) -> str:
    """The whole output of a server that ended because only other settings could help."""
    assert server.launch().finish() == 1
    lines = server.output().splitlines()
    assert len(lines) == 1, server.output()
    return lines[0]


def passing(server: Server) -> str:
    """The sentence of a server that runs and keeps trying, the same wherever it is told."""
    server.start()
    first, _address = server.output().splitlines()[:2]
    sentence = str(server.get("/healthz").json()["trouble"])
    assert first.endswith(f"WARNING apps.rooms.lookout: {sentence}"), server.output()
    assert html.escape(sentence) in server.get("/").text
    play = server.get("/play/hearts/")
    assert play.status == 503
    assert int(play.headers["Retry-After"]) <= 5
    assert html.escape(sentence) in play.text, play.text
    refused = server.post_json("/api/rooms/", {"scenario": "hearts"})
    assert refused.status == 503
    assert refused.json()["error"] == {"code": "cluster", "message": sentence}
    assert "Traceback" not in server.output()
    return sentence


def is_one_sentence_that_says_what_to_change(sentence: str, *words: str) -> None:
    for word in ("KAFKA_", *words):
        assert word in sentence, sentence
    assert PASSWORD not in sentence
    assert "\n" not in sentence
    assert len(sentence) < 330, sentence


def test_a_host_that_is_not_known_is_named(make_server: MakeServer) -> None:
    said = passing(make_server(start=False, KAFKA_BOOTSTRAP_SERVERS="no-such-host.invalid:9092"))
    is_one_sentence_that_says_what_to_change(
        said, "KAFKA_BOOTSTRAP_SERVERS", "no-such-host.invalid", "not known"
    )


def test_a_port_where_nobody_listens_is_named(make_server: MakeServer) -> None:
    said = passing(make_server(start=False, KAFKA_BOOTSTRAP_SERVERS=NOBODY_LISTENS))
    is_one_sentence_that_says_what_to_change(said, "KAFKA_BOOTSTRAP_SERVERS", NOBODY_LISTENS, "Start it")


def test_tls_spoken_to_a_plain_port(guarded: Guarded, make_server: MakeServer) -> None:
    env = {**guarded.tls(), **guarded.trusted, "KAFKA_BOOTSTRAP_SERVERS": guarded.kafka.bootstrap_servers}
    said = passing(make_server(start=False, **env))
    is_one_sentence_that_says_what_to_change(said, "We speak TLS", "KAFKA_SECURITY_PROTOCOL")


@pytest.mark.parametrize("listener", ["TLS", "LOGIN", "SECURE"])
def test_plain_spoken_to_a_port_that_wants_more(
    guarded: Guarded, make_server: MakeServer, listener: str
) -> None:
    said = passing(make_server(start=False, KAFKA_BOOTSTRAP_SERVERS=guarded.kafka.address(listener)))
    is_one_sentence_that_says_what_to_change(said, "expects TLS or a login", "KAFKA_SECURITY_PROTOCOL")


@pytest.mark.parametrize("listener", ["LOGIN", "SECURE"])
def test_a_wrong_password(guarded: Guarded, make_server: MakeServer, listener: str) -> None:
    wrong = PASSWORD + "-or-not"
    env = guarded.login(listener=listener, password=wrong) | guarded.trusted
    server = make_server(start=False, **env)
    is_one_sentence_that_says_what_to_change(
        passing(server), "does not accept our login", "KAFKA_SASL_PASSWORD"
    )
    assert PASSWORD not in server.output()


def test_a_mechanism_that_the_broker_does_not_have(guarded: Guarded, make_server: MakeServer) -> None:
    env = {**guarded.login(), "KAFKA_SASL_MECHANISM": "SCRAM-SHA-256"}
    said = passing(make_server(start=False, **env))
    is_one_sentence_that_says_what_to_change(said, "does not accept our login", "KAFKA_SASL_MECHANISM")


def test_a_certificate_that_we_do_not_trust(guarded: Guarded, make_server: MakeServer) -> None:
    said = passing(make_server(start=False, **guarded.tls()))
    is_one_sentence_that_says_what_to_change(said, "certificate", "KAFKA_SSL_CA_LOCATION")


def test_topics_that_we_may_not_make(guarded: Guarded, make_server: MakeServer) -> None:
    said = passing(make_server(start=False, **guarded.login("topicless")))
    is_one_sentence_that_says_what_to_change(said, "create topics", f"“{PREFIX}.”", "KAFKA_TOPIC_PREFIX")


def test_topics_outside_what_we_are_allowed(guarded: Guarded, make_server: MakeServer) -> None:
    env = {**guarded.login("exact"), "KAFKA_TOPIC_PREFIX": "other"}
    said = passing(make_server(start=False, **env))
    is_one_sentence_that_says_what_to_change(said, "create topics", "“other.”", "KAFKA_TOPIC_PREFIX")


def test_groups_that_we_may_not_read_in(guarded: Guarded, make_server: MakeServer) -> None:
    said = passing(make_server(start=False, **guarded.login("groupless")))
    is_one_sentence_that_says_what_to_change(said, "groups", f"“{PREFIX}.”")


def test_more_copies_than_brokers(guarded: Guarded, make_server: MakeServer) -> None:
    said = passing(make_server(start=False, **guarded.login(), KAFKA_REPLICATION_FACTOR=3))
    is_one_sentence_that_says_what_to_change(said, "3 replicas", "1 broker.", "KAFKA_REPLICATION_FACTOR to 1")


LASTING = {
    "a mechanism that does not exist": ({"KAFKA_SASL_MECHANISM": "NONSENSE"}, "KAFKA_SASL_MECHANISM"),
    "a protocol that does not exist": ({"KAFKA_SECURITY_PROTOCOL": "TLS"}, "KAFKA_SECURITY_PROTOCOL"),
    "a file that is not there": ({"KAFKA_SSL_CA_LOCATION": "/no/such/ca.pem"}, "KAFKA_SSL_CA_LOCATION"),
    "an option that does not exist": ({"KAFKA_SSL_NONSENSE": "1"}, "KAFKA_SSL_NONSENSE"),
    "no address": ({"KAFKA_BOOTSTRAP_SERVERS": "kafka"}, "KAFKA_BOOTSTRAP_SERVERS"),
    "a prefix with a slash": ({"KAFKA_TOPIC_PREFIX": "class/7b"}, "KAFKA_TOPIC_PREFIX"),
    "no retention": ({"KAFKA_RETENTION_MINUTES": "0"}, "KAFKA_RETENTION_MINUTES"),
    "a replication that is no number": ({"KAFKA_REPLICATION_FACTOR": "three"}, "KAFKA_REPLICATION_FACTOR"),
}


@pytest.mark.parametrize("case", LASTING)
def test_what_only_other_settings_can_mend_ends_the_start(
    guarded: Guarded, make_server: MakeServer, case: str
) -> None:
    wrong, name = LASTING[case]
    said = lasting(
        make_server(start=False, **{**guarded.login(listener="SECURE"), **guarded.trusted, **wrong})
    )
    is_one_sentence_that_says_what_to_change(said, name)


def test_what_is_mended_while_we_try_is_noticed(guarded: Guarded, make_server: MakeServer) -> None:
    """The user gets the permissions that were missing, and nobody restarts Kafkaviz."""
    server = make_server(start=False, **guarded.login("groupless"))
    assert passing(server)
    admin = AdminClient({"bootstrap.servers": guarded.kafka.bootstrap_servers, "log_level": 2})
    rule = AclBinding(
        ResourceType.GROUP, f"{PREFIX}.", ResourcePatternType.PREFIXED, "User:groupless", "*",
        AclOperation.ALL, AclPermissionType.ALLOW,
    )  # fmt: skip
    for done in admin.create_acls([rule]).values():
        done.result(30)
    assert wait_for(lambda: not server.get("/healthz").json()["trouble"], PATIENCE), server.output()
    assert server.get("/play/hearts/").status == 200
