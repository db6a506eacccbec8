"""A class as its people see it: phones with touch, the screen in front, and the page of who holds it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import zxingcpp
from PIL import Image

from tests.classes import School, begin_class
from tests.e2e.axe import source, violations
from tests.e2e.test_player import DRAWN, Viewer
from tests.e2e.test_stage import FITS, SIZES
from tests.servers import Server, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
PHONE: dict[str, Any] = {"width": 360, "height": 740, "has_touch": True, "is_mobile": True}


class Pupil(Viewer):
    """Anybody with a browser; pages are seen as axe sees them."""

    def __init__(self, browser: Browser, server: Server, **context: Any) -> None:
        super().__init__(browser, server, bypass_csp=True, **context)

    def text(self, selector: str) -> str:
        return self.page.locator(selector).first.inner_text()

    def until(self, selector: str, words: str) -> None:
        assert wait_for(lambda: words in self.text(selector)), self.text(selector)

    def smallest(self, selector: str) -> float:
        """The shorter side, in CSS pixels, of the smallest that is seen."""
        sizes = self.page.locator(selector).evaluate_all(
            "nodes => nodes.map((node) => node.getBoundingClientRect())"
            ".filter(({ height }) => height > 0).map(({ width, height }) => Math.min(width, height))"
        )
        return min(sizes)

    @property
    def overflows(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))


class Come:
    """Somebody opens a page of the class: come("/j/{code}/")."""

    def __init__(self, browser: Browser, school: School) -> None:
        self._browser, self._school = browser, school
        self.code, self.there = school.code, list[Pupil]()

    def __call__(self, path: str, **context: Any) -> Pupil:
        pupil = Pupil(self._browser, self._school.server, **context)
        self.there.append(pupil)
        pupil.go(path.format(code=self.code, lower=self.code.lower(), host=self._school.host))
        return pupil


@pytest.fixture
def school(any_server: Server) -> School:
    return begin_class(any_server)


@pytest.fixture
def come(browser: Browser, school: School) -> Iterator[Come]:
    """Nobody's console may complain."""
    come = Come(browser, school)
    yield come
    for pupil in come.there:
        pupil.page.close()
    assert [pupil.complaints for pupil in come.there if pupil.complaints] == []


def phone(come: Come, **more: Any) -> Pupil:
    pupil = come("/j/{lower}/", **PHONE, **more)
    pupil.page.wait_for_selector("[data-tap]:enabled")
    return pupil


def test_one_press_begins_a_class_and_the_host_s_page_can_do_everything(
    browser: Browser, any_server: Server
) -> None:
    teacher = Pupil(browser, any_server)
    teacher.go("/teach/")
    assert violations(teacher.page, source()) == []
    teacher.page.click('button[value="hearts"]')
    teacher.page.wait_for_selector('kafka-diagram[data-state="live"]')
    assert "#" in teacher.page.url
    teacher.page.click('[data-action="send-heart"]')
    assert wait_for(lambda: teacher.lines("commit") >= 3)
    teacher.page.locator("#trending-add").click()
    teacher.page.wait_for_selector('#log li[data-type="join"][data-source="trending-2"]')
    teacher.page.reload()
    teacher.page.click("#class-lock")
    teacher.page.wait_for_selector("#class-open")
    assert violations(teacher.page, source()) == []
    teacher.page.close()
    assert teacher.complaints == []


def test_without_the_secret_the_host_s_page_says_so_and_does_nothing(come: Come) -> None:
    guest = come("/teach/{code}/")
    guest.page.wait_for_selector("[data-no-key]:visible")


