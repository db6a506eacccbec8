"""manage.py check_lessons: what is wrong with any lesson's file, and what has no translation."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.lessons import library


class Command(BaseCommand):
    help = "Check the files of all lessons, ours and those of KAFKAVIZ_LESSONS_DIR."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        wrong, untranslated = library.check()
        for line in untranslated:
            self.stdout.write(f"No translation yet: {line}")
        for problem in wrong:
            self.stderr.write(str(problem))
        if wrong:
            raise CommandError(f"{len(wrong)} faults.", returncode=1)
        for folder, titles in library.own().items():
            found = ", ".join(titles) or "no lesson: its file is named such as 15-tea-time.md"
            self.stdout.write(f"{folder}: {found}.")
        self.stdout.write("All lessons can be taught.")
