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


def _go_latin(subscriber: Subscriber) -> str:
    subscriber.latin_answers = True
    return "Otvety budut latinicey"


ANSWERS: Final[Mapping[str, Callable[[Subscriber], str]]] = {
    "*100#": _balance,
    "#100#": _balance_latin,
    "*111*59#": _tariff,
    "*111*6*2#": _go_latin,
}

MENU_CODE: Final = "*111#"
MENU: Final[Mapping[str, Callable[[Subscriber], str]]] = {"1": _balance, "2": _tariff, "3": _traffic}


class UssdService:
    """Answers requests; remembers who stands in the menu.

    Args:
        texts: code to fixed text, before everything built in.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._in_menu: set[str] = set()

    def answer(self, subscriber: Subscriber, code: str) -> UssdReply:
        """Answer a code, or a choice when the menu is open."""
        code = code.strip()
        was_in_menu = subscriber.imsi in self._in_menu
        self._in_menu.discard(subscriber.imsi)
        if code in self._texts:
            return UssdReply(self._texts[code])
        if code in ANSWERS:
            return UssdReply(ANSWERS[code](subscriber))
        if was_in_menu and code in MENU:
            return UssdReply(MENU[code](subscriber))
        if code == MENU_CODE:
            self._in_menu.add(subscriber.imsi)
            menu = (
                "1 Balans\n2 Tarif\n3 Trafik" if subscriber.latin_answers else "1 Баланс\n2 Тариф\n3 Трафик"
            )
            return UssdReply(menu, needs_answer=True)
        return UssdReply("Neizvestniy kod" if subscriber.latin_answers else "Неизвестный код")

    def cancel(self, imsi: str) -> None:
        """Leave the menu."""
        self._in_menu.discard(imsi)

    @staticmethod
    def answer_sms(subscriber: Subscriber, number: str, content: str | UserData) -> str | None:
        """The answer to a message to a service number, or None: it is not one."""
        if number == "111" and isinstance(content, str) and content.strip() == "11":
            return _balance(subscriber)
        return None


def _roubles(subscriber: Subscriber) -> str:
    return f"{subscriber.balance_kopecks / 100:.2f}"
