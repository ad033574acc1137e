"""Who asks, and what is his. Somebody else's number looks to him as if there were none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from firmware_sim.operator.books import Draft
from firmware_sim.operator.records import Account, Customer, CustomerKind, Role, Subscriber
from firmware_sim.operator.refusals import RefusedError


@dataclass(frozen=True, slots=True)
class Caller:
    """A person who has signed in.

    Args:
        role: what he is.
        subject: IMSI of a subscriber, contract of an administrator, number of a home account, login of a vendor's
            user, name of a member of staff.
    """

    role: Role
    subject: str

    def __str__(self) -> str:
        return f"{self.role}:{self.subject}"


OPERATOR = Caller(Role.STAFF, "operator")
"""The operator itself: what it does by the clock, and the hand on its console."""


def subscribers_of(draft: Draft, caller: Caller) -> Iterable[Subscriber]:
    """All subscribers that he may see."""
    match caller.role:
        case Role.STAFF:
            yield from draft.all(Subscriber)
        case Role.SUBSCRIBER:
            if (own := draft.get(Subscriber, caller.subject)) is not None:
                yield own
        case Role.ADMINISTRATOR:
            for each in draft.all(Subscriber):
                if account_of(draft, each).contract == caller.subject:
                    yield each
        case Role.HOME | Role.VENDOR_USER:
            return


def subscriber_of(draft: Draft, caller: Caller, number: str) -> Subscriber:
    """The subscriber with this number in any usual form.

    Raises:
        RefusedError: no_such_number.
    """
    wanted = digits_of(number)[-10:]
    for each in subscribers_of(draft, caller):
        if each.number == wanted:
            return each
    raise RefusedError("no_such_number", number=number)


def account_of(draft: Draft, subscriber: Subscriber) -> Account:
    """Who pays for him."""
    account = draft.get(Account, subscriber.account)
    assert account is not None
    return account


def customer_of(draft: Draft, account: Account) -> Customer:
    """Whose contract it is."""
    customer = draft.get(Customer, account.contract)
    assert customer is not None
    return customer


def accounts_of(draft: Draft, caller: Caller) -> list[Account]:
    """All accounts that he may see: of one owner all that he has (S4.19), of a company's subscriber none."""
    if caller.role is Role.STAFF:
        return list(draft.all(Account))
    if not owns_contract(draft, caller):
        return []
    contract = contract_of(draft, caller)
    return draft.where(Account, lambda account: account.contract == contract)


def contract_of(draft: Draft, caller: Caller) -> str:
    """The contract that he belongs to. Raises RefusedError(not_yours) for staff and the vendor's users."""
    match caller.role:
        case Role.ADMINISTRATOR:
            return caller.subject
        case Role.HOME:
            account = draft.get(Account, caller.subject)
            assert account is not None
            return account.contract
        case Role.SUBSCRIBER:
            own = draft.get(Subscriber, caller.subject)
            assert own is not None
            return account_of(draft, own).contract
        case Role.STAFF | Role.VENDOR_USER:
            raise RefusedError("not_yours", who="subscriber")


def owns_contract(draft: Draft, caller: Caller) -> bool:
    """Is the contract's money his? A company's is its administrator's, not whoever's has one of its cards in hand.

    Raises:
        RefusedError: not_yours, for staff and the vendor's users.
    """
    customer = draft.get(Customer, contract_of(draft, caller))
    return caller.role is not Role.SUBSCRIBER or customer is None or not is_company(customer)


def require(caller: Caller, *roles: Role) -> None:
    """Raises RefusedError(not_yours) unless he is one of `roles`."""
    if caller.role not in roles:
        raise RefusedError("not_yours", who=", ".join(roles))


def is_company(customer: Customer) -> bool:
    """Has it an administrator and invoices?"""
    return customer.kind is CustomerKind.COMPANY


def agrees(customer: Customer, passport: str) -> bool:
    """Is this the passport of his contract, however it is written? Without one there nobody's is."""
    return bool(customer.passport) and digits_of(passport) == customer.passport


def digits_of(text: str) -> str:
    """Only its digits."""
    return "".join(each for each in text if each in "0123456789")
