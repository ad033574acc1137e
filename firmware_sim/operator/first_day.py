"""Whom a new operator begins with: the vendor's stock of kit cards, a company with its cards, a person with a phone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from firmware_sim.card_numbers import CardNumbers
from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import OPERATOR
from firmware_sim.operator.records import Customer, CustomerKind
from firmware_sim.operator.rules import billing, cards, contracts

KIT_CONTRACT: Final = "KIT"
"""Of the vendor's company, which owns the kit cards (S0.4)."""
COMPANY_CONTRACT: Final = "K-1"
PERSON_CONTRACT: Final = "M-1"

COMPANY_CARDS: Final = 3
STARTING_KOPECKS: Final = 100_000


def stock_up(draft: Draft, kits: Sequence[CardNumbers], seed: int) -> None:
    """Fill empty books: the kit cards in stock, and others' cards that the seed draws.

    Raises:
        RefusedError: card_known, number_taken: a card or a number stands twice among `kits`.
    """
    others = [CardNumbers.of_seed(f"{seed} others {each}") for each in range(COMPANY_CARDS + 1)]
    for contract, name, kind in (
        (KIT_CONTRACT, "ООО «Термо-онлайн»", CustomerKind.COMPANY),
        (COMPANY_CONTRACT, "ООО «Тепло и вода»", CustomerKind.COMPANY),
        (PERSON_CONTRACT, "Иванов Иван Иванович", CustomerKind.PERSON),
    ):
        contracts.sign(draft, OPERATOR, Customer(contract=contract, name=name, kind=kind))
    accounts = {
        contract: contracts.open_account(draft, OPERATOR, contract).number
        for contract in (KIT_CONTRACT, COMPANY_CONTRACT, PERSON_CONTRACT)
    }
    for contract in (COMPANY_CONTRACT, PERSON_CONTRACT):
        billing.top_up(draft, OPERATOR, accounts[contract], STARTING_KOPECKS)
    company = [
        _new_card(numbers, accounts[COMPANY_CONTRACT], "m2m", f"Котельная {index}")
        for index, numbers in enumerate(others[:COMPANY_CARDS], start=1)
    ]
    person = _new_card(others[-1], accounts[PERSON_CONTRACT], "smart", "Иванов Иван")
    stock = [_new_card(numbers, accounts[KIT_CONTRACT], "kit", "") for numbers in kits]
    cards.enter_cards(draft, OPERATOR, [*stock, *company, person])
    for card in (*company, person):
        cards.activate(draft, OPERATOR, card.imsi)


def _new_card(numbers: CardNumbers, account: str, tariff: str, name: str) -> cards.NewCard:
    return cards.NewCard(numbers.imsi, numbers.iccid, numbers.msisdn, account, tariff, name)
