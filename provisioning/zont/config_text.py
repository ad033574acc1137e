"""`config.txt`, a ZONT controller's whole configuration as text: one line, one object or one parameter.

    #Z8362=16,'Дом',0,3030,3530,4099,0,…     object 8362 of type 16 and its values, by position
    #Z69632=*                                the next free id of a type: (type << 12) | counter
    #S203=internet.mts.ru                    parameter 203

windows-1251, lines end with CR LF. Values are whole numbers, texts in quotes, single or double (such a quote in the
text is doubled), arrays in square brackets, and nothing at all for a value that is not set. A line that is none of
these is kept as it stands and named as a problem: a file that a controller lives on is never made shorter by who reads
it. What is written is what was read, byte for byte, whatever it was; only changed and new lines are ours, with single
quotes.

Source: PROTOCOL.md of zont-local, sections 5.2 and 6, for the lines, the quotes and that there are arrays; brackets,
double quotes and doubled ones are what a public client reads of real controllers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from provisioning.explanation import Text

ENCODING: Final = "cp1251"
LINE_END: Final = "\r\n"
MAX_CONFIG_BYTES: Final = 1024 * 1024
MAX_LINES: Final = 5000
MAX_DEPTH: Final = 32
"""Of arrays within arrays."""
MAX_ID: Final = 0xFFFFF
NONE_IDS: Final = frozenset({0, 255})
"""A reference to one of them points at nothing."""
QUOTES: Final = "'\""
FREE: Final = "*"
"""Stands where the next object of a type will."""

Value: TypeAlias = "int | str | tuple[Value, ...] | None"


class ConfigTextError(ValueError):
    """Text that is no value, or a value that cannot be text."""


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """What is wrong with a line, and the way out."""

    line: int
    place: str
    what: Text
    way_out: Text


@dataclass(frozen=True, slots=True)
class ObjectLine:
    """`#Z…`: an object's values; the first is its type. Empty: the id is free."""

    id: int
    values: tuple[Value, ...]
    text: str = field(default="", compare=False)
    """Its values as they stood, where we would write them otherwise."""

    @property
    def type_number(self) -> int | None:
        """Its type; None where the id is free."""
        first = self.values[0] if self.values else None
        return first if isinstance(first, int) else None

    def __str__(self) -> str:
        return f"#Z{self.id}={self.text or (format_values(self.values) if self.values else FREE)}"


@dataclass(frozen=True, slots=True)
class ParameterLine:
    """`#S…`: a parameter, as it stands."""

    number: int
    text: str

    def __str__(self) -> str:
        return f"#S{self.number}={self.text}"


@dataclass(frozen=True, slots=True)
class OtherLine:
    """A line that is not understood."""

    text: str

    def __str__(self) -> str:
        return self.text


Line: TypeAlias = ObjectLine | ParameterLine | OtherLine


