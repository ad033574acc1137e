"""Every kind of due thing with the rule that does it, and the operator's first day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from firmware_sim.operator.agenda import Chore, plan
from firmware_sim.operator.books import Draft
from firmware_sim.operator.months import next_month
from firmware_sim.operator.records import Due, DueKind
from firmware_sim.operator.rules import billing, blocks, cards, instalments, invoices, kit_periods, renaming


def chores(sweep_every: timedelta | None) -> Mapping[DueKind, Chore]:
    """The table. `sweep_every` is the operator's habit; None: it never looks."""
    return {
        DueKind.SWEEP: partial(_sweep, sweep_every),
        DueKind.MONTH: _month,
        DueKind.PERIOD_ENDS: kit_periods.period_ends,
        DueKind.BLOCK_ENDS: _block_ends,
        DueKind.RENAME: renaming.comes_into_force,
        DueKind.INSTALMENT: instalments.falls_due,
        DueKind.INVOICES: lambda draft, due: invoices.send_out(draft),
    }


def open_books(draft: Draft, sweep_every: timedelta | None) -> None:
    """Plan what recurs, unless it is planned."""
    kinds = {due.kind for due in draft.all(Due)}
    if sweep_every is not None and DueKind.SWEEP not in kinds:
        phase = draft.random.random()
        plan(draft, draft.now + sweep_every * phase, DueKind.SWEEP)
    if DueKind.MONTH not in kinds:
        plan(draft, next_month(draft.now), DueKind.MONTH)


def _sweep(sweep_every: timedelta | None, draft: Draft, due: Due) -> None:
    cards.sweep(draft)
    if sweep_every is not None:
        plan(draft, due.at + sweep_every, DueKind.SWEEP)


def _month(draft: Draft, due: Due) -> None:
    invoices.form(draft)  # of the month that is over, before this one's fees
    billing.month_begins(draft)
    plan(draft, invoices.ready_at(draft), DueKind.INVOICES)
    plan(draft, next_month(draft.now), DueKind.MONTH)


def _block_ends(draft: Draft, due: Due) -> None:
    blocks.block_ends(draft, due.subject)
