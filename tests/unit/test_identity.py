"""A log is what the brokers say it is: by its id, and by where it ends."""

from __future__ import annotations

from apps.kafka.identity import MOST_PARTITIONS, Ends, Identity, Log, Logs

ONE, NINE, NAMELESS = Log("id-1", 3), Log("id-9", 1), Log("", 3)
A, B, LETTERS = (
    {"hearts": ONE, "letters": NINE},
    {"hearts": Log("id-2", 3), "letters": NINE},
    {"letters": NINE},
)


def seen(*looks: dict[str, Log]) -> Logs:
    identity, logs = Identity(A), Logs()
    for found in looks:
        logs = identity.see(found)
    return logs


def test_logs_that_stay_what_they_are_are_no_news() -> None:
    assert seen(A, A, A) == Logs()


def test_a_topic_that_is_made_anew_has_another_log_for_good() -> None:
    assert seen(B).changed == {"hearts"}
    assert seen(B, A).changed == {"hearts"}, "by a broker that does not know it yet"


def test_it_is_known_by_the_log_that_it_had_at_first_however_late_the_first_look_comes() -> None:
    assert seen(LETTERS, B).changed == {"hearts"}


def test_a_topic_is_missing_at_the_second_look_and_made_anew_at_the_fifth() -> None:
    assert not seen(LETTERS).missing
    assert seen(LETTERS, LETTERS).missing == {"hearts"}
    assert not seen(*[LETTERS] * 4).gone
    assert seen(*[LETTERS] * 5).gone == {"hearts"}
    assert seen(*[LETTERS] * 5, B) == Logs(changed=frozenset({"hearts"}))


def test_a_topic_that_a_broker_did_not_know_for_a_moment_is_the_same() -> None:
    assert seen(LETTERS, A, LETTERS, A) == Logs()
    assert seen(*[LETTERS] * 3, A) == Logs()


def test_where_logs_have_no_names_one_that_was_missing_comes_back_as_another() -> None:
    both = {"hearts": NAMELESS, "letters": NAMELESS}
    identity = Identity(both)
    assert identity.see(both) == Logs()
    identity.see({"hearts": NAMELESS})
    assert identity.see({"hearts": NAMELESS}).missing == {"letters"}
    assert identity.differs(both)
    assert identity.see(both) == Logs(changed=frozenset({"letters"}))


def test_more_partitions_of_the_same_log_are_a_change() -> None:
    assert seen({**A, "hearts": Log("id-1", 6)}) == Logs(changed=frozenset({"hearts"}))


def test_a_topic_with_more_partitions_than_a_room_can_take_is_named_until_it_is_right() -> None:
    wide = {**A, "hearts": Log("id-2", MOST_PARTITIONS + 1)}
    assert seen(wide).unfit == {"hearts": MOST_PARTITIONS + 1}
    assert seen(wide, B) == Logs(changed=frozenset({"hearts"}))


def test_members_that_ask_at_once_count_for_no_look() -> None:
    identity = Identity(A)
    assert not any(identity.differs(LETTERS) for _ in range(9))
    assert identity.see(LETTERS) == Logs()
    assert identity.differs(B)
    identity.see(B)
    assert identity.differs(A), "by a broker that does not know it yet"


def went_back(*ends: int, every: float = 1.0) -> bool:
    known = Ends()
    for number, end in enumerate(ends):
        known.see({("hearts", 0): end, ("hearts", 1): 7}, number * every)
    return known.went_back


def test_a_log_that_keeps_ending_earlier_has_lost_what_was_stored() -> None:
    assert went_back(9, 6, 6, 6)
    assert went_back(9, 6, 7, 8)


def test_a_leader_that_for_a_moment_knew_of_fewer_has_lost_nothing() -> None:
    assert not went_back(9, 6, 6, 9)
    assert not went_back(1, 2, 2, 2, 9)


def test_however_often_it_is_asked_in_that_moment() -> None:
    assert not went_back(9, *[6] * 100, every=0.01)
