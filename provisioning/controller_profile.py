"""Register maps of controllers, as data: which value stands where, and how it is written in registers.

A profile is a TOML file in `provisioning/profiles/`. The emulated controller serves it and the Modbus
driver reads by it, so that the two cannot disagree. A register's words are big-endian, as Modbus sends them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

Value: TypeAlias = int | float | str | None
"""A register's value in its unit. None: the sentinel, there is no such sensor or it is broken."""

MAX_READ_WORDS: Final = 125
"""Words that one request may ask for (MODBUS Application Protocol V1.1b3, 6.3)."""


class ProfileError(ValueError):
    """A profile that cannot be right. `place` names the register and key, `line` is that of the file, if known."""

    kind = "profile"

    def __init__(self, place: str, problem: str, line: int | None = None) -> None:
        self.place = place
        self.problem = problem
        self.line = line
        super().__init__(f"{place}: {problem}" if line is None else f"line {line}, {place}: {problem}")


class RegisterValueError(ValueError):
    """A value that a register cannot hold or words that are not a value of it."""

    kind = "register_value"

    def __init__(self, register: str, problem: str) -> None:
        self.register = register
        super().__init__(f"{register}: {problem}")


class RegisterType(StrEnum):
    INT16 = "int16"
    UINT16 = "uint16"
    UINT32 = "uint32"
    STRING = "string"


_BOUNDS: Final = {
    RegisterType.INT16: (-0x8000, 0x7FFF),
    RegisterType.UINT16: (0, 0xFFFF),
    RegisterType.UINT32: (0, 0xFFFF_FFFF),
}


@dataclass(frozen=True)
class Register:
    """One value and where it stands.

    Args:
        name: what readings are called.
        address: first word, zero-based as in the request.
        type: how the words are read; a string has two ASCII characters in each, padded with NUL.
        words: how many.
        scale: value = raw * scale, in `unit`.
        writable: it is a setpoint.
        momentary: writing is a request; the register reads 0 once it has been granted.
        minimum, maximum: what may be written, in `unit`.
        sentinel: raw value that means "no value".
        choices: raw values of an enumeration and their names; such a register's value is the name.
        flags: bit numbers and their names, for a register of bits; its value stays a number.
    """

    name: str
    address: int
    type: RegisterType
    words: int = 1
    scale: float = 1.0
    unit: str = ""
    writable: bool = False
    momentary: bool = False
    minimum: float | None = None
    maximum: float | None = None
    sentinel: int | None = None
    choices: Mapping[int, str] = field(default_factory=dict)
    flags: Mapping[int, str] = field(default_factory=dict)
    title: str = ""

    @property
    def end(self) -> int:
        """Address after the last word."""
        return self.address + self.words

    def decode(self, words: Sequence[int]) -> Value:
        """Words to a value. Raises RegisterValueError when they are not one."""
        if len(words) != self.words:
            raise RegisterValueError(self.name, f"{len(words)} words instead of {self.words}")
        if self.type is RegisterType.STRING:
            return self._decode_text(words)
        raw = int.from_bytes(b"".join(word.to_bytes(2, "big") for word in words), "big")
        if self.type is RegisterType.INT16 and raw > 0x7FFF:
            raw -= 0x10000
        if raw == self.sentinel:
            return None
        if self.choices:
            if raw not in self.choices:
                raise RegisterValueError(self.name, f"{raw} is none of {sorted(self.choices)}")
            return self.choices[raw]
        # Rounding to the scale's own digits keeps 21.3 from becoming 21.300000000000004.
        return raw if self.scale == 1 else round(raw * self.scale, 6)

    def encode(self, value: Value) -> list[int]:
        """A value to words, rounded to the nearest that can be written.

        Raises:
            RegisterValueError: it does not fit the type, the limits or the choices.
        """
        if self.type is RegisterType.STRING:
            return self._encode_text(value)
        raw = self._raw(value)
        low, high = _BOUNDS[self.type]
        if not low <= raw <= high:
            raise RegisterValueError(
                self.name, f"{value} {self.unit} does not fit {self.type}".replace("  ", " ")
            )
        if raw == self.sentinel and value is not None:
            raise RegisterValueError(self.name, f"{value} would be read as no value")
        data = (raw & (0xFFFF_FFFF if self.words == 2 else 0xFFFF)).to_bytes(2 * self.words, "big")
        return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]

    def check_setpoint(self, value: Value) -> list[int]:
        """Words to write for a new setpoint.

        Raises:
            RegisterValueError: not writable, out of the limits, or see `encode`.
        """
        if not self.writable:
            raise RegisterValueError(self.name, "cannot be written")
        if value is None:
            raise RegisterValueError(self.name, "a setpoint needs a value")
        if isinstance(value, int | float):
            if self.minimum is not None and value < self.minimum:
                raise RegisterValueError(
                    self.name, f"{value:g} is below {self.minimum:g} {self.unit}".rstrip()
                )
            if self.maximum is not None and value > self.maximum:
                raise RegisterValueError(
                    self.name, f"{value:g} is above {self.maximum:g} {self.unit}".rstrip()
                )
        return self.encode(value)

    def flag_names(self, value: Value) -> tuple[str, ...]:
        """Names of the bits that are set, lowest first; bits without a name are called bit_N."""
        if not isinstance(value, int):
            return ()
        bits = range(16 * self.words)
        return tuple(self.flags.get(bit, f"bit_{bit}") for bit in bits if value >> bit & 1)

    def _raw(self, value: Value) -> int:
        if value is None:
            if self.sentinel is None:
                raise RegisterValueError(self.name, "has no way to say that there is no value")
            return self.sentinel
        if self.choices:
            for raw, name in self.choices.items():
                if value == name or (not isinstance(value, str) and value == raw):
                    return raw
            raise RegisterValueError(self.name, f"{value!r} is none of {', '.join(self.choices.values())}")
        if isinstance(value, str):
            raise RegisterValueError(self.name, f"{value!r} is not a number")
        try:
            return round(value / self.scale)
        except (OverflowError, ValueError):
            raise RegisterValueError(self.name, f"{value} is not a number") from None

    def _decode_text(self, words: Sequence[int]) -> str:
        data = b"".join(word.to_bytes(2, "big") for word in words).rstrip(b"\0 ")
        if not data.isascii() or not data.decode("ascii").isprintable():
            raise RegisterValueError(self.name, f"{data!r} is not text")
        return data.decode("ascii")

    def _encode_text(self, value: Value) -> list[int]:
        if not isinstance(value, str) or not value.isascii() or len(value) > 2 * self.words:
            raise RegisterValueError(self.name, f"{value!r} is not {2 * self.words} ASCII characters at most")
        data = value.encode("ascii").ljust(2 * self.words, b"\0")
        return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]


