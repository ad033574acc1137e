"""Every rule of the five source documents: its own test, or the reason why it has none."""

from __future__ import annotations

import pytest
from operator_rules import COUNTS, OUT_OF_FIELD, RULES, load
from operator_rules.desk import Desk

load()


def in_order(numbers):
    return sorted(numbers, key=lambda number: tuple(map(int, number[1:].split("."))))


@pytest.mark.parametrize("number", in_order(RULES))
def test_rule(number):
    _says, scenario = RULES[number]
    scenario(Desk())


def test_only_rules_that_exist_are_named():
    every = {f"{source}.{number}" for source, count in COUNTS.items() for number in range(1, count + 1)}
    assert RULES.keys() | OUT_OF_FIELD.keys() <= every
