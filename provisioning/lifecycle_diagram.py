"""Draws docs/commissioning-states.md from the table, so that the picture cannot lie.

python -m provisioning.lifecycle_diagram > docs/commissioning-states.md
"""

from __future__ import annotations

from collections import defaultdict

from provisioning.explanations import Actor, explain_state
from provisioning.journey import State
from provisioning.lifecycle import TABLE
from provisioning.transitions import RUNNING
from provisioning.words_of_states import STATES

_WHO = {
    Actor.NOBODY: "nobody",
    Actor.INSTALLER: "installer",
    Actor.OWNER: "owner",
    Actor.OPERATOR: "operator",
    Actor.VENDOR: "vendor's support",
    Actor.CLOUD: "cloud's staff",
}

_HEAD = """# Commissioning states

Drawn from the table in `provisioning/lifecycle.py` by `python -m provisioning.lifecycle_diagram`; do not edit.
"""


def page() -> str:
    """The whole page in Markdown."""
    return "\n".join([_HEAD, *_diagram(), "", *_anywhere(), "", *_sentences(), ""])


def _edges() -> dict[tuple[State, State], list[str]]:
    edges: dict[tuple[State, State], list[str]] = defaultdict(list)
    for state, rules in TABLE.items():
        for kind, rule in rules.items():
            for target in sorted(rule.to):
                if target is not state and kind.__name__ not in _everywhere():
                    edges[state, target].append(kind.__name__)
    return edges


def _everywhere() -> set[str]:
    """Kinds of event that mean the same in every running state."""
    kinds = {kind for rules in TABLE.values() for kind in rules}
    return {kind.__name__ for kind in kinds if all(kind in TABLE[state] for state in RUNNING)}


def _diagram() -> list[str]:
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> no_modem"]
    lines += [f"    {a} --> {b}: {', '.join(kinds)}" for (a, b), kinds in sorted(_edges().items())]
    return [*lines, "```"]


def _anywhere() -> list[str]:
    lines = ["From every state but `stopped`:", ""]
    for name in sorted(_everywhere()):
        rule = next(rule for kind, rule in TABLE[State.NO_MODEM].items() if kind.__name__ == name)
        targets = " or ".join(f"`{target}`" for target in sorted(rule.to)) or "the same state"
        lines.append(f"- `{name}` leads to {targets}")
    return lines


def _sentences() -> list[str]:
    lines = ["| state, reason | who acts | in English | по-русски |", "|---|---|---|---|"]
    for state, reason in STATES:
        explanation = explain_state(state, reason)
        name = f"`{state}`" if reason is None else f"`{state}`, `{reason}`"
        english, russian = (
            " ".join(text.in_(lang) for text in (explanation.what, explanation.meaning, explanation.next))
            for lang in ("en", "ru")
        )
        lines.append(f"| {name} | {_WHO[explanation.who]} | {english} | {russian} |")
    return lines


if __name__ == "__main__":
    print(page(), end="")
