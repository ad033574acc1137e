"""Words for what a modem says of its supply and temperature: complaints (`Notice`) and the end that they lead to."""

from __future__ import annotations

from typing import Final

from gateway.explain_words import Words
from provisioning.explanations import Actor, Text

_PEAKS: Final = Text(
    en="The supply cannot carry the transmit peaks of up to 2 A.",
    ru="Питание не выдерживает пиков передачи до 2 А.",
)
_SUPPLY: Final = Text(
    en="Check the power supply and its cable: a stronger one, shorter and thicker wires.",
    ru="Проверьте блок питания и провода: нужен блок мощнее, провода короче и толще.",
)

SUPPLY_WORDS: Final[dict[str, Words]] = {
    "modem_brown_out": Words(
        Text(
            en="The modem switched itself off: its supply voltage fell too low ({boot_message}).",
            ru="Модем выключился: напряжение питания упало слишком низко ({boot_message}).",
        ),
        _PEAKS,
        Actor.INSTALLER,
        _SUPPLY,
    ),
    "supply_low": Words(
        Text(
            en="The modem warns of a low supply voltage.",
            ru="Модем предупреждает о низком напряжении питания.",
        ),
        _PEAKS,
        Actor.INSTALLER,
        _SUPPLY,
    ),
    "supply_high": Words(
        Text(
            en="The modem warns of a high supply voltage.",
            ru="Модем предупреждает о высоком напряжении питания.",
        ),
        Text(
            en="It switches itself off before the voltage harms it.",
            ru="Он выключится сам, чтобы не выйти из строя.",
        ),
        Actor.INSTALLER,
        Text(
            en="Measure the voltage at the modem: most want 3.4 to 4.4 V, boards with a converter 5 V.",
            ru="Измерьте напряжение на модеме: большинству нужно 3,4-4,4 В, платам с преобразователем 5 В.",
        ),
    ),
    "temperature": Words(
        Text(en="The modem is too hot or too cold.", ru="Модем перегрелся или переохладился."),
        Text(
            en="It switches itself off when it gets worse.",
            ru="Если станет хуже, он выключится сам.",
        ),
        Actor.INSTALLER,
        Text(
            en="Move it away from the boiler or out of the frost, and let air to it.",
            ru="Отнесите его от котла или из мороза и дайте доступ воздуха.",
        ),
    ),
    "charging_only": Words(
        Text(
            en="The modem is switched on by its charger only.",
            ru="Модем включён только от зарядки.",
        ),
        Text(
            en="It charges its battery and does nothing else.",
            ru="Он заряжает аккумулятор и больше ничего не делает.",
        ),
        Actor.INSTALLER,
        Text(en="Press its power key.", ru="Нажмите кнопку питания модема."),
    ),
}