def test_a_phone_taps_sees_its_own_record_and_stays_who_it_is(come: Come) -> None:
    pupil = phone(come)
    name = pupil.text("[data-name]")
    pupil.until("[data-key]", name.lower().replace(" ", "-"))
    token = pupil.page.locator("[data-glyph]")
    assert (token.text_content(), bool(token.get_attribute("data-shape"))) == (name[0], True)
    pupil.page.tap("[data-tap]")
    pupil.until("[data-place]", "orders, partition ")
    pupil.until("[data-reads]", "done by order-status-1, bookmark set")
    pupil.until("[data-made]", "Delivered")
    assert not pupil.overflows
    assert violations(pupil.page, source()) == []
    pupil.page.reload()
    pupil.page.wait_for_selector("[data-tap]:enabled")
    assert pupil.text("[data-name]") == name
    pupil.until("[data-sent]", "1")


def test_a_phone_chooses_a_name_while_the_host_lets_it(come: Come) -> None:
    host, pupil = come("/teach/{code}/#{host}"), phone(come)
    given = pupil.text("[data-name]")
    assert not pupil.page.locator("[data-rename]").is_visible()
    host.page.click("#class-own-names")
    pupil.page.tap("[data-rename] summary")
    pupil.page.fill("#own-name", "<b>Zoë</b>")
    pupil.page.tap("[data-rename] button")
    pupil.until("[data-rename-refusal]", "A name has 2 to 20 characters")
    assert pupil.smallest("[data-rename] :is(summary, input, button)") >= 44
    assert not pupil.overflows
    for each in (host, pupil):
        assert violations(each.page, source()) == []
    pupil.page.fill("#own-name", "Zoë  Quick")
    pupil.page.keyboard.press("Enter")
    pupil.until("[data-name]", "Zoë Quick")
    pupil.until("[data-key]", "zoë-quick")
    pupil.page.wait_for_selector("#own-name", state="hidden")
    pupil.page.tap("[data-tap]")
    host.page.wait_for_selector('#log li:has-text("zoë-quick")')
    pupil.page.reload()
    pupil.until("[data-name]", "Zoë Quick")
    host.page.click("#class-given-names")
    pupil.until("[data-name]", given)
    pupil.page.wait_for_selector("[data-rename]", state="hidden")


def test_every_target_of_a_phone_is_as_large_as_a_thumb(come: Come, school: School) -> None:
    school.change("volunteers")
    school.change("ask", kind="partition", group="restaurant")
    pupil = phone(come)
    pupil.page.wait_for_selector(".vote")
    for tab in ("mine", "member"):
        pupil.page.tap(f"#tab-{tab}")
        assert pupil.smallest("button") >= 44
        assert not pupil.overflows
        assert violations(pupil.page, source()) == []


def test_the_picture_is_a_tab_of_the_phone(come: Come) -> None:
    pupil = phone(come)
    assert pupil.page.locator("kafka-diagram svg").count() == 0
    pupil.page.tap("#tab-picture")
    pupil.page.wait_for_selector('kafka-diagram[data-state="live"]')
    assert wait_for(lambda: pupil.pictured().count("orders P0 P1 P2") >= 1)
    assert not pupil.overflows
    pupil.page.tap("#tab-mine")
    pupil.page.tap("[data-tap]")
    pupil.until("[data-place]", "orders, partition ")


def test_a_phone_that_may_store_nothing_works_as_well(come: Come) -> None:
    pupil = come("/j/", **PHONE)
    pupil.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    assert not pupil.overflows
    pupil.page.fill("#code", come.code.lower())
    pupil.page.get_by_role("button", name="Join").tap()
    pupil.page.wait_for_selector("[data-tap]:enabled")
    pupil.page.tap("[data-tap]")
    pupil.until("[data-place]", "orders, partition ")


