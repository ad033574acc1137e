"""Words for what is found in the file itself, in alarms and in the wiring, by code."""

from __future__ import annotations

from typing import Final

from provisioning.explanation import Actor, Text
from provisioning.zont.checks.facts import Severity
from provisioning.zont.checks.words import FindingWords

DANGER, FAULT, ADVICE = Severity.DANGER, Severity.FAULT, Severity.ADVICE
_INSTALLER: Final = Actor.INSTALLER

CONFIG_WORDS: Final = {
    "config_line": FindingWords(
        FAULT,
        _INSTALLER,
        Text("Строка {line}, {place}: {what}.", "Line {line}, {place}: {what}."),
        Text(
            "Контроллер возьмёт другое значение, чем задумано.",
            "The controller will take another value than is meant.",
        ),
        Text("{way_out}", "{way_out}"),
    ),
    "id_twice": FindingWords(
        FAULT,
        _INSTALLER,
        Text("Строка {line}: {place} уже задан раньше.", "Line {line}: {place} has been set before."),
        Text("Действует только одна из двух строк.", "Only one of the two lines holds."),
        Text(
            "Дайте объекту свой номер или удалите лишнюю строку.",
            "Give the object an id of its own, or delete a line.",
        ),
    ),
}

ALARM_WORDS: Final = {
    "alarm_user_missing": FindingWords(
        FAULT,
        _INSTALLER,
        Text("Нет ни одного пользователя с телефоном.", "There is no user with a phone."),
        Text("Об аварии сообщить некому.", "There is nobody to tell of an alarm."),
        Text("Добавьте хозяина с номером телефона.", "Add the owner with his phone number."),
    ),
    "notification_missing": FindingWords(
        FAULT,
        _INSTALLER,
        Text("Нет ни одного оповещения.", "There is no notification."),
        Text("Контроллер промолчит при любой аварии.", "The controller keeps silent whatever happens."),
        Text("Добавьте оповещение об авариях котла и датчиков.", "Add one for faults of boiler and sensors."),
    ),
    "notification_without_recipients": FindingWords(
        FAULT,
        _INSTALLER,
        Text("Оповещение «{name}» никому не отправляется.", "The notification {name} goes to nobody."),
        Text("Авария случится, а сообщения не будет.", "There will be an alarm and no message."),
        Text("Выберите получателей.", "Choose who gets it."),
    ),
    "notification_without_channel": FindingWords(
        FAULT,
        _INSTALLER,
        Text("У оповещения «{name}» не выбран способ.", "The notification {name} has no way to go."),
        Text("Ни SMS, ни звонка, ни push.", "Neither SMS nor call nor push."),
        Text("Отметьте SMS или звонок.", "Tick SMS or call."),
    ),
    "recipient_without_phone": FindingWords(
        FAULT,
        _INSTALLER,
        Text("У получателя «{name}» нет телефона.", "The recipient {name} has no phone."),
        Text("SMS и звонки до него не дойдут.", "No SMS and no call will reach him."),
        Text("Впишите номер с +7.", "Enter the number, with its country code."),
    ),
    "alarm_not_told": FindingWords(
        ADVICE,
        _INSTALLER,
        Text(
            "Об аварии «{name}» не сообщает ни одно оповещение.",
            "No notification tells of a fault of {name}.",
        ),
        Text("Её увидит только тот, кто откроет приложение.", "Only who opens the application will see it."),
        Text("Добавьте объект в причины оповещения.", "Add the object to a notification's causes."),
    ),
    "zone_silent": FindingWords(
        ADVICE,
        _INSTALLER,
        Text(
            "Охранная зона «{name}» никого не оповещает или никого не слушает.",
            "The guard zone {name} tells nobody, or listens to nothing.",
        ),
        Text("Поставить на охрану можно, а толку не будет.", "It can be armed, and nothing comes of it."),
        Text("Назначьте зоне входы и оповещения.", "Give it inputs and notifications."),
    ),
}

WIRING_WORDS: Final = {
    "terminal_twice": FindingWords(
        FAULT,
        _INSTALLER,
        Text("Клемма {terminal} занята дважды: {names}.", "Terminal {terminal} is used twice: {names}."),
        Text("Объекты спорят за один выход или вход.", "The objects fight for one output or input."),
        Text("Сверьте со схемой и разведите.", "Compare with the wiring and part them."),
    ),
    "address_twice": FindingWords(
        FAULT,
        _INSTALLER,
        Text("Адрес {address} задан дважды: {names}.", "The address {address} is used twice: {names}."),
        Text("Два объекта показывают одно и то же.", "Two objects show one and the same."),
        Text("Найдите второй датчик заново.", "Search for the second one again."),
    ),
}
