"""What the operator does by itself, by the clock: each kind of due thing and what is done then.

sweep          every `sweep_every`, the stock's paid cards become active (S0.29)
month          on the first at midnight: fees, quotas
rename         a new name comes into force (S2.8)
block_ends     a temporary block has lasted its time (S4.18)
instalment     a payment of something bought by instalments (S2.4)
invoices       on the fourth: invoices by e-mail (S2.3)
period_ends    a kit card's paid period is over; it is prolonged or expires
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from firmware_sim.operator.books import Books, Draft
from firmware_sim.operator.records import Due, DueKind

Chore: TypeAlias = Callable[[Draft, Due], None]


def plan(draft: Draft, at: datetime, kind: DueKind, subject: str = "", text: str = "") -> Due:
    """Plan a thing; one of the same kind for the same subject is planned anew."""
    unplan(draft, kind, subject)
    return draft.put(Due(id=draft.next_id(Due), at=at, kind=kind, subject=subject, text=text))


def unplan(draft: Draft, kind: DueKind, subject: str = "") -> None:
    """Take it off the agenda."""
    for each in draft.where(Due, lambda due: due.kind is kind and due.subject == subject):
        draft.delete(each)


def next_due(books: Books | Draft) -> Due | None:
    """What comes next."""
    return min(books.all(Due), key=lambda due: (due.at, due.id), default=None)


def due_at(books: Books | Draft, kind: DueKind, subject: str = "") -> datetime | None:
    """When a kind of thing comes next, for one subject."""
    return min(
        (due.at for due in books.all(Due) if due.kind is kind and due.subject == subject), default=None
    )


def carry_out(draft: Draft, due: Due, chores: Mapping[DueKind, Chore]) -> None:
    """Do a due thing and strike it off; a chore plans its own next time."""
    draft.delete(due)
    chores[due.kind](draft, due)
