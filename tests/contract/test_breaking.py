"""What people do to break a room, and what the ledger says of it, on every kind of cluster."""

from __future__ import annotations

import pytest
from confluent_kafka import Consumer

from apps.kafka.hops import Hop, HopType
from apps.kafka.life import Crash
from apps.scenarios import run as runs
from apps.scenarios.refusals import Refused
from apps.scenarios.run import ScenarioRun
from apps.scenarios.team import Team
from tests.contract.breaking import (
    GROUP,
    HEARTS,
    counts,
    owned,
    pause,
    send,
    sizes,
    stop,
    until_at_rest,
    zeros,
)
from tests.contract.conftest import PATIENCE
from tests.contract.stage import Stage, all_committed


def test_at_rest_everything_is_accounted_for(stage: Stage) -> None:
    run = stage.run(HEARTS)
    send(run, 20)
    until_at_rest(stage, run)
    account = run.ledger()
    assert account["topics"]["hearts"] == zeros("sent stored unknown failed waiting others vanished end") | {
        "sent": 20,
        "stored": 20,
        "end": 20,
    }
    for group in HEARTS.groups:
        assert account["groups"][group.name] == zeros(
            "processed again dead lost skipped by_guests void in_hand unread uncommitted"
        ) | {"processed": 20}


def test_after_a_crash_between_handling_and_committing_records_are_handled_twice_and_counted_once(
    stage: Stage,
) -> None:
    run = stage.run(HEARTS)
    send(run, 3)
    stage.hops.until(all_committed(run, stage.hops, 3))
    run.team(GROUP).crash(Crash.BETWEEN)
    send(run, 1)
    stage.hops.until(lambda: bool(stage.hops.of(HopType.CRASH, GROUP)))
    run.team(GROUP).add()
    until_at_rest(stage, run)
    assert counts(run) == zeros("dead lost skipped by_guests void in_hand unread uncommitted") | {
        "processed": 4,
        "again": 1,
    }
    assert stage.tally("heart-counter") == 4
    assert [hop.data for hop in stage.hops.of(HopType.PROCESS, GROUP) if hop.data] == [{"redelivered": 1}]


def test_who_handles_again_what_comes_again_counts_it_twice(stage: Stage) -> None:
    run = stage.run(HEARTS)
    run.team("heart-counter").set("repeats", "handled")
    run.team("heart-counter").crash(Crash.BETWEEN)
    send(run, 1)
    stage.hops.until(lambda: bool(stage.hops.of(HopType.CRASH, "heart-counter")))
    run.team("heart-counter").add()
    until_at_rest(stage, run)
    assert stage.tally("heart-counter") == 2
    assert counts(run, "heart-counter")["again"] == 1


def test_a_bookmark_that_is_set_first_loses_what_a_crash_leaves_unhandled(stage: Stage) -> None:
    run = stage.run(HEARTS)
    run.team(GROUP).set("commit", "before")
    send(run, 2)
    stage.hops.until(lambda: stage.hops.count(HopType.PROCESS, GROUP) == 2)
    run.team(GROUP).crash(Crash.BETWEEN)
    send(run, 1)
    stage.hops.until(lambda: bool(stage.hops.of(HopType.CRASH, GROUP)))
    run.team(GROUP).add()
    send(run, 1)
    until_at_rest(stage, run)
    assert counts(run) == zeros("again dead skipped by_guests void in_hand unread uncommitted") | {
        "processed": 3,
        "lost": 1,
    }


def test_a_lost_record_is_handled_after_all_when_the_bookmark_goes_back(stage: Stage) -> None:
    run = stage.run(HEARTS)
    run.team(GROUP).set("commit", "before")
    run.team(GROUP).crash(Crash.BETWEEN)
    send(run, 1)
    stage.hops.until(lambda: bool(stage.hops.of(HopType.CRASH, GROUP)))
    until_at_rest(stage, run)
    assert counts(run)["lost"] == 1
    run.team(GROUP).add()
    stage.hops.until(lambda: owned(stage) == 3)
    run.rewind(GROUP, "beginning")
    stage.ask_until(lambda: counts(run)["lost"] == 0)
    until_at_rest(stage, run)
    assert counts(run)["processed"] == 1


