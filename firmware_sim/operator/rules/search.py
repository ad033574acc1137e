"""Finding subscribers: `%` stands for several digits, `_` for one (S2.6)."""

from __future__ import annotations

import re

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, subscribers_of
from firmware_sim.operator.records import Subscriber


def search(draft: Draft, caller: Caller, number: str = "%", account: str = "") -> list[Subscriber]:
    """His subscribers whose number matches, in any usual form with or without its prefix; "" for account is any.

    In the order of their numbers.
    """
    pattern = re.compile(expression(number))
    found = [
        each
        for each in subscribers_of(draft, caller)
        if (not account or each.account == account)
        and (pattern.fullmatch(each.number) or pattern.fullmatch(each.msisdn.lstrip("+")))
    ]
    return sorted(found, key=lambda each: each.msisdn)


def expression(pattern: str) -> str:
    """The wildcards as a regular expression; several `%` side by side are one, or matching would take for ever."""
    digits = {"%": "[0-9]*", "_": "[0-9]"}
    return "".join(digits.get(each, re.escape(each)) for each in re.sub("%+", "%", pattern.replace("+", "")))
