"""Records that no client would write, byte by byte: some brokers check nothing, and clients have to read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from kafka import KafkaProducer
from kafka.record.default_records import DefaultRecordBatchBuilder, DefaultRecordMetadata
from kafka.record.util import encode_varint

from tests.integration.kafka_python import EMBEDDED
from tests.servers import PATIENCE

Part = bytes | None
Headers = Sequence[tuple[Part, Part]]


def body(key: Part, value: Part, headers: Headers = ()) -> bytes:
    """What follows the offset in a record of Kafka's format 2. A name of a header may be null, as in no other way."""
    named = b"".join(_part(name) + _part(content) for name, content in headers)
    return _part(key) + _part(value) + _varint(len(headers)) + named


def _part(content: Part) -> bytes:
    return _varint(-1) if content is None else _varint(len(content)) + content


def _varint(number: int) -> bytes:
    written = bytearray()
    encode_varint(number, written.append)
    return bytes(written)


def write_raw(servers: str, topic: str, partition: int, records: Sequence[tuple[bytes, int]]) -> None:
    """Bodies with their times in ms since 1970, one batch each, in that order. Returns when all are stored."""
    with _as_they_are():
        client = KafkaProducer(
            bootstrap_servers=servers, api_version=EMBEDDED, max_request_size=5_000_000, batch_size=1
        )
        try:
            for content, at in records:
                client.send(topic, value=content, partition=partition, timestamp_ms=at).get(PATIENCE)
        finally:
            client.close()


@contextmanager
def _as_they_are() -> Iterator[None]:
    """The client puts a value into the batch as the body of the record."""

    def append(self: Any, offset: int, timestamp: int, _key: object, value: bytes, *_rest: object) -> Any:
        self._first_timestamp = self._max_timestamp = timestamp
        self._num_records, self._last_offset = self._num_records + 1, offset
        record = b"\x00" + _varint(0) + _varint(offset) + bytes(value)
        self._buffer.extend(_varint(len(record)) + record)
        return DefaultRecordMetadata(offset, len(record), timestamp)

    with patch.object(DefaultRecordBatchBuilder, "append", append):
        yield
