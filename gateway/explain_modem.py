"""Words for what goes wrong between the gateway and its modem, by the error's `kind`.

Placeholders are attributes of the error. Texts name what an installer can see and touch.
"""

from __future__ import annotations

from typing import Final

from gateway.explain_words import Words
from provisioning.explanations import Actor, Text

_RETRIES: Final = Text(
    en="The gateway tries again by itself.",
    ru="Шлюз повторит попытку сам.",
)
_REPORT: Final = Text(
    en="Try again; if it stays so, send the transcript to the vendor.",
    ru="Повторите; если не поможет, отправьте журнал обмена поставщику.",
)

MODEM_WORDS: Final[dict[str, Words]] = {
    "at": Words(
        Text(en="The modem cannot be used.", ru="Модемом воспользоваться не удалось."),
        Text(en="The exchange with it failed.", ru="Обмен с ним не удался."),
        Actor.INSTALLER,
        _REPORT,
    ),
    "link": Words(
        Text(
            en="The port {url} cannot be used: {detail}.", ru="Порт {url} использовать не удалось: {detail}."
        ),
        Text(en="The wire to the modem is not there.", ru="Связи с модемом по проводу нет."),
        Actor.INSTALLER,
        Text(
            en="Check the cable and the port's name with 'thermogate ports'.",
            ru="Проверьте кабель и имя порта командой «thermogate ports».",
        ),
    ),
    "link_url": Words(
        Text(en="{url!r} does not name a port: {detail}.", ru="«{url}» — не порт: {detail}."),
        Text(en="Nothing was opened.", ru="Ничего не открыто."),
        Actor.INSTALLER,
        Text(
            en="Give /dev/ttyUSB0, socket://host:port, rfc2217://host:port or unix:///path.",
            ru="Укажите /dev/ttyUSB0, socket://хост:порт, rfc2217://хост:порт или unix:///путь.",
        ),
    ),
    "link_not_found": Words(
        Text(en="There is nothing at {url}.", ru="По адресу {url} ничего нет."),
        Text(
            en="The cable is not plugged in, or the port has another name now.",
            ru="Кабель не подключён, или порт теперь называется иначе.",
        ),
        Actor.INSTALLER,
        Text(
            en="Plug it in; 'thermogate ports' lists what is there.",
            ru="Подключите его; что есть, покажет «thermogate ports».",
        ),
    ),
    "link_permission": Words(
        Text(en="You may not open {url}.", ru="Открыть {url} вам не разрешено."),
        Text(
            en="On Debian and Ubuntu serial ports belong to the group dialout.",
            ru="В Debian и Ubuntu последовательные порты принадлежат группе dialout.",
        ),
        Actor.INSTALLER,
        Text(
            en="Run 'sudo usermod -aG dialout $USER', then log out and in.",
            ru="Выполните «sudo usermod -aG dialout $USER», затем выйдите и войдите снова.",
        ),
    ),
    "mux_start": Words(
        Text(
            en="The modem at {url} agreed to multiplex its line and then fell silent.",
            ru="Модем на {url} согласился уплотнить линию и замолчал.",
        ),
        Text(
            en="Its firmware does not do what it announces, or it restarted in between.",
            ru="Прошивка модема не делает того, что объявляет, или модем в этот момент перезапустился.",
        ),
        Actor.INSTALLER,
        Text(
            en="Restart the modem; if it stays so, use it without the multiplexer.",
            ru="Перезапустите модем; если не поможет, работайте с ним без мультиплексора.",
        ),
    ),
    "channel_refused": Words(
        Text(
            en="The modem at {url} does not open channel {dlci} of the multiplexer: {detail}.",
            ru="Модем на {url} не открывает канал {dlci} мультиплексора: {detail}.",
        ),
        Text(
            en="Most modems have three or four channels.",
            ru="У большинства модемов три или четыре канала.",
        ),
        Actor.INSTALLER,
        Text(
            en="Use a lower channel number.",
            ru="Возьмите канал с меньшим номером.",
        ),
    ),
    "link_busy": Words(
        Text(en="{url} is used by another program.", ru="{url} занят другой программой."),
        Text(
            en="One port serves one program, or their commands would mix.",
            ru="Порт обслуживает одну программу, иначе команды смешаются.",
        ),
        Actor.INSTALLER,
        Text(
            en="Stop the other one (often ModemManager or a second gateway).",
            ru="Остановите другую (часто это ModemManager или второй шлюз).",
        ),
    ),
    "link_lost": Words(
        Text(en="{url} vanished while it was in use.", ru="{url} пропал во время работы."),
        Text(
            en="The cable was pulled, or the modem lost its power.",
            ru="Кабель выдернули, или модем остался без питания.",
        ),
        Actor.INSTALLER,
        Text(
            en="Check cable and power; the gateway goes on by itself when it is back.",
            ru="Проверьте кабель и питание; когда порт появится, шлюз продолжит сам.",
        ),
    ),
    "no_answer": Words(
        Text(en="No modem answers at {url}.", ru="На {url} модем не отвечает."),
        Text(
            en="The port opens, but nothing on it speaks the AT language: no power, another device, "
            "another speed.",
            ru="Порт открывается, но AT-командам никто не отвечает: нет питания, другое устройство, "
            "другая скорость.",
        ),
        Actor.INSTALLER,
        Text(
            en="Check the modem's power, the port and --baudrate; 'thermogate ports' shows what "
            "answers where.",
            ru="Проверьте питание модема, порт и --baudrate; кто где отвечает, покажет «thermogate ports».",
        ),
    ),
    "command_timeout": Words(
        Text(
            en="The modem did not answer {line} within {timeout_s:g} s.",
            ru="Модем не ответил на {line} за {timeout_s:g} с.",
        ),
        Text(
            en="It may be busy, or an answer was lost on the line.",
            ru="Возможно, он занят или ответ потерялся на линии.",
        ),
        Actor.NOBODY,
        _RETRIES,
    ),
    "command_text": Words(
        Text(en="{line!r} cannot be sent to a modem.", ru="Команду {line!r} модему не отправить."),
        Text(
            en="An AT command is made of Latin letters, digits and signs.",
            ru="AT-команда состоит из латинских букв, цифр и знаков.",
        ),
        Actor.INSTALLER,
        Text(en="Correct the command.", ru="Исправьте команду."),
    ),
    "command_failed": Words(
        Text(en="The modem refused {line}: {final}.", ru="Модем отказал на {line}: {final}."),
        Text(
            en="It does not know the command, or cannot do it now.",
            ru="Он не знает этой команды или сейчас не может её выполнить.",
        ),
        Actor.INSTALLER,
        _REPORT,
    ),
    "cme_error": Words(
        Text(en="The modem refused {line}: {text}.", ru="Модем отказал на {line}: {text}."),
        Text(en="Its reason has the number {code}.", ru="Номер причины: {code}."),
        Actor.INSTALLER,
        _REPORT,
    ),
    "cms_error": Words(
        Text(en="The message was not dealt with: {text}.", ru="Сообщение не обработано: {text}."),
        Text(en="The reason has the number {code}.", ru="Номер причины: {code}."),
        Actor.INSTALLER,
        Text(
            en="Check the number and the signal, then try again.",
            ru="Проверьте номер и сигнал, затем повторите.",
        ),
    ),
    "modem_rebooted": Words(
        Text(en="The modem restarted.", ru="Модем перезагрузился."),
        Text(
            en="Often its supply is too weak: a transmission burst takes 2 A.",
            ru="Часто причина — слабое питание: при передаче модему нужно до 2 А.",
        ),
        Actor.INSTALLER,
        Text(
            en="The gateway sets it up anew. If it happens again, check supply and wiring.",
            ru="Шлюз настроит его заново. Если повторится, проверьте питание и провода.",
        ),
    ),
    "reply_format": Words(
        Text(en="The modem's answer to {line} cannot be read.", ru="Ответ модема на {line} не разобрать."),
        Text(
            en="A model that is not known here, or noise on the line.",
            ru="Незнакомая модель или помехи на линии.",
        ),
        Actor.VENDOR,
        _REPORT,
    ),
    "modem_without_tcp": Words(
        Text(
            en="This modem's own TCP stack is not known here.",
            ru="Встроенный TCP этого модема здесь не поддержан.",
        ),
        Text(
            en="The uplink through the modem is not possible with it.",
            ru="Связь с облаком через него невозможна.",
        ),
        Actor.INSTALLER,
        Text(
            en='Write kind = "host" under [uplink], or use a SIM800.',
            ru='Укажите kind = "host" в [uplink] или возьмите SIM800.',
        ),
    ),
    "socket_refused": Words(
        Text(
            en="The modem cannot connect to {host}:{port}.", ru="Модем не может соединиться с {host}:{port}."
        ),
        Text(
            en="The data session is open, but nobody answers at that address.",
            ru="Передача данных открыта, но по этому адресу никто не отвечает.",
        ),
        Actor.CLOUD,
        _RETRIES,
    ),
    "socket_closed": Words(
        Text(en="The connection through the modem was closed.", ru="Соединение через модем закрыто."),
        Text(
            en="By the far side, or with the data session.",
            ru="Дальней стороной или вместе с передачей данных.",
        ),
        Actor.NOBODY,
        _RETRIES,
    ),
    "bench_refused": Words(
        Text(
            en="The waiting policy 'bench' is for simulators, and this modem is a real one.",
            ru="Политика ожидания «bench» — для симуляторов, а это настоящий модем.",
        ),
        Text(
            en="Its pace would break the operator's rules on a real network.",
            ru="В настоящей сети её темп нарушил бы правила оператора.",
        ),
        Actor.INSTALLER,
        Text(
            en="Use 'standard'; only in a network of your own say --i-own-the-network.",
            ru="Используйте «standard»; только в собственной сети укажите --i-own-the-network.",
        ),
    ),
}

