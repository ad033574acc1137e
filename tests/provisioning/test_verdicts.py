"""The bench's verdicts: the same refusal means another thing with another history, list or place."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.explanation import Actor
from provisioning.journey import Reason, State
from provisioning.meanings import DENIALS
from provisioning.verdicts import PATIENCE_S, SEARCH_S, CardFacts, Kind, verdict_for, verdict_of
from provisioning.words_of_verdicts import ACTOR_WORDS, VERDICT_WORDS

SERVED = {"state": State.STOPPED, "reason": Reason.ACTIVATED}
SEARCHING = {"state": State.SEARCHING, "state_s": SEARCH_S}


def refused(cause: int | None, **more: object) -> dict[str, object]:
    state, reason = DENIALS.get(cause, (State.DENIED, Reason.NETWORK_TROUBLE))
    return {"state": state, "reason": reason, "cause": cause, "rssi_dbm": -70, "waited_s": 60.0, **more}


@pytest.mark.parametrize(
    ("facts", "kind", "who"),
    [
        # The card itself.
        ({"state": State.SIM_MISSING, "reason": Reason.SIM_ABSENT}, Kind.NO_CARD, Actor.INSTALLER),
        ({"state": State.SIM_MISSING, "reason": Reason.SIM_FAILED}, Kind.UNREADABLE, Actor.INSTALLER),
        ({"state": State.SIM_LOCKED, "reason": Reason.PIN_NEEDED}, Kind.PIN_LOCKED, Actor.INSTALLER),
        ({"state": State.SIM_LOCKED, "reason": Reason.PIN_LAST_TRY}, Kind.PIN_LOCKED, Actor.INSTALLER),
        ({"state": State.SIM_LOCKED, "reason": Reason.PUK_NEEDED}, Kind.PUK_LOCKED, Actor.OWNER),
        # Served is served, whatever a list says.
        (SERVED, Kind.SERVED, Actor.NOBODY),
        (SERVED | {"rssi_dbm": -80, "listed": False, "paid": False}, Kind.SERVED, Actor.NOBODY),
        (SERVED | {"rssi_dbm": -107}, Kind.SERVED_WEAK, Actor.INSTALLER),
        # The list.
        (refused(2, listed=False), Kind.NOT_LISTED, Actor.INSTALLER),
        (refused(2, listed=False, issuer_known=False), Kind.WRONG_ISSUER, Actor.INSTALLER),
        (refused(2, listed=True, paid=False), Kind.UNPAID, Actor.OWNER),
        # The operator is late: nobody must act, until it is too long.
        (refused(2), Kind.OPERATOR_DELAY, Actor.NOBODY),
        (refused(8, paid=True), Kind.OPERATOR_DELAY, Actor.NOBODY),
        (refused(3, paid=True), Kind.OPERATOR_DELAY, Actor.NOBODY),
        (refused(None), Kind.OPERATOR_DELAY, Actor.NOBODY),
        (refused(2, paid=True, waited_s=PATIENCE_S), Kind.OPERATOR_OVERDUE, Actor.OPERATOR),
        (refused(2, waited_s=3600.0, patience_s=3600.0), Kind.OPERATOR_OVERDUE, Actor.OPERATOR),
        # Blocked: refused as an illegal one that nobody says is paid for, or refused after it was served.
        (refused(3), Kind.BLOCKED, Actor.VENDOR),
        (refused(3, paid=True, served_before=True), Kind.BLOCKED, Actor.VENDOR),
        (refused(2, served_before=True), Kind.BLOCKED, Actor.VENDOR),
        (refused(5), Kind.DEVICE_BLOCKED, Actor.VENDOR),
        (refused(6, paid=True), Kind.DEVICE_BLOCKED, Actor.VENDOR),
        # Neither the card nor its activation.
        (refused(11, served_before=True), Kind.AREA_REFUSED, Actor.OPERATOR),
        (refused(13), Kind.AREA_REFUSED, Actor.OPERATOR),
        (refused(17), Kind.NETWORK_TROUBLE, Actor.NOBODY),
        (refused(22, waited_s=PATIENCE_S), Kind.NETWORK_TROUBLE, Actor.NOBODY),
        # The place, once the search has taken its time.
        (SEARCHING, Kind.NO_COVERAGE, Actor.INSTALLER),
        (SEARCHING | {"rssi_dbm": -109}, Kind.ANTENNA_WEAK, Actor.INSTALLER),
        (SEARCHING | {"rssi_dbm": -70}, Kind.SEARCHING, Actor.NOBODY),
        ({"state": State.SEARCHING, "state_s": 5.0}, Kind.SEARCHING, Actor.NOBODY),
        # The modem.
        ({"state": State.NO_MODEM, "reason": Reason.STARTED}, Kind.STARTING, Actor.NOBODY),
        ({"state": State.NO_MODEM, "reason": Reason.LINK_LOST}, Kind.NO_MODEM, Actor.INSTALLER),
        (refused(2, twice=True), Kind.DUPLICATE, Actor.INSTALLER),
    ],
)
def test_verdicts(facts: dict[str, object], kind: Kind, who: Actor) -> None:
    verdict = verdict_of(CardFacts(**facts))  # type: ignore[arg-type]  # a table of keyword arguments
    assert (verdict.kind, verdict.who) == (kind, who)
    assert verdict.served == (kind in {Kind.SERVED, Kind.SERVED_WEAK})


def test_every_state_and_reason_has_a_verdict() -> None:
    for state in State:
        for reason in (None, *Reason):
            assert verdict_of(CardFacts(state, reason)).kind in VERDICT_WORDS


def test_what_only_waits_is_not_settled() -> None:
    waiting = {
        Kind.OPERATOR_DELAY,
        Kind.OPERATOR_OVERDUE,
        Kind.NETWORK_TROUBLE,
        Kind.SEARCHING,
        Kind.NO_COVERAGE,
    }
    assert not any(verdict_for(kind).settled for kind in waiting)


def test_words_fit_the_table_and_none_are_missing() -> None:
    assert set(VERDICT_WORDS) == set(Kind)
    assert set(ACTOR_WORDS) == set(Actor)
    for words in VERDICT_WORDS.values():
        assert len(words.short.ru) <= 26
        assert len(words.short.en) <= 26
        assert words.todo.ru.endswith(".")
        assert words.todo.en.endswith(".")


def test_the_page_for_people_names_every_verdict() -> None:
    page = (Path(__file__).parents[2] / "docs/activation-bench.md").read_text("utf-8")
    assert [kind for kind in Kind if f"`{kind.value}`" not in page] == []