def test_a_crashed_member_says_nothing_and_its_partitions_stand_still_until_it_is_missed(
    stage: Stage,
) -> None:
    run = stage.run(HEARTS)
    run.team(GROUP).add()
    stage.hops.until(lambda: sizes(stage) == [1, 2])
    run.team(GROUP).crash(Crash.NOW)
    stage.hops.until(lambda: owned(stage) == 3 and bool(stage.hops.of(HopType.CRASH, GROUP)))
    crash = stage.hops.of(HopType.CRASH, GROUP)[-1]
    taken = [hop for hop in stage.hops.of(HopType.ASSIGN, GROUP) if hop.at > crash.at]
    still_ms = max(hop.data.get("still_ms", 0) for hop in taken)
    assert still_ms == pytest.approx((taken[-1].at - crash.at) / 1e6, abs=0.1)
    assert still_ms > 1000
    assert not stage.hops.of(HopType.LEAVE, GROUP)


def test_a_paused_member_stays_in_its_group_and_reads_nothing(stage: Stage) -> None:
    run = stage.run(HEARTS)
    stage.hops.until(lambda: owned(stage) == 3)
    pause(stage, run)
    send(run, 1)
    stage.hops.until(lambda: stage.hops.count(HopType.COMMIT, "heart-counter") == 1)
    stage.ask_until(lambda: counts(run)["unread"] == 1)
    assert not stage.hops.of(HopType.LEAVE, GROUP)
    run.team(GROUP).set("paused", "off")
    until_at_rest(stage, run)
    assert counts(run)["processed"] == 1


def test_a_partition_that_was_given_away_paused_and_comes_back_after_that_is_read(stage: Stage) -> None:
    """The client keeps a partition's pause beyond the assignment in which it was paused."""
    run = stage.run(HEARTS)
    stage.hops.until(lambda: owned(stage) == 3)
    pause(stage, run)
    send(run, 1)
    stage.ask_until(lambda: counts(run)["unread"] == 1)
    run.team(GROUP).add()
    stage.hops.until(lambda: sizes(stage) == [1, 2])
    run.team(GROUP).set("paused", "off")
    run.team(GROUP).remove()
    stage.hops.until(lambda: sizes(stage) == [0, 3])
    for stream in run.scenario.actions[0].fields[0].choices:
        send(run, 1, stream)
    until_at_rest(stage, run)
    assert counts(run)["unread"] == 0


def test_a_member_that_is_to_crash_goes_on_with_its_group_until_then(stage: Stage) -> None:
    run = stage.run(HEARTS)
    stage.hops.until(lambda: owned(stage) == 3)
    pause(stage, run)
    run.team(GROUP).crash(Crash.BETWEEN)
    send(run, 1)
    stage.hops.until(lambda: stage.hops.count(HopType.COMMIT, "heart-counter") == 1)
    run.team(GROUP).set("paused", "off")
    stage.hops.until(lambda: bool(stage.hops.of(HopType.CRASH, GROUP)))


def test_a_slow_member_falls_behind_and_catches_up(stage: Stage) -> None:
    run = stage.run(HEARTS)
    run.team(GROUP).set("work", "0.1")
    send(run, 10)
    until_at_rest(stage, run)
    assert stage.hops.of(HopType.PROCESS, GROUP)[-1].at - stage.hops.of(HopType.ACK)[-1].at > 0.3e9


@pytest.mark.parametrize("protocol", ["range", "cooperative-sticky"])
def test_a_group_changes_its_protocol_and_goes_on_where_it_was(stage: Stage, protocol: str) -> None:
    run = stage.run(HEARTS)
    send(run, 5)
    stage.hops.until(all_committed(run, stage.hops, 5))
    run.team(GROUP).set("protocol", protocol)
    stage.hops.until(lambda: owned(stage) == 3)
    run.team(GROUP).add()
    stage.hops.until(lambda: sizes(stage)[-2:] == [1, 2])
    send(run, 5)
    until_at_rest(stage, run)
    assert counts(run)["processed"] == 10
    assert counts(run)["again"] == 0


def test_range_takes_everything_from_everybody_and_cooperative_only_what_moves(stage: Stage) -> None:
    moved = {}
    for protocol in ("range", "cooperative-sticky"):
        run = stage.run(HEARTS)
        run.team(GROUP).set("protocol", protocol)
        stage.hops.until(lambda: owned(stage) == 3)
        before = len(stage.hops.all)
        run.team(GROUP).add()
        stage.hops.until(lambda: sizes(stage)[-2:] == [1, 2])
        new = [hop for hop in stage.hops.all[before:] if hop.group == GROUP and hop.type is HopType.REVOKE]
        moved[protocol] = sum(len(hop.data["changed"]) for hop in new)
        stage.end()
        stage.hops.all.clear()
    assert moved == {"range": 3, "cooperative-sticky": 1}


