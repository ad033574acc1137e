"""What an operator's short answers say: balance, tariff, own number, remaining traffic.

Answers come in Cyrillic, in transliteration and in English, with commas or points, with the currency spelt in many ways
or not at all. Each parser looks for a value behind its key word first, and takes a value without one only where there
is a single candidate; it never guesses between two. Money is counted in whole kopecks, never in floating point.
"""

from __future__ import annotations

import re
from typing import Final

from provisioning.explanation import Text
from provisioning.operator_account import Money, OperatorAccountError, RemainingTraffic
from provisioning.records import Msisdn, RecordError, parse_msisdn

MAX_ANSWER: Final = 2000
"""Characters; a USSD text has 182 at most, a long message little more."""


class AnswerError(OperatorAccountError):
    """The operator answered, but not this. `text` is the answer, `wanted` what was looked for."""

    kind = "operator_answer"

    def __init__(self, wanted: Text, text: str) -> None:
        self.wanted = wanted
        self.text = text
        super().__init__(
            Text(
                f"В ответе оператора не нашлось: {wanted.ru}. Ответ: «{text[:200]}».",
                f"The operator's answer has no {wanted.en}: {text[:200]!r}.",
            )
        )


_BALANCE: Final = Text("баланс", "balance")
_TARIFF: Final = Text("тариф", "tariff")
_NUMBER: Final = Text("номер телефона", "telephone number")
_TRAFFIC: Final = Text("остаток трафика", "remaining traffic")

_CURRENCY: Final = r"(?:руб(?:л[а-я]*)?|р|rub(?:l[a-z]*)?|r|₽)(?!\w)\.?"
_FOREIGN: Final = r"(?!\s*(?:usd|eur|byn|uah|kzt|грн|тг|тенге|сом|сум|\$|€|%))"
_AMOUNT: Final = (
    r"(?P<whole>[0-9]{1,3}(?:[ \u00a0][0-9]{3})+(?=\s*(?:[.,][0-9]{1,2}\s*)?" + _CURRENCY + r")|[0-9]{1,12})"
    r"(?:\s*" + _CURRENCY + r"\s*(?P<kopecks>[0-9]{1,2})\s*(?:к(?:оп[а-я]*)?|k(?:op[a-z]*)?)(?!\w)"
    r"|(?:[.,](?P<cents>[0-9]{1,2}))?(?![0-9]|[.,][0-9])"
)
_MINUS: Final = r"(?:[-−–]|минус\s|minus\s)"
_SAID_BALANCE: Final = re.compile(
    r"(?<!\w)(?P<bonus>(?:бонус|bonus)\w*\s+)?"
    r"(?:баланс|balans|balance|на\s+(?:вашем\s+)?сч[её]т[уе]|na\s+(?:vashem\s+)?schet[ue])"
    rf"(?:\s*[:=]\s*(?P<minus>{_MINUS}\s*)?|\s+[-–—]\s+|\s*(?P<hyphen>{_MINUS})?)"
    rf"{_AMOUNT}{_FOREIGN})",
    re.IGNORECASE,
)
_ANY_MONEY: Final = re.compile(rf"(?<![\w.,])(?P<minus>{_MINUS}\s?)?{_AMOUNT}\s*{_CURRENCY})", re.IGNORECASE)


def parse_balance(text: str) -> Money:
    """`Баланс:150р`, `Balans:150.25r`, `Баланс: -12,50 руб.`, `Balance: 10 RUB`. Raises AnswerError."""
    _bounded(_BALANCE, text)
    for found in _SAID_BALANCE.finditer(text):
        if not found["bonus"]:
            return _money(found, bool(found["minus"] or found["hyphen"]))
    amounts = list(_ANY_MONEY.finditer(text))
    if len(amounts) == 1 and not re.search("бонус|bonus", text, re.IGNORECASE):
        return _money(amounts[0], bool(amounts[0]["minus"]))
    raise AnswerError(_BALANCE, text)


def _money(found: re.Match[str], below_zero: bool) -> Money:
    roubles = int(re.sub(r"\s", "", found["whole"]))
    kopecks = int(found["kopecks"]) if found["kopecks"] else int((found["cents"] or "0").ljust(2, "0"))
    total = roubles * 100 + kopecks
    return Money(-total if below_zero else total)


_SAID_TARIFF: Final = re.compile(
    r"(?<!\w)(?:тариф(?:ный\s+план)?|tarif(?:n[yi][yij]?\s+plan)?|tariff(?:\s+plan)?|тп|tp)(?!\w)"
    r"\s*[:=\-–—]?+\s*(?P<name>[^\n;]+)",
    re.IGNORECASE,
)


