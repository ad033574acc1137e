"""What a subscriber reads of his use: the itemised statement (six months and this one), the charges (two and this one).

The current month is known as of the day before (S2.21). A statement is read on the screen or ordered by e-mail (S1.11).
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, require, subscriber_of
from firmware_sim.operator.months import midnight_after, month_of, months_back
from firmware_sim.operator.records import REVENUE, Detail, Entry, Letter, Role
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds, malformed
from provisioning.explanation import Text

kinds(
    {
        "month_not_kept": Refusal(
            "S2.21",
            Text(
                "За {month} данных нет: есть текущий месяц и {count} предыдущих.",
                "There is nothing for {month}: the current month and the {count} before it are kept.",
            ),
        ),
        "no_e_mail": malformed(
            "«{e_mail}» не похоже на адрес почты.", "{e_mail!r} is no e-mail address.", "S1.11"
        ),
    }
)

DETAIL_MONTHS: Final = 6
CHARGE_MONTHS: Final = 2
VAT_PERCENT: Final = 20
E_MAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,}")


@dataclass(frozen=True, slots=True)
class Charge:
    """A kind of charge in a month, value added tax included."""

    what: str
    kopecks: int


@dataclass(frozen=True, slots=True)
class Charges:
    """A month's charges (S2.20)."""

    month: date
    lines: list[Charge]
    total_kopecks: int
    vat_kopecks: int
    """Of the total."""


def details(draft: Draft, caller: Caller, number: str, month: date) -> list[Detail]:
    """The itemised statement of a month (S2.21, S3.7). Raises RefusedError: no_such_number, month_not_kept."""
    card = subscriber_of(draft, caller, number)
    wanted = _kept(draft, month, DETAIL_MONTHS)
    today = midnight_after(draft.now, 0)
    zone = draft.now.tzinfo
    return draft.where(
        Detail,
        lambda each: (
            each.imsi == card.imsi and each.at < today and month_of(each.at.astimezone(zone).date()) == wanted
        ),
    )


def order_by_e_mail(draft: Draft, caller: Caller, number: str, month: date, e_mail: str) -> Letter:
    """Have it sent as a table (S1.11). Raises RefusedError: no_such_number, month_not_kept, no_e_mail."""
    if not E_MAIL.fullmatch(e_mail):
        raise RefusedError("no_e_mail", e_mail=e_mail)
    card = subscriber_of(draft, caller, number)
    table = io.StringIO()
    rows = csv.writer(table, delimiter=";", lineterminator="\n")
    rows.writerow(["at", "kind", "other", "duration_s", "volume_bytes", "kopecks"])
    for each in details(draft, caller, number, month):
        at = each.at.astimezone(draft.now.tzinfo)
        rows.writerow(
            [
                f"{at:%Y-%m-%d %H:%M:%S}",
                each.kind,
                each.other,
                each.duration_s,
                each.volume_bytes,
                each.kopecks,
            ]
        )
    return draft.put(
        Letter(
            id=draft.next_id(Letter),
            at=draft.now,
            to=e_mail,
            subject=f"Детализация {card.msisdn} за {month:%m.%Y}",
            text=table.getvalue(),
        )
    )


def letter(draft: Draft, caller: Caller, number: int) -> Letter:
    """An e-mail that was sent. Raises RefusedError: not_yours, no_such_record."""
    require(caller, Role.STAFF)
    found = draft.get(Letter, number)
    if found is None:
        raise RefusedError("no_such_record", id=number)
    return found


def charges(draft: Draft, caller: Caller, number: str, month: date) -> Charges:
    """What a month has cost (S2.20). Raises RefusedError: no_such_number, month_not_kept."""
    card = subscriber_of(draft, caller, number)
    wanted = _kept(draft, month, CHARGE_MONTHS)
    sums: dict[str, int] = {}
    for entry in draft.all(Entry):
        if entry.imsi != card.imsi or entry.target != REVENUE:
            continue
        if month_of(entry.at.astimezone(draft.now.tzinfo).date()) == wanted:
            kind = entry.what.partition(":")[0]
            sums[kind] = sums.get(kind, 0) + entry.kopecks
    total = sum(sums.values())
    return Charges(
        wanted, [Charge(what, kopecks) for what, kopecks in sums.items()], total, vat_kopecks(total)
    )


def vat_kopecks(kopecks: int) -> int:
    """The value added tax within an amount, to the nearest kopeck."""
    return (kopecks * VAT_PERCENT * 2 + 100 + VAT_PERCENT) // (2 * (100 + VAT_PERCENT))


def _kept(draft: Draft, month: date, count: int) -> date:
    wanted = month_of(month)
    if not months_back(draft.now.date(), count) <= wanted <= month_of(draft.now.date()):
        raise RefusedError("month_not_kept", month=f"{wanted:%m.%Y}", count=count)
    return wanted
