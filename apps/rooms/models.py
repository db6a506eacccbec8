"""What outlives a process: rooms, what their groups have made, how far each got, and saved runs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from apps.rooms.codes import LENGTH, TRACE_LENGTH, new_code, new_trace_id


class Room(models.Model):
    """A running copy of a scenario.

    `incarnation` counts how often a process took it up; `log` is the incarnation that its topics are from. An
    embedded log lives as long as its process; on real Kafka the next incarnation finds it again.
    """

    code = models.CharField(max_length=LENGTH, unique=True, default=new_code)
    scenario = models.CharField(max_length=50)
    incarnation = models.PositiveIntegerField(default=0)
    log = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.code


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
    """The next offset that a group has not stored yet. Written in one transaction with what it made."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE)
    log = models.PositiveIntegerField()
    group = models.CharField(max_length=100)
    topic = models.CharField(max_length=100)
    partition = models.PositiveIntegerField()
    next_offset = models.PositiveBigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["room", "log", "group", "topic", "partition"], name="one_progress_a_partition"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.topic}/{self.partition} {self.next_offset}"


class Trace(models.Model):
    """A saved run of hops. It outlives its room, so it knows the room by its code only."""

    id = models.CharField(max_length=TRACE_LENGTH, primary_key=True, default=new_trace_id)
    room = models.CharField(max_length=LENGTH, db_index=True)
    scenario = models.CharField(max_length=50)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    body = models.BinaryField()  # the file, gzip

    def __str__(self) -> str:
        return self.id
