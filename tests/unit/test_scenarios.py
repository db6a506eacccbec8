import json
from random import Random

import pytest

from apps.kafka.received import Received
from apps.scenarios.base import Record, Scenario
from apps.scenarios.catalog import SCENARIOS, food_delivery, hearts
from apps.scenarios.kinds import misfit

every_scenario = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=list(SCENARIOS))


def received(record: Record, offset: int = 0, timestamp: float = 0.0) -> Received:
    value = json.loads(json.dumps(record.value))
    return Received(record.topic, 0, offset, record.key, value, record.type, "", "", timestamp)


def pressed(scenario: Scenario, times: int = 50) -> list[Record]:
    random = Random(1)
    return [action.press(random, {}) for action in scenario.actions for _ in range(times)]


def story(scenario: Scenario) -> list[Record]:
    """An action's records and all that follow from them, group by group."""
    records = pressed(scenario, 3)
    for record in records:
        for group in scenario.groups:
            if record.topic in group.topics:
                records += [emit.record for emit in group.react(received(record))]
    return records


def test_the_registry_knows_each_scenario_by_its_slug() -> None:
    assert all(slug == scenario.slug for slug, scenario in SCENARIOS.items())


@every_scenario
def test_actions_write_to_topics_that_exist(scenario: Scenario) -> None:
    assert {record.topic for record in pressed(scenario)} <= {topic.name for topic in scenario.topics}


@every_scenario
def test_groups_read_and_write_topics_that_exist(scenario: Scenario) -> None:
    topics = {topic.name for topic in scenario.topics}
    for group in scenario.groups:
        assert {*group.topics, *group.emits} <= topics


@every_scenario
def test_each_kind_of_record_has_an_icon(scenario: Scenario) -> None:
    assert {record.type for record in story(scenario)} <= set(scenario.icons)


@every_scenario
def test_each_record_of_a_story_is_what_its_topic_declares(scenario: Scenario) -> None:
    assert all(topic.kinds for topic in scenario.topics)
    assert {misfit(received(record), scenario.kinds[record.topic]) for record in story(scenario)} == {""}


@every_scenario
def test_follow_ups_go_only_where_the_group_says(scenario: Scenario) -> None:
    for group in scenario.groups:
        for record in story(scenario):
            if record.topic in group.topics:
                assert {emit.record.topic for emit in group.react(received(record))} <= set(group.emits)


@every_scenario
def test_each_group_folds_all_that_it_reads_into_what_it_shows(scenario: Scenario) -> None:
    for group in scenario.groups:
        for record in story(scenario):
            if record.topic in group.topics:
                state = group.fold(None, received(record))
                assert group.show.field in state
                json.dumps(state, allow_nan=False)


@every_scenario
def test_a_person_watches_a_group_that_exists(scenario: Scenario) -> None:
    for action in scenario.actions:
        group = scenario.group(action.own)
        assert group is not None
        assert group.keyed(action.press(Random(1), {}))


@every_scenario
def test_the_same_seed_tells_the_same_story(scenario: Scenario) -> None:
    assert pressed(scenario) == pressed(scenario)


@every_scenario
def test_choices_reach_every_partition_of_the_first_topic(scenario: Scenario) -> None:
    from kafka.partitioner.default import murmur2

    topic = scenario.topics[0]
    keys = {record.key for record in pressed(scenario) if record.topic == topic.name and record.key}
    reached = {(murmur2(key.encode()) & 0x7FFFFFFF) % topic.partitions for key in keys}
    assert reached == set(range(topic.partitions))


def test_an_order_status_never_goes_back() -> None:
    placed = food_delivery.place_order(Random(1), {})
    ready, preparing = (
        received(Record("order-events", "a", f"order.{status}", {"order": "1"}))
        for status in ("ready", "preparing")
    )
    state = food_delivery.follow(None, received(placed))
    state = food_delivery.follow(state, ready)
    assert food_delivery.follow(state, preparing)["status"] == "ready"


def test_an_event_read_before_its_order_loses_nothing() -> None:
    placed = received(food_delivery.place_order(Random(1), {"dish": "🍕"}))
    delivered = received(Record("order-events", "a", "order.delivered", {"order": placed.value["order"]}))
    state = food_delivery.follow(food_delivery.follow(None, delivered), placed)
    assert (state["status"], state["dish"]) == ("delivered", "🍕")


def test_trending_counts_the_hearts_of_ten_seconds() -> None:
    heart = hearts.send_heart(Random(1), {})
    state = hearts.trend(
        hearts.trend(None, received(heart, timestamp=100.0)), received(heart, timestamp=109.9)
    )
    assert state["hearts"] == 2
    state = hearts.trend(state, received(heart, timestamp=110.0))
    assert state == {"window": 110, "hearts": 1}
    assert hearts.trend(state, received(heart, timestamp=105.0)) == state
