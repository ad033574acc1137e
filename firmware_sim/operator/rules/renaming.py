"""A company's names for its subscribers: ordered, in force within 24 hours, not in a month's last two days (S2.8).

In those two days it takes a written application: a request that the staff carries out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from firmware_sim.operator import agenda
from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, require, subscriber_of
from firmware_sim.operator.months import days_left
from firmware_sim.operator.records import Due, DueKind, Life, Role, Subscriber
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds, malformed
from provisioning.explanation import Text

CLOSED_DAYS = 2
WITHIN = timedelta(hours=24)
LONGEST_NAME = 100

kinds(
    {
        "names_closed": Refusal(
            "S2.8",
            Text(
                "В последние два дня месяца переименование закрыто; подайте письменное заявление.",
                "In a month's last two days renaming is closed; hand in a written application.",
            ),
        ),
        "no_name": malformed("Имя — от 1 до {most} знаков.", "A name has 1 to {most} characters.", "S2.8"),
    }
)


def rename(draft: Draft, caller: Caller, number: str, name: str) -> Due:
    """Order a new name; when it comes into force.

    Raises:
        RefusedError: not_yours, no_such_number, terminated, no_name, names_closed.
    """
    require(caller, Role.ADMINISTRATOR)
    if days_left(draft.now.date()) < CLOSED_DAYS:
        raise RefusedError("names_closed")
    card = _living(draft, caller, number)
    at = draft.now + WITHIN * draft.random.uniform(0.1, 1.0)
    return agenda.plan(draft, at, DueKind.RENAME, card.imsi, _name(name))


def rename_many(draft: Draft, caller: Caller, names: Mapping[str, str]) -> list[Due]:
    """Order names by list, all or none. Raises as `rename`."""
    return [rename(draft, caller, number, name) for number, name in names.items()]


def rename_by_application(draft: Draft, caller: Caller, number: str, name: str) -> Subscriber:
    """The staff carries out a written application, on any day and at once.

    Raises:
        RefusedError: not_yours, no_such_number, terminated, no_name.
    """
    require(caller, Role.STAFF)
    card = _living(draft, caller, number)
    agenda.unplan(draft, DueKind.RENAME, card.imsi)  # what was ordered before is older
    return _call(draft, card, _name(name))


def comes_into_force(draft: Draft, due: Due) -> None:
    """The ordered name is there."""
    card = draft.get(Subscriber, due.subject)
    if card is not None and card.life is not Life.TERMINATED:
        _call(draft, card, due.text)


def _call(draft: Draft, card: Subscriber, name: str) -> Subscriber:
    draft.note(card.imsi, f"renamed: {name}")
    return draft.put(replace(card, name=name))


def _living(draft: Draft, caller: Caller, number: str) -> Subscriber:
    card = subscriber_of(draft, caller, number)
    if card.life is Life.TERMINATED:
        raise RefusedError("terminated", number=card.msisdn)
    return card


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise RefusedError("no_name", most=LONGEST_NAME)
    return name
