"""Answers of operators as they come, in both alphabets."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.operator_account import (
    OFFERED_BY,
    Capability,
    Money,
    NotOfferedError,
    OperatorAccount,
    PartialAccount,
    RemainingTraffic,
)
from provisioning.operator_answers import (
    AnswerError,
    parse_balance,
    parse_own_number,
    parse_remaining_traffic,
    parse_tariff,
)

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("text", "kopecks"),
    [
        ("Баланс:150р", 15000),
        ("Balans:150.25r", 15025),
        ("Баланс: -12,50 руб.", -1250),
        ("Balans:-0.5r", -50),
        ("Balance: 10.00 RUB", 1000),
        ("Баланс 150", 15000),
        ("Баланс - 150р", 15000),
        ("Баланс: - 150р", -15000),
        ("Баланс: минус 3,1 руб", -310),
        ("Баланс: 1 234,50 р. Кредит 300р", 123450),
        ("Ваш баланс 12 руб. 05 коп.", 1205),
        ("Balans 12r.5k.", 1205),
        ("На Вашем счете 99.9 руб.", 9990),
        ("Na schetu: 7 rub", 700),
        ("Баланс на 23.11.2026: 150р", 15000),
        ("Бонусный баланс: 20р. Баланс:150р", 15000),
        ("150.25r", 15025),
        ("-12р", -1200),
        ("Баланс:0р", 0),
        ("БАЛАНС=5Р.", 500),
    ],
)
def test_balances(text: str, kopecks: int) -> None:
    assert parse_balance(text) == Money(kopecks)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Неизвестный код",
        "Баланс: 1.500 руб",  # one and a half, or fifteen hundred?
        "Баланс: 10 USD",
        "Баланс: недоступен",
        "Бонусный баланс: 20р",
        "150р или 300р",
        "Баланс:" + "1" * 40,
        "Остаток: 12 МБ",
        "x" * 5000,
    ],
)
def test_what_is_no_balance_is_an_error_that_carries_the_text(text: str) -> None:
    with pytest.raises(AnswerError) as raised:
        parse_balance(text)
    assert raised.value.text == text
    assert "баланс" in raised.value.told.ru


@given(
    kopecks=st.integers(-(10**9), 10**9),
    word=st.sampled_from(["Баланс:", "Balans: ", "Balance = ", "Ваш баланс "]),
    point=st.sampled_from(".,"),
    currency=st.sampled_from(["р", "r", " руб.", " RUB", " ₽", ""]),
)
def test_every_amount_comes_through_to_the_kopeck(kopecks: int, word: str, point: str, currency: str) -> None:
    said = f"{word}{str(Money(kopecks)).replace('.', point)}{currency}"
    assert parse_balance(said) == Money(kopecks)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ваш тариф: Супер МТС", "Супер МТС"),
        ("Vash tarif: Smart 2.0", "Smart 2.0"),
        ("Тарифный план «Телематика».", "Телематика"),
        ("Your tariff: M2M basic. More: *111#", "M2M basic"),
        ("ТП: Умное устройство\nБаланс:1р", "Умное устройство"),
    ],
)
def test_tariffs(text: str, name: str) -> None:
    assert parse_tariff(text) == name


@pytest.mark.parametrize(
    "text",
    ["79161234567", "+79161234567", "8 916 123-45-67", "Ваш номер: 8(916)1234567.", "Vash nomer +7 916 123 45 67",
     "9161234567", "Your number: +79161234567", "Номер 79161234567. Поддержка: 88002500890"],
)  # fmt: skip
def test_own_numbers(text: str) -> None:
    assert parse_own_number(text) == "79161234567"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Остаток: 12 МБ", 12 * MIB),
        ("Ostatok: 512 KB", 512 * 1024),
        ("Остаток: 0 КБ", 0),
        ("Осталось 1 ГБ 200 МБ", 1224 * MIB),
        ("Ostalos 1.5GB iz 15GB", 1536 * MIB),
        ("Left: 20480 KB", 20 * MIB),
        ("Остаток трафика по пакету - 0,5 Мб до 30.11", MIB // 2),
        ("Израсходовано 3 МБ, осталось 9 МБ", 9 * MIB),
        ("100 Мбайт", 100 * MIB),
        ("Без лимита", None),
        ("Bez limita", None),
        ("Интернет не подключен", 0),
        ("Internet ne podkluchen", 0),
    ],
)
def test_traffic(text: str, left: int | None) -> None:
    assert parse_remaining_traffic(text) == RemainingTraffic(left)


@given(
    size=st.integers(0, 10**9),
    unit=st.sampled_from([("КБ", 1), ("KB", 1), (" МБ", 2), (" mb", 2), ("Гб", 3)]),
)
def test_every_volume_comes_through_to_the_byte(size: int, unit: tuple[str, int]) -> None:
    said = parse_remaining_traffic(f"Остаток: {size}{unit[0]}")
    assert said.remaining_bytes == size * 1024 ** unit[1]


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parse_tariff, "Баланс:150р"),
        (parse_tariff, "Тариф:"),
        (parse_own_number, "Баланс:150р"),
        (parse_own_number, "79161234567 или 79161234568"),
        (parse_remaining_traffic, "Баланс:150р"),
        (parse_remaining_traffic, "3 МБ из 9 МБ"),
    ],
)
def test_other_answers_are_errors_that_carry_the_text(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(AnswerError) as raised:
        parse(text)
    assert raised.value.text == text


@given(text=st.one_of(st.text(max_size=300), st.text("Баланс:тоkMB -+.,0189rр\n", max_size=300)))
def test_no_text_is_more_than_an_answer_or_a_typed_error(text: str) -> None:
    for parse in (parse_balance, parse_tariff, parse_own_number, parse_remaining_traffic):
        with contextlib.suppress(AnswerError):
            parse(text)


def test_what_an_adapter_does_not_override_is_refused_with_who_offers_it() -> None:
    class Nothing(PartialAccount):
        name = "nothing"

        async def balance(self) -> Money:
            return Money(1)

    account: OperatorAccount = Nothing()
    assert account.capabilities == {Capability.BALANCE}
    assert set(OFFERED_BY) == set(Capability)
    for capability in Capability:
        if capability in account.capabilities:
            continue
        method = getattr(account, capability)
        given_ = ["x"] * len(inspect.signature(method).parameters)
        with pytest.raises(NotOfferedError) as raised:
            asyncio.run(method(*given_))
        assert raised.value.capability is capability
        assert raised.value.offered_by
