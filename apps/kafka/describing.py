"""A program of its own that asks a Kafka who is in groups: a line of JSON in, a line out, until there are no more.

Of its own because this request of librdkafka's admin client ends the whole process when the connection to the group's
coordinator breaks at the wrong moment (https://github.com/confluentinc/librdkafka/issues/4605), as it does whenever a
broker dies. The first line has the client's settings; each other one the real names of groups. An answer is
{group: [[member id, client id, [[topic, partition], ...]], ...]}, without the groups that are just then on the move.

Imports nothing of ours: it is run by its path.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from confluent_kafka import ConsumerGroupState, KafkaException
from confluent_kafka.admin import AdminClient

TIMEOUT = 4.0
_SETTLED = (ConsumerGroupState.STABLE, ConsumerGroupState.EMPTY, ConsumerGroupState.DEAD)


def main() -> None:
    admin = AdminClient({**json.loads(sys.stdin.readline()), "log_level": 0})
    for line in sys.stdin:
        print(json.dumps(described(admin, json.loads(line))), flush=True)


def described(admin: AdminClient, groups: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    answers = admin.describe_consumer_groups(groups, request_timeout=TIMEOUT) if groups else {}
    for name, answer in answers.items():
        try:
            group = answer.result(TIMEOUT + 1)
        except (KafkaException, TimeoutError):
            continue
        if group.state in _SETTLED:
            found[name] = [member_of(one) for one in group.members]
    return found


def member_of(member: Any) -> tuple[str, str, list[tuple[str, int]]]:
    places = member.assignment.topic_partitions if member.assignment else []
    return member.member_id, member.client_id, [(place.topic, place.partition) for place in places]


if __name__ == "__main__":
    main()