def parse_tariff(text: str) -> str:
    """`Ваш тариф: Супер МТС`, `Vash tarif: …`, `Тарифный план «Smart 2.0».` Raises AnswerError."""
    _bounded(_TARIFF, text)
    found = _SAID_TARIFF.search(text)
    name = "" if found is None else re.split(r"\.\s+(?=\S)", found["name"], maxsplit=1)[0]
    name = name.strip().rstrip(".").strip().strip("\"'«»“”").strip()
    if not name:
        raise AnswerError(_TARIFF, text)
    return name


_DIGITS: Final = r"\+?[0-9](?:[ \u00a0().-]{0,2}[0-9]){9,14}(?![0-9])"
_SAID_NUMBER: Final = re.compile(
    rf"(?<!\w)(?:номер|nomer|number|абонент|abonent|телефон|telefon)\w*\s*[:=\-–—№]?\s*(?P<number>{_DIGITS})",
    re.IGNORECASE,
)
_ANY_NUMBER: Final = re.compile(rf"(?<![\w+])(?P<number>{_DIGITS})")


def parse_own_number(text: str) -> Msisdn:
    """`79161234567`, `8 916 123-45-67`, `Ваш номер: +7…`. Raises AnswerError."""
    _bounded(_NUMBER, text)
    said = [found["number"] for found in _SAID_NUMBER.finditer(text)][:1]
    candidates = said or [found["number"] for found in _ANY_NUMBER.finditer(text)]
    numbers: set[Msisdn] = set()
    for candidate in candidates:
        try:
            numbers.add(parse_msisdn(candidate))
        except RecordError:
            continue
    if len(numbers) != 1:
        raise AnswerError(_NUMBER, text)
    return numbers.pop()


_UNITS: Final = {"": 0, "к": 1, "k": 1, "м": 2, "m": 2, "г": 3, "g": 3, "т": 4, "t": 4}
_VOLUME: Final = (
    r"(?P<whole>[0-9]{1,12})(?:[.,](?P<part>[0-9]{1,6}))?"
    r"\s*(?P<unit>[кkмmгgтt]?)(?:байт\w*|bytes?|[бb])(?!\w)"
)
_ONE_VOLUME: Final = re.compile(rf"(?<![0-9.,]){_VOLUME}", re.IGNORECASE)
_SAID_LEFT: Final = re.compile(
    r"(?<!\w)(?:остат\w+|остал\w+|ostat\w+|ostal\w+|left|remain\w*)[^0-9\n]{0,40}(?=[0-9])", re.IGNORECASE
)
_NO_LIMIT: Final = re.compile(r"без\s*лимит|безлимит|bez\s*limit|bezlimit|unlimited|no limit", re.IGNORECASE)
_NO_PACKAGE: Final = re.compile(
    r"(?:интернет|пакет)\w*\s+не\s+подключ|(?:internet|paket)\w*\s+ne\s+pod[kc]l|no internet", re.IGNORECASE
)


def parse_remaining_traffic(text: str) -> RemainingTraffic:
    """`Остаток: 12 МБ`, `Ostatok: 512 KB`, `1 ГБ 200 МБ`, `Без лимита`; 1 KB is 1024 bytes. Raises AnswerError."""
    _bounded(_TRAFFIC, text)
    if (said := _SAID_LEFT.search(text)) and (found := _ONE_VOLUME.match(text, said.end())):
        total = _bytes(found)
        # "1 GB 200 MB" is one volume, "1 GB of 5 GB" is not.
        while following := _ONE_VOLUME.match(text, found.end() + _blanks(text, found.end())):
            if _power(following) >= _power(found):
                break
            total, found = total + _bytes(following), following
        return RemainingTraffic(total)
    volumes = list(_ONE_VOLUME.finditer(text))
    if len(volumes) == 1:
        return RemainingTraffic(_bytes(volumes[0]))
    if not volumes and _NO_LIMIT.search(text):
        return RemainingTraffic(None)
    if not volumes and _NO_PACKAGE.search(text):
        return RemainingTraffic(0)
    raise AnswerError(_TRAFFIC, text)


def _bytes(found: re.Match[str]) -> int:
    part = found["part"] or ""
    size: int = 1024 ** _power(found)
    return int(found["whole"] + part) * size // int("1" + "0" * len(part))


def _power(found: re.Match[str]) -> int:
    return _UNITS[found["unit"].lower()]


def _blanks(text: str, at: int) -> int:
    return len(text[at:]) - len(text[at:].lstrip())


def _bounded(wanted: Text, text: str) -> None:
    if len(text) > MAX_ANSWER:
        raise AnswerError(wanted, text)
