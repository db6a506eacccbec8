"""Every scenario, in the order of the home page. A new one is a file beside this and a line here."""

from importlib import import_module

from apps.scenarios.base import Scenario

_NAMES = (
    "food_delivery",
    "hearts",
    "stock_prices",
)


def _scenario(name: str) -> Scenario:
    found = import_module(f"{__name__}.{name}").SCENARIO
    assert isinstance(found, Scenario)
    return found


SCENARIOS: dict[str, Scenario] = {scenario.slug: scenario for scenario in map(_scenario, _NAMES)}