@dataclass(frozen=True)
class ControllerProfile:
    """A controller's register map.

    Args:
        name: the profile's own, as in `[controller] profile = "…"`.
        models: what the controllers that it is for say they are.
        version: of this map.
        identity: names of the registers that hold serial, model and firmware, in this order.
        registers: by address, without overlap.
    """

    name: str
    title: str
    models: tuple[str, ...]
    version: int
    identity: tuple[str, str, str]
    registers: tuple[Register, ...]

    def __getitem__(self, name: str) -> Register:
        return self.by_name[name]

    @cached_property
    def by_name(self) -> Mapping[str, Register]:
        """Registers by name, read-only."""
        return MappingProxyType({register.name: register for register in self.registers})

    @property
    def readings(self) -> tuple[Register, ...]:
        """Registers that change with time: all but the identity."""
        return tuple(register for register in self.registers if register.name not in self.identity)


def blocks(registers: Iterable[Register], max_words: int = MAX_READ_WORDS) -> list[tuple[Register, ...]]:
    """Group registers so that each group is one request: without a hole, no longer than `max_words`."""
    groups: list[list[Register]] = []
    for register in sorted(registers, key=lambda r: r.address):
        last = groups[-1] if groups else None
        if last and last[-1].end == register.address and register.end - last[0].address <= max_words:
            last.append(register)
        else:
            groups.append([register])
    return [tuple(group) for group in groups]


def profile_names() -> tuple[str, ...]:
    """Profiles that come with the package."""
    folder = resources.files("provisioning") / "profiles"
    return tuple(sorted(file.name[:-5] for file in folder.iterdir() if file.name.endswith(".toml")))


def load_profile(name: str | Path) -> ControllerProfile:
    """A profile of the package by its name, or from a TOML file by its path.

    Raises:
        ProfileError: there is none, or it cannot be right.
    """
    if isinstance(name, Path) or name.endswith(".toml"):
        path = Path(name)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ProfileError(str(path), f"cannot be read: {error}") from None
        return parse_profile(text, path.stem)
    if name not in profile_names():
        raise ProfileError(name, f"no such profile; there are: {', '.join(profile_names())}")
    text = (resources.files("provisioning") / "profiles" / f"{name}.toml").read_text(encoding="utf-8")
    return parse_profile(text, name)


_PROFILE_KEYS: Final = {"title", "models", "version", "identity"}
_REGISTER_KEYS: Final = {
    "name",
    "address",
    "type",
    "words",
    "scale",
    "unit",
    "access",
    "momentary",
    "min",
    "max",
    "sentinel",
    "choices",
    "flags",
    "title",
}


