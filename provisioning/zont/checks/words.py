"""The shape of a finding's words: how urgent it is, what, what it means, who acts, and the way out.

Placeholders are filled by the look that has found it; `{name}` is an object's. The words stand in the tables beside.
"""

from __future__ import annotations

from dataclasses import dataclass

from provisioning.explanation import Actor, Text
from provisioning.zont.checks.facts import Finding, Found, Severity


@dataclass(frozen=True, slots=True)
class FindingWords:
    """The words of a code."""

    severity: Severity
    who: Actor
    what: Text
    meaning: Text
    way_out: Text

    def of(self, found: Found) -> Finding:
        """Filled in."""
        return Finding(
            found.code,
            self.severity,
            found.object_id,
            _filled(self.what, found),
            _filled(self.meaning, found),
            self.who,
            _filled(self.way_out, found),
        )


def _filled(text: Text, found: Found) -> Text:
    ru, en = dict[str, object](), dict[str, object]()
    for key, value in found.told.items():
        ru[key], en[key] = (value.ru, value.en) if isinstance(value, Text) else (value, value)
    return Text(text.ru.format_map(ru), text.en.format_map(en))
