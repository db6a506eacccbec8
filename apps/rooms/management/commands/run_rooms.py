from __future__ import annotations

import gc
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.rooms import runner

SWITCH_INTERVAL = 0.002
"""Seconds a thread may keep the interpreter: a room has a dozen, and the loop that sends frames is one of them."""


class Command(BaseCommand):
    help = "Runs rooms for the web process, which starts it. Not for people."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--link-fd", type=int, required=True)

    def handle(self, *_: Any, **options: Any) -> None:
        sys.setswitchinterval(SWITCH_INTERVAL)
        # What is there by now stays. A flood brings so many objects that all is searched some times a second.
        gc.collect()
        gc.freeze()
        runner.main(options["link_fd"])
