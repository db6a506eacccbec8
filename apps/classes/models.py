"""What a class leaves behind: it goes with its room."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from apps.rooms.models import Room


class RegisterPart(models.Model):
    """A class as a table (`apps.classes.table`), as far as one web process knew it: `began` says which."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE)
    began = models.FloatField()  # seconds since 1970
    rows = models.BinaryField()  # CSV in UTF-8 without its head, gzip

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["room", "began"], name="one_register_part_a_life"),
        ]

    def __str__(self) -> str:
        return f"{self.room_id} {self.began}"


class SentOut(models.Model):
    """A person whom the host sent out of a class."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE)
    number = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["room", "number"], name="sent_out_once"),
        ]

    def __str__(self) -> str:
        return f"{self.room_id} {self.number}"


class Seat(models.Model):
    """What a person of a class did last (`people.Sent`): their phone finds it when the server has started anew."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE)
    number = models.PositiveIntegerField()
    sent = models.PositiveIntegerField()
    last = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["room", "number"], name="one_seat_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.room_id} {self.number}"


class SpeakerNotes(models.Model):
    """What the host wants to remember while holding the class."""

    room = models.OneToOneField(Room, on_delete=models.CASCADE, primary_key=True)
    text = models.TextField()

    def __str__(self) -> str:
        return f"{self.room_id}: {self.text[:20]}"
