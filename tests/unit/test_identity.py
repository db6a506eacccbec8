"""A log is what the brokers say it is: by its id, and by where it ends."""

from __future__ import annotations

from apps.kafka.identity import Ends, Identity, Logs

A, B, LETTERS = (
    {"hearts": "id-1", "letters": "id-9"},
    {"hearts": "id-2", "letters": "id-9"},
    {"letters": "id-9"},
)


def seen(*looks: dict[str, str]) -> Logs:
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
    identity = Identity({"hearts": "", "letters": ""})
    assert identity.see({"hearts": "", "letters": ""}) == Logs()
    identity.see({"hearts": ""})
    assert identity.see({"hearts": ""}).missing == {"letters"}
    assert identity.see({"hearts": "", "letters": ""}) == Logs(changed=frozenset({"letters"}))


def went_back(*ends: int) -> bool:
    known = Ends()
    for end in ends:
        known.see({("hearts", 0): end, ("hearts", 1): 7})
    return known.went_back


def test_a_log_that_keeps_ending_earlier_has_lost_what_was_stored() -> None:
    assert went_back(9, 6, 6, 6)
    assert went_back(9, 6, 7, 8)


def test_a_leader_that_for_a_moment_knew_of_fewer_has_lost_nothing() -> None:
    assert not went_back(9, 6, 6, 9)
    assert not went_back(1, 2, 2, 2, 9)
