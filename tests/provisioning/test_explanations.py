"""Nobody is left without a sentence, in either language."""

from __future__ import annotations

import re

import pytest

from provisioning.explanations import (
    Actor,
    Explanation,
    explain_broker_refusal,
    explain_reject_cause,
    explain_state,
)
from provisioning.journey import Reason, State
from provisioning.words_of_states import STATES


def assert_complete(explanation: Explanation) -> None:
    assert explanation.code
    for text in (explanation.what, explanation.meaning, explanation.next):
        assert re.search("[а-яё]", text.ru)
        assert not re.search("[а-яё]", text.en, re.IGNORECASE)
        assert text.ru.endswith((".", "!")), text
        assert text.en.endswith((".", "!")), text


@pytest.mark.parametrize("state", State)
def test_every_state_and_reason_has_words(state: State) -> None:
    for reason in (None, *Reason):
        assert_complete(explain_state(state, reason))


def test_every_cause_has_words() -> None:
    for cause in (None, *range(256)):
        for domain in ("cs", "ps", "sm"):
            assert_complete(explain_reject_cause(domain, cause))


def test_every_broker_refusal_has_words() -> None:
    for code in range(256):
        assert_complete(explain_broker_refusal(code))


def test_codes_are_unique() -> None:
    codes = [explanation.code for explanation in STATES.values()]
    assert len(codes) == len(set(codes))


def test_a_card_in_stock_lets_the_installer_leave() -> None:
    explanation = explain_state(State.WAITING_ACTIVATION, Reason.NOT_ACTIVATED)
    assert explanation.who is Actor.NOBODY
    assert "Можно уезжать" in explanation.render("ru")
    assert "You may leave" in explanation.render("en")


def test_a_blocked_card_does_not() -> None:
    explanation = explain_reject_cause("cs", 3)
    assert explanation.who is Actor.VENDOR
    assert explanation.code == "mm_cause.3"
