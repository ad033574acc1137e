"""What an owner may send to the controller's number, and what a stranger may not."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from at_commands.sms import Content, split_content
from firmware_sim.controller.answer_budget import DAILY, DAY_S, HOUR_S, HOURLY, NONSENSE
from firmware_sim.controller.sms_commands import HELP, MAX_PARTS, SmsDesk, cut

OWNER, OTHER = "+79161234567", "+79160000000"
CIRCUIT, DHW, BOILER, SENSOR, RELAY, PUMP, MODE = 8362, 20496, 6145, 4099, 20488, 20500, 20501
SECOND_FLOOR, SECOND_ROOM, QUOTED, FIR = 70001, 70002, 70003, 70004


class Watch:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class House:
    """An `ObjectModel` of a table; what is commanded is noted, and answered with `result`."""

    def __init__(self) -> None:
        self.objects: dict[int, dict[str, JsonValue]] = {
            CIRCUIT: {"type": 16, "name": "Дом", "c": 20.5, "s": 21.0, "f": 0},
            DHW: {"type": 16, "name": "ГВС", "c": 48.2, "s": 55, "f": 0},
            BOILER: {"type": 6, "name": "Котёл", "water": 55.1, "state": 1, "err": 0},
            SENSOR: {"type": 1, "name": "Улица", "t": -7.4, "a": 1},
            RELAY: {"type": 14, "name": "Полив", "s": 0},
            PUMP: {"type": 17, "name": "Насос", "s": 1},
            MODE: {"type": 20, "name": "Комфорт"},
        }
        self.commands: list[tuple[int, JsonValue]] = []
        self.result = 0

    def ids(self, type_number: int) -> list[int]:
        return [each for each, state in self.objects.items() if type_number in {255, state["type"]}]

    def state(self, object_id: int) -> Mapping[str, JsonValue] | None:
        return self.objects.get(object_id)

    def command(self, object_id: int, value: JsonValue) -> int:
        self.commands.append((object_id, value))
        return self.result

    def named_command(
        self, name: str, type_number: int, stype: int | None, value: JsonValue
    ) -> tuple[int, int]:
        raise AssertionError("nothing is made by SMS")

    def system(self, line: str) -> str | None:
        raise AssertionError("no line is asked by SMS")


def desk(objects: House | None = None, watch: Watch | None = None) -> tuple[SmsDesk, House]:
    objects = objects or House()
    watch = watch or Watch()
    return SmsDesk(objects, lambda number: number == OWNER, lambda _: "123,45 руб.", watch), objects


def big_house() -> House:
    objects = House()
    for number, name in (
        (SECOND_FLOOR, "Второй этаж"),
        (SECOND_ROOM, "Вторая комната 2"),
        (QUOTED, "«Баня»"),
        (FIR, "Ёлка"),
    ):
        objects.objects[number] = {"type": 16, "stype": 3, "name": name, "c": 19.0, "s": 20.0, "f": 0, "a": 1}
    return objects


def said(text: str, objects: House | None = None) -> tuple[str, list]:
    sms, objects = desk(objects)
    answer = sms.receive(OWNER, text)
    assert answer is not None
    assert answer.changed == bool(objects.commands)
    return answer.text, objects.commands


@pytest.mark.parametrize(
    ("text", "commands", "answer"),
    [
        ("ТЕМП Дом 21,5", [(CIRCUIT, 2945)], "Дом: 21.5 °C, принято."),
        ("temp гв 55", [(DHW, 3280)], "ГВС: 55 °C, accepted."),
        ("  реле   полив  ВКЛ ", [(RELAY, 1)], "Полив: вкл, принято."),
        ("relay off", [(RELAY, 0)], "Полив: off, accepted."),
        ("реле «Полив» выключить", [(RELAY, 0)], "Полив: выкл, принято."),
        ("Режим комфорт", [(MODE, 1)], "Комфорт: принято."),
        ("mode", [(MODE, 1)], "Комфорт: accepted."),
        ("темп 21", [], "Что именно? Есть: Дом, ГВС."),
        ("темп баня 21", [], "Что именно? Есть: Дом, ГВС."),
        ("temp дом 500", [], "From 5 to 95 °C."),
        ("темп дом -5", [], "От 5 до 95 °C."),
        ("temp дом", [], "A temperature is needed: TEMP circuit 21.5"),
        ("темп дом 21,5,5", [], "Нужна температура: ТЕМП контур 21,5"),
        ("темп дом nan", [], "Нужна температура: ТЕМП контур 21,5"),
        ("темп дом 2_1", [], "Нужна температура: ТЕМП контур 21,5"),
        ("темп дом 1e1", [], "Нужна температура: ТЕМП контур 21,5"),
        ("охрана вкл", [], "Такого здесь нет."),
        ("реле полив да", [], "Нужно ВКЛ или ВЫКЛ."),
        ("баланс", [], "123,45 руб."),
        ("?", [], HELP.en),
        ("Помощь", [], HELP.ru),
        ("привет", [], f"Не понял. {HELP.ru}"),
        ("hello", [], f"I do not understand. {HELP.en}"),
    ],
)
def test_commands(text, commands, answer):
    assert said(text) == (answer, commands)


@pytest.mark.parametrize(
    "degrees",
    [
        "21.5",
        "21,5",
        "+21,5",
        "21,5°",
        "21.5 °C",
        "21,5с",
        "21,5 С",
        "21,5º",
        "21.5 ℃",
        "21,50",
        "21,5 градуса",
        "21.5 deg",
    ],
)
def test_degrees_as_people_write_them(degrees):
    assert said(f"темп дом {degrees}") == ("Дом: 21.5 °C, принято.", [(CIRCUIT, 2945)])


@pytest.mark.parametrize(
    ("text", "circuit"),
    [
        ("темп второй этаж 20", SECOND_FLOOR),
        ("темп «Второй этаж» 20", SECOND_FLOOR),
        ('темп "второй" 20°', SECOND_FLOOR),
        ("темп второй\u00a0этаж\u00a020", SECOND_FLOOR),
        ("темп\u2003вторая   комната 2 20", SECOND_ROOM),
        ("темп баня 20", QUOTED),
        ("темп елка 20", FIR),
        ("темп ЁЛКА 20", FIR),
        ("темп \u200bе\u0308лка\ufeff 20", FIR),
        ("темп #70002 20", SECOND_ROOM),
    ],
)
def test_names_as_people_write_them(text, circuit):
    assert said(text, big_house())[1] == [(circuit, 2930)]


def test_an_ambiguous_beginning_changes_nothing_and_names_the_choice():
    assert said("темп втор 20", big_house()) == ("Что именно? Есть: Второй этаж, Вторая комната 2.", [])
    twins = big_house()
    twins.objects[SECOND_ROOM]["name"] = "Второй этаж"
    text, commands = said("темп второй этаж 20", twins)
    assert (text, commands) == ("Что именно? Есть: Второй этаж #70001, Второй этаж #70002.", [])
    assert said("темп вторая комната 2", big_house())[1] == []


def test_several_commands_in_one_message():
    text, commands = said("темп дом 21; реле вкл\nпогода")
    assert commands == [(CIRCUIT, 2940), (RELAY, 1)]
    assert text.splitlines() == ["Дом: 21 °C, принято.", "Полив: вкл, принято.", f"Не понял. {HELP.ru}"]
    text, commands = said(";".join(["реле вкл"] * 6))
    assert (text, commands) == ("Не больше 5 команд в сообщении; ничего не выполнено.", [])


def test_the_state_of_the_house():
    assert said("статус")[0].splitlines() == [
        "Дом: 20.5°, уставка 21.0°",
        "ГВС: 48.2°, уставка 55.0°",
        "Котёл: греет, 55.1°",
    ]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("status улица", "Улица: -7.4°"),
        ("статус полив", "Полив: выкл"),
        ("статус насос", "Насос: вкл"),
        ("status котел", "Котёл: heating, 55.1°"),
        ("статус чердак", "Что именно? Есть: Дом, ГВС, Котёл."),
    ],
)
def test_the_state_of_one_thing(text, answer):
    assert said(text)[0] == answer


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (1, "такое значение здесь не подходит"),
        (2, "сейчас это невозможно"),
        (3, "такого объекта уже нет"),
        (9, "код 9"),
    ],
)
def test_a_refusal_says_why(result, reason):
    objects = House()
    objects.result = result
    sms, _ = desk(objects)
    answer = sms.receive(OWNER, "реле полив выкл")
    assert answer is not None
    assert (answer.text, answer.changed) == (f"Полив: отказ, {reason}.", False)


# -- strangers, machines, and anything at all


@given(st.text(max_size=50), st.text(max_size=100))
def test_a_stranger_gets_nothing_and_changes_nothing(sender, text):
    sms, objects = desk()
    for words in (text, f"реле вкл\n{text}", "статус"):
        assert sms.receive(sender, words) is None
    assert objects.commands == []
    assert sms.refused == 3


WORDS = st.sampled_from(
    [
        "темп",
        "status",
        "РЕЖИМ",
        "реле",
        "охрана",
        "дом",
        "21,5",
        "вкл",
        "\u00a0",
        ";",
        "\n",
        "«",
        "?",
        "#8362",
        "°",
    ]
)


@given(st.text(max_size=1000) | st.lists(WORDS | st.text(max_size=3), max_size=12).map(" ".join))
def test_whatever_an_owner_writes_is_answered_shortly(text):
    sms, _ = desk(big_house())
    answer = sms.receive(OWNER, text)
    assert answer is not None
    assert answer.text.strip()
    assert len(split_content(Content.of(answer.text), 0)) <= MAX_PARTS


@given(st.text(alphabet=st.characters(), max_size=40), st.sampled_from(["статус", "темп 21", "temp", "?"]))
def test_whatever_a_thing_is_called_it_can_be_told(name, text):
    objects = House()
    objects.objects[CIRCUIT]["name"] = name
    sms, _ = desk(objects)
    answer = sms.receive(OWNER, text)
    assert answer is not None
    assert len(split_content(Content.of(answer.text), 0)) <= MAX_PARTS


@given(st.lists(st.text("абвabc€", min_size=1, max_size=30), min_size=1, max_size=80).map(" ".join))
def test_a_cut_text_keeps_whole_words(text):
    short = cut(text)
    assert len(split_content(Content.of(short), 0)) <= MAX_PARTS
    if short != text:
        head = short.removesuffix("…").removesuffix("...")
        assert text.startswith(f"{head} ")
        longer = text[: text.find(" ", len(head) + 1)] if " " in text[len(head) + 1 :] else text
        assert len(split_content(Content.of(f"{longer}..."), 0)) > MAX_PARTS or len(longer) - len(head) < 4


def test_long_answers_are_cut_between_words():
    objects = big_house()
    for number in range(30):
        objects.objects[80000 + number] = {"type": 16, "name": f"Комната {number}", "c": 20.0, "s": 21.0}
    text, _ = said("статус", objects)
    assert text.endswith("…")
    assert re.fullmatch(r"Комната|\d+:|20\.0°,|уставка|21\.0°", text[:-1].split()[-1])
    latin = cut("abcdefgh " * 100)
    assert latin.endswith("abcdefgh...")
    assert 440 < len(latin) <= 459
    assert len(cut("x" * 5000)) == 459


def test_no_more_than_the_hours_answers_and_the_last_one_says_so():
    watch = Watch()
    sms, objects = desk(watch=watch)
    answers = [sms.receive(OWNER, "реле вкл") for _ in range(HOURLY + 5)]
    assert sum(each is not None for each in answers) == HOURLY
    assert len(objects.commands) == HOURLY - 1
    last = answers[HOURLY - 1]
    assert last is not None
    assert last.text == "Слишком много сообщений, команда не выполнена. Отвечу через 60 мин."
    assert sms.silenced == 5
    watch.now_s += HOUR_S
    assert sms.receive(OWNER, "реле вкл") is not None


def test_a_number_spelt_otherwise_is_the_same_number():
    sms = SmsDesk(House(), lambda _: True, now_s=Watch())
    answers = [sms.receive(spelt, "статус") for spelt in (OWNER, OWNER[1:], "8" + OWNER[2:]) * HOURLY]
    assert sum(each is not None for each in answers) == HOURLY


def test_two_controllers_that_are_each_others_users_fall_silent():
    watch, written = Watch(), 0
    first = SmsDesk(big_house(), lambda number: number == OTHER, now_s=watch)
    second = SmsDesk(big_house(), lambda number: number == OWNER, now_s=watch)
    days = 10
    text: str | None = "статус"
    for _ in range(int(days * DAY_S / 60)):
        watch.now_s += 60
        for sms, sender in ((second, OWNER), (first, OTHER)):
            answer = None if text is None else sms.receive(sender, text)
            text = None if answer is None else answer.text
            written += text is not None
        text = text or "Котельная в норме"  # a robot does not give up
    assert 0 < written <= 2 * days * (NONSENSE + 1)


@given(st.lists(st.tuples(st.floats(0, 5000), st.booleans()), max_size=120))
def test_the_days_bound_holds_whatever_is_written_when(messages):
    watch = Watch()
    sms, _ = desk(watch=watch)
    answered: list[float] = []
    for pause_s, sensible in messages:
        watch.now_s += pause_s
        if sms.receive(OWNER, "статус" if sensible else "ку") is not None:
            answered.append(watch.now_s)
    for each in answered:
        assert sum(each <= other < each + HOUR_S for other in answered) <= HOURLY
        assert sum(each <= other < each + DAY_S for other in answered) <= DAILY
