"""Pages: all lessons, and one in a room of the learner's own."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from apps.classes import panel
from apps.classes.views import open_class
from apps.lessons import library, teaching
from apps.lessons.lesson import Lesson
from apps.rooms import access, tokens
from apps.rooms.answers import refuse, unavailable
from apps.rooms.askers import asker
from apps.rooms.finding import knock, made
from apps.rooms.live import Full, rooms
from apps.rooms.models import Room
from apps.rooms.views import context_of
from apps.scenarios.refusals import Refused


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "lessons/index.html", {"lessons": list(shelf().values())})


@require_GET
@never_cache
@access.pages_only
async def begin(request: HttpRequest, slug: str) -> HttpResponse:
    """A room set up for the lesson. The step that an address names after its # stays there."""
    lesson = find(slug)
    if not access.may_make_room(request):
        return refuse(
            request, 429, "too-many-rooms", _("That was many new rooms in a short time. Wait a minute.")
        )
    try:
        room, _live = await rooms.make(lesson.scenario, asker(request), setup=teaching.setup_of(lesson))
    except (Full, Refused) as error:
        return unavailable(request, error.code, str(error))
    made(request, room)
    return redirect("lessons:play", slug=slug, code=room.code)


@require_safe
@never_cache
async def play(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    return await _show(request, slug, code, "lessons/play.html")


@require_safe
@never_cache
async def stage(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """The same room and the same lesson for a projector; a class has a page of its own for that."""
    if (await knock(request, code)).hosted:
        return redirect("class:stage", code=code)
    return await _show(request, slug, code, "lessons/stage.html", fits="stage")


@require_POST
@never_cache
@access.own_origin_only
async def begin_class(request: HttpRequest, slug: str) -> HttpResponse:
    """The lesson with a class: predictions are votes."""
    lesson = find(slug)

    def page(room: Room) -> str:
        return reverse("lessons:teach", args=[slug, room.code])

    return await open_class(request, lesson.scenario, teaching.setup_of(lesson), page)


@require_safe
@never_cache
async def teach(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """On the projector, for whoever holds the class: its secret stands behind the #."""
    return await _show(request, slug, code, "lessons/teach.html", hosted=True, fits="stage")


async def _show(
    request: HttpRequest, slug: str, code: str, template: str, hosted: bool = False, **more: Any
) -> HttpResponse:
    lesson, room = find(slug), await knock(request, code)
    if room.scenario != lesson.scenario or room.hosted != hosted:
        raise Http404(_("This room is not one of that lesson."))
    try:
        live = await rooms.wake(room, asker(request))
        context = await context_of(request, room, live)
    except (Full, Refused) as error:
        return unavailable(request, error.code, str(error))
    following = library.after(lesson, shelf())
    told = teaching.told(lesson, room, live.facts["traits"]["lacks"])
    about = {
        "lesson": lesson,
        "following": following,
        "onward": reverse("lessons:begin", args=[following.slug]) if following else reverse("lessons:index"),
        "told": told,
        **words_about(lesson),
    }
    if hosted:
        about |= panel.context(request, room)
    return render(
        request, template, {**context, **about, "token": tokens.mint(room.code), "may_change": True, **more}
    )


def words_about(lesson: Lesson) -> dict[str, Any]:
    """Whether they are those that the page is in."""
    return {"spoken": _spoken(lesson), "not_plain": get_language() == settings.PLAIN != lesson.language}


def _spoken(lesson: Lesson) -> str:
    """The language of its words, where that is not the page's; else nothing."""
    wanted = (get_language() or "").partition("-")[0]
    return "" if lesson.language.partition("-")[0] == wanted else lesson.language


def shelf() -> library.Shelf:
    return library.shelf(get_language() or "")


def find(slug: str) -> Lesson:
    lesson = shelf().get(slug)
    if not lesson:
        raise Http404(_("There is no such lesson."))
    return lesson
