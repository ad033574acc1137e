"""The balance of an account, told to whoever proves that it is his: each channel asks for its own proof (S4.3)."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, agrees, customer_of, require
from firmware_sim.operator.ledger import balance_kopecks
from firmware_sim.operator.records import Account, Role
from firmware_sim.operator.refusals import RefusedError
from firmware_sim.operator.rules.passwords import is_right


@dataclass(frozen=True, slots=True)
class Proof:
    """What was said besides the account's number: the call centre asks for the name, the office for name and passport,
    a terminal for the password.
    """

    name: str = ""
    passport: str = ""
    password: str = ""


def balance(draft: Draft, caller: Caller, account: str, proof: Proof) -> int:
    """Kopecks on the account. Raises RefusedError: not_yours, no_such_account, not_identified."""
    require(caller, Role.STAFF)
    found = draft.get(Account, account)
    if found is None:
        raise RefusedError("no_such_account", account=account)
    owner = customer_of(draft, found)
    named = bool(proof.name) and owner.name.casefold() == proof.name.strip().casefold()
    passport_agrees = not proof.passport or agrees(owner, proof.passport)
    if not (named and passport_agrees) and not (proof.password and is_right(draft, account, proof.password)):
        raise RefusedError("not_identified")
    return balance_kopecks(draft, account)
