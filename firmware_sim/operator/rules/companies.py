"""What a company reads of itself (S2.1), and its closed user groups (S2.10)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, accounts_of, require, subscriber_of
from firmware_sim.operator.ledger import balance_kopecks
from firmware_sim.operator.records import Customer, Role, Subscriber
from firmware_sim.operator.refusals import RefusedError, kinds, malformed
from firmware_sim.operator.rules.cards import living

LONGEST_GROUP = 40

kinds(
    {
        "group_name": malformed(
            "Имя группы — не больше {most} знаков.", "A group's name has {most} characters at most.", "S2.10"
        ),
    }
)


@dataclass(frozen=True, slots=True)
class ClientInformation:
    """The client as its administrator sees it (S2.1)."""

    customer: Customer
    balance_kopecks: int
    """Over all accounts."""
    in_debt: bool
    payment_form: str
    """"advance", or "credit" where an account may go below nothing."""
    subscribers: int


def information(draft: Draft, caller: Caller) -> ClientInformation:
    """The client. Raises RefusedError(not_yours)."""
    require(caller, Role.ADMINISTRATOR)
    customer = draft.get(Customer, caller.subject)
    assert customer is not None
    accounts = accounts_of(draft, caller)
    balance = sum(balance_kopecks(draft, account.number) for account in accounts)
    numbers = {account.number for account in accounts}
    return ClientInformation(
        customer,
        balance,
        balance < 0,
        "credit" if any(account.credit_limit_kopecks for account in accounts) else "advance",
        len(draft.where(Subscriber, lambda card: card.account in numbers)),
    )


def join_group(draft: Draft, caller: Caller, number: str, group: str) -> Subscriber:
    """Put a subscriber into a closed user group; "" takes it out.

    Raises:
        RefusedError: not_yours, no_such_number, terminated, group_name.
    """
    require(caller, Role.ADMINISTRATOR, Role.STAFF)
    card = subscriber_of(draft, caller, number)
    living(draft, card.imsi)
    if len(group) > LONGEST_GROUP:
        raise RefusedError("group_name", most=LONGEST_GROUP)
    return draft.put(replace(card, user_group=group))
