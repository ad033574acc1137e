"""Money: it only goes from one purse to another, and each way is written down.

So the sum over all purses is nothing at every moment, and a purse holds what its entries say.
"""

from __future__ import annotations

from enum import StrEnum

from firmware_sim.operator.books import Books, Draft
from firmware_sim.operator.records import BANK, Entry, Purse
from firmware_sim.operator.refusals import RefusedError


class Kind(StrEnum):
    """What money is moved for."""

    TOP_UP = "top_up"
    MONTHLY_FEE = "monthly_fee"
    SERVICE_FEE = "service_fee"
    PACKAGE_FEE = "package_fee"
    TARIFF_CHANGE = "tariff_change"
    TRANSFER = "transfer"
    USAGE = "usage"
    BLOCK = "block"
    INSTALMENT = "instalment"
    PERIOD = "period"
    CONSULTANT = "consultant"
    NUMBER_CHANGE = "number_change"
    CASHBACK = "cashback"


def balance_kopecks(books: Books | Draft, purse: str) -> int:
    """What is in a purse; nothing where there is none."""
    found = books.get(Purse, purse)
    return 0 if found is None else found.kopecks


def move(
    draft: Draft,
    source: str,
    target: str,
    kopecks: int,
    kind: Kind,
    *,
    what: str = "",
    imsi: str = "",
    down_to_kopecks: int | None = 0,
) -> Entry:
    """Move money.

    Args:
        down_to_kopecks: how low the source may go; None: as low as it must. The bank owes without limit.

    Raises:
        RefusedError: amount, funds.
    """
    if kopecks <= 0:
        raise RefusedError("amount", kopecks=kopecks)
    there = balance_kopecks(draft, source)
    if source != BANK and down_to_kopecks is not None and there - kopecks < down_to_kopecks:
        raise RefusedError("funds", needed_kopecks=kopecks, available_kopecks=max(0, there - down_to_kopecks))
    draft.put(Purse(name=source, kopecks=there - kopecks))
    draft.put(Purse(name=target, kopecks=balance_kopecks(draft, target) + kopecks))
    return draft.put(
        Entry(
            id=draft.next_id(Entry),
            at=draft.now,
            source=source,
            target=target,
            kopecks=kopecks,
            what=f"{kind}: {what}" if what else kind.value,
            imsi=imsi,
        )
    )
