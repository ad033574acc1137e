"""Values of a line by name, and what is said of those that cannot be right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.zont.config_text import ConfigText, ObjectLine
from provisioning.zont.object_fields import FIELDS, Kind
from provisioning.zont.object_types import ObjectType
from provisioning.zont.object_values import ObjectValues, object_line, read_objects, with_values

SOUND = (
    "#Z4097=1,'Дом','28-air'\r\n"
    "#Z24577=6,'Котёл','0000'\r\n"
    "#Z65537=16,'Радиаторы',3,2980,3530,4097,,,,,,,,,,,24577\r\n"
)


@pytest.mark.parametrize(
    ("line", "place", "what"),
    [
        ("#Z9=99,'x'", "#Z9", "no type 99"),
        ("#Z255=14,'x',1", "#Z255", "there is no object"),
        ("#Z9=16,'x',4", "#Z9 stype", "4 does not fit"),
        ("#Z9=16,'x',3,2980,5000", "#Z9 highest_flow", "5000 does not fit"),
        ("#Z9=16,5,3", "#Z9 name", "5 does not fit"),
        ("#Z9=16,'x',3,,,12345", "#Z9 air_sensor", "no object 12345"),
        ("#Z9=16,'x',3,,,24577", "#Z9 air_sensor", "is a boiler_adapter"),
        ("#Z9=20,'x',[65537,7],[2940,2940]", "#Z9 circuits", "no object 7"),
        ("#Z9=20,'x',65537,[2940]", "#Z9 circuits", "does not fit"),
        ("#Z9=21,'x',[1440],[2940]", "#Z9 minutes", "does not fit"),
        ("#Z9=16,'x',3,,,,,,,,,,,,,,9", "#Z9 source", "in a ring"),
        ("#Z65537=17,'x'", "#Z65537", "line 3 already"),
    ],
)
def test_each_value_that_cannot_be_right_is_named_with_its_line(line, place, what):
    _, problems = read_objects(ConfigText.parse((SOUND + line + "\r\n").encode("cp1251")))
    assert [(each.line, each.place) for each in problems] == [(4, place)]
    assert what in problems[0].what.en
    assert problems[0].what.ru
    assert problems[0].way_out.ru


def test_a_sound_configuration_has_no_problems():
    objects, problems = read_objects(ConfigText.parse(SOUND.encode("cp1251")))
    assert problems == []
    assert [each.line_number for each in objects.values()] == [1, 2, 3]


def test_of_a_real_controller_only_what_is_published_is_judged():
    text = "#Z0=0,'Вход',3\r\n#Z8=35,'Бак',1\r\n#Z9=16,'x',3,,,,,,,4,5,0,9999\r\n"
    objects, problems = read_objects(ConfigText.parse(text.encode("cp1251")), published_only=True)
    assert problems == []
    assert set(objects) == {0, 8, 9}


@pytest.mark.parametrize("kind", sorted(FIELDS))
def test_every_default_is_a_value_that_may_stand_there(kind):
    fields = FIELDS[kind]
    assert sorted(field.place for field in fields) == list(range(1, len(fields) + 1))
    empty = ObjectValues(ObjectLine(9, (int(kind),)))
    take = {Kind.TEXT: empty.text, Kind.NUMBERS: empty.numbers, Kind.REFERENCES: empty.numbers}
    given_them = {field.name: take.get(field.kind, empty.number)(field.name) for field in fields}
    line = object_line(9, ObjectType(kind), **given_them)
    assert ObjectValues(line).problems == []
    assert ObjectValues(line) == empty


@given(st.data())
def test_a_changed_value_changes_no_other(data):
    kind = data.draw(st.sampled_from(sorted(FIELDS)))
    numbers = [field for field in FIELDS[kind] if field.kind is Kind.NUMBER]
    if not numbers:
        return
    field = data.draw(st.sampled_from(numbers))
    value = data.draw(st.integers(field.low, field.high))
    before = ObjectLine(9, (int(kind), "имя"))
    after = with_values(before, **{field.name: value})
    assert ObjectValues(after).number(field.name) == value
    assert after.values[:2] == before.values
    assert ObjectValues(with_values(after, **{field.name: field.default})) == ObjectValues(before)
