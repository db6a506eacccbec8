"""What only the host does to a class that is in session, and everybody is told of."""

from __future__ import annotations

import functools

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext as _

from apps.classes import ownnames
from apps.classes.classroom import Classroom
from apps.classes.models import SentOut
from apps.classes.names import name_of
from apps.classes.telling import sent_out, told
from apps.rooms import access, outage
from apps.rooms.live import rooms
from apps.rooms.models import Room
from apps.scenarios.refusals import Refused


async def let_choose_names(classroom: Classroom, allowed: bool) -> None:
    """Before and after it everybody has the name that they were given. Raises Refused."""
    if allowed and not settings.KAFKAVIZ_OWN_NAMES:
        raise Refused("given-names", _("On this server names are given."))
    async with classroom.naming:
        if allowed == classroom.room.own_names:
            return
        await ownnames.let_choose(classroom.room, allowed)
        for person in classroom.people:
            person.name = name_of(classroom.code, person.number)


async def send_out(classroom: Classroom, number: int) -> str:
    """Whoever bears the number is here no more; returns their name. Raises Refused."""
    person = next((person for person in classroom.people.here if person.number == number), None)
    if not person:
        raise Refused("nobody", _("Nobody with this name is here."))
    with outage.refused():
        await SentOut.objects.aget_or_create(room=classroom.room, number=number)
    for send in classroom.people.send_out(person):
        await classroom.send(send, told(sent_out()))
    await classroom.parts.give_back(person)
    return person.name


async def renew_link(classroom: Classroom) -> None:
    """Who holds the class by the link that was is told so, and changes nothing any more."""
    row = Room.objects.filter(pk=classroom.room.pk)
    await row.aupdate(epoch=F("epoch") + 1)
    await classroom.room.arefresh_from_db(fields=["epoch"])
    if live := rooms.find(classroom.code):
        live.epoch = classroom.room.epoch
    held, classroom.holders = classroom.holders, set()
    for send in held:
        await classroom.send(send, told(access.old_link()))


async def begin_anew(classroom: Classroom) -> None:
    """An empty log: what people had sent is gone, and so are their members. Raises Full or Refused."""
    await rooms.reset(classroom.room, functools.partial(_forget, classroom))


async def _forget(classroom: Classroom) -> None:
    """When the old log takes no more: until then people tap, and are told of it. May come more than once."""
    classroom.beginning += 1
    for person in classroom.people:
        person.last = person.card = person.lent = None
        person.sent = 0
    await classroom.seats.clear()
    classroom.asking.put_away()
    classroom.register.emptied()


async def end(classroom: Classroom) -> None:
    """Everybody is told, and goes."""
    classroom.asking.close_vote()
    await classroom.send_all(classroom.telling.to_all())
    await rooms.close(classroom.room)
    await classroom.keep()
