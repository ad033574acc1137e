"""Customers and their accounts: what is signed before anything else (S4.8, S4.19)."""

from __future__ import annotations

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, require
from firmware_sim.operator.records import Account, AccountKind, Customer, Purse, Role
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds
from provisioning.explanation import Text

kinds(
    {
        "contract_known": Refusal(
            "", Text("Договор {contract} уже есть.", "The contract {contract} is there already.")
        ),
        "no_such_contract": Refusal("", Text("Договора {contract} нет.", "There is no contract {contract}.")),
        "no_agreement": Refusal(
            "S4.8",
            Text(
                "Без согласия с договором абонента не завести.",
                "Nobody becomes a customer without agreeing to the contract.",
            ),
        ),
    }
)


def sign(draft: Draft, caller: Caller, customer: Customer) -> Customer:
    """A new customer. Raises RefusedError: not_yours, contract_known, no_agreement."""
    require(caller, Role.STAFF)
    if draft.get(Customer, customer.contract) is not None:
        raise RefusedError("contract_known", contract=customer.contract)
    if not customer.agreed_to_contract:
        raise RefusedError("no_agreement")
    return draft.put(customer)


def open_account(
    draft: Draft, caller: Caller, contract: str, *, kind: AccountKind = AccountKind.MOBILE
) -> Account:
    """A new account with a number of 12 digits (S4.19). Raises RefusedError: not_yours, no_such_contract."""
    require(caller, Role.STAFF)
    if draft.get(Customer, contract) is None:
        raise RefusedError("no_such_contract", contract=contract)
    number = _free_number(draft)
    draft.put(Purse(name=number))
    return draft.put(Account(number=number, contract=contract, kind=kind))


def _free_number(draft: Draft) -> str:
    while True:
        number = str(draft.random.randrange(10**11, 10**12))
        if draft.get(Account, number) is None:
            return number
