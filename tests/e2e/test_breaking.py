"""Each control that breaks something: pressed on the page, and seen in the picture and in the words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.breaker import GROUP, Breaker
from tests.servers import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

pytestmark = pytest.mark.browser


@pytest.fixture
def breaker(browser: Browser, server: Server) -> Iterator[Breaker]:
    breaker = Breaker(browser, server)
    breaker.begin()
    yield breaker
    breaker.page.close()
    assert breaker.complaints == []


def test_a_crashed_member_s_partitions_stand_still_for_as_long_as_the_picture_and_the_text_say(
    breaker: Breaker, tmp_path: Path
) -> None:
    breaker.add()
    breaker.until(lambda: breaker.lines("assign", GROUP) >= 2)
    breaker.until_pictured(f"{GROUP}-2")
    breaker.until(lambda: not any("none of ours reads" in text for text in breaker.pictured()))
    known = breaker.lines("assign", GROUP)
    breaker.press("Crash it")
    breaker.until_pictured("✕ crashed", "none of ours reads hearts P")
    breaker.until_said("crashed without a word: until the brokers miss it nobody reads hearts")
    breaker.until(lambda: breaker.lines("assign", GROUP) > known)
    breaker.until(lambda: not any("crashed" in text for text in breaker.pictured()))
    last = [hop for hop in breaker.hops(tmp_path) if "still_ms" in (hop.get("data") or {})][-1]
    seconds = f"{last['data']['still_ms'] / 1000:.2f} s"
    assert last["data"]["still_ms"] > 1000
    breaker.until_pictured(f"stood still {seconds}")
    breaker.until_said(f"stood still for {seconds}")


def test_a_crash_between_its_two_steps_repeats_records_or_loses_them_and_the_ledger_says_which(
    breaker: Breaker,
) -> None:
    breaker.press("Crash between its steps")
    breaker.until_members(0)
    breaker.send()
    breaker.until(lambda: breaker.lines("crash", GROUP) == 1)
    breaker.add()
    breaker.until_told(f"group/{GROUP}", "1 handled · 1 delivered again · 0 lost")
    breaker.until_said("which had been handled before")
    breaker.set("commit", "before")
    breaker.until_said("commit was set to before")
    breaker.press("Crash between its steps")
    breaker.until_members(0)
    breaker.send()
    breaker.until(lambda: breaker.lines("crash", GROUP) == 2)
    breaker.until_told(f"group/{GROUP}", "1 handled · 1 delivered again · 1 lost")


def test_a_chosen_member_pauses_is_slow_and_leaves_and_the_panel_remembers_who_was_chosen(
    breaker: Breaker,
) -> None:
    one, other = f"{GROUP}-1", f"{GROUP}-2"
    breaker.add()
    breaker.until_pictured(one, other)
    breaker.choose_member(one)
    breaker.press("Pause it")
    breaker.until_said(f"{one} is to pause")
    breaker.until_pictured(f"{one} paused")
    breaker.until_answered()
    assert breaker.page.locator(f"#{GROUP}-member").input_value() == one
    breaker.press("Let it go on")
    breaker.until(lambda: not any("paused" in text for text in breaker.pictured()))
    breaker.press("Slow it: 2 s a record")
    breaker.until_pictured(f"{one} 2.0 s a record")
    breaker.press("Let it leave")
    breaker.until_members(1)
    breaker.until(lambda: not any(one in text for text in breaker.pictured()))
    assert any(other in text for text in breaker.pictured())


def test_a_member_restarts_pauses_and_is_slow_and_its_lag_is_shown(breaker: Breaker) -> None:
    known = breaker.lines("join", GROUP)  # who joins before the page is there is not told
    breaker.press("Restart it")
    breaker.until(lambda: breaker.lines("leave", GROUP) == 1 and breaker.lines("join", GROUP) == known + 1)
    breaker.until(lambda: not any("none of ours reads" in text for text in breaker.pictured()))
    breaker.set("paused", "on")
    breaker.until_said("paused was set to on")
    breaker.send(2)
    breaker.until(lambda: breaker.lag("heart-counter") == 0 and breaker.lag() == 2)
    assert breaker.pictured_lag("🔥") == 2
    assert breaker.lines("poll", GROUP) == 0
    breaker.set("paused", "off")
    breaker.until(lambda: breaker.lag() == 0)
    breaker.set("work", "0.5")
    breaker.until_said("work was set to 0.5")
    breaker.send(4)
    breaker.until(lambda: breaker.lag() > 0)
    breaker.until(lambda: breaker.lag() == 0)
    breaker.until_told(f"group/{GROUP}", "6 handled · 0 lost")


def test_a_poison_record_goes_to_the_dead_letters_and_is_handled_when_it_is_sent_again(
    breaker: Breaker,
) -> None:
    assert "Dead letters" not in breaker.pictured()
    assert breaker.page.locator('#state [data-total-end="dead-letters/0"]').is_hidden()
    breaker.letters("Send a poison record")
    breaker.until_said("try 3 of 3")
    breaker.until(lambda: "Dead letters" in breaker.pictured())
    breaker.until(lambda: breaker.numbers_of('data-total-end="dead-letters/0"') == [3])
    assert breaker.page.locator('#state [data-total-end="dead-letters/0"]').is_visible()
    breaker.until_told(f"group/{GROUP}", "0 handled · 0 lost · 1 in the dead letters")
    breaker.set("poison", "mended")
    breaker.until_said("poison was set to mended")
    breaker.letters("Send the dead letters again")
    breaker.until_said("3 sent again")
    breaker.until_told(f"group/{GROUP}", "3 handled · 0 lost · 1 in the dead letters")
    breaker.until_told("group/notifications", "0 handled · 0 lost · 4 in the dead letters")


def test_a_bookmark_goes_back_and_who_comes_late_reads_everything(breaker: Breaker) -> None:
    assert "🔎 Latecomer" not in breaker.pictured()
    breaker.send(3)
    breaker.until_told(f"group/{GROUP}", "3 handled")
    breaker.press("to the beginning")
    breaker.until_said(f"{GROUP} now reads hearts partition 0 from offset 0")
    breaker.until_told(f"group/{GROUP}", "3 handled · 3 delivered again")
    breaker.add("latecomer")
    breaker.until_pictured("🔎 Latecomer")
    breaker.until_pictured("latecomer-1")
    breaker.until_told("group/latecomer", "3 handled · 0 lost")
    breaker.until(lambda: sum(breaker.numbers_of('data-committed^="latecomer/"')) == 3)
    assert breaker.page.locator('#state [data-lag="latecomer/hearts/0"]').is_visible()


def test_a_share_group_takes_single_records_and_what_it_answers_is_seen(
    breaker: Breaker, tmp_path: Path
) -> None:
    breaker.page.evaluate("document.querySelector('details.more[data-group=queue]').open = true")
    for number in (1, 2):
        breaker.add("queue")
        breaker.until(lambda number=number: f"queue-{number}" in breaker.pictured())  # type: ignore[misc]
    breaker.until(lambda: breaker.pictured().count("takes single records") == 2)
    breaker.until_pictured("🎟 Share group")
    breaker.send(2)
    breaker.until_told("group/queue", "2 accepted")
    breaker.until_said("Until it answers nobody else in its group gets that.")
    breaker.until(lambda: any(re.fullmatch("[12]✓", text) for text in breaker.pictured()))
    for answer, told, sign in (
        ("reject", "1 rejected", "✕"),
        ("release", "1 given up after the last delivery", "↺"),
    ):
        with breaker.page.expect_response("**/group/"):
            breaker.set("answer", answer, "queue")
        breaker.send()
        breaker.until_told("group/queue", told)
        breaker.until(lambda sign=sign: any(re.fullmatch(f"[12]{sign}", text) for text in breaker.pictured()))  # type: ignore[misc]
    for time in ("second", "fifth"):
        breaker.until_said(f"delivered for the {time} time")
    breaker.until_told(f"group/{GROUP}", "4 handled")
    taken = [hop for hop in breaker.hops(tmp_path) if hop["type"] == "poll" and hop["group"] == "queue"]
    assert [hop["data"]["deliveries"] for hop in taken] == [1, 1, 1, 1, 2, 3, 4, 5]
    assert breaker.page.locator("#queue-to-beginning, #queue-commit").count() == 0
    assert breaker.numbers_of('data-committed^="queue/"') == [0, 0, 0]


def test_a_group_changes_how_it_shares_out_partitions_and_static_members_are_had_or_refused(
    breaker: Breaker, server: Server
) -> None:
    breaker.set("protocol", "range")
    breaker.until_said("protocol was set to range")
    breaker.add()
    breaker.until_said(f"{GROUP}-1 gave partitions back; it now reads no partition.")
    breaker.until_pictured("stood still")
    assert breaker.page.locator(f"#{GROUP}-protocol").input_value() == "range"
    breaker.set("static", "on")
    if server.external:
        breaker.until_said("static was set to on")
    else:
        breaker.until_refused("#groups", "only in groups of the new protocol")
        assert breaker.page.locator(f"#{GROUP}-static").input_value() == "off"


def test_a_producer_that_asks_for_no_acks_is_told_nothing_and_one_key_fills_one_partition(
    breaker: Breaker,
) -> None:
    breaker.set("idempotence", "on", "producer")
    breaker.until_said("idempotence was set to on")
    breaker.set("acks", "0", "producer")
    breaker.until_refused("#producer", "needs acks=all")
    breaker.set("idempotence", "off", "producer")
    breaker.until_said("idempotence was set to off")
    breaker.set("acks", "0", "producer")
    breaker.until_said("acks was set to 0")
    breaker.set("keys", "one", "producer")
    breaker.until_said("keys was set to one")
    breaker.send(5)
    breaker.until_told("topic/hearts", "5 of which nobody told (acks=0)")
    ends = 'data-total-end^="hearts/"'
    breaker.until(lambda: sorted(set(breaker.numbers_of(ends))) == [0, 5])
    assert len([text for text in breaker.pictured() if text.startswith("end 5")]) == 1
    assert breaker.pictured().count("empty") == 2


def test_a_broker_stops_is_slow_and_comes_back_or_the_page_says_why_that_is_not_ours(
    breaker: Breaker, server: Server
) -> None:
    if server.external:
        said = breaker.page.locator("#brokers [data-lack]").inner_text()
        assert "Kafka’s protocol has no request that stops one" in said
        assert breaker.page.locator("#brokers button").count() == 0
        return
    assert breaker.mark("leader-hearts/0").startswith("B1")
    assert breaker.mark("coordinator-heart-counter").startswith("B1")
    breaker.broker("Stop broker 1")
    breaker.until(lambda: "down" in breaker.mark("broker-broker-1"))
    breaker.until(lambda: not breaker.mark("leader-hearts/0").startswith("B1"))
    breaker.until(lambda: not breaker.mark("coordinator-heart-counter").startswith("B1"))
    for words in ("Broker 1 is down", "now leads hearts 0", "now coordinates group heart-counter"):
        breaker.until_said(words)
    breaker.send()
    breaker.until_told(f"group/{GROUP}", "1 handled")
    breaker.set("delay", "500", "broker-2")
    breaker.until_pictured("500 ms slower")
    breaker.until_said("Broker 2 was set to 500 ms slower")
    for broker in (2, 3):
        breaker.broker(f"Stop broker {broker}")
    health = breaker.page.locator("[data-health]")
    breaker.until(lambda: "All 3 brokers are down" in health.inner_text())
    breaker.until(lambda: breaker.mark("coordinator-heart-counter").strip().startswith("broker"))
    breaker.send(2)
    wait = re.compile(r"2 records wait at the producer.* for up to 10 s \(message\.timeout\.ms\)")
    breaker.until(lambda: wait.search(health.inner_text()))
    for broker in (1, 2, 3):
        breaker.broker(f"Start broker {broker}")
    breaker.until_told(f"group/{GROUP}", "3 handled")
    breaker.until_told(f"group/{GROUP}", "0 lost")
    breaker.until(lambda: health.is_hidden() or "down" not in health.inner_text())


@pytest.fixture
def pupil(browser: Browser, any_server: Server) -> Iterator[Breaker]:
    pupil = Breaker(browser, any_server)
    pupil.begin()
    yield pupil
    # A request that a test holds back would find its page gone, and be told to whoever opens the next one.
    pupil.page.unroute_all(behavior="wait")
    pupil.page.close()
    assert pupil.complaints == []


def test_of_a_paused_group_the_curve_rises_and_says_what_the_table_says(pupil: Breaker) -> None:
    """Over as long as the room is old, not over three minutes."""
    row = pupil.page.locator(f'[data-lag-of="{GROUP}"]')
    pupil.page.locator("#lag").evaluate("node => node.scrollIntoView()")
    pupil.until(lambda: row.count() == 1)
    before = row.locator("path").get_attribute("d")
    pupil.set("paused", "on")
    pupil.until_said("paused was set to on")
    pupil.send(3)
    pupil.until(lambda: pupil.lag() == 3)
    pupil.until(lambda: row.inner_text().endswith("3 behind, 3 at most"))
    assert row.locator("path").get_attribute("d") != before
    axis = pupil.page.locator("[data-lag-axis]")
    found = re.fullmatch(r"([\d.]+) s ago\s*…\s*now", axis.inner_text())
    assert found and 1 <= float(found[1]) < 120
    pupil.set("paused", "off")
    pupil.until(lambda: "0 behind" in row.inner_text())
    pupil.page.click("[data-play]")
    pupil.until(lambda: axis.inner_text().endswith("as shown"))
    assert f"{pupil.lag()} behind" in row.inner_text()


def test_a_group_has_from_no_member_to_its_limit_and_no_control_does_nothing(pupil: Breaker) -> None:
    page = pupil.page
    page.locator(f"#{GROUP}-remove").click()
    pupil.until_members(0)
    for control in ("remove", "crash", "crash-between", "restart", "to-beginning", "to-minute", "to-end"):
        assert page.locator(f"#{GROUP}-{control}").is_disabled()
    pupil.until_pictured("none of ours reads hearts P0 P1 P2")
    limit = 6
    for number in range(1, limit + 1):
        page.locator(f"#{GROUP}-add").click()
        pupil.until_members(number)
    assert page.locator(f"#{GROUP}-add").is_disabled()
    pupil.until_pictured("idle: no partition left")


def test_what_somebody_else_changes_is_seen_in_the_panels_unless_one_is_at_them(
    browser: Browser, pupil: Breaker
) -> None:
    other = Breaker(browser, pupil.server)
    other.go(pupil.page.url.removeprefix(pupil.server.url))
    other.page.wait_for_selector('kafka-diagram[data-state="live"]')
    other.unfold()
    other.page.locator(f"#{GROUP}-work").focus()
    pupil.add()
    pupil.set("linger", "500", "producer")
    pupil.broker("Stop broker 3")
    other.until(lambda: other.page.locator("#producer-linger").input_value() == "500")
    other.until(lambda: other.page.locator("#broker-3-switch").inner_text() == "Start")
    other.until_members(1)
    other.page.locator("#producer-linger").focus()
    other.until_members(2)
    assert other.part().get_attribute("open") is not None
    assert other.page.evaluate("document.activeElement.id") == "producer-linger"
    other.page.close()
    assert other.complaints == []


def test_nothing_is_lost_that_is_pressed_while_a_panel_is_being_answered(pupil: Breaker) -> None:
    page = pupil.page

    def slowly(route: Route) -> None:
        page.wait_for_timeout(300)
        route.continue_()

    page.route(re.compile("/(members|producer|group)/$"), slowly)
    page.evaluate(
        """() => {
            const choose = (id, value) => {
                const select = document.getElementById(id);
                select.value = value;
                select.dispatchEvent(new Event("change", { bubbles: true }));
            };
            for (let n = 0; n < 3; n += 1) document.getElementById("heart-counter-add").click();
            choose("producer-linger", "500");
            choose("producer-keys", "none");
            choose("trending-work", "0.5");
        }"""
    )
    pupil.until(lambda: page.locator('[data-members="heart-counter"]').inner_text() == "4")
    for words in ("linger was set to 500", "keys was set to none", "trending: work was set to 0.5"):
        pupil.until_said(words)
    chosen = {"producer-linger": "500", "producer-keys": "none", "trending-work": "0.5"}
    pupil.until(lambda: {id_: page.locator(f"#{id_}").input_value() for id_ in chosen} == chosen)


def test_by_keyboard_nobody_loses_their_place_in_a_panel_that_is_shown_anew(pupil: Breaker) -> None:
    page = pupil.page
    page.locator(f"#{GROUP}-remove").focus()
    page.keyboard.press("Enter")
    pupil.until_members(0)
    pupil.until(lambda: page.evaluate("document.activeElement.id") == f"{GROUP}-add")
    page.keyboard.press("Enter")
    pupil.until_members(1)
    assert page.evaluate("document.activeElement.id") == f"{GROUP}-add"
    page.locator("#broker-2-switch").focus()
    page.keyboard.press("Space")
    pupil.until(lambda: page.locator("#broker-2-switch").inner_text() == "Start")
    assert page.evaluate("document.activeElement.id") == "broker-2-switch"


def test_who_changes_two_things_before_there_is_an_answer_sees_both(pupil: Breaker) -> None:
    page = pupil.page
    pupil.set("work", "0.1")
    pupil.set("poison", "mended")
    pupil.until_said("work was set to 0.1")
    pupil.until_said("poison was set to mended")
    pupil.until(lambda: page.locator(f"#{GROUP}-work").input_value() == "0.1")
    pupil.until(lambda: page.locator(f"#{GROUP}-poison").input_value() == "mended")
    assert page.locator(".control .control").count() == 0


def test_without_any_broker_a_producer_gives_up_and_the_page_says_after_how_long(pupil: Breaker) -> None:
    for broker in (1, 2, 3):
        pupil.broker(f"Stop broker {broker}")
    pupil.until(lambda: "All 3 brokers are down" in pupil.page.locator("[data-health]").inner_text())
    pupil.send(2)
    pupil.until_pictured("2 wait")
    given_up = "No broker stored it within 10 s, so it is given up (message.timeout.ms)."
    pupil.until(lambda: sum(given_up in line for line in pupil.said) == 2)
    pupil.until_pictured("✕ 2 failed")
    pupil.until(lambda: not any("wait" in text for text in pupil.pictured()))
    for broker in (1, 2, 3):
        pupil.broker(f"Start broker {broker}")
    pupil.until_told("topic/hearts", "2 produced · 0 stored · 2 given up by the producer")
    pupil.send()
    pupil.until_told("topic/hearts", "3 produced · 1 stored · 2 given up by the producer")
    pupil.until_told(f"group/{GROUP}", "1 handled · 0 lost")
