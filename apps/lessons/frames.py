"""A lesson in a frame of somebody else's page: a poster first, then a room of the reader's own (docs/embedding.md)."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from apps.embeds import options
from apps.embeds.cards import cards
from apps.embeds.oembed import Framed
from apps.embeds.views import drawn, framed, instead, render_framed
from apps.lessons import library, teaching
from apps.lessons.lesson import Lesson
from apps.lessons.views import find, shelf, words_about
from apps.rooms import access, tokens
from apps.rooms.askers import asker
from apps.rooms.builtin import STORY_RUNS
from apps.rooms.finding import made
from apps.rooms.live import Full, rooms
from apps.rooms.setups import scenario_of
from apps.rooms.topology import topology
from apps.scenarios.catalog import SCENARIOS
from apps.scenarios.refusals import Refused


@require_safe
@framed
def poster(request: HttpRequest, slug: str) -> HttpResponse:
    """The first view: no socket, no room, no player; one button."""
    lesson = find(slug)
    story = STORY_RUNS[lesson.scenario]
    chosen = options.read(request.GET)
    return render_framed(
        request,
        "lessons/poster.html",
        lesson=lesson,
        scenario=SCENARIOS[lesson.scenario],
        story=story,
        step=lesson.steps[_index(lesson, chosen)],
        live=_live(lesson, chosen),
        stepwise=False,
        **words_about(lesson),
        **drawn(story),
    )


@require_GET
@never_cache
@framed
@access.pages_only
async def live(request: HttpRequest, slug: str) -> HttpResponse:
    """A room of the reader's own, set up for the lesson. Its step stands behind the #, as on a lesson's page."""
    lesson, chosen = find(slug), options.read(request.GET)
    scenario, again = SCENARIOS[lesson.scenario], _live(lesson, chosen)
    if not access.may_make_room(request):
        return instead(request, scenario, _("That was many new rooms in a short time."), again)
    try:
        room, found = await rooms.make(lesson.scenario, asker(request), setup=teaching.setup_of(lesson))
    except (Full, Refused) as error:
        return instead(request, scenario, str(error), again)
    made(request, room)
    following = library.after(lesson, shelf())
    return render_framed(
        request,
        "lessons/framed.html",
        lesson=lesson,
        scenario=scenario,
        story=STORY_RUNS[lesson.scenario],
        again=again,
        room=room,
        token=tokens.mint(room.code),
        topology=topology(room, scenario_of(room), found.facts["cluster"]),
        told=teaching.told(lesson, room, found.facts["traits"]["lacks"]),
        following=following,
        onward=_poster(following, replace(chosen, step="")) if following else reverse("lessons:index"),
        may_change=True,
        stepwise=False,
        **words_about(lesson),
    )


def of_page(match: ResolverMatch, chosen: options.Options) -> Framed | None:
    """For oEmbed: the frame that shows the same as a lesson's page, or as a frame of one."""
    if match.view_name not in ("lessons:begin", "embed-lessons:poster"):
        return None
    lesson = shelf().get(match.kwargs["slug"])
    if not lesson:
        return None
    return Framed(_poster(lesson, chosen), lesson.title, cards(scenario=lesson.scenario))


def _poster(lesson: Lesson, chosen: options.Options) -> str:
    return reverse("embed-lessons:poster", args=[lesson.slug]) + chosen.query


def _index(lesson: Lesson, chosen: options.Options) -> int:
    """Of the step to begin with; one past the end is the last."""
    return min(int(chosen.step or 1), len(lesson.steps)) - 1


def _live(lesson: Lesson, chosen: options.Options) -> str:
    path = reverse("embed-lessons:live", args=[lesson.slug])
    return f"{path}{chosen.query}#{_index(lesson, chosen) + 1}"
