"""Words for what a running controller tells of itself, by code."""

from __future__ import annotations

from typing import Final

from provisioning.explanation import Actor, Text
from provisioning.zont.checks.facts import Severity
from provisioning.zont.checks.words import FindingWords

DANGER, FAULT, ADVICE = Severity.DANGER, Severity.FAULT, Severity.ADVICE
_INSTALLER, _OWNER = Actor.INSTALLER, Actor.OWNER

LINK_WORDS: Final = {
    "apn_empty": FindingWords(
        FAULT,
        _INSTALLER,
        Text("Точка доступа (APN) не задана.", "The access point (APN) is empty."),
        Text(
            "Без неё через SIM-карту нет связи с облаком.",
            "Without it there is no cloud through the SIM card.",
        ),
        Text("Впишите APN оператора SIM-карты.", "Enter the APN of the card's operator."),
    ),
    "balance_threshold_missing": FindingWords(
        ADVICE,
        _INSTALLER,
        Text(
            "Не задан запрос баланса или его порог (#S12).",
            "There is no balance request or no threshold (#S12).",
        ),
        Text(
            "О пустом счёте SIM-карты узнают, когда связь пропадёт.",
            "That the card's account is empty shows when the link is gone.",
        ),
        Text("Впишите код и порог, например *100# 50.", "Enter code and threshold, as *100# 50."),
    ),
    "sim_denied": FindingWords(
        FAULT,
        Actor.OPERATOR,
        Text("Сеть отказывает SIM-карте в регистрации.", "The network denies the SIM card registration."),
        Text(
            "Карта ещё не активирована («на складе»), заблокирована или чужая.",
            "The card is not active yet (in stock), blocked, or another's.",
        ),
        Text(
            "Новая карта комплекта: ждите активации, обычно несколько часов. Иначе — к оператору.",
            "A new card of a kit: wait for its activation, usually some hours. Else ask the operator.",
        ),
    ),
    "gsm_not_registered": FindingWords(
        ADVICE,
        _INSTALLER,
        Text(
            "Контроллер не зарегистрирован в сети GSM.",
            "The controller is not registered in the GSM network.",
        ),
        Text(
            "Ни SMS, ни звонков, ни запасного пути в облако.", "No SMS, no calls, no spare way to the cloud."
        ),
        Text(
            "Проверьте SIM-карту, PIN и антенну. Без SIM-карты так и должно быть.",
            "Check card, PIN and antenna. Without a card it has to be so.",
        ),
    ),
    "gsm_weak": FindingWords(
        ADVICE,
        _INSTALLER,
        Text("Слабый сигнал GSM: {level} из 31.", "The GSM signal is weak: {level} of 31."),
        Text("Связь будет пропадать.", "The link will come and go."),
        Text("Вынесите антенну выше и дальше от металла.", "Put the antenna higher and away from metal."),
    ),
    "cloud_not_linked": FindingWords(
        FAULT,
        _INSTALLER,
        Text("У контроллера нет связи с облаком.", "The controller has no link to its cloud."),
        Text("Владелец не увидит его в приложении.", "The owner will not see it in the application."),
        Text("Проверьте APN, Wi-Fi или кабель.", "Check APN, Wi-Fi or cable."),
    ),
    "default_login": FindingWords(
        FAULT,
        _INSTALLER,
        Text(
            "Локальный доступ открыт с заводскими именем и паролем.",
            "The local access has the user and password of delivery.",
        ),
        Text(
            "Управлять отоплением может любой в этой сети.",
            "Anybody on this network may control the heating.",
        ),
        Text(
            "Смените пароль и впишите новый в настройки шлюза.",
            "Change it, and set the new one in the gateway too.",
        ),
    ),
    "clock_wrong": FindingWords(
        FAULT,
        _INSTALLER,
        Text(
            "Часы контроллера {off}.",
            "The controller's clock is {off}.",
        ),
        Text("По ним идут расписания и антилегионелла.", "Timetables and anti-legionella go by it."),
        Text("Проверьте часовой пояс и связь.", "Check time zone and link."),
    ),
    "on_battery": FindingWords(
        FAULT,
        _INSTALLER,
        Text("Контроллер работает от резервной батареи.", "The controller runs on its reserve battery."),
        Text("Через несколько часов он выключится.", "It will switch off in some hours."),
        Text("Проверьте сеть 220 В и блок питания.", "Check the mains and the power supply."),
    ),
    "supply_low": FindingWords(
        FAULT,
        _INSTALLER,
        Text("Напряжение питания {supply_v:g} В.", "The supply is {supply_v:g} V."),
        Text("Реле и модем могут отключаться под нагрузкой.", "Relays and modem may drop out under load."),
        Text("Проверьте блок питания и сечение проводов.", "Check power supply and wires."),
    ),
}

STATE_WORDS: Final = {
    "sensor_fault": FindingWords(
        FAULT,
        _INSTALLER,
        Text("«{name}»: датчик не отвечает.", "{name}: the sensor does not answer."),
        Text("Контур с ним греет наугад или стоит.", "Its circuit heats by guess, or not at all."),
        Text("Проверьте провод, батарею и адрес.", "Check wire, battery and address."),
    ),
    "sensor_implausible": FindingWords(
        ADVICE,
        _INSTALLER,
        Text("«{name}»: {temp_c:g} °C в комнате.", "{name}: {temp_c:g} °C in a room."),
        Text("Похоже, датчики перепутаны местами.", "The sensors seem to be mixed up."),
        Text(
            "Согрейте датчик рукой и посмотрите, какой объект меняется.",
            "Warm the sensor in your hand and see which object changes.",
        ),
    ),
    "battery_low": FindingWords(
        ADVICE,
        _OWNER,
        Text("«{name}»: батарея {battery_v:g} В.", "{name}: battery {battery_v:g} V."),
        Text("Датчик скоро замолчит.", "The sensor will soon be silent."),
        Text("Замените батарею.", "Replace the battery."),
    ),
    "boiler_error": FindingWords(
        FAULT,
        _INSTALLER,
        Text("«{name}»: котёл в аварии, код {error}.", "{name}: the boiler has a fault, code {error}."),
        Text("Он не греет.", "It does not heat."),
        Text("Найдите код в инструкции котла.", "Look the code up in the boiler's manual."),
    ),
    "boiler_link_lost": FindingWords(
        FAULT,
        _INSTALLER,
        Text(
            "«{name}»: котёл не отвечает по цифровой шине.", "{name}: the boiler does not answer on its bus."
        ),
        Text("Контроллер им не управляет.", "The controller does not control it."),
        Text(
            "Проверьте провод шины, питание котла и тип шины.",
            "Check the bus wire, the boiler's power and the type of bus.",
        ),
    ),
    "pressure_low": FindingWords(
        FAULT,
        _INSTALLER,
        Text("«{name}»: давление {bar:g} бар.", "{name}: the pressure is {bar:g} bar."),
        Text("Ниже 0,8 бар котлы блокируются.", "Below 0.8 bar boilers lock out."),
        Text(
            "Подпитайте систему до 1,2–1,5 бар и найдите утечку.",
            "Fill up to 1.2 to 1.5 bar and look for the leak.",
        ),
    ),
    "pressure_high": FindingWords(
        DANGER,
        _INSTALLER,
        Text("«{name}»: давление {bar:g} бар.", "{name}: the pressure is {bar:g} bar."),
        Text("При 3 бар срабатывает предохранительный клапан.", "At 3 bar the safety valve opens."),
        Text(
            "Сбросьте воду и проверьте расширительный бак.", "Let water out and check the expansion vessel."
        ),
    ),
}
