"""A first look at an external Kafka: can we work with it, and what can it do? What is wrong is told in a sentence."""

from __future__ import annotations

import logging
import re
import threading
import time
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from apps.kafka.clusters import ClusterError, External, in_words

COPIES = 3
_TIMEOUT = 6.0
_DESCRIBE_CLUSTER, _CONSUMER_GROUP_HEARTBEAT, _SHARE_FETCH = 60, 68, 78
_FIRST_LASTING_HEARTBEAT = 1
"""Version 0 was early access (Kafka 3.7 to 3.9); version 1 came with Kafka 4.0, in which KIP-848 is ready for use."""
_FIRST_SHARE_FETCH_IN_USE = 2
"""Versions 0 and 1 were previews (Kafka 4.0 and 4.1), turned off; version 2 came with 4.2, where KIP-932 is ready."""
_API = re.compile(r"ApiKey \S+ \((\d+)\) Versions (\d+)\.\.(\d+)")
_HUNG_UP = re.compile(r"Disconnected: .* in state (APIVERSION_QUERY|UP)\)")
"""How a listener for TLS, or one for logins, answers who speaks plainly. The client puts it into its log only."""


@dataclass(frozen=True)
class Survey:
    """What was found. `replication` is the number of copies that a new topic gets.

    `consumer_protocol` says that the brokers know KIP-848; whether it is turned on is found out by joining.
    """

    brokers: int
    replication: int
    consumer_protocol: bool
    share_groups: bool


_protocols: dict[str, str] = {}
_joining = threading.Lock()


def survey(external: External) -> Survey:
    """Takes some milliseconds when all is well, and seconds to find out what is not. Raises ClusterError."""
    return _Look(external).survey()


def group_protocol(external: External, found: Survey, topic: str, group: str) -> str:
    """`consumer` (KIP-848) if a member can really join by it, else `classic`. Found out once a process, by joining."""
    name = repr(external)
    with _joining:
        if name not in _protocols:
            joins = found.consumer_protocol and _Trial(external, topic, group).joins()
            if joins is None:
                return "classic"  # not for ever: the brokers were only slow to answer
            _protocols[name] = "consumer" if joins else "classic"
        return _protocols[name]


class _Look:
    """One look. The client's own debug lines tell which requests, in which versions, the brokers answer."""

    def __init__(self, external: External) -> None:
        self._external = external
        self._errors: list[KafkaError] = []
        self._ear = _Ear()

    def survey(self) -> Survey:
        admin = self._admin()
        brokers = self._brokers(admin)
        apis = self._ear.apis
        if _DESCRIBE_CLUSTER not in apis:
            raise ClusterError(
                f"The Kafka at {self._external.bootstrap_servers} is older than 2.8, the oldest that Kafkaviz "
                "works with. Upgrade it, or name another in KAFKA_BOOTSTRAP_SERVERS.",
                lasting=True,
            )
        replication = self._external.replication or min(COPIES, brokers)
        self._try_to_create(admin, replication, brokers)
        self._try_to_read()
        modern = apis.get(_CONSUMER_GROUP_HEARTBEAT, 0) >= _FIRST_LASTING_HEARTBEAT
        shares = apis.get(_SHARE_FETCH, 0) >= _FIRST_SHARE_FETCH_IN_USE
        return Survey(brokers, replication, modern, shares)

    def _admin(self) -> AdminClient:
        heard = logging.Logger("survey", logging.DEBUG)
        heard.addHandler(self._ear)
        settings: dict[str, Any] = {
            **self._external.client_settings,
            "debug": "feature",
            "error_cb": self._errors.append,
        }
        try:
            return AdminClient(settings, logger=heard)
        except (KafkaException, ValueError, TypeError) as error:
            raise ClusterError(_refused_setting(error, self._external), lasting=True) from error

    def _brokers(self, admin: AdminClient) -> int:
        try:
            brokers = len(admin.list_topics(timeout=_TIMEOUT).brokers)
        except KafkaException as error:
            admin.poll(0)
            errors = [*self._errors, error.args[0]]
            raise unreachable(self._external, errors, self._ear.hung_up) from error
        admin.poll(0.2)  # this is what delivers the debug lines
        return brokers

    def _try_to_create(self, admin: AdminClient, replication: int, brokers: int) -> None:
        """The broker checks what it would do and does not do it."""
        name = f"{self._external.prefix}.check.{time.time_ns()}"
        topic = NewTopic(name, 1, replication)
        answer = admin.create_topics([topic], validate_only=True, request_timeout=_TIMEOUT)[name]
        try:
            answer.result(_TIMEOUT + 1)
        except KafkaException as error:
            raise refused_topic(self._external, error.args[0], replication, brokers) from error
        except TimeoutError as error:
            raise unreachable(self._external, self._errors) from error

    def _try_to_read(self) -> None:
        """Asks for the offsets of a group that is not there, which takes the right to read in such groups."""
        name = f"{self._external.prefix}.check"
        consumer = Consumer({**self._external.client_settings, "group.id": name, "log_level": 0})
        end = time.monotonic() + _TIMEOUT
        try:
            while time.monotonic() < end:
                try:
                    consumer.committed([TopicPartition(name, 0)], timeout=0.5)
                    return
                except KafkaException:  # a refusal comes by the poll, and this is only that we waited
                    _refuse_if_forbidden(self._external, consumer.poll(0))
        finally:
            consumer.close()


