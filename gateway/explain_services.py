"""Words for what goes wrong with configuration, cloud, store and controller, by the error's `kind`."""

from __future__ import annotations

from typing import Final

from gateway.explain_words import Words
from provisioning.explanations import Actor, Text

_RETRIES: Final = Text(en="The gateway tries again by itself.", ru="Шлюз повторит попытку сам.")
_NOTHING_DONE: Final = Text(en="Nothing was started.", ru="Ничего не запущено.")
_NOTHING_LOST: Final = Text(
    en="Readings are kept on the device meanwhile; none is lost.",
    ru="Показания тем временем хранятся на устройстве и не теряются.",
)
_CORRECT: Final = Text(
    en="Correct it there and start again; examples/gateway.toml shows every key.",
    ru="Исправьте и запустите снова; все ключи есть в examples/gateway.toml.",
)


def _config(en: str, ru: str) -> Words:
    return Words(Text(en=en, ru=ru), _NOTHING_DONE, Actor.INSTALLER, _CORRECT)


CONFIG_WORDS: Final[dict[str, Words]] = {
    "config_not_found": Words(
        Text(en="There is no file {file}.", ru="Файла {file} нет."),
        _NOTHING_DONE,
        Actor.INSTALLER,
        Text(
            en="Copy examples/gateway.toml and fill it in.",
            ru="Скопируйте examples/gateway.toml и заполните его.",
        ),
    ),
    "config_unreadable": _config(
        "{file}: {problem}; {hint}.", "Файл {file} не читается: нужен текст в UTF-8 и право на чтение."
    ),
    "config_syntax": _config("{file} is {problem}.", "{file} — не TOML: {problem}."),
    "config_unknown_key": _config(
        "{file}: {key}: {problem}; {hint}", "{file}: {key}: неизвестный ключ ({hint})."
    ),
    "config_missing_key": _config("{file}: {key} is missing.", "{file}: не хватает {key}."),
    "config_bad_value": _config(
        "{file}: {key}: {problem}; {hint}.", "{file}: {key}: значение не подходит ({problem}; {hint})."
    ),
}

CLOUD_WORDS: Final[dict[str, Words]] = {
    "mqtt": Words(
        Text(en="The broker cannot be used.", ru="Брокером воспользоваться не удалось."),
        _NOTHING_LOST,
        Actor.CLOUD,
        _RETRIES,
    ),
    "broker_url": Words(
        Text(en="The broker's address is wrong: {error}.", ru="Адрес брокера неверен: {error}."),
        _NOTHING_DONE,
        Actor.INSTALLER,
        Text(
            en="Write it as mqtt://host:1883 or mqtts://host:8883.",
            ru="Пишите mqtt://хост:1883 или mqtts://хост:8883.",
        ),
    ),
    "broker_unreachable": Words(
        Text(en="The broker cannot be reached.", ru="Брокер недоступен."),
        Text(
            en="It is down, its address is wrong, or this network does not lead there. Readings are kept.",
            ru="Он выключен, адрес неверен, или в эту сеть ему не попасть. Показания сохраняются.",
        ),
        Actor.CLOUD,
        _RETRIES,
    ),
    "broker_tls": Words(
        Text(
            en="The broker's certificate was not accepted, or ours by it.",
            ru="Сертификат брокера не принят, или он не принял наш.",
        ),
        Text(
            en="Wrong CA file, wrong host name, an expired certificate, or a clock that is wrong.",
            ru="Неверный файл CA или имя хоста, истёкший сертификат или неверные часы.",
        ),
        Actor.INSTALLER,
        Text(
            en="Check ca_file under [cloud] and the machine's clock.",
            ru="Проверьте ca_file в [cloud] и часы машины.",
        ),
    ),
    "broker_lost": Words(
        Text(en="The connection to the broker was lost.", ru="Связь с брокером прервалась."),
        _NOTHING_LOST,
        Actor.NOBODY,
        _RETRIES,
    ),
    "publish_timeout": Words(
        Text(
            en="The broker did not confirm a message in time.", ru="Брокер не подтвердил сообщение вовремя."
        ),
        _NOTHING_LOST,
        Actor.NOBODY,
        Text(
            en="It is sent again under the same number.", ru="Оно будет отправлено снова под тем же номером."
        ),
    ),
    "oversized": Words(
        Text(en="A message was too big and was dropped.", ru="Сообщение слишком велико и отброшено."),
        Text(
            en="The contract bounds every message ({problem}).", ru="Размер сообщений ограничен ({problem})."
        ),
        Actor.CLOUD,
        Text(en="Whoever sends it has to send less at once.", ru="Отправителю нужно слать меньше за раз."),
    ),
    "malformed": Words(
        Text(en="A message could not be read and was dropped.", ru="Сообщение не разобрать, оно отброшено."),
        Text(en="It does not follow the contract ({problem}).", ru="Оно не по контракту ({problem})."),
        Actor.CLOUD,
        Text(en="Look at who publishes it.", ru="Выясните, кто его публикует."),
    ),
    "unknown": Words(
        Text(en="A message of an unknown kind was dropped.", ru="Сообщение неизвестного вида отброшено."),
        Text(en="The other side is newer than this program.", ru="Другая сторона новее этой программы."),
        Actor.VENDOR,
        Text(en="Update this program.", ru="Обновите эту программу."),
    ),
    "unknown_serial": Words(
        Text(en="The cloud does not know this serial number.", ru="Облако не знает этого серийного номера."),
        Text(
            en="It is mistyped, or the controller is not in the inventory yet.",
            ru="В нём опечатка, или контроллер ещё не внесён в список.",
        ),
        Actor.CLOUD,
        Text(
            en="Compare it with the label; else have the device added.",
            ru="Сверьте с наклейкой; иначе попросите внести устройство.",
        ),
    ),
    "command_refused": Words(
        Text(
            en="A command of the cloud was not carried out: {error}.",
            ru="Команда облака не выполнена: {error}.",
        ),
        Text(en="Nothing was changed.", ru="Ничего не изменено."),
        Actor.CLOUD,
        Text(en="Correct the command and send it again.", ru="Исправьте команду и отправьте снова."),
    ),
}

