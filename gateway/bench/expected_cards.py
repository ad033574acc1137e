"""The cards that an installer expects on his bench: the fleet's list, found by what a modem reads off a card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from provisioning.sim_inventory import InventoryCard


class ExpectedCards:
    """The list, by number. A number in it may lack the card's last digit, its check digit (ITU-T E.118), as some
    operators print it.
    """

    def __init__(self, cards: Iterable[InventoryCard]) -> None:
        self._by_iccid = {card.iccid: card for card in cards}

    def __iter__(self) -> Iterator[InventoryCard]:
        return iter(self._by_iccid.values())

    def __len__(self) -> int:
        return len(self._by_iccid)

    def find(self, iccid: str) -> InventoryCard | None:
        return self._by_iccid.get(iccid) or self._by_iccid.get(iccid[:-1])


def paid(card: InventoryCard, today: date) -> bool | None:
    """By the list; None: it does not say."""
    return None if card.paid_until is None else card.paid_until >= today
