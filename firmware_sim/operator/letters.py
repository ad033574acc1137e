"""A text in the subscriber's language and letters."""

from __future__ import annotations

from typing import Final

from firmware_sim.operator.records import Language, Subscriber
from provisioning.explanation import Text

_LATIN: Final = {
    **dict(zip("абвгдезийклмнопрстуфыэё", "abvgdeziyklmnoprstufyee", strict=True)),
    "ж": "zh",
    "х": "h",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "sch",
    "ъ": "",
    "ь": "",
    "ю": "yu",
    "я": "ya",
}
_TABLE: Final = str.maketrans(
    _LATIN
    | {cyrillic.upper(): latin.capitalize() for cyrillic, latin in _LATIN.items()}
    | {"₽": "rub", "«": '"', "»": '"', "—": "-", "№": "N"}
)


def transliterated(text: str) -> str:
    """Russian in Latin letters."""
    return text.translate(_TABLE)


def said_to(card: Subscriber, text: Text) -> str:
    """The text as this subscriber reads it."""
    match card.language:
        case Language.RU:
            return text.ru
        case Language.TRANSLIT:
            return transliterated(text.ru)
        case Language.EN:
            return text.en
