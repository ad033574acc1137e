"""The operator's codes: what `*100#` and its kin answer, and the menu behind `*111#`, on the books as they are.

`*100#`, `#100#`, `*111*59#`, `*111*6*2#`, `*100*1#` and `*111*25*…#` are public codes of the field; the menu is ours.
What a code orders goes through the same rules as everything else, so a refusal is told with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final, TypeAlias

from firmware_sim.network import Subscriber as NetworkSubscriber
from firmware_sim.network.ussd_menu import Asks, Back, Node, Says
from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller
from firmware_sim.operator.catalogue import TARIFFS
from firmware_sim.operator.ledger import balance_kopecks
from firmware_sim.operator.letters import said_to, transliterated
from firmware_sim.operator.records import Language, Role, Subscriber
from firmware_sim.operator.refusals import RefusedError
from firmware_sim.operator.register_entry import quota_bytes
from firmware_sim.operator.rules import passwords, services, usage
from provisioning.explanation import Text

Rule: TypeAlias = Callable[[Draft, Subscriber], Text]
Run: TypeAlias = Callable[[Callable[[Draft], str]], str]
"""Carries an operation out and gives its result; raises RefusedError."""

PASSWORD: Final = re.compile(r"\*111\*25\*([0-9]{4,7})#")

# -- what is answered


def _balance(draft: Draft, card: Subscriber, code: str = "*100#") -> Text:
    usage.balance_checked(draft, _himself(card), card.imsi, code)
    kopecks = balance_kopecks(draft, card.account)
    amount = f"{'-' if kopecks < 0 else ''}{abs(kopecks) // 100}.{abs(kopecks) % 100:02}"
    return Text(f"Баланс:{amount}р", f"Balance: {amount} RUB")


def _tariff(draft: Draft, card: Subscriber) -> Text:
    name = TARIFFS[card.tariff].name
    return Text(f"Ваш тариф: {name.ru}", f"Your tariff: {name.en}")


def _traffic(draft: Draft, card: Subscriber) -> Text:
    quota = quota_bytes(draft, card)
    if quota is None:
        return Text("Интернет не подключен", "No Internet")
    left_kib = max(0, quota - card.used_bytes) // 1024
    return Text(f"Остаток: {left_kib} КБ", f"Left: {left_kib} KB")


def _number(draft: Draft, card: Subscriber) -> Text:
    return Text(f"Ваш номер: {card.msisdn}", f"Your number: {card.msisdn}")


def _sms_left(draft: Draft, card: Subscriber) -> Text:
    price = TARIFFS[card.tariff].sms_kopecks
    return Text(
        f"Пакета SMS нет. SMS: {price / 100:.2f}р", f"There is no SMS package. An SMS: {price / 100:.2f} RUB"
    )


def _speak(language: Language, draft: Draft, card: Subscriber) -> Text:
    draft.put(replace(card, language=language))
    return Text("Готово", "Done")


def _service(code: str, on: bool, draft: Draft, card: Subscriber) -> Text:
    turn = services.turn_on if on else services.turn_off
    turn(draft, _himself(card), card.number, code)
    return Text("Готово", "Done")


def _password(digits: str, draft: Draft, card: Subscriber) -> Text:
    passwords.set_by_code(draft, card.imsi, digits)
    return Text("Пароль задан", "The password is set")


def _password_how(draft: Draft, card: Subscriber) -> Text:
    return Text("Наберите *111*25*пароль#, 4-7 цифр", "Dial *111*25*password#, 4-7 digits")


CODES: Final[Mapping[str, Rule]] = {
    "*100#": _balance,
    "*100*1#": _sms_left,
    "*111*59#": _tariff,
    "*111*6*1#": partial(_speak, Language.RU),
    "*111*6*2#": partial(_speak, Language.TRANSLIT),
    "*111*6*3#": partial(_speak, Language.EN),
    "*111*10#": _number,
    "*111*25#": _password_how,
}


class UssdCodes:
    """Answers for one operator; `answer` and `answer_message` are what the network asks.

    Args:
        run: carries an order out on the books.
        card: the card of an IMSI as it is now.
    """

    def __init__(self, run: Run, card: Callable[[str], Subscriber]) -> None:
        self._run = run
        self._card = card

    def answer(self, subscriber: NetworkSubscriber, code: str) -> Node | None:
        """The node behind a code, or None: it is none of ours."""
        if code in CODES:
            return Says(self._done(CODES[code]))
        if code == "#100#":
            return Says(
                lambda who: transliterated(self._done(partial(_balance, code="#100#"), Language.RU)(who))
            )
        if password := PASSWORD.fullmatch(code):
            return Says(self._done(partial(_password, password[1])))
        return self._menu() if code == "*111#" else None

    def answer_message(self, subscriber: NetworkSubscriber, number: str, text: str) -> str | None:
        """The answer to an SMS to a service number: "11" to 111 is the balance."""
        if number == "111" and text.strip() == "11":
            return self._done(partial(_balance, code="111"))(subscriber)
        return None

    def _menu(self) -> Node:
        pause = Asks(
            self._text("1 Включить\n2 Выключить\n0 Назад", "1 On\n2 Off\n0 Back"),
            {
                "1": Says(self._done(partial(_service, "pause", True))),
                "2": Says(self._done(partial(_service, "pause", False))),
                "0": Back(),
            },
        )
        language = Asks(
            self._text(
                "1 Кириллица\n2 Латиница\n3 English\n0 Назад", "1 Cyrillic\n2 Latin\n3 English\n0 Back"
            ),
            {
                "1": Says(self._done(partial(_speak, Language.RU))),
                "2": Says(self._done(partial(_speak, Language.TRANSLIT))),
                "3": Says(self._done(partial(_speak, Language.EN))),
                "0": Back(),
            },
        )
        return Asks(
            self._text(
                "1 Баланс\n2 Тариф\n3 Трафик\n4 Язык ответов\n5 Пауза\n6 Мой номер",
                "1 Balance\n2 Tariff\n3 Traffic\n4 Language\n5 Pause\n6 My number",
            ),
            {
                "1": Says(self._done(_balance)),
                "2": Says(self._done(_tariff)),
                "3": Says(self._done(_traffic)),
                "4": language,
                "5": pause,
                "6": Says(self._done(_number)),
            },
        )

    def _text(self, ru: str, en: str) -> Callable[[NetworkSubscriber], str]:
        return lambda who: said_to(self._card(who.imsi), Text(ru, en))

    def _done(self, rule: Rule, language: Language | None = None) -> Callable[[NetworkSubscriber], str]:
        """The answer once the rule was carried out, in the language in which the subscriber reads then."""

        def answer(who: NetworkSubscriber) -> str:
            def order(draft: Draft) -> str:
                text = rule(draft, self._card(who.imsi))
                card = draft.get(Subscriber, who.imsi)
                assert card is not None
                return said_to(card if language is None else replace(card, language=language), text)

            try:
                return self._run(order)
            except RefusedError as refusal:
                return said_to(self._card(who.imsi), Text(refusal.told("ru"), refusal.told("en")))

        return answer


def _himself(card: Subscriber) -> Caller:
    return Caller(Role.SUBSCRIBER, card.imsi)
