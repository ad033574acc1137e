"""Why an operation is refused: one table of kinds with their words, and the error that carries one."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from provisioning.explanation import Language, Text


@dataclass(frozen=True, slots=True)
class Refusal:
    """A kind of refusal. `rule` is the id of the source's rule behind it, "" for plain sense."""

    rule: str
    text: Text
    status: HTTPStatus = HTTPStatus.CONFLICT


def unknown(ru: str, en: str, rule: str = "") -> Refusal:
    """What is asked for is not there (404)."""
    return Refusal(rule, Text(ru, en), HTTPStatus.NOT_FOUND)


def forbidden(ru: str, en: str, rule: str = "") -> Refusal:
    """It is not for this caller to do (403)."""
    return Refusal(rule, Text(ru, en), HTTPStatus.FORBIDDEN)


def malformed(ru: str, en: str, rule: str = "") -> Refusal:
    """What was said cannot be (422)."""
    return Refusal(rule, Text(ru, en), HTTPStatus.UNPROCESSABLE_ENTITY)


REFUSALS: Final[dict[str, Refusal]] = {
    # -- what is asked for is not there, or is somebody else's, which looks the same from outside
    "no_such_number": unknown("Абонент {number} не найден.", "There is no subscriber {number}."),
    "no_such_account": unknown("Лицевой счёт {account} не найден.", "There is no account {account}."),
    "no_such_card": unknown("SIM-карта {card} не найдена.", "There is no SIM card {card}."),
    "no_such_tariff": unknown("Тариф {tariff} не предлагается.", "The tariff {tariff} is not offered."),
    "no_such_service": unknown("Услуги {service} нет.", "There is no service {service}."),
    "no_such_package": unknown("Пакета {package} нет.", "There is no package {package}."),
    "no_such_record": unknown("Запись {id} не найдена.", "There is no record {id}."),
    "not_yours": forbidden(
        "Эта операция вам недоступна; войдите как {who}.", "This is not for you to do; sign in as {who}."
    ),
    # -- money
    "amount": malformed(
        "Сумма {kopecks} коп. не годится: нужна положительная.",
        "{kopecks} kopecks is no amount: it must be above nothing.",
    ),
    "funds": Refusal(
        "S4.1",
        Text(
            "Недостаточно средств: нужно {needed_kopecks} коп., доступно {available_kopecks} коп. Пополните счёт.",
            "Not enough money: {needed_kopecks} kopecks are needed, {available_kopecks} are there. Top the account up.",
        ),
    ),
}
"""Each room of rules adds its own kinds with `kinds`."""


def kinds(more: dict[str, Refusal]) -> None:
    """Add a room's kinds. Raises ValueError when a name is taken."""
    if taken := REFUSALS.keys() & more.keys():
        raise ValueError(f"refusals defined twice: {', '.join(sorted(taken))}")
    REFUSALS.update(more)


class RefusedError(Exception):
    """An operation was refused and has changed nothing.

    Args:
        kind: a key of `REFUSALS`.
        facts: what its text names.
    """

    def __init__(self, kind: str, **facts: object) -> None:
        self.kind: Final = kind
        self.refusal: Final = REFUSALS[kind]
        self.facts: Final = facts
        super().__init__(f"{kind}: {self.told('en')}")

    @property
    def rule(self) -> str:
        """The source's rule."""
        return self.refusal.rule

    def told(self, lang: Language) -> str:
        """For a person."""
        return self.refusal.text.in_(lang).format(**self.facts)