PIN_WORDS: Final[dict[str, Words]] = {
    "wrong": Words(
        Text(en="The SIM card refused the PIN.", ru="SIM-карта не приняла PIN."),
        Text(
            en="Tries left: {attempts_left}. This PIN will not be tried on this card again.",
            ru="Осталось попыток: {attempts_left}. Этот PIN для этой карты больше не вводится.",
        ),
        Actor.INSTALLER,
        Text(en="Give the right PIN.", ru="Укажите верный PIN."),
    ),
    "failed_before": Words(
        Text(en="This PIN has failed on this card before.", ru="Этот PIN уже не подошёл к этой карте."),
        Text(
            en="It was not tried again: each try is precious.",
            ru="Повторно он не вводился: каждая попытка дорога.",
        ),
        Actor.INSTALLER,
        Text(
            en="Give another PIN, or unlock the card in a phone with mobile data off.",
            ru="Укажите другой PIN или разблокируйте карту в телефоне с выключенным мобильным интернетом.",
        ),
    ),
    "last_try": Words(
        Text(en="The card has only one PIN try left.", ru="У карты осталась одна попытка ввода PIN."),
        Text(
            en="It was not spent: a wrong PIN would lock the card.",
            ru="Она не потрачена: неверный PIN заблокировал бы карту.",
        ),
        Actor.OWNER,
        Text(
            en="Put the card into a phone with mobile data off and enter the PIN there.",
            ru="Вставьте карту в телефон с выключенным мобильным интернетом и введите PIN там.",
        ),
    ),
    "tries_unknown": Words(
        Text(
            en="A PIN has failed and the modem cannot tell how many tries are left.",
            ru="PIN не подошёл, а сколько попыток осталось, модем не сообщает.",
        ),
        Text(
            en="No further try was made: it might be the last.",
            ru="Больше попыток не было: любая может стать последней.",
        ),
        Actor.OWNER,
        Text(
            en="Put the card into a phone with mobile data off and enter the PIN there.",
            ru="Вставьте карту в телефон с выключенным мобильным интернетом и введите PIN там.",
        ),
    ),
    "puk": Words(
        Text(en="The SIM card asks for its PUK.", ru="SIM-карта запрашивает PUK."),
        Text(en="The PIN was entered wrongly three times.", ru="PIN трижды ввели неверно."),
        Actor.OWNER,
        Text(
            en="Enter the PUK in a phone with mobile data off; it is in the card's papers or with the operator.",
            ru="Введите PUK в телефоне с выключенным мобильным интернетом; он в документах к карте или у оператора.",
        ),
    ),
}

