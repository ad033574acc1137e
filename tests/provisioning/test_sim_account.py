"""The account through the SIM: what is asked, in which order, and what is never sent unasked."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from provisioning.explanation import Text
from provisioning.operator_account import Capability, Money, NotOfferedError, OperatorAccount
from provisioning.operator_answers import AnswerError
from provisioning.operator_codes import MTS, OPERATORS, UNKNOWN, Question, codes_of
from provisioning.records import Iccid
from provisioning.sim_account import NoCodeError, SimAccount, no_answer


class Card:
    """A card whose operator answers by a table; what it does not know is not answered."""

    def __init__(self, answers: dict[str, str], numbers: Sequence[str] = ()) -> None:
        self.answers = answers
        self.numbers = numbers
        self.asked: list[str] = []

    async def own_numbers(self) -> Sequence[str]:
        return self.numbers

    async def ussd(self, code: str, replies: Sequence[str] = ()) -> str:
        return self._answer(">".join([code, *replies]))

    async def sms(self, to: str, text: str) -> str:
        return self._answer(f"{to}:{text}")

    def _answer(self, question: str) -> str:
        self.asked.append(question)
        if question not in self.answers:
            raise no_answer(question, Text("тишина", "silence"))
        return self.answers[question]


async def test_the_second_code_is_asked_where_the_first_is_spoilt() -> None:
    card = Card({"*100#": "????", "#100#": "Balans:1.50r"})
    answered = await SimAccount(card, MTS).ask_balance()
    assert (answered.value, answered.source, answered.text) == (Money(150), "USSD #100#", "Balans:1.50r")
    assert card.asked == ["*100#", "#100#"]


async def test_a_message_is_sent_only_where_it_is_allowed() -> None:
    card = Card({"*100#": "????", "111:11": "Баланс:2р"})
    with pytest.raises(AnswerError, match=r"\?\?\?\?"):
        await SimAccount(card, MTS).balance()
    assert card.asked == ["*100#", "#100#"]
    answered = await SimAccount(card, MTS, may_send=True).ask_balance()
    assert (answered.value, answered.source) == (Money(200), "SMS '11' > 111")


async def test_nothing_is_tried_on_an_unknown_operator() -> None:
    card = Card({"*100#": "Баланс:2р"})
    account: OperatorAccount = SimAccount(card, UNKNOWN)
    with pytest.raises(NoCodeError):
        await account.balance()
    assert card.asked == []


async def test_a_code_of_ones_own_goes_instead_and_may_walk_a_menu() -> None:
    card = Card({"*111#>3": "Остаток: 12 МБ", "*100#": "Баланс:2р"})
    own = {Capability.REMAINING_TRAFFIC: Question.parse("*111#,3")}
    left = await SimAccount(card, MTS, own_codes=own).remaining_traffic()
    assert left.remaining_bytes == 12 * 1024 * 1024
    assert card.asked == ["*111#>3"]


async def test_the_number_is_read_off_the_card_before_anybody_is_asked() -> None:
    own = {Capability.OWN_NUMBER: Question.parse("*1#")}
    card = Card({"*1#": "Ваш номер: 8 916 123-45-68"}, ["", "89161234567"])
    answered = await SimAccount(card, MTS, own_codes=own).ask_own_number()
    assert (answered.value, answered.source, card.asked) == ("79161234567", "AT+CNUM", [])
    card.numbers = ["", "x"]
    assert await SimAccount(card, MTS, own_codes=own).own_number() == "79161234568"


async def test_changes_are_not_offered_through_a_sim() -> None:
    account: OperatorAccount = SimAccount(Card({}), MTS)
    assert account.capabilities == {
        Capability.OWN_NUMBER,
        Capability.BALANCE,
        Capability.TARIFF,
        Capability.REMAINING_TRAFFIC,
    }
    with pytest.raises(NotOfferedError, match="interface"):
        await account.block(Iccid("8970101000000000004"))


@pytest.mark.parametrize(("imsi", "name"), [("250011234567890", "MTS"), ("257021234567890", "MTS Belarus"),
                                            ("250201234567890", "Tele2"), ("001010123456789", "unknown")])  # fmt: skip
def test_the_card_says_whose_it_is(imsi: str, name: str) -> None:
    assert codes_of(imsi).name == name


def test_no_known_question_orders_anything() -> None:
    """All codes that are sent unasked, so that a new one is looked at twice."""
    sent = {str(each) for codes in OPERATORS.values() for asked in codes.questions.values() for each in asked}
    assert sent == {
        "USSD *100#", "USSD #100#", "SMS '11' > 111", "USSD *111*59#", "USSD *105#", "USSD *102#", "USSD #102#",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "100", "*100#,", "*100", "AT+CFUN=0", "sms:111:", "sms:x:1", "*1#\r\nATD"]
)
def test_what_is_no_question_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither"):
        Question.parse(text)
