"""The sentences for refusals of the network and of the broker, by number."""

from __future__ import annotations

from typing import Final

from provisioning.explanation import Actor, Explanation, Text

_AGAIN: Final = Text("Шлюз пробует снова сам.", "The gateway tries again by itself.")


def _words(who: Actor, what: Text, meaning: Text, then: Text = _AGAIN) -> Explanation:
    return Explanation(code="", what=what, meaning=meaning, who=who, next=then)


MM_WORDS: Final[dict[int | None, Explanation]] = {
    7: _words(
        Actor.OPERATOR,
        Text("Сеть не даёт этой карте передачу данных.", "The network gives this card no data."),
        Text(
            "Звонки и SMS могут работать; мобильный интернет не включён.",
            "Calls and SMS may work; mobile data is not enabled.",
        ),
        Text(
            "Попросите оператора включить передачу данных; шлюз проверяет снова сам.",
            "Ask the operator to enable data; the gateway checks again by itself.",
        ),
    ),
    11: _words(
        Actor.OPERATOR,
        Text("Эта сеть для SIM-карты закрыта.", "This network is forbidden to the card."),
        Text(
            "Модем внёс сеть в список запрещённых на карте и сам в неё больше не пойдёт, даже после перезапуска.",
            "The modem has put it on the card's list of forbidden networks and never tries it again by itself, "
            "not even after a restart.",
        ),
        Text(
            "Спросите оператора, почему; когда он исправит, очистите список: «thermogate modem forbidden --erase».",
            "Ask the operator why; once he has put it right, empty the list: 'thermogate modem forbidden --erase'.",
        ),
    ),
}
"""Causes whose words differ from those of the state they lead to."""

SM_UNKNOWN: Final = _words(
    Actor.OPERATOR,
    Text("Сеть не открыла передачу данных.", "The network opened no data session."),
    Text("Причину она не назвала или она временная.", "It gave no reason, or a passing one."),
    Text(
        "Если не пройдёт за час, спросите оператора; шлюз пробует снова сам.",
        "If it does not pass within an hour, ask the operator; the gateway tries again by itself.",
    ),
)

_APN: Final = _words(
    Actor.INSTALLER,
    Text("Сеть не знает такой точки доступа (APN).", "The network does not know this access point (APN)."),
    Text("В настройках указан неверный APN, имя или пароль.", "The APN, its user name or password is wrong."),
    Text("Исправьте [modem] apn по инструкции к карте.", "Correct [modem] apn by the card's instructions."),
)
_NOT_SUBSCRIBED: Final = _words(
    Actor.OWNER,
    Text("Услуга передачи данных на карте не подключена.", "The card has no data service."),
    Text("Период не оплачен или номер приостановлен.", "The period is not paid, or the number is suspended."),
    Text(
        "Проверьте оплату; если всё оплачено, позвоните в поддержку.",
        "Check the payment; if all is paid, call support.",
    ),
)
_BARRED: Final = _words(
    Actor.OWNER,
    Text("Оператор закрыл передачу данных.", "The operator has barred data."),
    Text(
        "Месячный трафик исчерпан или карта заблокирована.",
        "The month's traffic is used up, or the card is blocked.",
    ),
    Text(
        "Проверьте остаток в личном кабинете; лимит обновится с новым оплаченным периодом.",
        "See what is left in the account; the limit renews with the next paid period.",
    ),
)
_BUSY: Final = _words(
    Actor.NOBODY,
    Text("Сеть сейчас не может открыть передачу данных.", "The network cannot open a data session now."),
    Text("Она перегружена или неисправна.", "It is overloaded or out of order."),
)

SM_WORDS: Final[dict[int, Explanation]] = {
    8: _BARRED,
    26: _BUSY,
    27: _APN,
    28: _APN,
    29: _APN,
    30: _NOT_SUBSCRIBED,
    32: _NOT_SUBSCRIBED,
    33: _NOT_SUBSCRIBED,
    34: _BUSY,
    38: _BUSY,
    66: _APN,
}
"""By SM cause (3GPP TS 24.008, 10.5.6.6)."""

BROKER_UNKNOWN: Final = _words(
    Actor.CLOUD,
    Text("Облако отказало в подключении.", "The cloud refused the connection."),
    Text("Причина известна службе облака.", "The cloud's staff know the reason."),
    Text(
        "Если это длится, позвоните в службу облака; шлюз пробует снова сам.",
        "If it lasts, call the cloud's staff; the gateway tries again by itself.",
    ),
)

_LOGIN: Final = _words(
    Actor.CLOUD,
    Text("Облако не приняло имя или пароль.", "The cloud did not accept user name or password."),
    Text("Они указаны неверно или доступ закрыт.", "They are wrong, or access was closed."),
    Text(
        "Проверьте [cloud] в настройках или позвоните в службу облака.",
        "Check [cloud] in the configuration, or call the cloud's staff.",
    ),
)
_OVERLOADED: Final = _words(
    Actor.NOBODY,
    Text("Облако занято.", "The cloud is busy."),
    Text(
        "Оно просит подключиться позже; показания сохраняются.",
        "It asks to connect later; readings are kept.",
    ),
)

BROKER_WORDS: Final[dict[int, Explanation]] = {
    0x84: _words(
        Actor.INSTALLER,
        Text("Брокер не поддерживает эту версию MQTT.", "The broker does not support this version of MQTT."),
        Text("В настройках выбрана другая версия протокола.", "Another protocol version is configured."),
        Text('Укажите [cloud] protocol = "3.1.1".', 'Set [cloud] protocol = "3.1.1".'),
    ),
    0x85: _LOGIN,
    0x86: _LOGIN,
    0x87: _LOGIN,
    0x88: _OVERLOADED,
    0x89: _OVERLOADED,
    0x8A: _LOGIN,
    0x8C: _LOGIN,
    0x97: _OVERLOADED,
    0x9F: _OVERLOADED,
}
"""By reason code (MQTT 5, 2.4)."""
