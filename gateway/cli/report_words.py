"""What a delivery report says (TP-ST; 3GPP TS 23.040, 9.2.3.15)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from provisioning.explanations import Text

_WORDS: Final[Mapping[int, Text]] = {
    0x00: Text(en="delivered", ru="доставлено"),
    0x01: Text(en="handed on; delivery is not confirmed", ru="передано дальше; доставка не подтверждена"),
    0x02: Text(en="replaced by the centre", ru="заменено центром сообщений"),
    0x40: Text(en="not delivered: remote procedure error", ru="не доставлено: ошибка удалённой процедуры"),
    0x41: Text(en="not delivered: incompatible destination", ru="не доставлено: получатель несовместим"),
    0x42: Text(en="not delivered: the recipient refused it", ru="не доставлено: получатель отказался"),
    0x43: Text(
        en="not delivered: the recipient cannot be reached", ru="не доставлено: получатель недостижим"
    ),
    0x44: Text(
        en="not delivered: quality of service not available", ru="не доставлено: нет нужного качества связи"
    ),
    0x45: Text(
        en="not delivered: no interworking with the recipient's network",
        ru="не доставлено: нет связи с сетью получателя",
    ),
    0x46: Text(en="not delivered in time", ru="не доставлено вовремя"),
    0x47: Text(en="deleted by its sender", ru="удалено отправителем"),
    0x48: Text(en="deleted by the operator", ru="удалено оператором"),
    0x49: Text(en="unknown to the centre", ru="центру сообщений неизвестно"),
}

_GROUPS: Final = (
    (0x20, Text(en="delivered", ru="доставлено")),
    (
        0x40,
        Text(en="not delivered yet, the centre tries on", ru="ещё не доставлено, центр продолжает попытки"),
    ),
    (0x60, Text(en="not delivered", ru="не доставлено")),
    (0x80, Text(en="not delivered, the centre gave up", ru="не доставлено, центр прекратил попытки")),
)
"""By the first status beyond the group."""


def status_in_words(status: int) -> Text:
    """The status's own words, or its group's with the number."""
    if (words := _WORDS.get(status)) is not None:
        return words
    group = next(
        (text for beyond, text in _GROUPS if status < beyond),
        Text(en="no known status", ru="статус неизвестен"),
    )
    return Text(en=f"{group.en} (0x{status:02X})", ru=f"{group.ru} (0x{status:02X})")
