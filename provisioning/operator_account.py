"""An operator's account as the owner of a fleet uses it, whatever stands behind it.

Two kinds of adapters exist: through the SIM itself (USSD and messages), which can only ask about its own card, and an
operator's HTTP interface, which manages a whole contract. Both are an `OperatorAccount`; what one cannot do raises
`NotOfferedError`, which names who can. An adapter inherits `PartialAccount` and overrides what it offers, so that
`capabilities` and the methods cannot contradict each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NoReturn, Protocol

from provisioning.explanation import Text
from provisioning.records import Iccid, Msisdn


class Capability(StrEnum):
    """What an adapter may offer; the values are names of methods of `OperatorAccount`."""

    OWN_NUMBER = "own_number"
    BALANCE = "balance"
    TARIFF = "tariff"
    REMAINING_TRAFFIC = "remaining_traffic"
    CARDS = "cards"
    CARD = "card"
    SERVICES = "services"
    TURN_ON = "turn_on"
    TURN_OFF = "turn_off"
    PAUSE = "pause"
    RESUME = "resume"
    BLOCK = "block"
    UNBLOCK = "unblock"
    CHANGE_TARIFF = "change_tariff"
    RENAME = "rename"


class AdapterKind(StrEnum):
    """The ways to an operator."""

    SIM = "through the SIM"
    API = "through the operator's interface"


OFFERED_BY: Final[Mapping[Capability, tuple[AdapterKind, ...]]] = {
    Capability.OWN_NUMBER: (AdapterKind.SIM,),
    Capability.BALANCE: (AdapterKind.SIM, AdapterKind.API),
    Capability.TARIFF: (AdapterKind.SIM,),
    Capability.REMAINING_TRAFFIC: (AdapterKind.SIM,),
    **dict.fromkeys(list(Capability)[4:], (AdapterKind.API,)),
}
"""Own number, tariff and traffic of one card are fields of `AccountCard` where there is an interface."""

_KIND_WORDS: Final = {
    AdapterKind.SIM: Text("запрос через саму SIM-карту", "asking through the SIM itself"),
    AdapterKind.API: Text("программный интерфейс оператора", "the operator's interface for programs"),
}


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """Roubles in whole kopecks; below zero is a debt."""

    kopecks: int

    def __str__(self) -> str:
        sign = "-" if self.kopecks < 0 else ""
        return f"{sign}{abs(self.kopecks) // 100}.{abs(self.kopecks) % 100:02}"


@dataclass(frozen=True, slots=True)
class RemainingTraffic:
    """What is left of the period's quota. None: there is no limit; 0 also where no package is connected."""

    remaining_bytes: int | None


class CardState(StrEnum):
    """A card at its operator (S0.28, S0.29)."""

    IN_STOCK = "in_stock"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    BLOCKED = "blocked"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True)
class AccountCard:
    """One card of the contract. What an operator does not tell is None or empty."""

    iccid: Iccid
    msisdn: Msisdn | None
    state: CardState
    name: str = ""
    tariff: str = ""
    balance_kopecks: int | None = None
    remaining_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class AccountService:
    """An extra service. `code` is the operator's."""

    code: str
    name: str
    is_on: bool
    monthly_kopecks: int | None = None


class OperatorAccountError(Exception):
    """The operator's account could not be asked or changed. `told` is for a person."""

    kind = "operator_account"
    retryable = False

    def __init__(self, told: Text) -> None:
        super().__init__(told.en)
        self.told = told


class NotOfferedError(OperatorAccountError):
    """This adapter cannot do that. `offered_by`: the kinds that can, if any is known."""

    kind = "not_offered"

    def __init__(self, capability: Capability, adapter: str) -> None:
        self.capability = capability
        self.adapter = adapter
        self.offered_by = OFFERED_BY[capability]
        ways_ru = ", ".join(_KIND_WORDS[each].ru for each in self.offered_by)
        ways_en = ", ".join(_KIND_WORDS[each].en for each in self.offered_by)
        super().__init__(
            Text(
                f"{adapter} не умеет «{capability}»; это умеет {ways_ru}.",
                f"{adapter} does not offer {capability}; {ways_en} does.",
            )
        )


class OperatorRefusedError(OperatorAccountError):
    """The operator understood and says no; `told` has its reason."""

    kind = "operator_refused"