STORE_WORDS: Final[dict[str, Words]] = {
    "store": Words(
        Text(en="The store failed: {problem}.", ru="Хранилище отказало: {problem}."),
        Text(
            en="Without it the gateway would forget its attempts and readings, so it stops.",
            ru="Без него шлюз забыл бы попытки и показания, поэтому он остановлен.",
        ),
        Actor.INSTALLER,
        Text(en="Check the disk under [store] dir.", ru="Проверьте диск в [store] dir."),
    ),
    "store_url": Words(
        Text(en="The store's address is wrong: {problem}.", ru="Адрес хранилища неверен: {problem}."),
        _NOTHING_DONE,
        Actor.INSTALLER,
        Text(
            en="Give a path, sqlite:///path or postgresql://user@host/name.",
            ru="Укажите путь, sqlite:///путь или postgresql://user@host/name.",
        ),
    ),
    "store_corrupt": Words(
        Text(en="The store is damaged.", ru="Хранилище повреждено."),
        Text(
            en="Undelivered readings in it cannot be read; the device's key is in a file of its own "
            "and safe.",
            ru="Недоставленные показания не прочесть; ключ устройства хранится отдельно и цел.",
        ),
        Actor.INSTALLER,
        Text(
            en="Move the file aside (with -wal and -shm) and start again.",
            ru="Уберите файл (вместе с -wal и -shm) и запустите снова.",
        ),
    ),
    "store_too_new": Words(
        Text(
            en="The store was written by a newer version of this program.",
            ru="Хранилище записано более новой версией программы.",
        ),
        Text(en="It is left as it is.", ru="Оно оставлено без изменений."),
        Actor.INSTALLER,
        Text(en="Install the newer version again.", ru="Верните более новую версию."),
    ),
    "store_unavailable": Words(
        Text(en="The store cannot be used now: {problem}.", ru="Хранилище сейчас недоступно: {problem}."),
        Text(
            en="No rights, no room on the disk, or another program holds it.",
            ru="Нет прав, места на диске, или его держит другая программа.",
        ),
        Actor.INSTALLER,
        Text(
            en="Free the disk, check the rights, and start again.",
            ru="Освободите место, проверьте права и запустите снова.",
        ),
    ),
    "device_key": Words(
        Text(en="The device's key cannot be used: {error}.", ru="Ключ устройства не использовать: {error}."),
        Text(
            en="It is never replaced by itself: another key is another device to the cloud.",
            ru="Сам он не заменяется: с другим ключом это для облака другое устройство.",
        ),
        Actor.INSTALLER,
        Text(
            en="Restore the file; else move it aside and have the claim re-armed.",
            ru="Восстановите файл; иначе уберите его и попросите облако снова открыть регистрацию.",
        ),
    ),
    "authority": Words(
        Text(
            en="The certificate authority cannot be used: {error}.",
            ru="Центр сертификации не использовать: {error}.",
        ),
        _NOTHING_DONE,
        Actor.CLOUD,
        Text(en="Restore both its files from a backup.", ru="Восстановите оба его файла из копии."),
    ),
    "bad_csr": Words(
        Text(
            en="A certificate request cannot be used: {error}.",
            ru="Запрос сертификата не подходит: {error}.",
        ),
        Text(en="No identity was given.", ru="Удостоверение не выдано."),
        Actor.VENDOR,
        Text(
            en="Report it with the device's serial number.",
            ru="Сообщите об этом с серийным номером устройства.",
        ),
    ),
}

