"""The operator's account through the SIM itself: what the card may ask about itself by USSD and messages.

It only asks. Messages, which a tariff or roaming may charge for, are sent only where the owner has allowed them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from provisioning.explanation import Text
from provisioning.operator_account import (
    Capability,
    Money,
    OperatorAccountError,
    OperatorUnreachableError,
    PartialAccount,
    RemainingTraffic,
)
from provisioning.operator_answers import (
    parse_balance,
    parse_own_number,
    parse_remaining_traffic,
    parse_tariff,
)
from provisioning.operator_codes import OperatorCodes, Question
from provisioning.records import Msisdn, RecordError, parse_msisdn

T = TypeVar("T")

ON_THE_CARD: Final = "AT+CNUM"


class SimAsker(Protocol):
    """What a modem does for this. Both raise OperatorUnreachableError where the network does not answer."""

    async def own_numbers(self) -> Sequence[str]:
        """Numbers that are written on the card; a new one often has none."""
        ...

    async def ussd(self, code: str, replies: Sequence[str] = ()) -> str:
        """The answer to a code, or to the last reply in its menus."""
        ...

    async def sms(self, to: str, text: str) -> str:
        """Send a message to a service number; the text of the answer."""
        ...


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """A value, where it is from (a code, `AT+CNUM`), and the operator's own words."""

    value: T
    source: str
    text: str


class NoCodeError(OperatorAccountError):
    """Nobody knows what to ask this operator."""

    kind = "no_operator_code"

    def __init__(self, capability: Capability, operator: str) -> None:
        self.capability = capability
        super().__init__(
            Text(
                f"Неизвестно, каким кодом узнать «{capability}» у оператора {operator}. Укажите код сами.",
                f"No code is known to ask operator {operator} for {capability}. Give one.",
            )
        )


class SimAccount(PartialAccount):
    """One card.

    Args:
        codes: of its operator (`codes_of`).
        own_codes: the owner's, tried instead of those of the operator.
        may_send: messages may be sent, which may cost money. The owner's own codes are always asked.
    """

    name = "SIM"

    def __init__(
        self,
        asker: SimAsker,
        codes: OperatorCodes,
        *,
        own_codes: Mapping[Capability, Question] | None = None,
        may_send: bool = False,
    ) -> None:
        self._asker = asker
        self._codes = codes
        self._own_codes = own_codes or {}
        self._may_send = may_send

    async def own_number(self) -> Msisdn:
        return (await self.ask_own_number()).value

    async def balance(self) -> Money:
        return (await self.ask_balance()).value

    async def tariff(self) -> str:
        return (await self.ask_tariff()).value

    async def remaining_traffic(self) -> RemainingTraffic:
        return (await self.ask_remaining_traffic()).value

    async def ask_own_number(self) -> Answered[Msisdn]:
        """From the card, then by code. Raises OperatorAccountError."""
        for text in await self._asker.own_numbers():
            try:
                return Answered(parse_msisdn(text), ON_THE_CARD, text)
            except RecordError:
                continue
        return await self._ask(Capability.OWN_NUMBER, parse_own_number)

    async def ask_balance(self) -> Answered[Money]:
        """Raises OperatorAccountError."""
        return await self._ask(Capability.BALANCE, parse_balance)

    async def ask_tariff(self) -> Answered[str]:
        """Raises OperatorAccountError."""
        return await self._ask(Capability.TARIFF, parse_tariff)

    async def ask_remaining_traffic(self) -> Answered[RemainingTraffic]:
        """Raises OperatorAccountError."""
        return await self._ask(Capability.REMAINING_TRAFFIC, parse_remaining_traffic)

    async def _ask(self, capability: Capability, parse: Callable[[str], T]) -> Answered[T]:
        """The first question that is answered with what was asked; else what the first one met."""
        first_error: OperatorAccountError | None = None
        for question in self._questions(capability):
            try:
                text = await self._answer(question)
                return Answered(parse(text), str(question), text)
            except OperatorAccountError as error:
                first_error = first_error or error
        raise first_error or NoCodeError(capability, self._codes.name)

    def _questions(self, capability: Capability) -> list[Question]:
        if own := self._own_codes.get(capability):
            return [own]
        known = self._codes.questions.get(capability, ())
        return [each for each in known if self._may_send or not each.to]

    async def _answer(self, question: Question) -> str:
        if question.to:
            return await self._asker.sms(question.to, question.code)
        return await self._asker.ussd(question.code, question.replies)


def no_answer(question: str, why: Text) -> OperatorUnreachableError:
    """For those who implement `SimAsker`."""
    return OperatorUnreachableError(
        Text(f"Нет ответа на {question}: {why.ru}", f"No answer to {question}: {why.en}")
    )
