"""Whose a card is, and what a kit card refuses because it is the vendor's company's for ever (S0.4, S0.6-S0.8)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import OPERATOR, Caller, account_of, customer_of, require, subscriber_of
from firmware_sim.operator.records import Account, CustomerKind, Role, Subscriber
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds
from firmware_sim.operator.rules import cards
from firmware_sim.operator.rules.billing import top_up, weigh
from firmware_sim.operator.rules.kit_cards import is_kit
from provisioning.explanation import Text

kinds(
    {
        "kit_not_by_bank": Refusal(
            "S0.6",
            Text(
                "SIM-карту комплекта {number} через банк не оплатить; пополните счёт в личном кабинете сервиса.",
                "The kit card {number} cannot be paid through a bank; top up in the vendor's account.",
            ),
        ),
        "kit_owner_fixed": Refusal(
            "S0.7",
            Text(
                "SIM-карта комплекта {number} оформлена на компанию сервиса; переоформить её невозможно.",
                "The kit card {number} is the vendor's company's; it cannot be registered to anybody else.",
            ),
        ),
        "kit_keeps_operator": Refusal(
            "S0.8",
            Text(
                "Номер {number} карты комплекта не перенести к другому оператору.",
                "The number {number} of a kit card cannot move to another operator.",
            ),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom the operator and the state's register name as a card's owner."""

    contract: str
    name: str
    kind: CustomerKind


def owner_of_record(draft: Draft, caller: Caller, number: str) -> Owner:
    """Who owns it (S0.4). Staff may ask, and whose number it is. Raises RefusedError(no_such_number)."""
    customer = customer_of(draft, account_of(draft, subscriber_of(draft, caller, number)))
    return Owner(customer.contract, customer.name, customer.kind)


def pay_through_bank(draft: Draft, caller: Caller, number: str, kopecks: int) -> Account:
    """A payment by telephone number comes from a bank, which staff lets in.

    Raises:
        RefusedError: not_yours, no_such_number, kit_not_by_bank, amount.
    """
    require(caller, Role.STAFF)
    card = subscriber_of(draft, caller, number)
    if is_kit(card):
        raise RefusedError("kit_not_by_bank", number=card.msisdn)
    return top_up(draft, OPERATOR, card.account, kopecks, f"bank, for {card.msisdn}")


def reregister(draft: Draft, caller: Caller, number: str, account: str) -> Subscriber:
    """Another customer takes a card over: it goes to an account of his.

    Raises:
        RefusedError: not_yours, no_such_number, kit_owner_fixed, terminated, no_such_account.
    """
    require(caller, Role.STAFF)
    card = cards.living(draft, subscriber_of(draft, caller, number).imsi)
    if is_kit(card):
        raise RefusedError("kit_owner_fixed", number=card.msisdn)
    target = draft.get(Account, account)
    if target is None:
        raise RefusedError("no_such_account", account=account)
    draft.note(card.imsi, f"registered to contract {target.contract}")
    draft.put(replace(card, account=account))
    weigh(draft, target)
    return cards.living(draft, card.imsi)


def port_out(draft: Draft, caller: Caller, number: str, to: str) -> Subscriber:
    """The number moves to another operator; the card here ends.

    Raises:
        RefusedError: not_yours, no_such_number, kit_keeps_operator, terminated.
    """
    require(caller, Role.STAFF)
    card = cards.living(draft, subscriber_of(draft, caller, number).imsi)
    if is_kit(card):
        raise RefusedError("kit_keeps_operator", number=card.msisdn)
    draft.note(card.imsi, f"number moved to {to}")
    return cards.end(draft, card)