CONTROLLER_WORDS: Final[dict[str, Words]] = {
    "controller": Words(
        Text(en="The controller cannot be used.", ru="Контроллером воспользоваться не удалось."),
        Text(
            en="The link to the cloud goes on; its readings are marked bad.",
            ru="Связь с облаком работает; его показания помечены как недостоверные.",
        ),
        Actor.INSTALLER,
        _RETRIES,
    ),
    "controller_url": Words(
        Text(en="The controller's address is wrong: {error}.", ru="Адрес контроллера неверен: {ru}."),
        _NOTHING_DONE,
        Actor.INSTALLER,
        Text(
            en="Write modbus+tcp://host:502?unit=1, modbus+rtu:///dev/ttyUSB1?unit=1&baudrate=19200 or zont://host.",
            ru="Пишите modbus+tcp://хост:502?unit=1, modbus+rtu:///dev/ttyUSB1?unit=1&baudrate=19200 или zont://хост.",
        ),
    ),
    "controller_unreachable": Words(
        Text(
            en="The controller's line cannot be opened: {error}.",
            ru="Линию контроллера не открыть: {error}.",
        ),
        Text(
            en="Nothing listens there, or the port is taken.",
            ru="Там никто не отвечает, или порт занят.",
        ),
        Actor.INSTALLER,
        Text(
            en="Check cable, address and power; a running gateway tries again by itself.",
            ru="Проверьте кабель, адрес и питание; работающий шлюз повторяет попытки сам.",
        ),
    ),
    "controller_foreign": Words(
        Text(
            en="There is something else than a controller: {error}.",
            ru="По этому адресу не контроллер: {error}.",
        ),
        Text(
            en="Another device has this address, or its local access is switched off.",
            ru="Адрес у другого устройства, или у контроллера выключен локальный доступ.",
        ),
        Actor.INSTALLER,
        Text(
            en="Look for the controller: thermogate controller find.",
            ru="Найдите контроллер: thermogate controller find.",
        ),
    ),
    "controller_silent": Words(
        Text(en="The controller does not answer: {error}.", ru="Контроллер не отвечает: {error}."),
        Text(
            en="No power; on Modbus also a wrong unit number or speed, or swapped wires A and B.",
            ru="Нет питания; на Modbus ещё неверный номер или скорость, или перепутаны провода A и B.",
        ),
        Actor.INSTALLER,
        Text(
            en="Check these in this order; a running gateway tries again by itself.",
            ru="Проверьте это по порядку; работающий шлюз повторяет попытки сам.",
        ),
    ),
    "controller_login": Words(
        Text(en="The controller refuses the user or password.", ru="Контроллер не принимает имя или пароль."),
        Text(
            en="Its local access has others than those that were given.",
            ru="У его локального доступа другие имя и пароль.",
        ),
        Actor.INSTALLER,
        Text(
            en="Give those of its own local access: --user and TG_CONTROLLER_PASSWORD, or user and password under "
            "[controller].",
            ru="Укажите те, что в его локальном доступе: --user и TG_CONTROLLER_PASSWORD или user и password в "
            "[controller].",
        ),
    ),
    "controller_refused": Words(
        Text(en="The controller refused: {error}.", ru="Контроллер отказал, код {code}."),
        Text(
            en="It answers, but the value, the register or the object does not suit it, or not now.",
            ru="Он отвечает, но значение, регистр или объект ему не подходят или он занят.",
        ),
        Actor.INSTALLER,
        Text(
            en="Check the value and its limits in the controller; on Modbus model and profile too.",
            ru="Проверьте значение и его пределы в контроллере, на Modbus ещё модель и профиль.",
        ),
    ),
    "controller_data": Words(
        Text(
            en="The controller answered something that cannot be right.",
            ru="Контроллер ответил то, чего быть не может.",
        ),
        Text(
            en="Noise on the line, or another firmware than is known here.",
            ru="Помехи на линии или прошивка, которую мы не знаем.",
        ),
        Actor.INSTALLER,
        _RETRIES,
    ),
    "controller_mismatch": Words(
        Text(
            en="This is another controller than the profile is for.",
            ru="Это не тот контроллер, для которого профиль.",
        ),
        Text(
            en="Its registers would be misread, so nothing was read.",
            ru="Регистры прочлись бы неверно, поэтому ничего не прочитано.",
        ),
        Actor.INSTALLER,
        Text(
            en="Set profile under [controller] to its model.", ru="Укажите в [controller] profile его модель."
        ),
    ),
    "setpoint_refused": Words(
        Text(en="The setpoint was refused: {error}.", ru="Уставка отклонена: {ru}."),
        Text(en="Nothing was written to the controller.", ru="В контроллер ничего не записано."),
        Actor.INSTALLER,
        Text(
            en="Take a name and a value that it has; thermogate controller read shows the names.",
            ru="Возьмите имя и значение, которые у него есть; имена покажет thermogate controller read.",
        ),
    ),
    "setpoint_not_confirmed": Words(
        Text(
            en="The controller does not show what was set: {error}.",
            ru="Контроллер не показывает того, что задано; сейчас: {shown}.",
        ),
        Text(
            en="It may have limited the value, somebody set it on the spot, or a pump still runs on for its overrun.",
            ru="Он мог ограничить значение, его изменили на месте, или насос ещё идёт по выбегу.",
        ),
        Actor.OWNER,
        Text(en="Look at the controller's own display.", ru="Посмотрите на дисплей контроллера."),
    ),
    "profile": Words(
        Text(
            en="The controller's profile cannot be used: {error}.",
            ru="Профиль контроллера не подходит: строка {line}, {place}: {problem}.",
        ),
        _NOTHING_DONE,
        Actor.INSTALLER,
        Text(
            en="Correct it, or name one that comes with the program.",
            ru="Исправьте его или выберите один из встроенных.",
        ),
    ),
    "register_value": Words(
        Text(
            en="A register cannot hold this value: {error}.",
            ru="Регистр не вмещает это значение: {error}.",
        ),
        Text(en="Nothing was written.", ru="Ничего не записано."),
        Actor.CLOUD,
        Text(en="Send a value within the limits.", ru="Отправьте значение в допустимых пределах."),
    ),
}

PLAIN_WORDS: Final[dict[str, Words]] = {
    "record": Words(
        Text(en="A number cannot be right: {error}.", ru="Номер не может быть верным: {error}."),
        Text(en="It was not taken over.", ru="Он не принят."),
        Actor.INSTALLER,
        Text(en="Compare it with the print on the card or label.", ru="Сверьте его с картой или наклейкой."),
    ),
    "topic": Words(
        Text(
            en="A name cannot be part of an MQTT topic: {error}.",
            ru="Имя не годится для MQTT-топика: {error}.",
        ),
        _NOTHING_DONE,
        Actor.INSTALLER,
        Text(
            en="Use letters, digits, . _ : and - only.", ru="Используйте латинские буквы, цифры, . _ : и -."
        ),
    ),
}
