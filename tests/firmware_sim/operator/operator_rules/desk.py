"""An operator with a network on a clock that only the test moves, and people who order things."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar

import httpx
import pytest

from firmware_sim.card_numbers import with_check_digit
from firmware_sim.network import Network, NetworkConfig, NetworkNotice, SmsArrived, SubscriberState
from firmware_sim.operator import OPERATOR, Caller, Operator, RefusedError
from firmware_sim.operator.api import make_operator_app
from firmware_sim.operator.audit import audit
from firmware_sim.operator.months import MOSCOW
from firmware_sim.operator.records import (
    RECORDS,
    Account,
    Customer,
    CustomerKind,
    Role,
    Subscriber,
)
from firmware_sim.operator.rules import billing, cards, contracts, passwords, sessions

T = TypeVar("T")

START = datetime(2026, 3, 10, 9, 0, tzinfo=MOSCOW)
IMEI = "866104023456786"
STAFF_TOKEN = "bench"


def password_in(message: str) -> str:
    """The password that a service message tells."""
    return message.split(": ")[1].split(".")[0]


async def _ask(operator: Operator, path: str, token: str) -> httpx.Response:
    transport = httpx.ASGITransport(make_operator_app(operator, staff_token=STAFF_TOKEN))
    async with httpx.AsyncClient(transport=transport, base_url="http://operator") as client:
        return await client.get(path, headers={"Authorization": f"Bearer {token}"})


class Desk:
    """Everything happens between 10 March 2026, 9:00, and whenever the test has gone to."""

    def __init__(self, store: Any = None) -> None:
        self.wall_s = START.timestamp()
        self.network = Network(
            NetworkConfig(sweep_interval_s=None, wall_at_start_s=self.wall_s),
            random=Random(1),
            now=self.wall_s,
        )
        self.operator = Operator(wall=lambda: self.wall_s, random=Random(1), store=store)
        self.operator.serve(self.network, lambda: self.wall_s)
        self.received: dict[str, list[str]] = {}
        self._cards = 0

    # -- time

    @property
    def now(self) -> datetime:
        return self.operator.now()

    def later(self, **delta: float) -> None:
        """Let time pass: hours=4, days=31, minutes=15."""
        self.wall_s += timedelta(**delta).total_seconds()
        self.operator.advance()
        self.network.advance(self.wall_s)

    def until(self, moment: datetime) -> None:
        """Let time pass until a moment of Moscow's clock."""
        self.wall_s = max(self.wall_s, moment.replace(tzinfo=MOSCOW).timestamp())
        self.later()

    # -- orders

    def do(self, operation: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Carry out an order; the books are audited after it."""
        result = self.operator.do(operation, *arguments, **named)
        assert audit(self.operator.books) == []
        return result

    @contextlib.contextmanager
    def refuses(self, kind: str) -> Iterator[None]:
        """What is done within is refused for this reason, and nothing has changed."""
        self.operator.advance()
        before = self.everything()
        with pytest.raises(RefusedError) as refused:
            yield
        assert refused.value.kind == kind, f"refused as {refused.value.kind}: {refused.value}"
        assert refused.value.told("ru") != refused.value.told("en")
        assert self.everything() == before

    def everything(self) -> dict[type, list[object]]:
        """All records."""
        return {kind: list(self.operator.books.all(kind)) for kind in RECORDS}

    # -- people

    def customer(self, contract: str = "M-1", **facts: Any) -> Customer:
        """Somebody with a contract."""
        known = self.operator.books.get(Customer, contract)
        if known is not None:
            return known
        facts = {
            "name": "Иванов Иван Иванович",
            "passport": "4510123456",
            "e_mail": "ivan@example.org",
            **facts,
        }
        return self.do(contracts.sign, OPERATOR, Customer(contract=contract, **facts))

    def company(self, contract: str = "K-1", subscribers: int = 3, kopecks: int = 100_000) -> Caller:
        """A company with so many active subscribers; its administrator."""
        self.customer(contract, name="ООО Тепло", kind=CustomerKind.COMPANY, tax_id="7701234567")
        account = self.do(contracts.open_account, OPERATOR, contract)
        if kopecks:
            self.do(billing.top_up, OPERATOR, account.number, kopecks)
        for number in range(subscribers):
            self.card(account=account.number, tariff="m2m", name=f"Котельная {number + 1}")
        return Caller(Role.ADMINISTRATOR, contract)

    def card(
        self,
        *,
        account: str = "",
        tariff: str = "smart",
        kopecks: int = 0,
        active: bool = True,
        name: str = "Иванов Иван",
        contract: str = "M-1",
    ) -> Subscriber:
        """A card with its number; without an account, a person's with one of its own."""
        self._cards += 1
        if not account:
            self.customer(contract)
            account = self.do(contracts.open_account, OPERATOR, contract).number
        card = self.do(
            cards.enter_card,
            OPERATOR,
            imsi=f"25001000000{self._cards:04d}",
            iccid=with_check_digit(f"89701010000000{self._cards:04d}"),
            msisdn=f"+7916000{self._cards:04d}",
            account=account,
            tariff=tariff,
            name=name,
        )
        if kopecks:
            self.do(billing.top_up, OPERATOR, account, kopecks)
        if active:
            self.do(cards.activate, OPERATOR, card.imsi)
        self.received[card.imsi] = []
        self.network.subscribe(card.imsi, lambda notice: self._received(card.imsi, notice))
        return self.of(card)

    def person(self, kopecks: int = 100_000, **facts: Any) -> tuple[Caller, Subscriber]:
        """A private subscriber with a phone that is on; himself and his card."""
        card = self.card(kopecks=kopecks, **facts)
        if card.life.value == "active":
            self.turn_on(card)
        return Caller(Role.SUBSCRIBER, card.imsi), self.of(card)

    def turn_on(self, card: Subscriber, imei: str = IMEI) -> None:
        """Its device registers."""
        self.network.register(card.imsi, imei, "cs", self.wall_s)
        self.network.register(card.imsi, imei, "ps", self.wall_s)

    def describe(self, contract: str, *, name: str, passport: str, address: str) -> None:
        """Put facts into a contract."""
        known = self.customer(contract)
        changed = replace(known, name=name, passport=passport.replace(" ", ""), address=address)
        self.do(lambda draft: draft.put(changed))

    def change(self, card: Subscriber, **facts: Any) -> None:
        """Have the card be otherwise."""
        self.do(lambda draft: draft.put(replace(self.of(card), **facts)))

    def order_password(self, card: Subscriber) -> bool:
        """Number and symbols, as a person reads them off the picture."""
        picture = self.do(passwords.draw_captcha)
        return self.do(passwords.order_by_sms, card.number, picture.id_text, picture.symbols.lower())

    def get(self, caller: Caller, path: str) -> Any:
        """What the API answers him."""
        token = self.operator.do(sessions.begin, caller)
        answer = asyncio.run(_ask(self.operator, f"/api/v1{path}", token))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def activate(self, card: Subscriber) -> None:
        """A clerk activates it."""
        self.do(cards.activate, OPERATOR, card.imsi)

    # -- what is so now

    def of(self, card: Subscriber) -> Subscriber:
        """The card as the books have it now."""
        found = self.operator.books.get(Subscriber, card.imsi)
        assert found is not None
        return found

    def account(self, card: Subscriber) -> Account:
        """Its account now."""
        found = self.operator.books.get(Account, card.account)
        assert found is not None
        return found

    def network_state(self, card: Subscriber) -> SubscriberState:
        """As the network has it."""
        return self.network.subscriber(card.imsi).state

    def messages(self, card: Subscriber) -> list[str]:
        """Texts that its device has got by SMS, parts put together, oldest first."""
        return self.received[card.imsi]

    def _received(self, imsi: str, notice: NetworkNotice) -> None:
        if not isinstance(notice, SmsArrived):
            return
        if isinstance(notice.content, str):
            self.received[imsi].append(notice.content)
            return
        # Parts come in order here; the header is 05 00 03, reference, count, number (3GPP TS 23.040, 9.2.3.24.1).
        *_, number = header = notice.content.octets[:6]
        text = notice.content.octets[6:].decode("utf-16-be")
        if number == 1:
            self.received[imsi].append(text)
        else:
            self.received[imsi][-1] += text
        assert tuple(header[:3]) == (5, 0, 3)
