"""What a scenario says of its groups' small worlds, and what a server says of the machine it runs on."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from django.conf import settings

from apps.rooms import machine
from apps.scenarios.base import Scenario
from apps.scenarios.catalog import SCENARIOS

DRAWINGS = Path(settings.BASE_DIR) / "static/js/room/drawings.js"


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_each_drawing_that_a_scenario_names_is_one_of_the_page(scenario: Scenario) -> None:
    known = set(re.findall(r"^  (\w+): \{", DRAWINGS.read_text(), re.M))
    named = {group.world.drawing for group in scenario.all_groups} - {""}
    assert named <= known


def test_the_machine_is_told_by_what_is_found_here() -> None:
    told = machine.in_words()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert re.search(rf"\b{cores} cores?\b", told)
    assert told.endswith(os.uname().sysname)
