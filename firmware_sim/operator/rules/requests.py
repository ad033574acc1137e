"""Requests to the specialists, about one subscriber or none, and their answers (S2.7, S3.10, S4.9)."""

from __future__ import annotations

from dataclasses import replace

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, contract_of, owns_contract, require, subscriber_of
from firmware_sim.operator.records import RequestState, Role, SupportRequest
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds, malformed
from provisioning.explanation import Text

MOST_CHARACTERS = 4000

kinds(
    {
        "empty_request": malformed("Напишите, о чём просьба.", "Say what the request is about.", "S2.7"),
        "answered": Refusal(
            "S2.7", Text("На обращение {id} уже ответили.", "The request {id} is answered already.")
        ),
    }
)


def ask(draft: Draft, caller: Caller, subject: str, text: str, number: str = "") -> SupportRequest:
    """Ask a specialist. Raises RefusedError: not_yours, empty_request, no_such_number."""
    contract = contract_of(draft, caller)
    if not text.strip() or not subject.strip():
        raise RefusedError("empty_request")
    imsi = subscriber_of(draft, caller, number).imsi if number else ""
    if not owns_contract(draft, caller):  # a company's subscriber asks about himself only
        imsi = caller.subject
    return draft.put(
        SupportRequest(
            id=draft.next_id(SupportRequest),
            at=draft.now,
            contract=contract,
            imsi=imsi,
            subject=subject[:200],
            text=text[:MOST_CHARACTERS],
        )
    )


def answer(draft: Draft, caller: Caller, number: int, text: str, *, refused: bool = False) -> SupportRequest:
    """A specialist answers. Raises RefusedError: not_yours, no_such_record, empty_request, answered."""
    require(caller, Role.STAFF)
    request = draft.get(SupportRequest, number)
    if request is None:
        raise RefusedError("no_such_record", id=number)
    if not text.strip():
        raise RefusedError("empty_request")
    if request.state is not RequestState.OPEN:
        raise RefusedError("answered", id=number)
    state = RequestState.REFUSED if refused else RequestState.ANSWERED
    return draft.put(replace(request, state=state, answer=text[:MOST_CHARACTERS]))


def of_caller(draft: Draft, caller: Caller) -> list[SupportRequest]:
    """His requests with their answers, oldest first; the staff sees all, a company's subscriber those about himself."""
    if caller.role is Role.STAFF:
        return list(draft.all(SupportRequest))
    contract = contract_of(draft, caller)
    all_of_it = owns_contract(draft, caller)
    return draft.where(
        SupportRequest,
        lambda each: each.contract == contract and (all_of_it or each.imsi == caller.subject),
    )
