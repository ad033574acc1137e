"""The shape of an entry in the tables of words."""

from __future__ import annotations

from dataclasses import dataclass

from provisioning.explanations import Actor, Explanation, Text


@dataclass(frozen=True, slots=True)
class Words:
    """An explanation with placeholders: attributes of the error it is for, `error` the error's text."""

    what: Text
    meaning: Text
    who: Actor
    next: Text

    def filled(self, code: str, error: object) -> Explanation:
        """For one error. A placeholder without a value becomes a dash."""
        facts = _Facts(error)
        return Explanation(
            code=code,
            what=_filled(self.what, facts),
            meaning=_filled(self.meaning, facts),
            who=self.who,
            next=_filled(self.next, facts),
        )


class _Facts(dict[str, object]):
    """An error's attributes by name, for str.format_map; `error` is its own text."""

    def __init__(self, error: object) -> None:
        super().__init__()
        self._error = error

    def __missing__(self, name: str) -> object:
        value = self._error if name == "error" else getattr(self._error, name, None)
        return _Unknown() if value is None else value


class _Unknown:
    """Stands where there is no value, whatever the format asks for."""

    def __format__(self, spec: str) -> str:
        return "–"

    def __repr__(self) -> str:
        return "–"


def _filled(text: Text, facts: _Facts) -> Text:
    return Text(ru=text.ru.format_map(facts), en=text.en.format_map(facts))
