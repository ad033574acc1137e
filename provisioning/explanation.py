"""The shape of an explanation to a person, in Russian and English.

Four answers: what happened, what it means, who must act, what happens next.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

Language = Literal["ru", "en"]


class Actor(StrEnum):
    """Who must act."""

    NOBODY = "nobody"
    INSTALLER = "installer"
    OWNER = "owner"
    OPERATOR = "operator"
    VENDOR = "vendor"
    CLOUD = "cloud"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or two, in both languages."""

    ru: str
    en: str

    def in_(self, lang: Language) -> str:
        return self.ru if lang == "ru" else self.en


@dataclass(frozen=True, slots=True)
class Explanation:
    """The four answers. `code` is stable and for machines."""

    code: str
    what: Text
    meaning: Text
    who: Actor
    next: Text

    def render(self, lang: Language) -> str:
        """All of it as one short paragraph."""
        return f"{self.what.in_(lang)} {self.meaning.in_(lang)} {self.who_in(lang)} {self.next.in_(lang)}"

    def who_in(self, lang: Language) -> str:
        return _WHO[self.who].in_(lang)


_WHO: Final = {
    Actor.NOBODY: Text("Действовать никому не нужно.", "Nobody needs to act."),
    Actor.INSTALLER: Text("Действовать должен монтажник.", "The installer must act."),
    Actor.OWNER: Text("Действовать должен владелец.", "The owner must act."),
    Actor.OPERATOR: Text("Действовать должен оператор связи.", "The mobile operator must act."),
    Actor.VENDOR: Text("Действовать должна поддержка сервиса.", "The vendor's support must act."),
    Actor.CLOUD: Text("Действовать должна служба облака.", "The cloud's staff must act."),
}
