"""Lessons as a learner takes them, in a real browser: from the home page to the end, back, by link, by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from apps.lessons import library
from tests.e2e.test_keyboard import FOCUS, MOST_TABS
from tests.e2e.test_room_page import Visitor
from tests.e2e.test_stage import until_one_screen
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
FIRST = "the-post-office"
OURS = library.load([library.OURS], "en")[0]
TITLES = [step.title for step in OURS[FIRST].steps]
LIVE = 'kafka-diagram[data-state="live"]'
OPEN = "[data-lesson][data-open]"
CHOICES = "[data-predict]:not([hidden]) input:not([disabled])"
DO = "[data-do] button:not([disabled])"
NEXT = "[data-lesson-next]:not([hidden])"
DONE_ON_STAGE = 4
"""Steps; of the others it is enough to see them."""


class Learner(Visitor):
    def begin(self, slug: str, step: int = 1) -> None:
        self.go(f"/lessons/{slug}/#{step}")
        self.page.wait_for_selector(OPEN)
        self.until_at(step)

    def begin_from_home(self, slug: str) -> None:
        """As who knows no address: from the home page, by mouse."""
        self.go("/")
        if slug == FIRST:
            self.page.get_by_role("link", name="Start here").click()
        else:
            self.page.get_by_role("link", name="All lessons").click()
            self.page.get_by_role("link", name=OURS[slug].title, exact=True).click()
        self.page.wait_for_selector(OPEN)
        self.until_at(1)

    def until(self, met: Callable[[], bool]) -> None:
        assert wait_for(met), (self.at, self.page.locator("[data-lesson]").inner_text())

    def until_at(self, step: int) -> None:
        self.until(lambda: self.at == step)

    def until_titled(self, title: str) -> None:
        self.until(lambda: self.title == title)

    @property
    def at(self) -> int:
        return int(self.page.url.rpartition("#")[2].rpartition("/")[2] or 0)

    @property
    def steps(self) -> int:
        return self.page.locator("[data-steps] a").count()

    @property
    def title(self) -> str:
        return self.page.locator("[data-step-title]").inner_text()

    @property
    def met(self) -> bool:
        """Nothing more is waited for."""
        return self.page.locator(f"{NEXT}.primary").count() == 1 or self.at == self.steps

    def take_step(self) -> None:
        """Guess, do, and see it done."""
        choices = self.page.locator(CHOICES)
        if choices.count():
            choices.first.check()
        if not self.met and self.page.locator(DO).count():
            self.page.locator(DO).click()
        self.until(lambda: self.met)

    def tab_to(self, selector: str) -> None:
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            assert self.page.evaluate(FOCUS) == ""
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{MOST_TABS} times Tab did not lead to {selector}")

    def take_all(self) -> None:
        while self.at < self.steps:
            self.take_step()
            following = self.at + 1
            self.page.locator(NEXT).click()
            self.until_at(following)


@pytest.fixture
def learner(browser: Browser, any_server: Server) -> Iterator[Learner]:
    learner = Learner(browser, any_server)
    yield learner
    learner.page.close()
    assert learner.complaints == []


def test_start_here_leads_into_the_first_lesson_and_to_its_end(learner: Learner) -> None:
    learner.begin_from_home(FIRST)
    learner.take_all()
    assert learner.page.locator("[data-steps] a.done").count() == learner.steps - 1
    learner.page.locator("[data-lesson-end]").click()
    learner.page.wait_for_url("**/lessons/three-readers/**")
    learner.go("/lessons/")
    assert "done" in learner.page.locator(f'[data-slug="{FIRST}"]').inner_text()


@pytest.mark.slow
@pytest.mark.parametrize("slug", ["three-readers", "bookmarks", "nothing-is-lost", "a-million-hearts"])
def test_a_lesson_is_taken_from_the_home_page_by_mouse_to_its_end(learner: Learner, slug: str) -> None:
    learner.begin_from_home(slug)
    learner.take_all()
    assert learner.page.locator("[data-lesson-end]").is_visible()


def test_a_lesson_is_taken_from_the_home_page_by_keyboard_alone(learner: Learner) -> None:
    keys = learner.page.keyboard
    learner.go("/")
    learner.tab_to("[data-start]")
    keys.press("Enter")
    learner.page.wait_for_selector(OPEN)
    learner.until_at(1)
    while learner.at < learner.steps:
        following = learner.at + 1
        if learner.page.locator(CHOICES).count():
            learner.tab_to(CHOICES)
            keys.press("ArrowDown")
            learner.page.wait_for_selector(DO)
        if not learner.met and learner.page.locator(DO).count():
            learner.tab_to(DO)
            keys.press("Enter")
            learner.until(lambda: learner.page.evaluate("document.activeElement.matches('[data-do] button')"))
        learner.until(lambda: learner.met)
        learner.tab_to(NEXT)
        keys.press("Enter")
        learner.until_at(following)
        assert learner.page.evaluate("document.activeElement.id") == "lesson-title"
    learner.tab_to("[data-lesson-end]")
    keys.press("Enter")
    learner.page.wait_for_url("**/lessons/three-readers/**")


def test_a_presenter_s_keys_lead_on_and_back(learner: Learner) -> None:
    learner.begin(FIRST)
    for key, step in (("n", 2), ("PageDown", 3), ("b", 2), ("PageUp", 1)):
        learner.page.keyboard.press(key)
        learner.until_at(step)


def test_one_goes_back_from_every_step_and_what_was_done_stays_done(learner: Learner) -> None:
    learner.begin(FIRST)
    learner.take_all()
    for step in reversed(range(1, len(TITLES))):
        learner.page.locator("[data-lesson-back]").click()
        learner.until_at(step)
        assert learner.title == TITLES[step - 1]
        assert learner.met
    assert learner.page.locator("[data-lesson-back]").is_disabled()
    for step, title in enumerate(TITLES, 1):
        learner.page.evaluate("step => location.hash = step", str(step))
        learner.until_titled(title)
        assert learner.met


@pytest.mark.parametrize("step", range(1, len(TITLES) + 1))
def test_a_link_to_a_step_leads_to_a_room_in_which_it_can_be_done_and_one_can_go_back(
    learner: Learner, step: int
) -> None:
    learner.begin(FIRST, step)
    assert learner.title == TITLES[step - 1]
    learner.take_step()
    if step > 1:
        learner.page.locator("[data-lesson-back]").click()
        learner.until_at(step - 1)
        assert learner.title == TITLES[step - 2]


@pytest.mark.parametrize("way", ["plain", "kafka", "hi"])
def test_other_words_change_neither_step_nor_room(learner: Learner, way: str) -> None:
    link = '.words [hreflang="hi"]' if way == "hi" else f'[data-words="{way}"]'
    learner.go(f"{'/en-plain' if way == 'kafka' else ''}/lessons/{FIRST}/#3")
    learner.page.wait_for_selector(OPEN)
    learner.until_at(3)
    learner.take_step()
    learner.page.locator(NEXT).click()
    learner.until_at(4)
    code = learner.page.url.split("/")[-2]
    learner.page.locator(link).click()
    learner.page.wait_for_selector(OPEN)
    learner.until_at(4)
    assert learner.page.url.split("/")[-2] == code
    learner.take_step()


def test_a_reload_in_the_middle_stays_at_the_step_and_in_the_room(learner: Learner) -> None:
    learner.begin(FIRST)
    for _ in range(3):
        learner.take_step()
        learner.page.locator(NEXT).click()
    labels = learner.page.locator("kafka-diagram .text text")  # not those of what moves
    url, sent = learner.page.url, labels.all_text_contents()
    learner.page.reload()
    learner.page.wait_for_selector(OPEN)
    learner.until(lambda: learner.page.url == url and learner.title == "Number 0")
    learner.until(lambda: labels.all_text_contents() == sent)
    learner.take_step()


def test_only_what_was_introduced_is_drawn_and_told(learner: Learner) -> None:
    learner.begin(FIRST)
    assert "Orders" not in learner.page.locator("kafka-diagram").inner_text()
    learner.page.locator(NEXT).click()
    assert "Orders" in learner.page.locator("kafka-diagram").inner_text()
    assert "Restaurant" not in learner.page.locator("kafka-diagram").inner_text()
    learner.begin(FIRST, 3)
    learner.take_step()
    assert learner.lines("ack") == 1
    assert learner.lines("poll") == 0


def test_a_guess_and_what_was_observed_stand_in_the_picture_hollow_and_solid(learner: Learner) -> None:
    learner.begin("keys-and-slots", 2)
    choices = learner.page.locator(CHOICES)
    choices.nth(0).check()
    learner.page.locator(DO).click()
    learner.until(lambda: learner.met)
    landed = learner.page.locator("[data-answer] strong").inner_text()
    signs = learner.page.locator("kafka-diagram .guess").all_text_contents()
    assert sorted(signs) == (["◇◆"] if landed == "◆ P0" else ["◆", "◇"])
    assert learner.page.locator(".lesson-option.observed").count() == 1


def test_a_class_votes_on_a_lesson_s_question_and_is_told_what_was_observed(
    browser: Browser, learner: Learner
) -> None:
    page, pupil = learner.page, Visitor(browser, learner.server, width=360)
    learner.begin("keys-and-slots")
    page.get_by_role("button", name="With a class, by vote").click()
    page.wait_for_url("**/teach/**")
    page.wait_for_selector(OPEN)
    learner.until_at(1)
    code = page.url.split("/teach/")[0].rpartition("/")[2]
    phone = pupil.page
    pupil.go(f"/j/{code}/")
    phone.wait_for_selector("[data-tap]:not([disabled])")
    page.keyboard.press("PageDown")
    learner.until_at(2)
    page.locator("[data-vote-ask]").click()
    phone.locator(".vote", has_text="P1").click()
    page.locator("[data-seen]", has_text="1 vote").wait_for()
    page.locator(DO).click()
    learner.until(lambda: learner.met)
    landed = page.locator("[data-answer] strong").inner_text()
    phone.locator("[data-vote-told]", has_text=landed).wait_for()
    told = phone.locator("[data-vote-told]").inner_text()
    assert told == (f"You were right. {landed}" if landed == "◆ P1" else landed)
    page.keyboard.press("PageDown")
    phone.locator("#question").wait_for(state="hidden")
    # A second screen, by the address that a lesson without a class has.
    phone.goto(f"{learner.server.url}/lessons/keys-and-slots/{code}/stage/")
    assert phone.url.endswith(f"/teach/{code}/stage/")
    phone.wait_for_selector(LIVE)
    phone.close()
    assert pupil.complaints == []


def test_nothing_can_be_done_before_a_guess(learner: Learner) -> None:
    learner.begin(FIRST, 4)
    assert learner.page.locator("[data-do] button").is_disabled()
    learner.page.locator(CHOICES).first.check()
    assert learner.page.locator("[data-do] button").is_enabled()


@pytest.mark.parametrize(("width", "language"), [(360, ""), (360, "/hi"), (1280, "/hi"), (320, "/en-plain")])
def test_no_lesson_is_wider_than_its_page(
    browser: Browser, any_server: Server, width: int, language: str
) -> None:
    learner = Learner(browser, any_server, width=width)
    learner.go(f"{language}/lessons/keys-and-slots/#2")
    learner.page.wait_for_selector(OPEN)
    learner.until_at(2)
    learner.take_step()
    wide = learner.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    assert learner.complaints == []
    learner.page.close()


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1280, 720)])
def test_the_sandbox_shows_where_one_is_in_its_list_and_what_is_asked(
    browser: Browser, any_server: Server, width: int, height: int
) -> None:
    learner = Learner(browser, any_server, width, height)
    learner.begin("sandbox", 12)
    for selector in ("[data-steps] [aria-current]", "[data-step-title]"):
        box = learner.page.locator(selector).bounding_box()
        covered = learner.page.locator(".lesson-nav").bounding_box()
        assert box and covered
        assert box["y"] >= 0, selector
        assert box["y"] + box["height"] <= min(covered["y"], height), selector
    learner.page.close()
    assert learner.complaints == []


@pytest.mark.parametrize("slug", [FIRST, "three-readers", "keys-and-slots"])
@pytest.mark.parametrize("language", ["", "/hi"])
def test_a_lesson_on_a_projector_is_one_screen_at_every_step(
    learner: Learner, slug: str, language: str
) -> None:
    learner.go(f"{language}/lessons/{slug}/")
    learner.page.wait_for_selector(OPEN)
    learner.page.goto(learner.page.url.split("#")[0].split("?")[0] + "stage/")
    learner.page.wait_for_selector(OPEN)
    learner.until_at(1)
    for step in range(1, learner.steps + 1):
        until_one_screen(learner.page)
        if step <= DONE_ON_STAGE:
            learner.take_step()
            until_one_screen(learner.page)
        if step < learner.steps:
            learner.page.keyboard.press("PageDown")
            learner.until_at(step + 1)


def test_the_switch_changes_a_lesson_s_own_words_where_it_has_plain_ones(learner: Learner) -> None:
    learner.begin(FIRST, 2)
    lesson = learner.page.locator("[data-lesson]")
    learner.page.locator(NEXT).click()
    assert "topic" in lesson.inner_text()
    learner.page.locator('[data-words="plain"]').click()
    learner.page.wait_for_selector(OPEN)
    learner.until_at(3)
    assert "topic" not in lesson.inner_text()
    assert "own words" not in lesson.inner_text()
    learner.go("/en-plain/lessons/replay/")
    learner.page.wait_for_selector(OPEN)
    assert "This lesson keeps Kafka’s own words." in lesson.inner_text()


def test_a_glossary_s_word_lights_its_part_up(learner: Learner) -> None:
    learner.play("food-delivery")
    learner.page.locator("[data-glossary] summary").click()
    learner.page.get_by_role("button", name="Lag", exact=True).click()
    assert learner.page.locator("kafka-diagram").get_attribute("data-lit") == "lag"
    learner.page.get_by_role("button", name="Offset", exact=True).click()
    assert learner.page.locator("kafka-diagram").get_attribute("data-lit") == "offset"
    learner.page.get_by_role("button", name="Offset", exact=True).click()
    assert learner.page.locator("kafka-diagram").get_attribute("data-lit") is None
