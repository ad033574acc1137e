"""Who has signed in to the console, and what he is to be told on his next page."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Final

from firmware_sim.operator.console.words import word
from firmware_sim.operator.refusals import RefusedError
from provisioning.explanation import Language

COOKIE: Final = "thermogate_operator"
MAX_VISITS: Final = 100
"""The oldest visit ends when one more begins."""


@dataclass
class Visit:
    """One browser that has signed in."""

    lang: Language
    told: list[tuple[str, str]] = field(default_factory=list)
    """Kind (done, refused) and text, for the next page."""

    def tell(self, kind: str, text: str) -> None:
        """Say it on the next page."""
        self.told.append((kind, text))

    def tell_outcome(self, refusal: RefusedError | None) -> None:
        """Say that it is decided, or why not."""
        if refusal is None:
            self.tell("done", word("decided", self.lang))
        else:
            self.tell("refused", refusal.told(self.lang))

    def take(self) -> list[tuple[str, str]]:
        """What is to be told, once."""
        told, self.told = self.told, []
        return told


class Visits:
    """All visits, by the value of their cookie."""

    def __init__(self) -> None:
        self._visits: dict[str, Visit] = {}

    def begin(self, lang: Language) -> str:
        """A new visit; its cookie."""
        while len(self._visits) >= MAX_VISITS:
            self._visits.pop(next(iter(self._visits)))
        cookie = secrets.token_urlsafe(24)
        self._visits[cookie] = Visit(lang)
        return cookie

    def get(self, cookie: str) -> Visit | None:
        """The visit, while it lasts."""
        return self._visits.get(cookie)

    def end(self, cookie: str) -> None:
        """He leaves."""
        self._visits.pop(cookie, None)
