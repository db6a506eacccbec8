"""What a class is asked: one question at a time, of the host's, a lesson's or the cluster's."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps.classes import questions
from apps.classes.people import Person
from apps.classes.state import ClassState
from apps.scenarios.refusals import Refused


class Asking:
    def __init__(self, state: ClassState) -> None:
        self.question: questions.Question | None = None
        self._state = state

    def vote(self, person: Person, choice: str) -> None:
        """Raises Refused."""
        if not self.question:
            raise Refused("no-question", _("Nothing is asked just now."))
        self.question.vote(person.number, choice)

    def vote_of(self, person: Person) -> str | None:
        return self.question.votes.get(person.number) if self.question else None

    def ask(self, kind: str, group: str) -> None:
        """One that the cluster answers. Raises Refused."""
        if kind not in questions.KINDS:
            raise Refused("bad-question", _("There is no such question."))
        self._put(questions.KINDS[kind](self._state, group))

    def pose(self, text: str, options: list[tuple[str, str]]) -> None:
        """A lesson's question. Raises Refused."""
        self._put(questions.Posed(text, options))

    def ask_freely(self, text: str, answers: list[str]) -> None:
        """Whatever the host wants to know. Raises Refused."""
        self._put(questions.Free(text, answers))

    def _put(self, question: questions.Question) -> None:
        self.put_away()
        self.question = question
        self._state.register.asked(question)

    def answered(self, value: str, seen: str) -> None:
        """What a lesson has observed, or the host says. Raises Refused when neither asked anything."""
        if not isinstance(self.question, questions.Posed):
            raise Refused("no-question", _("Nothing is asked just now."))
        self.question.answered(value, seen)

    def put_away(self) -> None:
        """Nobody votes on it any more."""
        self.close_vote()
        self.question = None

    def close_vote(self) -> None:
        if self.question:
            self.question.open = False

    def find_out(self) -> None:
        """Begins; it may take until the brokers miss a member, and everybody is told when it is known."""
        if not self.question or self.question.running:
            raise Refused("no-question", _("Nothing is asked just now."))
        self._state.soon(self.question.find_out())
