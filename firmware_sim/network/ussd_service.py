"""The operator's USSD codes and service numbers.

`*100#`, `#100#`, `*111*59#`, `*111*6*2#` and the message "11" to 111 are public. The menu
behind
`*111#` is not: ours is made up. `NetworkConfig.ussd_texts` replaces any answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from firmware_sim.network.answers import UserData, UssdReply
from firmware_sim.network.subscriber import Subscriber
from firmware_sim.network.ussd_menu import Asks, Back, IsSilent, Node, Releases, Says, both, words


def _balance_cyrillic(subscriber: Subscriber) -> str:
    return f"Баланс:{_roubles(subscriber)}р"


def _balance_latin(subscriber: Subscriber) -> str:
    return f"Balans:{_roubles(subscriber)}r"


def _balance(subscriber: Subscriber) -> str:
    return _balance_latin(subscriber) if subscriber.latin_answers else _balance_cyrillic(subscriber)


def _tariff(subscriber: Subscriber) -> str:
    return f"{'Vash tarif' if subscriber.latin_answers else 'Ваш тариф'}: {subscriber.tariff}"


def _traffic(subscriber: Subscriber) -> str:
    if subscriber.traffic_limit_bytes is None:
        return "Bez limita" if subscriber.latin_answers else "Без лимита"
    left_kib = max(0, subscriber.traffic_limit_bytes - subscriber.traffic_used_bytes) // 1024
    return f"Ostatok: {left_kib} KB" if subscriber.latin_answers else f"Остаток: {left_kib} КБ"


def _go_cyrillic(subscriber: Subscriber) -> str:
    subscriber.latin_answers = False
    return "Ответы будут кириллицей"


def _go_latin(subscriber: Subscriber) -> str:
    subscriber.latin_answers = True
    return "Otvety budut latinicey"


ANSWERS: Final[Mapping[str, Callable[[Subscriber], str]]] = {
    "*100#": _balance,
    "#100#": _balance_latin,
    "*111*59#": _tariff,
    "*111*6*2#": _go_latin,
}

MENU: Final = Asks(
    both(
        "1 Баланс\n2 Тариф\n3 Трафик\n4 Язык ответов",
        "1 Balans\n2 Tarif\n3 Trafik\n4 Yazyk otvetov",
    ),
    {
        "1": Says(_balance),
        "2": Says(_tariff),
        "3": Says(_traffic),
        "4": Asks(
            both("1 Кириллица\n2 Латиница\n0 Назад", "1 Kirillica\n2 Latinica\n0 Nazad"),
            {"1": Says(_go_cyrillic), "2": Says(_go_latin), "0": Back()},
        ),
    },
)
MENUS: Final[Mapping[str, Node]] = {
    "*111#": MENU,
    # Of no operator: what a bench needs to see.
    "*500#": Releases(),
    "*501#": IsSilent(),
    "*502#": Asks(both("Ваш номер договора?", "Nomer dogovora?"), other=Says(both("Принято", "Prinyato"))),
}


class UssdService:
    """Answers requests; remembers where in a menu each subscriber stands.

    Args:
        texts: code to fixed text, before everything built in.
        menus: code to a menu, before the built-in ones.
    """

    def __init__(self, texts: Mapping[str, str], menus: Mapping[str, Node] | None = None) -> None:
        self._texts = texts
        self._menus = {**MENUS, **(menus or {})}
        self._open: dict[str, list[Asks]] = {}  # the way to where each stands
        self.codes: Callable[[Subscriber, str], Node | None] | None = None
        """An operator's own codes, before the built-in ones; None from it: it has no such code."""
        self.messages: Callable[[Subscriber, str, str], str | None] | None = None
        """An operator's answers to messages (to a number, a text), before the built-in one."""

    def answer(self, subscriber: Subscriber, code: str) -> UssdReply:
        """Answer a code, or a choice when a menu is open."""
        code = code.strip()
        way = self._open.pop(subscriber.imsi, [])
        if code in self._texts:
            return UssdReply(self._texts[code])
        if self.codes is not None and (node := self.codes(subscriber, code)) is not None:
            return self._go(subscriber, node, [])
        if code in ANSWERS:
            return UssdReply(ANSWERS[code](subscriber))
        if way and (chosen := way[-1].choices.get(code, way[-1].other)) is not None:
            return self._go(subscriber, chosen, way)
        if code in self._menus:
            return self._go(subscriber, self._menus[code], [])
        return UssdReply("Neizvestniy kod" if subscriber.latin_answers else "Неизвестный код")

    def _go(self, subscriber: Subscriber, node: Node, way: list[Asks]) -> UssdReply:
        if isinstance(node, Back):
            way = way[:-1]
            node = way.pop() if way else MENU
        match node:
            case Asks(text):
                self._open[subscriber.imsi] = [*way, node]
                return UssdReply(words(text, subscriber), needs_answer=True)
            case Says(text):
                return UssdReply(words(text, subscriber))
            case Releases():
                return UssdReply("", released=True)
            case _:
                return UssdReply("", silent=True)

    def cancel(self, imsi: str) -> None:
        """Leave the menu."""
        self._open.pop(imsi, None)

    def answer_sms(self, subscriber: Subscriber, number: str, content: str | UserData) -> str | None:
        """The answer to a message to a service number, or None: it is not one."""
        if self.messages is not None and isinstance(content, str):
            answer = self.messages(subscriber, number, content)
            if answer is not None:
                return answer
        if number == "111" and isinstance(content, str) and content.strip() == "11":
            return _balance(subscriber)
        return None


def _roubles(subscriber: Subscriber) -> str:
    return f"{subscriber.balance_kopecks / 100:.2f}"