def test_a_member_in_hand_is_led_by_thumb(come: Come, school: School) -> None:
    school.change("volunteers")
    school.server.post_form(f"/r/{school.code}/members/", school.host, group="restaurant", change="remove")
    pupil = phone(come)
    pupil.page.tap("#tab-member")
    pupil.page.tap('[data-take="restaurant"][data-by-hand]')
    pupil.until("[data-member-reads]", "orders P0, orders P1, orders P2")
    pupil.page.tap("#tab-mine")
    pupil.page.tap("[data-tap]")
    pupil.page.tap("#tab-member")
    pupil.until("[data-hand]", "In your hand: orders partition")
    pupil.page.tap('[data-step="handle"]')
    pupil.until("[data-hand]", "The bookmark is still before it.")
    pupil.page.tap('[data-step="commit"]')
    pupil.until("[data-hand]", "Nothing in hand")
    pupil.page.tap("[data-give-back]")
    pupil.page.wait_for_selector('[data-take="restaurant"]:visible')


def test_a_vote_goes_from_the_host_to_the_phones_to_the_screen(come: Come) -> None:
    host, screen, pupil = come("/teach/{code}/#{host}"), come("/teach/{code}/stage/"), phone(come)
    screen.until("[data-here]", "1")
    host.page.click("#ask")
    first = pupil.page.wait_for_selector(".vote")
    screen.page.wait_for_selector("[data-ask]:visible")
    pupil.page.tap(".vote >> nth=1")
    pupil.until("[data-vote-told]", "Your guess is in.")
    screen.until("[data-seen]", "1 vote")
    assert pupil.page.evaluate("node => node.isConnected", first), (
        "who presses finds another button in its place"
    )
    assert screen.page.locator("meter").count() == 0
    host.page.click("#ask-close")
    pupil.page.wait_for_selector("#question meter")
    host.page.click("#ask-find-out")
    screen.until("[data-seen]", "It landed in orders partition")
    assert "so it was" in screen.text("[data-bars] .right")
    screen.page.wait_for_selector('kafka-diagram[data-state="live"]')
    assert wait_for(lambda: screen.page.evaluate(FITS))
    for each in (host, screen, pupil):
        assert violations(each.page, source()) == []


def test_the_screen_in_front_is_one_screen_and_its_qr_code_leads_in(come: Come, school: School) -> None:
    screen = come("/teach/{code}/stage/")
    screen.page.wait_for_selector('kafka-diagram[data-state="live"]')
    for width, height in SIZES:
        screen.page.set_viewport_size({"width": width, "height": height})
        screen.page.evaluate(DRAWN)
        assert wait_for(lambda: screen.page.evaluate(FITS)), (width, height)
        picture = Image.open(io.BytesIO(screen.page.screenshot()))
        [found] = zxingcpp.read_barcodes(picture)
        assert found.text == f"{school.server.url}/j/{school.code}/".upper()
    assert school.code in screen.text(".join strong").replace(" ", "")
    screen.page.click(".join-qr button")
    large = screen.page.locator(".join-large .qr").bounding_box()
    assert large and large["height"] >= SIZES[-1][1] * 0.75
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(screen.page.screenshot())))
    assert found.text.endswith(f"/J/{school.code}/")
    assert violations(screen.page, source()) == []
    screen.page.keyboard.press("Escape")
    screen.page.wait_for_selector(".join-large", state="hidden")


def test_the_host_s_own_link_is_shown_to_the_host_alone(come: Come, school: School) -> None:
    host = come("/teach/{code}/#{host}")
    host.page.wait_for_selector('kafka-diagram[data-state="live"]')
    host.page.click("#class-pause")
    host.page.wait_for_selector("#class-go-on")
    host.page.locator("details[data-group=remote] summary").click()
    box = host.page.locator(".qr-box")
    box.scroll_into_view_if_needed()
    [found] = zxingcpp.read_barcodes(Image.open(io.BytesIO(host.page.screenshot())))
    assert found.text.endswith(f"/teach/{school.code}/#{school.host}")
    screen = come("/teach/{code}/stage/")
    screen.page.wait_for_selector('kafka-diagram[data-state="live"]')
    assert school.host not in screen.page.content()


