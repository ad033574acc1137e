"""A timeline's lines in Russian: the rules write them in English, with their facts in fixed places."""

from __future__ import annotations

import re
from typing import Final

from firmware_sim.operator.console.words import HOLDS
from firmware_sim.operator.records import Hold
from provisioning.explanation import Language, Text

RUSSIAN: Final = {
    "entered into the stock": "заведена на склад",
    "activated by the operator's sweep": "активирована обходом склада",
    "activated by hand": "активирована вручную",
    "terminated": "договор расторгнут",
    "the vendor's period is over": "период в сервисе кончился",
    "active in the vendor's service until {}": "активна в сервисе до {}",
    "added by {} for device {}, tariff {}": "добавил {} для устройства {}, тариф {}",
    "bound to device {} instead of {}": "привязана к устройству {} вместо {}",
    "data session from foreign device {}": "выход в Интернет из чужого устройства {}",
    "number moved to {}": "номер ушёл к оператору {}",
    "number: {} -> {}": "номер: {} → {}",
    "package: {}": "пакет: {}",
    "registered to contract {}": "оформлена на договор {}",
    "removed by {}": "удалил {}",
    "renamed: {}": "переименована: {}",
    "replaced by: {}": "заменена картой {}",
    "replaces: {}": "заменяет карту {}",
    "service off: {}": "услуга отключена: {}",
    "service on: {}": "услуга подключена: {}",
    "tariff {} instead of {}": "тариф {} вместо {}",
    "tariff: {} -> {}": "тариф: {} → {}",
}

HOLDING: Final = {
    "held": Text("остановлена: {}", "held: {}"),
    "released": Text("остановка снята: {}", "released: {}"),
}
"""Lines about a hold, which has a name in both languages."""

_PATTERNS: Final = [
    (re.compile("(.*)".join(map(re.escape, english.split("{}")))), russian)
    for english, russian in RUSSIAN.items()
]


def in_language(happening: str, lang: Language) -> str:
    """A line as it is read; one that the tables lack stays English."""
    word, _, fact = happening.partition(": ")
    if word in HOLDING and fact in list(Hold):
        return HOLDING[word].in_(lang).format(HOLDS[Hold(fact)].in_(lang))
    if lang == "ru":
        for pattern, russian in _PATTERNS:
            if (found := pattern.fullmatch(happening)) is not None:
                return russian.format(*found.groups())
    return happening
