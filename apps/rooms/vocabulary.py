"""The words of the pages: Kafka's term, our plain word, and the sentence that explains it. docs/words.md is made of it.

The glossary shows it; the plain word is what the catalogue en-plain has for the term, and a test holds the two
together. `instead` are words that are not used for the same thing on any screen.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Word:
    """`light` is the part of the picture that its button lights up, if there is one."""

    term: str | Promise
    plain: str
    told: str | Promise
    light: str = ""
    instead: tuple[str, ...] = ()


WORDS: tuple[Word, ...] = (
    Word(_("Producer"), "Sender", _("Who writes records. It chooses the partition, by the key."), "producer"),
    Word(
        _("Record"),
        "Letter",
        _("One piece of news: a key, a value, a time. Once it is written it never changes."),
        "record",
        ("message", "messages"),
    ),
    Word(
        _("Key"),
        "Name",
        _(
            "Says which records of a topic belong together: a producer puts the same key into the same partition, as "
            "long as their number stays, and so their order stays."
        ),
        "key",
    ),
    Word(_("Topic"), "Mailbox", _("A log with a name, cut into partitions."), "topic"),
    Word(
        _("Partition"),
        "Slot",
        _("One row of a topic: records in the order in which they came. Order holds within it only."),
        "partition",
        ("shard", "shards"),
    ),
    Word(_("Offset"), "Number", _("The number of a record in its partition, counted from 0."), "offset"),
    Word(
        _("Consumer group"),
        "Reading team",
        _(
            "A reader in its own right. It shares the partitions out among its members, and each group reads "
            "everything."
        ),
        "group",
        ("subscriber", "subscribers", "subscription"),
    ),
    Word(
        _("Member"),
        "Reader",
        _(
            "One consumer of a group. A partition is read by one member of a group at a time. It asks the leaders of "
            "its partitions for what comes next; Kafka sends nothing unasked."
        ),
        "member",
    ),
    Word(
        _("Position"),
        "Reading place",
        _("The next record that a group reads. Only its members know it."),
        "position",
        ("cursor",),
    ),
    Word(
        _("Committed offset"),
        "Bookmark",
        _(
            "The bookmark, one of each group in each partition: where it goes on after a crash. Kafka keeps it. That "
            "the records before it were handled it does not prove: that is up to who sets it."
        ),
        "bookmark",
        ("checkpoint",),
    ),
    Word(
        _("Lag"), "Letters waiting", _("How many records are stored and not committed by a group yet."), "lag"
    ),
    Word(
        _("Broker"),
        "Branch",
        _("A server of Kafka. It leads some partitions, and keeps replicas of others."),
        "broker",
        ("node", "nodes"),
    ),
    Word(
        _("Leader"),
        "In charge",
        _("The broker that takes and hands out the records of a partition. Kafka’s controller elects it."),
        "broker",
        ("master",),
    ),
    Word(
        _("Replica"),
        "Replica",
        _("A broker’s own log of a partition. It is in sync while it keeps up with the leader’s."),
        "broker",
        ("copies",),
    ),
)
