"""What outlives a process: rooms, what their groups have made, how far each got, and saved runs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from apps.rooms.codes import LENGTH, TRACE_LENGTH, new_code, new_trace_id


class Door(models.TextChoices):
    OPEN = "open", "Open"
    LOCKED = "locked", "Locked"
    ENDED = "ended", "Ended"


class Room(models.Model):
    """A running copy of a scenario.

    A `hosted` one is a class's: only its host changes it, and people come in by its `door`; `joined` have so far.
    While it is `paused` they can press nothing; with `own_names` they may choose what they are called. Of its host's
    links that of the `epoch` counts. Its `setup` is how it begins (`apps.rooms.setups`).

    `incarnation` counts how often a process took it up; `log` is the incarnation that its topics are from. An
    embedded log lives as long as its process; on real Kafka the next incarnation finds it again. `logs` is what the
    brokers called the log of each topic then (topic ids): a topic that was made anew since has another. `partitions`
    is how many each had there: somebody may have given it others than the setup has.
    """

    code = models.CharField(max_length=LENGTH, unique=True, default=new_code)
    scenario = models.CharField(max_length=50)
    setup = models.JSONField(default=dict)
    incarnation = models.PositiveIntegerField(default=0)
    log = models.PositiveIntegerField(default=0)
    logs = models.JSONField(default=dict)
    partitions = models.JSONField(default=dict)
    hosted = models.BooleanField(default=False)
    door = models.CharField(max_length=10, choices=Door, default=Door.OPEN)
    paused = models.BooleanField(default=False)
    own_names = models.BooleanField(default=False)
    joined = models.PositiveIntegerField(default=0)
    epoch = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.code


class OwnName(models.Model):
    """What a person of a class is called by choice. No two that are `folded` alike are in one class."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=20)
    folded = models.CharField(max_length=400)  # one letter of Arabic stands for eighteen

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["room", "number"], name="one_own_name_a_person"),
            models.UniqueConstraint(fields=["room", "folded"], name="one_person_an_own_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Projection(models.Model):
    """What a group has made of the records of one key."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE)
    group = models.CharField(max_length=100)
    key = models.CharField(max_length=200)
    value = models.JSONField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["room", "group", "key"], name="one_projection_a_key"),
        ]
        indexes: ClassVar = [models.Index(fields=["room", "group", "-updated_at"])]

    def __str__(self) -> str:
        return f"{self.group}/{self.key}"


class Progress(models.Model):
    """A group's account of one partition (`apps.scenarios.accounts`). Written in one transaction with what it made."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE)
    log = models.PositiveIntegerField()
    group = models.CharField(max_length=100)
    topic = models.CharField(max_length=100)
    partition = models.PositiveIntegerField()
    next_offset = models.PositiveBigIntegerField()
    gaps = models.JSONField(default=list)
    skips = models.JSONField(default=list)
    again = models.PositiveBigIntegerField(default=0)
    dead = models.PositiveBigIntegerField(default=0)
    void = models.PositiveBigIntegerField(default=0)
    given_up = models.JSONField(default=list)
    guests = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["room", "log", "group", "topic", "partition"], name="one_progress_a_partition"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.topic}/{self.partition} {self.next_offset}"


class HeartCount(models.Model):
    """What a room without Kafka would have: a counter, written once a heart (`apps.rooms.lanes`)."""

    room = models.OneToOneField(Room, on_delete=models.CASCADE, primary_key=True)
    hearts = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.room_id}: {self.hearts}"


class Trace(models.Model):
    """A saved run of hops. It outlives its room, so it knows the room by its code only.

    `saver` is the same for all that was saved from one address, and does not tell which that is.
    """

    id = models.CharField(max_length=TRACE_LENGTH, primary_key=True, default=new_trace_id)
    room = models.CharField(max_length=LENGTH, db_index=True)
    scenario = models.CharField(max_length=50)
    saver = models.CharField(max_length=40, default="", db_index=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    body = models.BinaryField()  # the file, gzip

    def __str__(self) -> str:
        return self.id