class ConfigText:
    """A configuration. Changes keep the order of the lines; new ones come last."""

    def __init__(self, lines: Sequence[Line] = (), problems: Sequence[ConfigProblem] = ()) -> None:
        self._lines = list(lines)
        self._ends = [LINE_END] * len(self._lines)
        """How each line ends: as it was read."""
        self.problems = tuple(problems)
        """Of the text that it was read from."""
        self.changed: Callable[[], None] = lambda: None
        """Is called after each change."""

    @classmethod
    def parse(cls, data: bytes) -> ConfigText:
        """Read a file. What is wrong with it stands in `problems`; nothing is lost."""
        texts, ends = _split(data)
        lines: list[Line] = []
        problems = list(_whole_file(data, texts, ends))
        seen: dict[str, int] = {}
        readable = MAX_LINES if len(data) <= MAX_CONFIG_BYTES else 0
        for number, text in enumerate(texts[:readable], start=1):
            line = _parse_line(text, number, problems)
            lines.append(line)
            if isinstance(line, OtherLine):
                continue
            place = text.partition("=")[0]
            if place in seen:
                ru, en = f"уже было в строке {seen[place]}", f"stands in line {seen[place]} already"
                problems.append(_problem(number, place, ru, en))
            seen.setdefault(place, number)
        made = cls([*lines, *map(OtherLine, texts[readable:])], problems)
        made._ends = ends
        return made

    def to_bytes(self) -> bytes:
        """The file. Raises ConfigTextError: a text has characters that windows-1251 lacks."""
        whole = "".join(f"{line}{end}" for line, end in zip(self._lines, self._ends, strict=True))
        return _encoded(whole)

    def __iter__(self) -> Iterator[Line]:
        return iter(self._lines)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ConfigText) and self._lines == other._lines

    # -- objects

    def objects(self) -> Iterator[tuple[int, ObjectLine]]:
        """Numbers of lines and the objects there; of an id that stands twice, the first."""
        seen: set[int] = set()
        for number, line in enumerate(self._lines, start=1):
            if isinstance(line, ObjectLine) and line.type_number is not None and line.id not in seen:
                seen.add(line.id)
                yield number, line

    def get_object(self, object_id: int) -> ObjectLine | None:
        """An object by its id."""
        return next((line for _, line in self.objects() if line.id == object_id), None)

    def set_object(self, object_id: int, values: Sequence[Value]) -> None:
        """Put an object in, or in the place of the one with its id. Raises ConfigTextError: it cannot be text."""
        line = ObjectLine(object_id, tuple(values))
        if line.type_number is None or not 0 <= object_id <= MAX_ID:
            raise ConfigTextError(f"object {object_id} has no type")
        _encoded(str(line))
        was_free = self._put(line, lambda old: isinstance(old, ObjectLine) and old.id == object_id)
        if was_free:
            self._append(ObjectLine(self.free_id(object_id >> 12), ()))
        self.changed()

    def delete_object(self, object_id: int) -> bool:
        """Take an object out; whether it was there."""
        before = len(self._lines)
        for place in reversed(range(before)):
            line = self._lines[place]
            if isinstance(line, ObjectLine) and line.id == object_id:
                del self._lines[place], self._ends[place]
        gone = len(self._lines) < before
        if gone:
            self.changed()
        return gone

    def free_id(self, type_number: int) -> int:
        """An id for a new object: from the type's counter, or behind the last one."""
        taken = {line.id for _, line in self.objects()}
        candidate = type_number << 12 | 1
        for line in self._lines:
            if isinstance(line, ObjectLine) and not line.values and line.id >> 12 == type_number:
                candidate = line.id
        while candidate in taken or candidate in NONE_IDS:
            candidate += 1
        return candidate

    # -- parameters

    def get_parameter(self, number: int) -> str | None:
        """A parameter's text."""
        return next(
            (line.text for line in self._lines if isinstance(line, ParameterLine) and line.number == number),
            None,
        )

    def set_parameter(self, number: int, text: str) -> None:
        """Set a parameter. Raises ConfigTextError: it holds a line end."""
        if set(text) & {"\r", "\n"}:
            raise ConfigTextError(f"#S{number}: a parameter is one line")
        line = ParameterLine(number, text)
        _encoded(text)
        self._put(line, lambda old: isinstance(old, ParameterLine) and old.number == number)
        self.changed()

    # -- lines

    def _put(self, line: Line, is_same: Callable[[Line], bool]) -> bool:
        """Put a line in the place of the first one that is the same; whether an object's id was free there."""
        for place, old in enumerate(self._lines):
            if is_same(old):
                self._lines[place] = line
                return isinstance(old, ObjectLine) and not old.values
        self._append(line)
        return False

    def _append(self, line: Line) -> None:
        if self._ends and not self._ends[-1]:
            self._ends[-1] = LINE_END
        self._lines.append(line)
        self._ends.append(LINE_END)


def parse_values(text: str) -> tuple[Value, ...]:
    """`16,'Дом',[1,2],,-5` to values, also `16,"Дом"`. Raises ConfigTextError saying where it goes wrong."""
    values, end = _values(text, 0, "", 0)
    if end != len(text):
        raise ConfigTextError(f"{text[end]!r} at {end + 1} is out of place")
    return values


def format_values(values: Sequence[Value]) -> str:
    """Values to text. Raises ConfigTextError."""
    return ",".join(_format(value) for value in values)


