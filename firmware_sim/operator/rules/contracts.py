"""Customers and their accounts: what is signed before anything else (S4.8, S4.19)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, digits_of, require
from firmware_sim.operator.records import Account, AccountKind, Customer, Purse, Role, VendorUser
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds, malformed
from provisioning.explanation import Text

ADULT_YEARS: Final = 18

kinds(
    {
        "contract_known": Refusal(
            "", Text("Договор {contract} уже есть.", "The contract {contract} is there already.")
        ),
        "form_wrong": malformed(
            "В анкете неверны поля: {fields}.", "These fields of the form are wrong: {fields}.", "S4.8"
        ),
        "no_such_contract": Refusal("", Text("Договора {contract} нет.", "There is no contract {contract}.")),
        "login_reserved": malformed(
            "«{login}» читается как номер телефона или лицевого счёта; нужно другое имя.",
            "{login!r} reads as a telephone or account number; it takes another name.",
        ),
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
    """A new customer. Raises RefusedError: not_yours, login_reserved, contract_known, no_agreement."""
    require(caller, Role.STAFF)
    may_be_login(customer.contract)
    if (
        draft.get(Customer, customer.contract) is not None
        or draft.get(VendorUser, customer.contract) is not None
    ):
        raise RefusedError("contract_known", contract=customer.contract)
    if not customer.agreed_to_contract:
        raise RefusedError("no_agreement")
    return draft.put(customer)


def may_be_login(login: str) -> None:
    """One signs in with numbers, accounts, contracts and names: no two of them may be alike.

    Raises:
        RefusedError: login_reserved.
    """
    if login.isdecimal() and len(login) in (10, 12):
        raise RefusedError("login_reserved", login=login)


@dataclass(frozen=True, slots=True)
class Registration:
    """The form of a new private customer (S4.8)."""

    surname: str
    first_name: str
    middle_name: str
    passport: str
    """Series and number."""
    born_on: date
    passport_issuer: str
    passport_issued_on: date
    agrees: bool
    address: str = ""


def register_person(draft: Draft, caller: Caller, form: Registration) -> Customer:
    """A contract from the form, with a number of its own (S4.8).

    Raises:
        RefusedError: not_yours, no_agreement, form_wrong with all fields that are.
    """
    require(caller, Role.STAFF)
    today = draft.now.date()
    passport = digits_of(form.passport)
    wrong = [
        name
        for name, right in (
            ("surname", form.surname.strip()),
            ("first_name", form.first_name.strip()),
            ("passport", len(passport) == 10),
            ("born_on", form.born_on <= _years_before(today, ADULT_YEARS)),
            ("passport_issuer", form.passport_issuer.strip()),
            ("passport_issued_on", form.born_on < form.passport_issued_on <= today),
        )
        if not right
    ]
    if wrong:
        raise RefusedError("form_wrong", fields=", ".join(wrong))
    names = (form.surname, form.first_name, form.middle_name)
    return sign(
        draft,
        caller,
        Customer(
            contract=f"P-{draft.random.randrange(10**8, 10**9)}",
            name=" ".join(each.strip() for each in names if each.strip()),
            passport=passport,
            passport_issuer=form.passport_issuer.strip(),
            passport_issued_on=form.passport_issued_on,
            born_on=form.born_on,
            address=form.address,
            agreed_to_contract=form.agrees,
        ),
    )


def _years_before(day: date, years: int) -> date:
    return day.replace(year=day.year - years, day=min(day.day, 28) if day.month == 2 else day.day)


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
