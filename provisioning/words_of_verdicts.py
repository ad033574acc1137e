"""The verdicts of the pre-activation bench in words: a few for a table, a sentence that says what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from provisioning.explanation import Actor, Text
from provisioning.verdicts import Kind


@dataclass(frozen=True, slots=True)
class VerdictWords:
    """`short` fits a column of a table; `todo` says what to do next."""

    short: Text
    todo: Text


_CALL_VENDOR: Final = Text(
    "Позвоните в поддержку сервиса и попросите разблокировать; ждать без звонка бесполезно.",
    "Call the vendor's support and ask to unblock it; waiting without a call does not help.",
)
_PUT_ASIDE: Final = Text(
    "Отложите карту и выясните, откуда она; вставьте следующую.",
    "Put it aside and find out where it comes from; put in the next one.",
)

VERDICT_WORDS: Final[dict[Kind, VerdictWords]] = {
    Kind.NO_MODEM: VerdictWords(
        Text("модем не отвечает", "no modem"),
        Text("Проверьте кабель, питание и имя порта.", "Check cable, power and the port's name."),
    ),
    Kind.NO_CARD: VerdictWords(
        Text("нет карты", "no card"), Text("Вставьте следующую карту.", "Put in the next card.")
    ),
    Kind.NOT_SEEN: VerdictWords(
        Text("ещё не вставлялась", "not put in yet"),
        Text("Вставьте её в любой порт.", "Put it into any port."),
    ),
    Kind.STARTING: VerdictWords(
        Text("читаю карту", "reading the card"), Text("Подождите.", "Wait a moment.")
    ),
    Kind.UNREADABLE: VerdictWords(
        Text("не та SIM: не читается", "wrong SIM: unreadable"),
        Text(
            "Вставьте карту заново, контактами к модему; если не читается и в другом порту, она неисправна.",
            "Put it in again, contacts to the modem; a card that another port cannot read either is faulty.",
        ),
    ),
    Kind.PIN_LOCKED: VerdictWords(
        Text("не та SIM: просит PIN", "wrong SIM: PIN-locked"),
        Text(
            "Карты комплекта PIN не просят. Если PIN известен, запустите с --pin, иначе отложите карту.",
            "Kit cards ask for no PIN. If it is known, start with --pin; if not, put the card aside.",
        ),
    ),
    Kind.PUK_LOCKED: VerdictWords(
        Text("не та SIM: просит PUK", "wrong SIM: PUK-locked"),
        Text(
            "PUK есть у владельца карты; введите его в телефоне с выключенным интернетом.",
            "The card's owner has the PUK; enter it in a phone with mobile data off.",
        ),
    ),
    Kind.DUPLICATE: VerdictWords(
        Text("тот же номер в двух портах", "same number in two ports"),
        Text(
            "Две карты с одним ICCID не бывают: оставьте одну и проверьте вторую в телефоне.",
            "No two cards have one ICCID: leave one in and check the other in a phone.",
        ),
    ),
    Kind.SERVED: VerdictWords(
        Text("работает", "works"),
        Text("Карта готова; вставьте следующую.", "The card is ready; put in the next one."),
    ),
    Kind.SERVED_WEAK: VerdictWords(
        Text("работает, сигнал слабый", "works, weak signal"),
        Text("Карта готова; антенну стенда переставьте.", "The card is ready; move the bench's antenna."),
    ),
    Kind.NOT_LISTED: VerdictWords(Text("не та SIM: нет в списке", "wrong SIM: not listed"), _PUT_ASIDE),
    Kind.WRONG_ISSUER: VerdictWords(Text("не та SIM: чужая", "wrong SIM: other issuer"), _PUT_ASIDE),
    Kind.UNPAID: VerdictWords(
        Text("не оплачена", "unpaid"),
        Text(
            "Владелец должен оплатить период; до оплаты оператор карту не активирует.",
            "The owner must pay for a period; until then the operator does not activate it.",
        ),
    ),
    Kind.BLOCKED: VerdictWords(Text("карта заблокирована", "card blocked"), _CALL_VENDOR),
    Kind.DEVICE_BLOCKED: VerdictWords(
        Text("модем заблокирован", "modem blocked"),
        Text(
            "Сеть не принимает IMEI модема: попробуйте карту в другом порту и сообщите поддержке.",
            "The network does not accept the modem's IMEI: try the card in another port, and tell support.",
        ),
    ),
    Kind.OPERATOR_DELAY: VerdictWords(
        Text("оператор не активировал", "not activated yet"),
        Text(
            "Ждите; можно вынуть карту и вставить другую: попытки помнятся.",
            "Wait; you may take it out and put in another: its attempts are remembered.",
        ),
    ),
    Kind.OPERATOR_OVERDUE: VerdictWords(
        Text("оператор опаздывает", "operator overdue"),
        Text("Попросите оператора активировать карту.", "Ask the operator to activate the card."),
    ),
    Kind.AREA_REFUSED: VerdictWords(
        Text("сеть здесь закрыта", "area or network closed"),
        Text(
            "Здесь карте отвечает чужая сеть: переставьте антенну; если не поможет, спросите оператора.",
            "A foreign network answers here: move the antenna; if that does not help, ask the operator.",
        ),
    ),
    Kind.NETWORK_TROUBLE: VerdictWords(
        Text("сеть занята", "network in trouble"),
        Text("Ждите: модем пробует сам.", "Wait: the modem tries by itself."),
    ),
    Kind.NO_COVERAGE: VerdictWords(
        Text("нет сети", "no coverage"),
        Text("Подключите антенну или переставьте её к окну.", "Connect the antenna, or move it to a window."),
    ),
    Kind.ANTENNA_WEAK: VerdictWords(
        Text("сигнал слабый", "weak signal"),
        Text(
            "Переставьте антенну выше или к окну, проверьте её разъём.",
            "Move the antenna higher or to a window, and check its plug.",
        ),
    ),
    Kind.SEARCHING: VerdictWords(
        Text("ищет сеть", "looking for the network"),
        Text("Подождите: обычно до двух минут.", "Wait: usually up to two minutes."),
    ),
}

ACTOR_WORDS: Final = {
    Actor.NOBODY: Text("никто", "nobody"),
    Actor.INSTALLER: Text("монтажник", "installer"),
    Actor.OWNER: Text("владелец", "owner"),
    Actor.OPERATOR: Text("оператор", "operator"),
    Actor.VENDOR: Text("поддержка", "support"),
    Actor.CLOUD: Text("облако", "cloud"),
}
