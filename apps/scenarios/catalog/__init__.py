"""Every scenario, in the order of the home page. A new one is a file beside this and a line here."""

from apps.scenarios.base import Scenario
from apps.scenarios.catalog import food_delivery, hearts

SCENARIOS: dict[str, Scenario] = {
    scenario.slug: scenario
    for scenario in (
        food_delivery.SCENARIO,
        hearts.SCENARIO,
    )
}