def test_the_host_s_page_fits_a_phone(come: Come) -> None:
    host = come("/teach/{code}/#{host}", **PHONE)
    host.page.wait_for_selector('kafka-diagram[data-state="live"]')
    host.page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    assert host.smallest(":is(#class, #groups) :is(button, select)") >= 44
    assert not host.overflows
    assert violations(host.page, source()) == []


def test_who_opens_the_room_of_a_class_is_led_to_its_door(come: Come) -> None:
    guest = come("/r/{code}/")
    guest.page.wait_for_selector('kafka-diagram[data-state="live"]')
    assert guest.page.locator("[data-action], #groups, #brokers").count() == 0
    assert violations(guest.page, source()) == []
    guest.page.get_by_role("link", name="Join it").click()
    guest.page.wait_for_selector("[data-tap]:enabled")


def test_a_class_that_ends_says_so_on_every_page(come: Come, school: School) -> None:
    pupil, screen = phone(come), come("/teach/{code}/stage/")
    screen.page.wait_for_selector('kafka-diagram[data-state="live"]')
    school.change("end")
    pupil.until("[data-notice]", "This class is over")
    screen.until("[data-status-line]", "this class is over")


def test_a_phone_that_was_out_of_reach_is_back_at_once_as_who_it_was(come: Come) -> None:
    pupil, screen = phone(come), come("/teach/{code}/stage/")
    name = pupil.text("[data-name]")
    pupil.page.tap("[data-tap]")
    pupil.until("[data-sent]", "1")
    pupil.page.context.set_offline(True)
    pupil.page.wait_for_selector("[data-tap]:disabled")
    pupil.page.wait_for_selector('[data-status="reconnecting"]')
    screen.until("[data-here]", "0")
    pupil.page.context.set_offline(False)
    pupil.page.wait_for_selector("[data-tap]:enabled")
    screen.until("[data-here]", "1")
    assert pupil.text("[data-name]") == name
    pupil.page.tap("[data-tap]")
    pupil.until("[data-sent]", "2")
    pupil.complaints.clear()  # of the network that was not there


def test_a_phone_that_slept_until_its_token_was_old_comes_back_as_who_it_was(
    browser: Browser, make_server: Any
) -> None:
    server = make_server(KAFKAVIZ_TOKEN_AGE=2)
    pupil = Pupil(browser, server, **PHONE)
    school = begin_class(server)
    pupil.go(f"/j/{school.code}/")
    pupil.page.wait_for_selector("[data-tap]:enabled")
    name, token = pupil.text("[data-name]"), pupil.page.evaluate("document.body.dataset.token")
    assert wait_for(lambda: "expired" in school.server.post_form(f"/r/{school.code}/crowd/", token).text)
    pupil.page.context.set_offline(True)
    pupil.page.wait_for_selector("[data-tap]:disabled")
    pupil.page.context.set_offline(False)
    pupil.page.wait_for_selector("[data-tap]:enabled")
    assert pupil.text("[data-name]") == name
    pupil.page.tap("[data-tap]")
    pupil.until("[data-place]", "orders, partition ")
    pupil.page.close()


def test_a_new_link_moves_the_host_s_page_and_stops_the_one_that_has_the_old(
    come: Come, school: School
) -> None:
    host, stranger = come("/teach/{code}/#{host}"), come("/teach/{code}/#{host}")
    for page in (host, stranger):
        page.page.wait_for_selector('kafka-diagram[data-state="live"]')
    host.page.locator("details[data-group=remote] summary").click()
    with host.page.expect_event("load"):  # it begins anew
        host.page.click("#class-new-link")
    stranger.page.wait_for_selector("[data-not-host]:visible")
    host.page.wait_for_function("secret => !location.hash.includes(secret)", arg=school.host)
    host.page.wait_for_selector('kafka-diagram[data-state="live"]')
    host.page.click("#class-lock")
    host.page.wait_for_selector("#class-open")
    assert not host.page.locator("[data-not-host]").is_visible()
    assert violations(host.page, source()) == []
