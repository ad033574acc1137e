"""A controller's configuration survives being read, changed and written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.zont.config_text import (
    ConfigText,
    ConfigTextError,
    ObjectLine,
    ParameterLine,
    format_values,
    parse_values,
)

SOME = (
    "#Z8362=16,'Дом',0,3030,3530,4099,,,,,,1,,,,20481,0\r\n"
    "#Z20501=20,'Комфорт',[8362,20496],[2940,3280],1\r\n"
    "#Z69633=*\r\n"
    "#S203=internet.mts.ru\r\n"
    "#S12=*100# 50\r\n"
).encode("cp1251")

TEXTS = st.text(st.sampled_from("abcЯж'\",[]=#*; 0\t"), max_size=8)
VALUES = st.recursive(
    st.none() | st.integers(-(10**17), 10**17) | TEXTS,
    lambda inner: st.lists(inner, max_size=4).map(tuple).filter(lambda items: items != (None,)),
    max_leaves=12,
)


@given(st.lists(VALUES, min_size=1, max_size=6).map(tuple))
def test_values_are_read_as_they_were_written(values):
    assert parse_values(format_values(values)) == values


@given(
    st.binary(max_size=300)
    | st.text("#ZS=0123456789,'[]*\r\nЯ", max_size=80).map(lambda t: t.encode("cp1251"))
)
def test_a_file_is_written_as_it_was_read_whatever_it_holds(data):
    assert ConfigText.parse(data).to_bytes() == data


def test_objects_and_parameters():
    config = ConfigText.parse(SOME)
    assert config.problems == ()
    assert [line.id for _, line in config.objects()] == [8362, 20501]
    mode = config.get_object(20501)
    assert mode == ObjectLine(20501, (20, "Комфорт", (8362, 20496), (2940, 3280), 1))
    assert config.get_parameter(203) == "internet.mts.ru"
    assert config.get_parameter(204) is None
    assert config.to_bytes() == SOME


def test_changes_stay_in_their_places():
    config = ConfigText.parse(SOME)
    config.set_parameter(203, "m2m")
    config.set_object(20501, (20, "Ночь", (), (), 2))
    config.set_object(config.free_id(17), (17, "Насос"))
    assert config.delete_object(8362)
    assert not config.delete_object(8362)
    assert config.to_bytes().decode("cp1251").splitlines() == [
        "#Z20501=20,'Ночь',[],[],2",
        "#Z69633=17,'Насос'",
        "#S203=m2m",
        "#S12=*100# 50",
        "#Z69634=*",  # the next pump's
    ]


@pytest.mark.parametrize(
    ("line", "place", "what"),
    [
        ("hello", "hello", "no #Z or #S"),
        ("#Z12", "#Z12", "no #Z or #S"),
        ("#Z007=16", "#Z007", "no such number"),
        ("#Z9999999999=16", "#Z9999999999", "no such number"),
        ("#Z5=16,Дом", "#Z5", "no number"),
        ("#Z5=16,'Дом", "#Z5", "has no end"),
        ("#Z5=16,[1,2", "#Z5", "has no end"),
        ("#Z5=16]", "#Z5", "out of place"),
        ("#Z5='x'", "#Z5", "type must come first"),
        ("#Z8362=17", "#Z8362", "line 1 already"),
    ],
)
def test_each_problem_is_named_with_its_line(line, place, what):
    config = ConfigText.parse(SOME + line.encode("cp1251") + b"\r\n")
    (problem,) = config.problems
    assert (problem.line, problem.place) == (6, place)
    assert what in problem.what.en
    assert config.to_bytes() == SOME + line.encode("cp1251") + b"\r\n"


@pytest.mark.parametrize(
    ("data", "line", "what"),
    [
        ("#Z5=16,'Дом'\r\n".encode(), 1, "UTF-8"),
        (b"\xef\xbb\xbf#Z5=16\r\n", 1, "UTF-8"),
        (b"#Z5=16\r\n#Z6=17\n#Z7=17\n", 2, "2 lines end with LF"),
        (b"#Z5=16\r\n#Z6=17,'\x98'\r\n", 2, "no line holds"),
        (b"#Z5=16\r\n#S203=a\rb\r\n", 2, "no line holds"),
        (b"#Z5=16," + b"[" * 40 + b"]" * 40 + b"\r\n", 1, "within each other"),
        (b"#S1=x\r\n" * 5001, 5001, "more than 5000 lines"),
        (b"#S1=" + b"x" * (1 << 20) + b"\r\n", 1, "larger than 1 MB"),
    ],
)
def test_what_is_wrong_with_the_file_itself_is_named_and_nothing_of_it_is_lost(data, line, what):
    config = ConfigText.parse(data)
    assert [each.line for each in config.problems if what in each.what.en] == [line]
    assert config.to_bytes() == data


def test_a_new_line_does_not_grow_onto_one_without_an_end():
    config = ConfigText.parse(b"#Z5=16\n#S203=a")
    config.set_parameter(36, "3")
    assert config.to_bytes() == b"#Z5=16\n#S203=a\r\n#S36=3\r\n"


def test_no_object_gets_a_number_that_means_none():
    config = ConfigText()
    numbers = []
    for _ in range(256):
        numbers.append(config.free_id(0))
        config.set_object(numbers[-1], (0, "Вход"))
    assert not {0, 255} & set(numbers)
    assert len(set(numbers)) == 256


def test_who_keeps_the_file_hears_of_each_change():
    config = ConfigText.parse(SOME)
    told: list[int] = []
    config.changed = lambda: told.append(1)
    config.set_parameter(203, "m2m")
    config.set_object(20501, (20, "Ночь"))
    config.delete_object(8362)
    config.delete_object(8362)
    assert len(told) == 3


def test_what_cannot_be_text_is_refused():
    config = ConfigText([ParameterLine(1, "日本")])
    with pytest.raises(ConfigTextError, match="windows-1251"):
        config.to_bytes()
    with pytest.raises(ConfigTextError, match="one line"):
        config.set_parameter(2, "a\nb")
    with pytest.raises(ConfigTextError, match="one line"):
        config.set_object(5, (16, "a\rb"))
    with pytest.raises(ConfigTextError, match="windows-1251"):
        config.set_object(5, (16, "日本"))
    with pytest.raises(ConfigTextError, match="no type"):
        config.set_object(5, ())


def test_texts_in_double_quotes_and_numbers_with_zeros_are_read_and_stay_as_they_stand():
    data = '#Z4097=1,"Дом ""у озера""",007,\'а "б"\'\r\n#Z4098=1,\'x\'\r\n'.encode("cp1251")
    config = ConfigText.parse(data)
    assert config.problems == ()
    assert config.get_object(4097).values == (1, 'Дом "у озера"', 7, 'а "б"')
    config.set_object(4098, (1, 'y "z"'))
    assert config.to_bytes() == data.replace(b"'x'", b"'y \"z\"'")
