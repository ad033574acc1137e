"""The sentences for each state of commissioning and its reasons."""

from __future__ import annotations

from typing import Final

from provisioning.explanation import Actor, Explanation, Text
from provisioning.journey import Reason, State

_GOES_ON: Final = Text(
    "Шлюз продолжит сам; ничего нажимать не нужно.",
    "The gateway goes on by itself; there is nothing to press.",
)
_LOOKS_AGAIN: Final = Text("Шлюз проверит снова сам.", "The gateway looks again by itself.")
_MAY_LEAVE: Final = Text(
    "Можно уезжать: устройство продолжит попытки само и подключится, когда карта заработает.",
    "You may leave: the device keeps trying by itself and goes on line when the card works.",
)

_SUPPLY_MEANING: Final = Text(
    "Питание не выдерживает пиков передачи: в эти доли миллисекунды модему нужно до 2 А.",
    "The supply cannot carry the transmit peaks: for fractions of a millisecond the modem takes up to 2 A.",
)
_CHECK_SUPPLY: Final = Text(
    "Проверьте блок питания и провода к модему (короче и толще); шлюз пробует снова сам, всё реже.",
    "Check the power supply and its cable (shorter, thicker); the gateway tries again by itself, ever more seldom.",
)

_ENTRIES: Final[tuple[tuple[State, Reason | None, Actor, Text, Text, Text], ...]] = (
    (
        State.NO_MODEM,
        None,
        Actor.INSTALLER,
        Text("Модем не найден.", "No modem was found."),
        Text("На указанном порту нет связи с модемом.", "There is no link to a modem at the given port."),
        Text(
            "Проверьте кабель, питание и имя порта; шлюз пробует снова сам.",
            "Check cable, power and the port's name; the gateway tries again by itself.",
        ),
    ),
    (
        State.NO_MODEM,
        Reason.STARTED,
        Actor.NOBODY,
        Text("Программа запущена.", "The program has started."),
        Text("Идёт поиск модема.", "It is looking for the modem."),
        _GOES_ON,
    ),
    (
        State.NO_MODEM,
        Reason.LINK_NOT_FOUND,
        Actor.INSTALLER,
        Text("Такого порта нет.", "There is no such port."),
        Text(
            "Адаптер не подключён или порт назван иначе.",
            "The adapter is not plugged in, or the port has another name.",
        ),
        Text(
            "Подключите адаптер или посмотрите имена портов командой «thermogate ports».",
            "Plug it in, or see the ports' names with `thermogate ports`.",
        ),
    ),
    (
        State.NO_MODEM,
        Reason.LINK_BUSY,
        Actor.INSTALLER,
        Text("Порт занят другой программой.", "Another program holds the port."),
        Text("С модемом может работать только одна программа.", "Only one program can work with a modem."),
        Text(
            "Закройте другую программу; шлюз пробует снова сам.",
            "Close the other program; the gateway tries again by itself.",
        ),
    ),
    (
        State.NO_MODEM,
        Reason.LINK_PERMISSION,
        Actor.INSTALLER,
        Text("Порт открыть не разрешено.", "Opening the port is not permitted."),
        Text(
            "У пользователя, от имени которого работает программа, нет прав на порт.",
            "The user that the program runs as has no right to the port.",
        ),
        Text(
            "Добавьте пользователя в группу dialout и войдите заново.",
            "Add the user to the group dialout and log in again.",
        ),
    ),
    (
        State.NO_MODEM,
        Reason.LINK_LOST,
        Actor.INSTALLER,
        Text("Связь с модемом пропала.", "The link to the modem was lost."),
        Text(
            "Кабель вынут или модем остался без питания.", "The cable was pulled or the modem has no power."
        ),
        Text(
            "Проверьте кабель и питание; когда модем вернётся, работа продолжится сама.",
            "Check cable and power; when the modem is back, all goes on by itself.",
        ),
    ),
    (
        State.NO_MODEM,
        Reason.NO_ANSWER,
        Actor.INSTALLER,
        Text("На порту никто не отвечает.", "Nobody answers at the port."),
        Text(
            "Это не модем, модем выключен, или скорость порта другая.",
            "This is no modem, it is switched off, or the port's speed is another.",
        ),
        Text(
            "Включите модем, проверьте порт и скорость; шлюз пробует снова сам.",
            "Switch the modem on, check port and speed; the gateway tries again by itself.",
        ),
    ),
    (
        State.MODEM_STARTING,
        None,
        Actor.NOBODY,
        Text("Модем найден и запускается.", "The modem was found and is starting."),
        Text("Читается SIM-карта.", "The SIM card is being read."),
        _GOES_ON,
    ),
    (
        State.MODEM_STARTING,
        Reason.REBOOTED,
        Actor.NOBODY,
        Text("Модем перезапустился.", "The modem has restarted."),
        Text(
            "Если это повторяется, модему может не хватать питания.",
            "If this repeats, its power supply may be too weak.",
        ),
        _GOES_ON,
    ),
    (
        State.MODEM_STARTING,
        Reason.BROWN_OUT,
        Actor.INSTALLER,
        Text(
            "Модем выключился из-за слишком низкого напряжения питания.",
            "The modem switched itself off because its supply voltage was too low.",
        ),
        _SUPPLY_MEANING,
        _CHECK_SUPPLY,
    ),
    (
        State.MODEM_STARTING,
        Reason.RESTARTS_AGAIN,
        Actor.INSTALLER,
        Text("Модем перезапускается снова и снова.", "The modem restarts again and again."),
        _SUPPLY_MEANING,
        _CHECK_SUPPLY,
    ),
    (
        State.NO_MODEM,
        Reason.BROWN_OUT,
        Actor.INSTALLER,
        Text(
            "Модем выключился из-за слишком низкого напряжения питания и пока не отвечает.",
            "The modem switched itself off because its supply voltage was too low and does not answer yet.",
        ),
        _SUPPLY_MEANING,
        _CHECK_SUPPLY,
    ),
    (
        State.NO_MODEM,
        Reason.RESTARTS_AGAIN,
        Actor.INSTALLER,
        Text(
            "Модем перезапускался снова и снова и теперь не отвечает.",
            "The modem restarted again and again and does not answer now.",
        ),
        _SUPPLY_MEANING,
        _CHECK_SUPPLY,
    ),
    (
        State.SIM_MISSING,
        None,
        Actor.INSTALLER,
        Text("SIM-карты нет.", "There is no SIM card."),
        Text("Модем не видит карту в держателе.", "The modem sees no card in its holder."),
        Text(
            "Вставьте карту до конца, контактами к держателю; шлюз заметит её сам.",
            "Insert the card fully, contacts towards the holder; the gateway notices it by itself.",
        ),
    ),
    (
        State.SIM_MISSING,
        Reason.SIM_FAILED,
        Actor.INSTALLER,
        Text("SIM-карта не отвечает.", "The SIM card does not answer."),
        Text("Контакт плохой или карта неисправна.", "Its contact is bad or the card is broken."),
        Text(
            "Протрите контакты и вставьте карту снова; если не поможет, замените карту.",
            "Wipe the contacts and insert it again; if that does not help, replace the card.",
        ),
    ),
    (
        State.SIM_LOCKED,
        None,
        Actor.INSTALLER,
        Text("SIM-карта просит PIN-код.", "The SIM card asks for its PIN."),
        Text("Без PIN-кода карта не работает.", "It does not work without it."),
        Text(
            "Впишите PIN в настройки ([modem] pin) или отключите запрос PIN в телефоне, "
            "в котором выключен мобильный интернет: иначе карту могут заблокировать.",
            "Put the PIN into the configuration ([modem] pin), or switch the PIN off in a phone "
            "with mobile data off: else the card may get blocked.",
        ),
    ),
    (
        State.SIM_LOCKED,
        Reason.PIN_WRONG,
        Actor.INSTALLER,
        Text("PIN-код неверный.", "The PIN is wrong."),
        Text(
            "Карта его отвергла; повторять его шлюз не станет, чтобы не заблокировать карту.",
            "The card refused it; the gateway will not repeat it, so as not to lock the card.",
        ),
        Text(
            "Узнайте правильный PIN и впишите его в настройки.",
            "Find the right PIN and put it into the configuration.",
        ),
    ),
    (
        State.SIM_LOCKED,
        Reason.PIN_LAST_TRY,
        Actor.INSTALLER,
        Text("Осталась последняя попытка ввода PIN.", "Only one PIN try is left."),
        Text(
            "Шлюз её не тратит: после ещё одной ошибки карта потребует PUK.",
            "The gateway does not spend it: after one more error the card asks for its PUK.",
        ),
        Text(
            "Введите верный PIN вручную, например в телефоне с выключенным мобильным интернетом, "
            "затем верните карту.",
            "Enter the right PIN by hand, in a phone with mobile data off for example, then put the card back.",
        ),
    ),
    (
        State.SIM_LOCKED,
        Reason.PUK_NEEDED,
        Actor.OWNER,
        Text("SIM-карта заблокирована и просит PUK-код.", "The SIM card is locked and asks for its PUK."),
        Text("PIN был трижды введён неверно.", "A wrong PIN was entered three times."),
        Text(
            "Возьмите PUK у владельца карты или оператора и введите его в телефоне "
            "с выключенным мобильным интернетом.",
            "Get the PUK from the card's owner or the operator and enter it in a phone with mobile data off.",
        ),
    ),
    (
        State.SEARCHING,
        None,
        Actor.NOBODY,
        Text("Модем ищет сеть.", "The modem is looking for the network."),
        Text("Обычно это длится до двух минут.", "This usually takes up to two minutes."),
        Text("Если дольше, переставьте антенну.", "If it takes longer, move the antenna."),
    ),
    (
        State.SEARCHING,
        Reason.NO_SIGNAL,
        Actor.INSTALLER,
        Text("Сигнала сети нет.", "There is no network signal."),
        Text(
            "Антенна не подключена или стоит там, где сеть не ловится.",
            "The antenna is not connected, or it stands where there is no reception.",
        ),
        Text(
            "Проверьте разъём и переставьте антенну выше или к окну; шлюз увидит сигнал сам.",
            "Check its plug and move it higher or to a window; the gateway sees the signal by itself.",
        ),
    ),
    (
        State.DENIED,
        None,
        Actor.OPERATOR,
        Text("Сеть отказала SIM-карте в регистрации.", "The network refused to register the SIM card."),
        Text("Дело не в антенне.", "It is not the antenna."),
        Text(
            "Позвоните тому, кто выдал карту; шлюз продолжает попытки сам.",
            "Call who issued the card; the gateway keeps trying by itself.",
        ),
    ),
    (
        State.DENIED,
        Reason.SIM_BLOCKED,
        Actor.VENDOR,
        Text("Сеть отвергает эту SIM-карту.", "The network rejects this SIM card."),
        Text(
            "Похоже, карта заблокирована: так бывает, если ею пользовались в чужом устройстве.",
            "It seems to be blocked, as happens when it was used in another device.",
        ),
        Text(
            "Позвоните в поддержку сервиса и попросите разблокировать карту; ждать без звонка бесполезно.",
            "Call the vendor's support and ask to unblock it; waiting without a call does not help.",
        ),
    ),
    (
        State.DENIED,
        Reason.DEVICE_REFUSED,
        Actor.VENDOR,
        Text("Сеть отвергает сам модем.", "The network rejects the modem itself."),
        Text("Его IMEI не принят или в чёрном списке.", "Its IMEI is not accepted or on a black list."),
        Text(
            "Позвоните в поддержку; вероятно, модем придётся заменить.",
            "Call support; the modem will probably have to be replaced.",
        ),
    ),
    (
        State.DENIED,
        Reason.AREA_REFUSED,
        Actor.OPERATOR,
        Text(
            "Эта сеть или местность для SIM-карты закрыта.", "This network or area is closed to the SIM card."
        ),
        Text(
            "Роуминг не разрешён или домашняя сеть здесь не ловится.",
            "Roaming is not allowed, or the home network is not received here.",
        ),
        Text(
            "Попробуйте другое место для антенны; если не поможет, спросите оператора о роуминге.",
            "Try another place for the antenna; if that does not help, ask the operator about roaming.",
        ),
    ),
    (
        State.DENIED,
        Reason.NETWORK_TROUBLE,
        Actor.NOBODY,
        Text("Сеть временно отказывает.", "The network refuses for the moment."),
        Text(
            "Она перегружена или неисправна; модем повторяет попытки сам.",
            "It is overloaded or out of order; the modem repeats by itself.",
        ),
        _MAY_LEAVE,
    ),
    (
        State.WAITING_ACTIVATION,
        None,
        Actor.NOBODY,
        Text("Оператор ещё не активировал SIM-карту.", "The operator has not activated the SIM card yet."),
        Text(
            "Новая карта числится у него «На складе»; обычно это проходит за несколько часов. "
            "Сигнал и антенна ни при чём.",
            "A new card is still in stock there; this usually passes within hours. "
            "It is neither the signal nor the antenna.",
        ),
        _MAY_LEAVE,
    ),
    (
        State.REGISTERED_NO_DATA,
        None,
        Actor.OPERATOR,
        Text("Сеть есть, передачи данных нет.", "There is a network, but no data."),
        Text(
            "Карта зарегистрирована, но мобильный интернет на ней не работает.",
            "The card is registered, but mobile data does not work on it.",
        ),
        Text(
            "Если за час не заработает, спросите оператора об услуге передачи данных.",
            "If it does not work within an hour, ask the operator about the data service.",
        ),
    ),
    (
        State.REGISTERED_NO_DATA,
        Reason.DATA_NOT_ENABLED,
        Actor.OPERATOR,
        Text("На этой карте нет передачи данных.", "Data is not enabled on this card."),
        Text(
            "Звонки и SMS работают, мобильный интернет отключён или ещё не включён.",
            "Calls and SMS work; mobile data is off or not on yet.",
        ),
        Text(
            "Попросите оператора включить передачу данных; шлюз проверяет снова сам.",
            "Ask the operator to enable data; the gateway checks again by itself.",
        ),
    ),
    (
        State.REGISTERED_NO_DATA,
        Reason.DATA_REFUSED,
        Actor.OWNER,
        Text("Сеть не открывает передачу данных.", "The network does not open a data session."),
        Text(
            "Период не оплачен, трафик месяца исчерпан или APN неверный.",
            "The period is not paid, the month's traffic is used up, or the APN is wrong.",
        ),
        Text(
            "Проверьте оплату и APN в настройках; шлюз пробует снова сам.",
            "Check the payment and the APN in the configuration; the gateway tries again by itself.",
        ),
    ),
    (
        State.ATTACHED,
        None,
        Actor.NOBODY,
        Text("SIM-карта работает, сеть есть.", "The SIM card works, the network is there."),
        Text("Открывается передача данных.", "A data session is being opened."),
        _GOES_ON,
    ),
    (
        State.CLOUD_CONNECTING,
        None,
        Actor.NOBODY,
        Text("Идёт подключение к облаку.", "Connecting to the cloud."),
        Text("Передача данных открыта.", "The data session is open."),
        _GOES_ON,
    ),
    (
        State.CLOUD_CONNECTING,
        Reason.BROKER_UNREACHABLE,
        Actor.NOBODY,
        Text("Облако недоступно.", "The cloud cannot be reached."),
        Text(
            "Сервер не отвечает или связь слабая; показания сохраняются и не пропадут.",
            "The server does not answer or the link is weak; readings are kept and not lost.",
        ),
        Text(
            "Шлюз переподключается сам; если это длится часами, позвоните в службу облака.",
            "The gateway reconnects by itself; if it lasts for hours, call the cloud's staff.",
        ),
    ),
    (
        State.CLOUD_CONNECTING,
        Reason.BROKER_REFUSED,
        Actor.CLOUD,
        Text("Облако не принимает подключение.", "The cloud refuses the connection."),
        Text(
            "Имя или пароль в настройках неверны либо доступ закрыт.",
            "User name or password in the configuration is wrong, or access was closed.",
        ),
        Text(
            "Проверьте [cloud] в настройках или позвоните в службу облака; шлюз пробует изредка сам.",
            "Check [cloud] in the configuration or call the cloud's staff; the gateway tries now and then.",
        ),
    ),
    (
        State.REGISTERING,
        None,
        Actor.NOBODY,
        Text("Устройство регистрируется в облаке.", "The device is registering with the cloud."),
        Text("Ожидается ответ.", "An answer is awaited."),
        _GOES_ON,
    ),
    (
        State.REGISTERING,
        Reason.CLOUD_SILENT,
        Actor.CLOUD,
        Text("Облако не отвечает на регистрацию.", "The cloud does not answer the registration."),
        Text(
            "Связь есть, но служба регистрации не работает.",
            "The link is there, but the registrar does not work.",
        ),
        Text(
            "Шлюз спрашивает снова сам; если это длится, позвоните в службу облака.",
            "The gateway asks again by itself; if it lasts, call the cloud's staff.",
        ),
    ),
    (
        State.PENDING_APPROVAL,
        None,
        Actor.CLOUD,
        Text("Устройство ждёт подтверждения в облаке.", "The device waits to be approved in the cloud."),
        Text("Запрос получен; подтверждает его человек.", "The request has arrived; a person approves it."),
        Text(
            "Можно уезжать: после подтверждения устройство подключится само.",
            "You may leave: once approved the device goes on line by itself.",
        ),
    ),
    (
        State.PENDING_APPROVAL,
        Reason.UNKNOWN_SERIAL,
        Actor.VENDOR,
        Text("Облако не знает этого серийного номера.", "The cloud does not know this serial number."),
        Text(
            "Номер введён с ошибкой или устройство ещё не внесено.",
            "It was mistyped, or the device has not been entered yet.",
        ),
        Text(
            "Сверьте номер с наклейкой; если он верен, позвоните в поддержку.",
            "Compare it with the label; if it is right, call support.",
        ),
    ),
    (
        State.PENDING_APPROVAL,
        Reason.KEY_MISMATCH,
        Actor.VENDOR,
        Text(
            "Этот серийный номер уже зарегистрирован с другим ключом.",
            "This serial number is already registered with another key.",
        ),
        Text(
            "Так бывает после замены шлюза или сброса; чужое устройство так же не пройдёт.",
            "This happens after a replacement or a reset; it also keeps strangers out.",
        ),
        Text("Попросите поддержку разрешить новую регистрацию.", "Ask support to allow a new registration."),
    ),
    (
        State.PENDING_APPROVAL,
        Reason.CLAIM_REFUSED,
        Actor.INSTALLER,
        Text("Облако не приняло код регистрации.", "The cloud did not accept the claim code."),
        Text(
            "Код из настроек не подходит к этому номеру.",
            "The code in the configuration does not belong to this serial.",
        ),
        Text(
            "Сверьте код с карточкой из коробки и исправьте [device] claim_code.",
            "Compare it with the card from the box and correct [device] claim_code.",
        ),
    ),
    (
        State.PENDING_APPROVAL,
        Reason.DISABLED,
        Actor.OWNER,
        Text("Устройство отключено в облаке.", "The device is disabled in the cloud."),
        Text("Его отключил владелец или служба облака.", "Its owner or the cloud's staff did so."),
        Text(
            "Включите его в личном кабинете; шлюз спросит снова сам.",
            "Enable it in the account; the gateway asks again by itself.",
        ),
    ),
    (
        State.ONLINE,
        None,
        Actor.NOBODY,
        Text("Устройство на связи.", "The device is on line."),
        Text("Показания поступают в облако.", "Its readings arrive in the cloud."),
        Text("Всё готово.", "All is done."),
    ),
    (
        State.STOPPED,
        None,
        Actor.NOBODY,
        Text("Программа остановлена.", "The program was stopped."),
        Text("Всё сохранено.", "Everything is saved."),
        Text("При следующем запуске работа продолжится с этого места.", "The next start goes on from here."),
    ),
    (
        State.STOPPED,
        Reason.ACTIVATED,
        Actor.INSTALLER,
        Text("SIM-карта активна: сеть её обслуживает.", "The SIM card is active: the network serves it."),
        Text(
            "Передача данных не открывалась, трафик не израсходован.",
            "No data session was opened, no traffic was used.",
        ),
        Text("Карту можно ставить в контроллер.", "The card can go into the controller."),
    ),
)

STATES: Final[dict[tuple[str, str | None], Explanation]] = {
    (state.value, None if reason is None else reason.value): Explanation(
        code=state.value if reason is None else f"{state.value}.{reason.value}",
        what=what,
        meaning=meaning,
        who=who,
        next=then,
    )
    for state, reason, who, what, meaning, then in _ENTRIES
}
"""By state and reason; None is for a reason without words of its own."""
