"""What an owner may send to the controller's number, and what a stranger may not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_objects import CIRCUIT, DHW, RELAY, ToyObjects

from firmware_sim.controller.sms_commands import HELP, MAX_ANSWER, SmsDesk

OWNER = "+79161234567"


def desk(objects: ToyObjects | None = None) -> tuple[SmsDesk, ToyObjects]:
    objects = objects or ToyObjects()
    return SmsDesk(objects, lambda number: number == OWNER, lambda: "123,45 руб."), objects


@pytest.mark.parametrize(
    ("text", "commands", "answer"),
    [
        ("ТЕМП Дом 21,5", [(CIRCUIT, 2945)], "Дом: 21.5 °C, принято."),
        ("temp гв 55", [(DHW, 3280)], "ГВС: 55 °C, accepted."),
        ("  реле   полив  ВКЛ ", [(RELAY, 1)], "Полив: вкл, принято."),
        ("relay off", [(RELAY, 0)], "Полив: off, accepted."),
        ("темп 21", [], "Что именно? Есть: Дом, ГВС."),
        ("темп баня 21", [], "Что именно? Есть: Дом, ГВС."),
        ("temp дом 500", [], "From 5 to 95 °C."),
        ("temp дом", [], "A temperature is needed: TEMP circuit 21.5"),
        ("охрана вкл", [], "Такого здесь нет."),
        ("реле полив да", [], "Нужно ВКЛ или ВЫКЛ."),
        ("баланс", [], "123,45 руб."),
        ("?", [], HELP.en),
    ],
)
def test_commands(text, commands, answer):
    sms, objects = desk()
    said = sms.receive(OWNER, text)
    assert said is not None
    assert objects.commands == commands
    assert said.text == answer
    assert said.changed == bool(commands)


def test_the_state_of_the_house():
    sms, _ = desk()
    said = sms.receive(OWNER, "статус")
    assert said is not None
    assert said.text.splitlines() == [
        "Дом: 20.5°, уставка 21.0°",
        "ГВС: 48.2°, уставка 55.0°",
        "Котёл: греет, 55.1°",
    ]


def test_a_refusal_is_told():
    sms, objects = desk()
    objects.refusing.add(RELAY)
    said = sms.receive(OWNER, "реле полив выкл")
    assert said is not None
    assert (said.text, said.changed) == ("Полив: отказ 3.", False)


def test_a_stranger_gets_nothing_and_changes_nothing():
    sms, objects = desk()
    assert sms.receive("+79990000000", "реле полив вкл") is None
    assert objects.commands == []
    assert sms.refused == 1


@given(st.text(max_size=200))
def test_whatever_an_owner_writes_is_answered_shortly(text):
    sms, _ = desk()
    said = sms.receive(OWNER, text)
    assert said is not None
    assert 0 < len(said.text) <= MAX_ANSWER