def test_a_static_member_that_restarts_gets_its_partitions_back_and_nobody_else_notices(stage: Stage) -> None:
    run = stage.run(HEARTS)
    run.team(GROUP).set("static", "on")
    run.team(GROUP).add()
    stage.hops.until(lambda: sizes(stage)[-2:] == [1, 2])
    names = {hop.source: hop.partitions for hop in stage.hops.of(HopType.ASSIGN, GROUP)}
    newest = max(names)
    before = len(stage.hops.all)
    run.team(GROUP).restart()
    stage.hops.until(lambda: any(hop.partitions for hop in assigns(stage.hops.all[before:])))
    since = [hop for hop in stage.hops.all[before:] if hop.group == GROUP and hop.partitions is not None]
    assert {hop.source for hop in since} == {newest}


def assigns(hops: list[Hop]) -> list[Hop]:
    return [hop for hop in hops if hop.type is HopType.ASSIGN and hop.group == GROUP]


def test_a_group_that_starts_at_the_end_passes_over_what_is_there(stage: Stage) -> None:
    run = stage.run(HEARTS)
    send(run, 4)
    stage.hops.until(all_committed(run, stage.hops, 4))
    latecomer = run.team("latecomer")
    latecomer.set("start", "latest")
    latecomer.add()
    stage.hops.until(lambda: owned(stage, "latecomer") == 3)
    send(run, 1)
    until_at_rest(stage, run)
    assert counts(run, "latecomer") == zeros("again dead lost by_guests void in_hand unread uncommitted") | {
        "processed": 1,
        "skipped": 4,
    }