class _Trial:
    """A consumer that joins a group of its own by the new protocol, which a broker may know of and have turned off."""

    def __init__(self, external: External, topic: str, group: str) -> None:
        self._external, self._topic = external, topic
        self._joined = threading.Event()
        settings: dict[str, Any] = {"group.id": group, "group.protocol": "consumer", "log_level": 0}
        self._consumer = Consumer({**external.client_settings, **settings})

    def joins(self) -> bool | None:
        """None if no answer came in time. Raises ClusterError when groups are forbidden to us."""
        self._consumer.subscribe([self._topic], on_assign=lambda *_: self._joined.set())
        try:
            return self._wait()
        finally:
            self._consumer.close()

    def _wait(self) -> bool | None:
        end = time.monotonic() + _TIMEOUT
        while not self._joined.is_set() and time.monotonic() < end:
            message = self._consumer.poll(0.1)
            _refuse_if_forbidden(self._external, message)
            error = message.error() if message is not None else None
            if error and error.code() in (KafkaError._FATAL, KafkaError._UNSUPPORTED_FEATURE):
                return False
        return self._joined.is_set() or None


def _refuse_if_forbidden(external: External, message: Message | None) -> None:
    """Raises ClusterError if what a consumer got is that groups are forbidden to us."""
    error = message.error() if message is not None else None
    if error and error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED:
        raise ClusterError(
            f"This Kafka does not let us read in groups that begin with “{external.prefix}.”. Have READ and DELETE "
            "allowed on them for our user, or choose a prefix that is allowed by KAFKA_TOPIC_PREFIX."
        )


class _Ear(logging.Handler):
    """Hears which requests a broker answers, by API key -> highest version, and whether one hung up on us."""

    def __init__(self) -> None:
        super().__init__()
        self.apis: dict[int, int] = {}
        self.hung_up = False

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if found := _API.search(text):
            self.apis[int(found[1])] = int(found[3])
        elif _HUNG_UP.search(text):
            self.hung_up = True
        elif "Connect to " in text:  # and failed: it is down, or has just gone down
            self.hung_up = False


def unreachable(external: External, errors: list[KafkaError], hung_up: bool = False) -> ClusterError:
    """Why no broker answered, by the most telling of the client's errors."""
    where = external.bootstrap_servers
    texts = " ".join(error.str() for error in errors)
    codes = {error.code() for error in errors}
    for holds, sentence, lasting in _causes(where, codes, texts, hung_up):
        if holds:
            return ClusterError(sentence, lasting)
    return ClusterError(
        f"No Kafka answers at {where}. Start it, or correct KAFKA_BOOTSTRAP_SERVERS; we keep trying."
    )


def _causes(where: str, codes: set[Any], texts: str, hung_up: bool) -> list[tuple[bool, str, bool]]:
    """(whether it is so, what to tell, whether trying again is no use), the most telling first."""
    return [
        (
            KafkaError._AUTHENTICATION in codes,
            f"The Kafka at {where} does not accept our login. Correct KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD, "
            "KAFKA_SASL_MECHANISM or KAFKA_SECURITY_PROTOCOL.",
            False,
        ),
        (
            "connecting to a PLAINTEXT broker listener" in texts,
            f"We speak TLS to {where}, which does not. Unset KAFKA_SECURITY_PROTOCOL (or use SASL_PLAINTEXT), or "
            "name the port of the TLS listener in KAFKA_BOOTSTRAP_SERVERS.",
            False,
        ),
        (
            "certificate" in texts,
            f"The certificate of {where} is not one that we trust. Name the file of its authority in "
            "KAFKA_SSL_CA_LOCATION.",
            False,
        ),
        (
            hung_up,
            f"The Kafka at {where} expects TLS or a login. Set KAFKA_SECURITY_PROTOCOL to SSL, SASL_SSL or "
            "SASL_PLAINTEXT, or name the port of its plain listener in KAFKA_BOOTSTRAP_SERVERS.",
            False,
        ),
        (
            KafkaError._RESOLVE in codes,
            f"The name in KAFKA_BOOTSTRAP_SERVERS ({where}) is not known. Correct it.",
            False,
        ),
    ]


def refused_topic(external: External, error: KafkaError, replication: int, brokers: int) -> ClusterError:
    """Why the cluster does not let us make topics."""
    match error.code():
        case KafkaError.TOPIC_AUTHORIZATION_FAILED | KafkaError.CLUSTER_AUTHORIZATION_FAILED:
            return ClusterError(
                "This Kafka does not let us create topics. Have CREATE, DELETE, DESCRIBE, READ and WRITE allowed on "
                f"topics that begin with “{external.prefix}.”, or choose a prefix that is allowed by "
                "KAFKA_TOPIC_PREFIX."
            )
        case KafkaError.INVALID_REPLICATION_FACTOR:
            return ClusterError(
                f"{replication} replicas of each partition were asked for, and this Kafka has {brokers} "
                f"broker{'' if brokers == 1 else 's'}. Set KAFKA_REPLICATION_FACTOR to {brokers} or less, or unset it."
            )
        case _:
            return ClusterError(f"This Kafka does not let us create topics: {error.str()}")


def _refused_setting(error: Exception, external: External) -> str:
    """The client names its own setting; people know it by our variable."""
    cause = in_words(error)
    cause = cause.removeprefix("Failed to create admin client: ")
    meant = [name for name in external.security if name in cause or name.replace(".", " ") in cause.lower()]
    told = ", ".join(sorted(map(variable_of, meant or external.security))) or "KAFKA_BOOTSTRAP_SERVERS"
    return f"The Kafka client does not accept {told}: {cause.rstrip('.')}. Correct or unset it."


def variable_of(setting: str) -> str:
    """security.protocol -> KAFKA_SECURITY_PROTOCOL."""
    return "KAFKA_" + setting.upper().replace(".", "_")
