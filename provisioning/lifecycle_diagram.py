"""Draws docs/commissioning-states.md from the table, so that the picture cannot lie.

python -m provisioning.lifecycle_diagram > docs/commissioning-states.md
"""

from __future__ import annotations

from collections import defaultdict

from provisioning.explanations import Actor, explain_state
from provisioning.journey import State
from provisioning.lifecycle import TABLE
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


def _rules() -> dict[tuple[str, frozenset[State]], list[State]]:
    """Where each kind of event leads, and from which states: one entry for a rule of the table."""
    rules: dict[tuple[str, frozenset[State]], list[State]] = defaultdict(list)
    for state, kinds in TABLE.items():
        for kind, rule in kinds.items():
            rules[kind.__name__, rule.to].append(state)
    return rules


def _drawn(states: list[State]) -> bool:
    """A rule of many states would hide the others in the picture: it is told in words."""
    return len(states) < 5


def _diagram() -> list[str]:
    edges: dict[tuple[State, State], list[str]] = defaultdict(list)
    for (kind, targets), states in _rules().items():
        if _drawn(states):
            for state in states:
                for target in targets - {state}:
                    edges[state, target].append(kind)
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> no_modem"]
    lines += [f"    {a} --> {b}: {', '.join(sorted(kinds))}" for (a, b), kinds in sorted(edges.items())]
    return [*lines, "```"]


def _anywhere() -> list[str]:
    lines = ["Not drawn, because they hold in many states:", ""]
    for (kind, targets), states in sorted(
        _rules().items(), key=lambda rule: (rule[0][0], sorted(rule[0][1]))
    ):
        if _drawn(states):
            continue
        to = " or ".join(f"`{target}`" for target in sorted(targets)) or "the same state"
        others = [state for state in State if state not in states]
        where = (
            "everywhere"
            if not others
            else f"everywhere but in {_listed(others)}"
            if len(others) < len(states)
            else f"in {_listed(states)}"
        )
        lines.append(f"- `{kind}` leads to {to}, {where}")
    return lines


def _listed(states: list[State]) -> str:
    return ", ".join(f"`{state}`" for state in states)


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