def test_a_crowd_that_is_held_back_says_so_until_it_is_not(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = held(stage, monkeypatch, 200)
    run.team(GROUP).set("paused", "off")
    stage.hops.until(lambda: held_back(stage) == [True, False])
    run.crowd("send-heart", 0, 60)


def test_a_crowd_is_held_back_no_more_when_its_group_was_sent_to_the_end(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = held(stage, monkeypatch, 50)
    run.rewind(GROUP, "end")
    run.team(GROUP).set("paused", "off")
    before = run.acked("hearts")

    def goes_on() -> bool:
        run.sample()
        return run.acked("hearts") > before + 100

    stage.ask_until(goes_on)
    run.crowd("send-heart", 0, 60)


def held(stage: Stage, monkeypatch: pytest.MonkeyPatch, rate: int) -> ScenarioRun:
    """A run whose crowd, of so many a second, is held back by a group that has paused."""
    monkeypatch.setattr(runs, "_MOST_LAG", 20)
    run = stage.run(HEARTS)
    stage.hops.until(lambda: owned(stage) == 3)
    pause(stage, run)
    run.crowd("send-heart", rate, 60)
    stage.hops.until(lambda: held_back(stage) == [True])
    return run


def held_back(stage: Stage) -> list[bool]:
    return [hop.data["value"] for hop in stage.hops.of(HopType.SETTING) if hop.data["name"] == runs.HELD_BACK]


def test_what_a_guest_of_the_group_read_is_none_of_what_was_lost(stage: Stage) -> None:
    """While it reads, and when one of ours goes on from the bookmark that it set."""
    run = stage.run(HEARTS)
    send(run, 2)
    stage.hops.until(all_committed(run, stage.hops, 2))
    run.team(GROUP).remove()
    stage.hops.until(lambda: bool(stage.hops.of(HopType.LEAVE, GROUP)))
    send(run, 3)
    stage.hops.until(lambda: stage.hops.count(HopType.ACK) == 5)
    read_as_guest(stage, run)
    stage.ask_until(lambda: counts(run)["unread"] == 0)
    expected = zeros("again dead lost skipped void in_hand unread uncommitted")
    assert counts(run) == expected | {"processed": 2, "by_guests": 3}
    run.team(GROUP).add()
    send(run, 1)
    until_at_rest(stage, run)
    assert counts(run) == expected | {"processed": 3, "by_guests": 3}
    run.rewind(GROUP, "beginning")
    stage.ask_until(lambda: counts(run)["processed"] == 6)
    assert counts(run)["by_guests"] == 0


def read_as_guest(stage: Stage, run: ScenarioRun) -> None:
    """By a client of somebody's own, as a member of the group: what ours have not read. It commits and leaves."""
    own = {"group.id": run.cluster.real_name(GROUP), "enable.auto.commit": False}
    guest = Consumer({**run.team(GROUP).settings, **stage.cluster.client_settings, **own})
    guest.subscribe([run.cluster.real_name("hearts")])
    for _ in range(3):
        record = guest.poll(PATIENCE)
        assert record and not record.error()
    guest.commit(asynchronous=False)
    guest.unsubscribe()
    guest.poll(0.5)
    guest.close()


def test_a_group_that_comes_late_reads_everything_from_the_start(stage: Stage) -> None:
    run = stage.run(HEARTS)
    send(run, 4)
    stage.hops.until(all_committed(run, stage.hops, 4))
    assert "latecomer" not in run.ledger()["groups"]
    run.team("latecomer").add()
    stage.hops.until(lambda: stage.hops.count(HopType.COMMIT, "latecomer") == 4)
    until_at_rest(stage, run)
    assert counts(run, "latecomer")["processed"] == 4


@pytest.mark.parametrize(("to", "again"), [("beginning", 5), ("end", 0), ("2", 3), ("-600", 5), ("99", 0)])
def test_a_bookmark_is_moved_and_what_comes_again_is_told(stage: Stage, to: str, again: int) -> None:
    run = stage.run(HEARTS)
    send(run, 5)
    stage.hops.until(all_committed(run, stage.hops, 5))
    run.rewind(GROUP, to)
    stage.hops.until(lambda: len(stage.hops.of(HopType.SEEK, GROUP)) == 3)
    stage.ask_until(lambda: counts(run)["again"] == again)
    until_at_rest(stage, run)
    assert counts(run)["processed"] == 5


@pytest.mark.parametrize(
    ("to", "short"),
    [("beginning", None), ("end", None), ("5", None), ("6", "end"), ("-600", "beginning"), ("-0", "end")],
)
def test_a_log_that_does_not_reach_to_where_a_bookmark_was_sent_says_so(
    stage: Stage, to: str, short: str | None
) -> None:
    run = stage.run(HEARTS)
    send(run, 5)
    stage.hops.until(all_committed(run, stage.hops, 5))
    # The answer to the producer may come after quick groups have done all their steps.
    stage.hops.until(lambda: stage.hops.count(HopType.ACK) == 5)
    (held,) = {hop.partition for hop in stage.hops.of(HopType.ACK)}
    run.rewind(GROUP, to, "hearts", held or 0)
    stage.hops.until(lambda: bool(stage.hops.of(HopType.SEEK, GROUP)))
    (seek,) = stage.hops.of(HopType.SEEK, GROUP)
    assert (seek.data or {}).get("short") == short


def test_one_partition_s_bookmark_is_moved_alone(stage: Stage) -> None:
    run = stage.run(HEARTS)
    for stream in ("music", "football", "travel", "cooking"):
        send(run, 2, stream)
    stage.hops.until(all_committed(run, stage.hops, 8))
    stage.hops.until(lambda: stage.hops.count(HopType.ACK) == 8)
    (hop,) = [hop for hop in stage.hops.of(HopType.ACK) if hop.key == "music"][:1]
    run.rewind(GROUP, "beginning", "hearts", hop.partition or 0)
    stage.hops.until(lambda: len(stage.hops.of(HopType.SEEK, GROUP)) == 1)
    until_at_rest(stage, run)
    held = next(
        found.end for found in run.ends() if (found.topic, found.partition) == ("hearts", hop.partition)
    )
    stage.ask_until(lambda: counts(run)["again"] == held)


def test_unread_records_are_passed_over_by_a_bookmark_at_the_end(stage: Stage) -> None:
    run = stage.run(HEARTS)
    stage.hops.until(lambda: owned(stage) == 3)
    pause(stage, run)
    send(run, 3)
    stage.hops.until(lambda: stage.hops.count(HopType.ACK) == 3)
    run.rewind(GROUP, "end")
    stage.ask_until(lambda: counts(run)["skipped"] == 3)
    run.team(GROUP).set("paused", "off")
    send(run, 1)
    until_at_rest(stage, run)
    assert counts(run)["processed"] == 1


def test_a_poison_record_is_tried_three_times_and_goes_to_the_dead_letters(stage: Stage) -> None:
    run = stage.run(HEARTS)
    send(run, 1)
    run.act("send-heart", {"stream": "music"}, poison=True)
    send(run, 1)
    until_at_rest(stage, run)
    tries = [hop.data["try"] for hop in stage.hops.of(HopType.RETRY, GROUP) if "try" in (hop.data or {})]
    assert tries == [2, 3]
    assert len(stage.hops.of(HopType.FAIL, GROUP)) == 1
    assert counts(run) == zeros("again lost skipped by_guests void in_hand unread uncommitted") | {
        "processed": 2,
        "dead": 1,
    }
    assert run.ledger()["topics"]["dead-letters"]["end"] == len(HEARTS.groups)


def test_dead_letters_are_sent_again_to_a_mended_handler(stage: Stage) -> None:
    run = stage.run(HEARTS)
    run.act("send-heart", {"stream": "music"}, poison=True)
    until_at_rest(stage, run)
    for group in HEARTS.groups:
        run.team(group.name).set("poison", "mended")
    assert run.replay_dead_letters() == len(HEARTS.groups)
    until_at_rest(stage, run)
    assert counts(run)["processed"] == len(HEARTS.groups)
    assert counts(run)["dead"] == 1
    assert run.replay_dead_letters() == 0


def test_with_acks_0_nobody_tells_the_producer_what_became_of_a_record(stage: Stage) -> None:
    run = stage.run(HEARTS)
    run.set_producer("idempotence", "off")
    run.set_producer("acks", "0")
    send(run, 3)
    stage.ask_until(lambda: run.ledger()["topics"]["hearts"]["unknown"] == 3)
    stage.hops.until(lambda: stage.hops.count(HopType.COMMIT, GROUP) == 3)
    assert not stage.hops.of(HopType.ACK)
    assert run.ledger()["balanced"]


def test_idempotence_needs_all_acks(stage: Stage) -> None:
    run = stage.run(HEARTS)
    run.set_producer("idempotence", "on")
    with pytest.raises(Refused, match="acks=all"):
        run.set_producer("acks", "1")


def test_one_key_for_all_fills_one_partition(stage: Stage) -> None:
    run = stage.run(HEARTS)
    run.set_producer("keys", "one")
    for stream in ("music", "football", "travel", "cooking"):
        send(run, 3, stream)
    until_at_rest(stage, run)
    assert sorted(found.end for found in run.ends() if found.topic == "hearts") == [0, 0, 12]


def test_a_change_of_the_producer_loses_nothing_that_is_under_way(stage: Stage) -> None:
    run = stage.run(HEARTS)
    run.crowd("send-heart", 500, 60)
    stage.hops.until(lambda: stage.hops.count(HopType.ACK) > 300)
    for linger in ("500", "0", "50", "own"):
        run.set_producer("linger", linger)
    stage.hops.until(lambda: stage.hops.count(HopType.ACK) > 1000)
    run.crowd("send-heart", 0, 60)
    until_at_rest(stage, run)
    topic = run.ledger()["topics"]["hearts"]
    assert topic["sent"] == topic["stored"] == topic["end"]


def test_the_last_member_can_be_taken_away_and_then_there_is_none_to_crash(stage: Stage) -> None:
    run = stage.run(HEARTS)
    team = run.team(GROUP)
    team.remove()
    for work in (team.remove, team.restart, lambda: team.crash(Crash.NOW)):
        with pytest.raises(Refused, match="no member left"):
            work()
    with pytest.raises(Refused, match="has none"):
        run.rewind(GROUP, "beginning")


def test_brokers_that_are_not_ours_can_not_be_stopped(stage: Stage) -> None:
    run = stage.run(HEARTS)
    if stage.cluster.kind == "embedded":
        with pytest.raises(Refused, match="no such broker"):
            run.control_broker(7, stop(7), "stopped")
    else:
        with pytest.raises(Refused, match="not ours"):
            run.control_broker(1, stop(1), "stopped")


def test_who_waits_for_a_batch_to_crash_in_holds_nobody_up(stage: Stage) -> None:
    run = stage.run(HEARTS)
    stage.hops.until(lambda: owned(stage) == 3)
    team = run.team(GROUP)
    assert isinstance(team, Team)
    team.crash(Crash.BETWEEN)
    team.add()
    session = team._session
    team.set("protocol", "range")
    stage.hops.until(lambda: bool(stage.hops.of(HopType.CRASH, GROUP)) and owned(stage) == 3)
    [crash] = stage.hops.of(HopType.CRASH, GROUP)
    joined = min(hop.at for hop in stage.hops.of(HopType.JOIN, GROUP) if hop.at > crash.at)
    assert joined - crash.at >= 1e9 * session, "brokers miss it from when it died"