CME_WORDS: Final[dict[int, Words]] = {
    10: Words(
        Text(en="There is no SIM card in the modem.", ru="В модеме нет SIM-карты."),
        Text(
            en="It is missing, the wrong way round, or its contacts are dirty.",
            ru="Её нет, она вставлена не той стороной, или контакты загрязнены.",
        ),
        Actor.INSTALLER,
        Text(en="Put the card in with the power off.", ru="Вставьте карту при выключенном питании."),
    ),
    11: Words(
        Text(en="The SIM card wants its PIN.", ru="SIM-карта требует PIN."),
        Text(
            en="Until then it can neither be read nor registered.",
            ru="Без него её нельзя ни прочитать, ни зарегистрировать.",
        ),
        Actor.INSTALLER,
        Text(en="Give the PIN with --pin or under [modem].", ru="Укажите PIN через --pin или в [modem]."),
    ),
    12: PIN_WORDS["puk"],
    13: Words(
        Text(en="The SIM card cannot be read.", ru="SIM-карта не читается."),
        Text(en="The card or its holder is faulty.", ru="Неисправна карта или держатель."),
        Actor.INSTALLER,
        Text(
            en="Clean the contacts; else replace the card.",
            ru="Протрите контакты; не поможет — замените карту.",
        ),
    ),
    14: Words(
        Text(en="The SIM card is still starting.", ru="SIM-карта ещё запускается."),
        Text(en="It needs some seconds after power-up.", ru="После включения ей нужно несколько секунд."),
        Actor.NOBODY,
        Text(en="Try again in a moment.", ru="Повторите чуть позже."),
    ),
    16: PIN_WORDS["wrong"],
    30: Words(
        Text(en="There is no network.", ru="Сети нет."),
        Text(
            en="The modem is not registered, so it can neither send nor call.",
            ru="Модем не зарегистрирован: ни отправить, ни позвонить.",
        ),
        Actor.INSTALLER,
        Text(
            en="Look at 'thermogate modem info' for the reason.",
            ru="Причину покажет «thermogate modem info».",
        ),
    ),
    58: Words(
        Text(
            en="The modem does not know {line}, or not with these arguments.",
            ru="Модем не знает {line} или таких аргументов.",
        ),
        Text(en="Nothing was done.", ru="Ничего не сделано."),
        Actor.INSTALLER,
        Text(
            en="Check the command's spelling for this model.",
            ru="Проверьте, как эта команда пишется для этой модели.",
        ),
    ),
}
"""+CME ERROR numbers (3GPP TS 27.007, 9.2) with words of their own; 16 without the number of tries."""
