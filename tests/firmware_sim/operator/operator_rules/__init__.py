"""The source documents' rules as scenarios: each function plays one or more of them at an operator's desk.

    @rule("S0.29", "a paid card in stock becomes active by the operator's own sweep")
    def the_sweep_activates_paid_cards(desk): ...

`test_rules.py` runs every id as a test of its own, and docs/operator-rules.md is written from this table.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from operator_rules.desk import Desk

Scenario: TypeAlias = Callable[[Desk], None]
S = TypeVar("S", bound=Scenario)

COUNTS: Final = {"S0": 35, "S1": 16, "S2": 23, "S3": 10, "S4": 27}
"""How many rules each source has."""

SOURCES: Final = {
    "S0": "A kit SIM card's first registration",
    "S1": "The Internet assistant",
    "S2": "A company's cabinet",
    "S3": "The personal account",
    "S4": "Home Internet and television",
}

RULES: Final[dict[str, tuple[str, Scenario]]] = {}
"""Id to what it says here and to its scenario."""

OUT_OF_FIELD: Final[dict[str, str]] = {}
"""Id to the reason why it is none of this product's business."""


def rule(number: str, says: str) -> Callable[[S], S]:
    """Name a scenario as the proof of a rule."""

    def enter(scenario: S) -> S:
        assert number not in RULES, f"{number} has a scenario already"
        assert number not in OUT_OF_FIELD, f"{number} is said to be out of the field"
        RULES[number] = (says, scenario)
        return scenario

    return enter


def out_of_field(number: str, reason: str) -> None:
    """Say why a rule has no scenario."""
    assert number not in RULES | OUT_OF_FIELD, f"{number} is there already"
    OUT_OF_FIELD[number] = reason


def load() -> None:
    """Have every module beside this one enter its rules."""
    for module in sorted(Path(__file__).parent.glob("s[0-9]*.py")):
        import_module(f"operator_rules.{module.stem}")
