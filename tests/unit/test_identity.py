from apps.kafka.identity import Identity


def seen(*looks: dict[str, str]) -> set[str]:
    identity = Identity()
    for found in looks:
        identity.see(found)
    return set(identity.changed)


A, B = {"hearts": "id-1", "letters": "id-9"}, {"hearts": "id-2", "letters": "id-9"}


def test_logs_that_stay_what_they_are_are_no_news() -> None:
    assert seen(A, A, A) == set()


def test_a_topic_that_is_made_anew_has_another_log_which_is_known_for_good() -> None:
    assert seen(A, B) == {"hearts"}
    assert seen(A, B, A) == {"hearts"}


def test_a_topic_that_is_away_for_a_moment_is_no_other() -> None:
    letters = {"letters": "id-9"}
    assert seen(A, letters, letters, A, letters, letters, A) == set()
    assert seen(A, letters, letters, letters) == {"hearts"}


def test_a_cluster_whose_logs_have_no_ids_has_nothing_to_tell() -> None:
    assert seen({}, {}, {}, {}) == set()


def test_a_topic_that_was_not_there_at_first_is_known_from_when_it_is() -> None:
    assert seen({}, A, A) == set()
    assert seen({}, A, B) == {"hearts"}
