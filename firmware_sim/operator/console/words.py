"""The console's words in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from firmware_sim.network import SubscriberState
from firmware_sim.operator.ledger import Kind
from firmware_sim.operator.records import DetailKind, Hold
from provisioning.explanation import Language, Text

WORDS: Final[Mapping[str, Text]] = {
    "title": Text("Оператор", "Operator"),
    "simulator": Text(
        "СИМУЛЯТОР: ни настоящих SIM-карт, ни настоящих денег",
        "SIMULATOR: no real SIM cards, no real money",
    ),
    "cards": Text("SIM-карты", "SIM cards"),
    "sign_in": Text("Войти", "Sign in"),
    "sign_out": Text("Выйти", "Sign out"),
    "token": Text("Пароль сотрудников (его печатает программа)", "The staff's token (the program prints it)"),
    "wrong_token": Text("Это не тот пароль.", "That is not the token."),
    "number": Text("Номер", "Number"),
    "number_hint": Text("% — несколько цифр, _ — одна", "% is several digits, _ is one"),
    "name": Text("Имя", "Name"),
    "account": Text("Лицевой счёт", "Account"),
    "state": Text("Состояние", "State"),
    "any": Text("любое", "any"),
    "tariff": Text("Тариф", "Tariff"),
    "package": Text("Пакет", "Package"),
    "none": Text("нет", "none"),
    "balance": Text("Баланс", "Balance"),
    "roubles": Text("₽", "RUB"),
    "traffic": Text("Трафик", "Traffic"),
    "of": Text("из", "of"),
    "no_internet": Text("без Интернета", "no Internet"),
    "find": Text("Найти", "Find"),
    "found": Text("Найдено", "Found"),
    "shown": Text("показаны первые", "the first ones shown"),
    "nothing_found": Text("Таких карт нет.", "There are no such cards."),
    "all": Text("все", "all"),
    "with_chosen": Text("С отмеченными:", "With those chosen:"),
    "apply": Text("Выполнить", "Do it"),
    "sweep_now": Text("Обойти склад сейчас", "Run the sweep now"),
    "next_sweep": Text("Следующий обход склада", "Next sweep of the stock"),
    "swept": Text("Обход склада: активировано карт — {count}.", "Sweep: {count} cards activated."),
    "done": Text("Сделано: {what} — {count}.", "Done: {what}, {count}."),
    "not_done": Text("Не сделано, {number}: {why}", "Not done, {number}: {why}"),
    "nothing_chosen": Text("Не отмечено ни одной карты.", "No card is chosen."),
    "now": Text("Часы оператора", "The operator's clock"),
    "paid": Text("Оплачена в сервисе", "Paid in the service"),
    "yes": Text("да", "yes"),
    "no": Text("нет", "no"),
    "device": Text("Только в устройстве", "Only in the device"),
    "any_device": Text("в любом", "any"),
    "activated_at": Text("Активирована", "Activated"),
    "services": Text("Услуги", "Services"),
    "holds": Text("Остановлена", "Stopped"),
    "codes": Text("Коды карты", "The card's codes"),
    "timeline": Text("История", "Timeline"),
    "when": Text("Когда", "When"),
    "what": Text("Что", "What"),
    "who": Text("Кто", "Who"),
    "details": Text("Детализация", "Itemised statement"),
    "money": Text("Деньги счёта", "The account's money"),
    "top_up": Text("Пополнить, ₽", "Top up, RUB"),
    "top_up_do": Text("Пополнить", "Top up"),
    "actions": Text("Действия", "Actions"),
    "other": Text("С кем", "With"),
    "how_much": Text("Сколько", "How much"),
    "page_missing": Text("Такой страницы нет.", "There is no such page."),
    "back": Text("К списку", "Back to the list"),
    "empty": Text("Пока ничего.", "Nothing yet."),
    "amount_wrong": Text(
        "Сумма — число рублей больше нуля.", "An amount is a number of roubles above nothing."
    ),
    "papers": Text("На решение", "To decide"),
    "payments_waiting": Text("Платежи, которых ещё не видели в банке", "Payments not yet seen at the bank"),
    "requests_waiting": Text("Обращения без ответа", "Requests without an answer"),
    "into": Text("Куда", "Into"),
    "money_came": Text("Деньги пришли", "The money came"),
    "no_money": Text("Денег нет", "There is none"),
    "answer": Text("Ответ", "Answer"),
    "send_answer": Text("Ответить", "Answer"),
    "decided": Text("Решено.", "Decided."),
    "books_sound": Text("Книги сходятся", "The books are sound"),
    "books_wrong": Text("Книги не сходятся", "The books are not sound"),
}

STATES: Final[Mapping[SubscriberState, Text]] = {
    SubscriberState.IN_STOCK: Text("на складе", "in stock"),
    SubscriberState.ACTIVE: Text("активна", "active"),
    SubscriberState.SUSPENDED: Text("приостановлена", "suspended"),
    SubscriberState.BLOCKED: Text("заблокирована", "blocked"),
    SubscriberState.TERMINATED: Text("расторгнута", "terminated"),
}

HOLDS: Final[Mapping[Hold, Text]] = {
    Hold.PAUSE: Text("услуга «Пауза»", "the service Pause"),
    Hold.TEMPORARY_BLOCK: Text("временная блокировка владельцем", "the owner's temporary block"),
    Hold.FUNDS: Text("нет денег", "no money"),
    Hold.PERIOD: Text("период в сервисе кончился", "the service's period is over"),
    Hold.MISUSE: Text("чужое устройство", "foreign device"),
    Hold.LOST: Text("утеряна", "lost"),
    Hold.CLERK: Text("остановлена сотрудником", "stopped by the staff"),
}

DETAILS: Final[Mapping[DetailKind, Text]] = {
    DetailKind.CALL: Text("звонок", "call"),
    DetailKind.INCOMING_CALL: Text("входящий", "incoming call"),
    DetailKind.SMS: Text("SMS", "SMS"),
    DetailKind.BALANCE_CHECK: Text("запрос баланса", "balance check"),
    DetailKind.DATA: Text("Интернет", "data"),
}

MONEY: Final[Mapping[Kind, Text]] = {
    Kind.TOP_UP: Text("пополнение", "top-up"),
    Kind.MONTHLY_FEE: Text("абонентская плата", "monthly fee"),
    Kind.SERVICE_FEE: Text("плата за услугу", "service fee"),
    Kind.PACKAGE_FEE: Text("плата за пакет", "package fee"),
    Kind.TARIFF_CHANGE: Text("смена тарифа", "change of tariff"),
    Kind.TRANSFER: Text("перевод", "transfer"),
    Kind.USAGE: Text("связь", "usage"),
    Kind.BLOCK: Text("временная блокировка", "temporary block"),
    Kind.INSTALMENT: Text("рассрочка", "instalment"),
    Kind.PERIOD: Text("период в сервисе", "the service's period"),
    Kind.CONSULTANT: Text("работа специалиста", "specialist's work"),
    Kind.NUMBER_CHANGE: Text("смена номера", "change of number"),
    Kind.CASHBACK: Text("возврат бонусами", "cashback"),
}

ACTIONS: Final[Mapping[str, Text]] = {
    "activate": Text("активировать", "activate"),
    "hold_lost": Text("заблокировать как утерянные", "block as lost"),
    "release_lost": Text("снять блокировку утери", "lift the block of lost ones"),
    "release_misuse": Text("разблокировать после чужого устройства", "unblock after a foreign device"),
    "hold_clerk": Text("приостановить", "suspend"),
    "release_clerk": Text("возобновить", "resume"),
    "terminate": Text("расторгнуть навсегда", "terminate for good"),
}


def word(name: str, lang: Language, **facts: object) -> str:
    """A word with its facts."""
    return WORDS[name].in_(lang).format(**facts)
