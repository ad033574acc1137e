"""A `#Z` line by name, a whole configuration as objects, and what is wrong with them.

What a line does not set, or sets to what cannot be right, has the default of `object_fields`. A problem is named with
its line, and so is a reference to nothing, to an object of another type, or round in a ring.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from provisioning.explanation import Text
from provisioning.zont.config_text import NONE_IDS, ConfigProblem, ConfigText, ObjectLine, Value
from provisioning.zont.object_fields import FIELDS, Field, Kind, fields_of
from provisioning.zont.object_types import ObjectType


class ObjectValues:
    """A `#Z` line by name.

    What is not set, or cannot be right, has its default; `problems` name the latter.

    Args:
        line: the object.
        number: of the line in its file.
        published_only: take only `known` values; those of a real controller's other places mean something else.
    """

    def __init__(self, line: ObjectLine, number: int = 0, *, published_only: bool = False) -> None:
        assert line.type_number is not None
        self.id = line.id
        self.line_number = number
        self.type = ObjectType(line.type_number)
        self.problems: list[ConfigProblem] = []
        self._values: dict[str, int | str | tuple[int, ...]] = {}
        for field in fields_of(self.type):
            is_read = field.place < len(line.values) and (field.known or not published_only)
            value = line.values[field.place] if is_read else None
            fit = _fit(field, value)
            if fit is None and value is not None:
                self.problems.append(_problem(number, line.id, field, value))
            self._values[field.name] = field.default if fit is None else fit

    def number(self, name: str) -> int:
        """A number, a reference (0: none) or raw decikelvin."""
        value = self._values[name]
        assert isinstance(value, int)
        return value

    def text(self, name: str) -> str:
        """A text."""
        value = self._values[name]
        assert isinstance(value, str)
        return value

    def numbers(self, name: str) -> tuple[int, ...]:
        """An array of numbers or references."""
        value = self._values[name]
        assert isinstance(value, tuple)
        return value

    def remember(self, name: str, value: int) -> None:
        """Take a value that has been written into the line."""
        assert name in self._values
        self._values[name] = value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ObjectValues):
            return NotImplemented
        return (self.id, self.type, self._values) == (other.id, other.type, other._values)

    __hash__ = None  # type: ignore[assignment]  # its values may change

    def references(self) -> Iterable[tuple[Field, int]]:
        """All ids that the line points at."""
        for field in FIELDS.get(self.type, ()):
            value = self._values[field.name]
            if field.kind is Kind.REFERENCE and isinstance(value, int) and value not in NONE_IDS:
                yield field, value
            if field.kind is Kind.REFERENCES and isinstance(value, tuple):
                for each in value:
                    yield field, each


def object_line(object_id: int, type_: ObjectType, **values: int | str | tuple[int, ...]) -> ObjectLine:
    """A line from values by name. Raises KeyError: the type has no such value."""
    fields = {field.name: field for field in FIELDS[type_]}
    last = max((fields[name].place for name in values), default=0)
    places: list[Value] = [int(type_), *[None] * last]
    for name, value in values.items():
        places[fields[name].place] = value
    return ObjectLine(object_id, tuple(places))


def with_values(line: ObjectLine, **values: int | str | tuple[int, ...]) -> ObjectLine:
    """A line with other values in the places of those names. Raises KeyError: the type has no such value."""
    assert line.type_number is not None
    fields = {field.name: field for field in FIELDS[ObjectType(line.type_number)]}
    places = list(line.values)
    for name, value in values.items():
        place = fields[name].place
        places += [None] * (place + 1 - len(places))
        places[place] = value
    return ObjectLine(line.id, tuple(places))


def read_objects(
    config: ConfigText, *, published_only: bool = False
) -> tuple[dict[int, ObjectValues], list[ConfigProblem]]:
    """All objects of a configuration, and what is wrong with their values and with the ids they point at."""
    objects: dict[int, ObjectValues] = {}
    problems = list(config.problems)
    for number, line in config.objects():
        if line.type_number not in _KNOWN_TYPES:
            problems.append(_unknown_type(number, line))
        elif line.id in NONE_IDS and not published_only:
            problems.append(_no_id(number, line))
        else:
            objects[line.id] = ObjectValues(line, number, published_only=published_only)
            problems += objects[line.id].problems
    problems += [] if published_only else _rings(objects)
    for values in objects.values():
        for field, reference in values.references():
            target = objects.get(reference)
            if target is None:
                problems.append(_lost(values.line_number, values.id, field, reference))
            elif field.refers and target.type not in field.refers:
                problems.append(_wrong_type(values.line_number, values.id, field, reference, target.type))
    return objects, sorted(problems, key=lambda each: each.line)


_KNOWN_TYPES: Final = frozenset(ObjectType)


def _fit(field: Field, value: Value) -> int | str | tuple[int, ...] | None:
    if field.kind is Kind.TEXT:
        return value if isinstance(value, str) else None
    if field.kind in {Kind.NUMBERS, Kind.REFERENCES}:
        if not isinstance(value, tuple):
            return None
        whole = tuple(each for each in value if isinstance(each, int) and field.low <= each <= field.high)
        return whole if len(whole) == len(value) else None
    if field.kind is Kind.DECIKELVIN and value == 0:
        return 0
    return value if isinstance(value, int) and field.low <= value <= field.high else None


def _problem(line: int, object_id: int, field: Field, value: Value) -> ConfigProblem:
    kind = {
        Kind.TEXT: Text("текст в кавычках", "a text in quotes"),
        Kind.NUMBERS: Text("список чисел", "an array of numbers"),
        Kind.REFERENCES: Text("список номеров объектов", "an array of ids"),
    }.get(
        field.kind, Text(f"число от {field.low} до {field.high}", f"a number of {field.low} to {field.high}")
    )
    return ConfigProblem(
        line,
        f"#Z{object_id} {field.name}",
        Text(f"значение {value!r} не подходит", f"{value!r} does not fit"),
        Text(f"Здесь нужно: {kind.ru}.", f"Here stands {kind.en}."),
    )


def _unknown_type(number: int, line: ObjectLine) -> ConfigProblem:
    return ConfigProblem(
        number,
        f"#Z{line.id}",
        Text(f"типа {line.type_number} не бывает", f"there is no type {line.type_number}"),
        Text("Строка сохранена, но не работает.", "The line is kept, and does nothing."),
    )


def _no_id(number: int, line: ObjectLine) -> ConfigProblem:
    return ConfigProblem(
        number,
        f"#Z{line.id}",
        Text("этот номер значит «нет объекта»", "this number means that there is no object"),
        Text("Дайте объекту другой номер.", "Give the object another number."),
    )


def _rings(objects: Mapping[int, ObjectValues]) -> Iterator[ConfigProblem]:
    """Circuits that are each other's source: nobody of them has any heat."""
    for values in objects.values():
        if values.type is not ObjectType.HEATING_CIRCUIT:
            continue
        at, passed = values.number("source"), {values.id}
        while at in objects and objects[at].type is ObjectType.HEATING_CIRCUIT and at not in passed:
            passed.add(at)
            at = objects[at].number("source")
        if at in passed:
            yield ConfigProblem(
                values.line_number,
                f"#Z{values.id} source",
                Text(
                    "контуры просят тепло друг у друга по кругу",
                    "the circuits ask each other for heat, in a ring",
                ),
                Text("Укажите котёл источником тепла.", "Make a boiler the source."),
            )


def _lost(line: int, object_id: int, field: Field, reference: int) -> ConfigProblem:
    return ConfigProblem(
        line,
        f"#Z{object_id} {field.name}",
        Text(f"объекта {reference} нет", f"there is no object {reference}"),
        Text("Выберите существующий объект.", "Choose an object that is there."),
    )


def _wrong_type(line: int, object_id: int, field: Field, reference: int, found: ObjectType) -> ConfigProblem:
    wanted = ", ".join(each.name.lower() for each in field.refers)
    return ConfigProblem(
        line,
        f"#Z{object_id} {field.name}",
        Text(f"объект {reference} — {found.name.lower()}", f"object {reference} is a {found.name.lower()}"),
        Text(f"Здесь нужен: {wanted}.", f"Here belongs: {wanted}."),
    )