def _format(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return f"[{format_values(value)}]"
    if isinstance(value, str):
        if set(value) & {"\r", "\n"}:
            raise ConfigTextError("a text is one line")
        quoted = value.replace("'", "''")
        return f"'{quoted}'"
    return str(int(value))


def _encoded(text: str) -> bytes:
    try:
        return text.encode(ENCODING, errors="surrogateescape")
    except UnicodeEncodeError as error:
        wrong = error.object[error.start]
        raise ConfigTextError(f"{wrong!r} cannot be written in windows-1251") from None


def _values(text: str, at: int, closing: str, depth: int) -> tuple[tuple[Value, ...], int]:
    if depth > MAX_DEPTH:
        raise ConfigTextError(f"more than {MAX_DEPTH} arrays within each other at {at + 1}")
    values: list[Value] = []
    if closing and text[at : at + 1] == closing:
        return (), at
    while True:
        value, at = _value(text, at, depth)
        values.append(value)
        if text[at : at + 1] != ",":
            return tuple(values), at
        at += 1


def _value(text: str, at: int, depth: int) -> tuple[Value, int]:
    first = text[at : at + 1]
    if first and first in QUOTES:
        return _quoted(text, at + 1, first)
    if first == "[":
        values, end = _values(text, at + 1, "]", depth + 1)
        if text[end : end + 1] != "]":
            raise ConfigTextError(f"the array that begins at {at + 1} has no end")
        return values, end + 1
    end = at
    while text[end : end + 1] and text[end] not in ",[]" + QUOTES:
        end += 1
    digits = text[at:end]
    if not digits:
        return None, end
    body = digits[1:] if digits[0] == "-" else digits
    if not (body.isascii() and body.isdigit()) or len(body) > 18:
        raise ConfigTextError(f"{digits!r} at {at + 1} is no number; texts stand in quotes")
    return int(digits), end


def _quoted(text: str, at: int, quote: str) -> tuple[str, int]:
    parts = []
    while True:
        end = text.find(quote, at)
        if end < 0:
            raise ConfigTextError(f"the text that begins at {at} has no end")
        parts.append(text[at:end])
        if text[end + 1 : end + 2] != quote:
            return quote.join(parts), end + 1
        at = end + 2


def _split(data: bytes) -> tuple[list[str], list[str]]:
    """Lines, and how each ends: CR LF, LF alone, or at the end of the file not at all."""
    # 0x98 is the one byte that windows-1251 leaves out; it goes back as it came.
    parts = re.split("(\r\n|\n)", data.decode(ENCODING, errors="surrogateescape"))
    texts, ends = parts[::2], [*parts[1::2], ""]
    return (texts, ends) if texts[-1] else (texts[:-1], ends[:-1])


def _whole_file(data: bytes, texts: Sequence[str], ends: Sequence[str]) -> Iterator[ConfigProblem]:
    """What is wrong with the file as a file."""
    if len(data) > MAX_CONFIG_BYTES:
        yield _problem(
            1, "", "файл больше 1 МБ, не прочитан", "the file is larger than 1 MB and was not read"
        )
    elif len(texts) > MAX_LINES:
        ru = f"строк больше {MAX_LINES}, дальше не прочитано"
        en = f"there are more than {MAX_LINES} lines, the rest was not read"
        yield _problem(MAX_LINES + 1, "", ru, en)
    if not data.isascii() and _is_utf_8(data):
        yield ConfigProblem(
            1,
            "",
            Text("файл в кодировке UTF-8", "the file is in UTF-8"),
            Text("Сохраните его в кодировке windows-1251.", "Save it in windows-1251."),
        )
    alone = [number for number, end in enumerate(ends, start=1) if end == "\n"]
    if alone:
        yield ConfigProblem(
            alone[0],
            "",
            Text(
                f"строки кончаются на LF без CR: {len(alone)}", f"{len(alone)} lines end with LF without CR"
            ),
            Text("Сохраните файл с концами строк CR LF.", "Save the file with line ends of CR LF."),
        )


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _parse_line(text: str, number: int, problems: list[ConfigProblem]) -> Line:
    place, equals, rest = text.partition("=")
    digits = place[2:]
    odd = next((each for each in text if each == "\r" or "\udc80" <= each <= "\udcff"), None)
    if odd is not None:
        ru, en = "в строке знак, которого в ней не бывает", "a character that no line holds"
        problems.append(_problem(number, place[:20], f"{ru}: {odd!a}", f"{en}: {odd!a}"))
        return OtherLine(text)
    if not equals or place[:2] not in {"#Z", "#S"} or not (digits.isascii() and digits.isdigit()):
        problems.append(_problem(number, place[:20], "это не строка #Z или #S", "this is no #Z or #S line"))
        return OtherLine(text)
    if str(int(digits)) != digits or int(digits) > MAX_ID:
        problems.append(_problem(number, place[:20], "такого номера не бывает", "there is no such number"))
        return OtherLine(text)
    if place[1] == "S":
        return ParameterLine(int(digits), rest)
    if rest == FREE:
        return ObjectLine(int(digits), ())
    try:
        values = parse_values(rest)
    except ConfigTextError as error:
        problems.append(_problem(number, place, f"значения не разобрать: {error}", f"{error}"))
        return OtherLine(text)
    if not isinstance(values[0], int):
        problems.append(_problem(number, place, "первым должен стоять тип", "the type must come first"))
        return OtherLine(text)
    return ObjectLine(int(digits), values, "" if format_values(values) == rest else rest)


def _problem(line: int, place: str, ru: str, en: str) -> ConfigProblem:
    way_out = Text("Исправьте строку или удалите её.", "Correct the line or delete it.")
    return ConfigProblem(line, place, Text(ru, en), way_out)
