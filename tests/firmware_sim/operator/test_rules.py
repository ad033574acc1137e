"""Every rule of the five source documents: its own test, or the reason why it has none; and the page of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from operator_rules import COUNTS, OUT_OF_FIELD, RULES, SOURCES, load
from operator_rules.desk import Desk

load()
PAGE = Path(__file__).parents[3] / "docs" / "operator-rules.md"


def in_order(numbers):
    return sorted(numbers, key=lambda number: tuple(map(int, number[1:].split("."))))


@pytest.mark.parametrize("number", in_order(RULES))
def test_rule(number):
    _says, scenario = RULES[number]
    scenario(Desk())


def test_none_is_left_out():
    every = {f"{source}.{number}" for source, count in COUNTS.items() for number in range(1, count + 1)}
    assert every == RULES.keys() | OUT_OF_FIELD.keys()


def page() -> str:
    lines = [
        "# The operator's rules",
        "",
        "What the emulated operator and the vendor's service do, rule by rule of the five source documents. Each rule",
        "that works is a test of its own, by its id: `pytest tests/firmware_sim/operator/test_rules.py -k 'S0.22'`.",
        "This page is written from those tests: `make docs`.",
        "",
        f"{len(RULES)} rules work, {len(OUT_OF_FIELD)} are out of the product's field.",
    ]
    for source, title in SOURCES.items():
        lines += ["", f"## {source}. {title}", "", "| id | | what |", "|---|---|---|"]
        for number in in_order(RULES.keys() | OUT_OF_FIELD.keys()):
            if number.startswith(f"{source}."):
                state = "works" if number in RULES else "out of the field"
                text = RULES[number][0] if number in RULES else OUT_OF_FIELD[number]
                lines.append(f"| {number} | {state} | {text} |")
    return "\n".join(lines) + "\n"


def test_the_page_is_written_from_this_table():
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(page())
    assert PAGE.read_text() == page(), "make docs"