def parse_profile(text: str, name: str) -> ControllerProfile:
    """TOML to a profile. Raises ProfileError naming the line, the register and the key that is wrong."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(name, f"not TOML: {error}") from None
    head = _table(document.get("profile"), "[profile]", _PROFILE_KEYS)
    entries = document.get("registers")
    if not isinstance(entries, list) or not entries:
        raise ProfileError(name, "has no [[registers]]")
    places = _places(text)
    registers: list[Register] = []
    for number, entry in enumerate(entries):
        try:
            registers.append(_register(entry, number))
        except ProfileError as error:
            raise _in_line(places, number, error) from None
    order = sorted(range(len(registers)), key=lambda each: registers[each].address)
    for before, number in zip([None, *order], order, strict=False):
        try:
            _check_place(registers, before, number)
        except ProfileError as error:
            raise _in_line(places, number, error) from None
    registers = [registers[each] for each in order]
    identity = head.get("identity")
    known = {register.name for register in registers}
    if not isinstance(identity, list) or len(identity) != 3 or not set(identity) <= known:
        raise ProfileError("[profile] identity", "names three registers: serial, model, firmware")
    return ControllerProfile(
        name=name,
        title=_text(head, "title", "[profile]"),
        models=_texts(head, "models", "[profile]"),
        version=_integer(head, "version", "[profile]"),
        identity=(identity[0], identity[1], identity[2]),
        registers=tuple(registers),
    )


def _register(entry: object, number: int) -> Register:
    table = _table(entry, f"register {number + 1}", _REGISTER_KEYS)
    name = _text(table, "name", f"register {number + 1}")
    kind = _text(table, "type", name)
    if kind not in set(RegisterType):
        raise ProfileError(f"{name} type", f"{kind!r} is none of {', '.join(RegisterType)}")
    type_ = RegisterType(kind)
    access = _text(table, "access", name, "r")
    if access not in {"r", "rw"}:
        raise ProfileError(f"{name} access", f"{access!r} is neither r nor rw")
    words = 2 if type_ is RegisterType.UINT32 else _integer(table, "words", name, 1)
    scale = _number(table, "scale", name, 1.0)
    if words < 1 or (words > 1 and type_ in {RegisterType.INT16, RegisterType.UINT16}):
        raise ProfileError(f"{name} words", f"{words} does not suit {type_}")
    if not scale or scale <= 0:
        raise ProfileError(f"{name} scale", "must be above 0")
    return Register(
        name=name,
        address=_integer(table, "address", name),
        type=type_,
        words=words,
        scale=scale,
        unit=_text(table, "unit", name, ""),
        writable=access == "rw",
        momentary=table.get("momentary") is True,
        minimum=_number(table, "min", name, None),
        maximum=_number(table, "max", name, None),
        sentinel=_integer(table, "sentinel", name, -1) if "sentinel" in table else None,
        choices=_numbered(table, "choices", name),
        flags=_numbered(table, "flags", name),
        title=_text(table, "title", name, ""),
    )


def _check_place(registers: Sequence[Register], before: int | None, number: int) -> None:
    """One register, after the one that stands before it by address."""
    register = registers[number]
    if any(each.name == register.name for each in registers[:number]):
        raise ProfileError(register.name, "stands there twice")
    end = 0 if before is None else registers[before].end
    if register.address < end or register.end > 0x10000:
        raise ProfileError(f"{register.name} address", f"{register.address} is taken or out of range")


def _places(text: str) -> list[dict[str, int]]:
    """The lines of each `[[registers]]` and of its keys; the header's is under "". TOML's reader keeps none."""
    places: list[dict[str, int]] = []
    is_register = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("["):
            is_register = line.replace(" ", "").startswith("[[registers]]")
            if is_register:
                places.append({"": number})
        elif is_register and (key := re.match(r"\s*([A-Za-z]+)\s*=", line)):
            places[-1].setdefault(key[1], number)
    return places


def _in_line(places: Sequence[Mapping[str, int]], number: int, error: ProfileError) -> ProfileError:
    """The error of a register, with the line of its key, or of its header."""
    if number >= len(places):
        return error  # The registers are written in another form of TOML.
    lines = places[number]
    return ProfileError(error.place, error.problem, lines.get(error.place.rpartition(" ")[2], lines[""]))


def _table(value: object, place: str, keys: set[str]) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ProfileError(place, "is missing")
    for key in value:
        if key not in keys:
            raise ProfileError(f"{place} {key}", f"unknown key; known are {', '.join(sorted(keys))}")
    return value


def _text(table: Mapping[str, object], key: str, place: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if not isinstance(value, str):
        raise ProfileError(f"{place} {key}", "a text is needed")
    return value


def _texts(table: Mapping[str, object], key: str, place: str) -> tuple[str, ...]:
    values = table.get(key)
    texts = tuple(each for each in values if isinstance(each, str)) if isinstance(values, list) else ()
    if not texts or not isinstance(values, list) or len(texts) != len(values):
        raise ProfileError(f"{place} {key}", "a list of texts is needed")
    return texts


def _integer(table: Mapping[str, object], key: str, place: str, default: int | None = None) -> int:
    value = table.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ProfileError(f"{place} {key}", "a whole number is needed")
    return value


def _number(table: Mapping[str, object], key: str, place: str, default: float | None) -> float | None:
    value = table.get(key, default)
    if value is not None and (not isinstance(value, int | float) or isinstance(value, bool)):
        raise ProfileError(f"{place} {key}", "a number is needed")
    return value


def _numbered(table: Mapping[str, object], key: str, place: str) -> Mapping[int, str]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise ProfileError(f"{place} {key}", "a table of numbers and names is needed")
    numbered: dict[int, str] = {}
    for number, name in value.items():
        if not number.isdigit() or not isinstance(name, str):
            raise ProfileError(f"{place} {key}", f"{number} = {name!r} is not a number and a name")
        numbered[int(number)] = name
    return MappingProxyType(numbered)