class OperatorUnreachableError(OperatorAccountError):
    """No answer; asking again later may help. A change may have been made all the same."""

    kind = "operator_unreachable"
    retryable = True


class OperatorAccount(Protocol):
    """What every adapter is. All methods raise OperatorAccountError; NotOfferedError: see `capabilities`.

    Changes are asked for by the caller alone: no adapter makes one to answer a question.
    """

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What works here."""
        ...

    async def own_number(self) -> Msisdn:
        """The number of the card that asks."""
        ...

    async def balance(self) -> Money:
        """Of the card that asks, or of the contract."""
        ...

    async def tariff(self) -> str:
        """The tariff's name as the operator writes it."""
        ...

    async def remaining_traffic(self) -> RemainingTraffic:
        """Of the card that asks."""
        ...

    async def cards(self, pattern: str = "%") -> Sequence[AccountCard]:
        """Cards whose number fits: `%` is any digits, `_` one digit (S2.6)."""
        ...

    async def card(self, iccid: Iccid) -> AccountCard:
        """One card."""
        ...

    async def services(self, iccid: Iccid) -> Sequence[AccountService]:
        """All that the tariff allows, on and off."""
        ...

    async def turn_on(self, iccid: Iccid, service: str) -> None:
        """Connect a service by its code; it may cost money."""
        ...

    async def turn_off(self, iccid: Iccid, service: str) -> None:
        """Disconnect a service by its code."""
        ...

    async def pause(self, iccid: Iccid) -> None:
        """Suspend all services of a card for a while (S2.16)."""
        ...

    async def resume(self, iccid: Iccid) -> None:
        """End `pause`."""
        ...

    async def block(self, iccid: Iccid) -> None:
        """Block a lost or stolen card."""
        ...

    async def unblock(self, iccid: Iccid) -> None:
        """End `block`."""
        ...

    async def change_tariff(self, iccid: Iccid, tariff: str) -> None:
        """Move a card to another tariff by its code; it may cost a fee (S1.12)."""
        ...

    async def rename(self, iccid: Iccid, name: str) -> None:
        """Give a card the name that the invoice shows (S2.8)."""
        ...


class PartialAccount:
    """The base of adapters: offers nothing, and knows what a class below it has overridden."""

    name: str = "account"
    """In messages to a person."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """The methods that are overridden."""
        own, none = type(self), PartialAccount
        return frozenset(each for each in Capability if getattr(own, each) is not getattr(none, each))

    def _not_offered(self, capability: Capability) -> NoReturn:
        raise NotOfferedError(capability, self.name)

    async def own_number(self) -> Msisdn:
        self._not_offered(Capability.OWN_NUMBER)

    async def balance(self) -> Money:
        self._not_offered(Capability.BALANCE)

    async def tariff(self) -> str:
        self._not_offered(Capability.TARIFF)

    async def remaining_traffic(self) -> RemainingTraffic:
        self._not_offered(Capability.REMAINING_TRAFFIC)

    async def cards(self, pattern: str = "%") -> Sequence[AccountCard]:
        self._not_offered(Capability.CARDS)

    async def card(self, iccid: Iccid) -> AccountCard:
        self._not_offered(Capability.CARD)

    async def services(self, iccid: Iccid) -> Sequence[AccountService]:
        self._not_offered(Capability.SERVICES)

    async def turn_on(self, iccid: Iccid, service: str) -> None:
        self._not_offered(Capability.TURN_ON)

    async def turn_off(self, iccid: Iccid, service: str) -> None:
        self._not_offered(Capability.TURN_OFF)

    async def pause(self, iccid: Iccid) -> None:
        self._not_offered(Capability.PAUSE)

    async def resume(self, iccid: Iccid) -> None:
        self._not_offered(Capability.RESUME)

    async def block(self, iccid: Iccid) -> None:
        self._not_offered(Capability.BLOCK)

    async def unblock(self, iccid: Iccid) -> None:
        self._not_offered(Capability.UNBLOCK)

    async def change_tariff(self, iccid: Iccid, tariff: str) -> None:
        self._not_offered(Capability.CHANGE_TARIFF)

    async def rename(self, iccid: Iccid, name: str) -> None:
        self._not_offered(Capability.RENAME)
