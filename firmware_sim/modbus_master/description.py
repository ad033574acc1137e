"""Devices that a user describes to the controller: which signals stand in which registers, and how often to ask.

A description is data: a TOML file (`parse_device`), or lines of a controller's `config.txt` (`config_devices`).

    [device]
    name = "Pellet boiler"
    unit = 5                     # 1 … 247
    period_s = 10                # between two polls
    disconnect_s = 60            # without an answer for so long the device is offline
    retries = 2                  # of a request that was not answered

    [[signals]]
    name = "flow_temp"
    table = "input"              # holding, input, coil or discrete
    address = 100                # zero-based, as in the request
    type = "int16"               # uint16, int16, uint32, int32, float32; bit for coils and discrete inputs
    scale = 0.1                  # value = raw * scale + offset
    unit = "°C"
"""

from __future__ import annotations

import math
import struct
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal, TypeAlias, TypeVar

Value: TypeAlias = int | float | bool | None
"""A signal's value in its unit. None: not known, or the device says that it has none."""

_E = TypeVar("_E", bound=StrEnum)

MAX_READ_WORDS: Final = 125
MAX_READ_BITS: Final = 2000
"""What one request may ask for (MODBUS Application Protocol V1.1b3, 6.1 to 6.4)."""


class DescriptionError(ValueError):
    """A description that cannot be right. `place` names the device or signal and the key."""

    kind = "modbus_description"

    def __init__(self, place: str, problem: str) -> None:
        self.place = place
        super().__init__(f"{place}: {problem}")


class SignalValueError(ValueError):
    """A value that a signal cannot take."""

    kind = "modbus_signal_value"

    def __init__(self, signal: str, problem: str) -> None:
        self.signal = signal
        super().__init__(f"{signal}: {problem}")


class Table(StrEnum):
    """The four tables of a Modbus device."""

    HOLDING = "holding"
    INPUT = "input"
    COIL = "coil"
    DISCRETE = "discrete"

    @property
    def of_bits(self) -> bool:
        """Its places are bits, not words."""
        return self in {Table.COIL, Table.DISCRETE}

    @property
    def writable(self) -> bool:
        """The protocol can write it."""
        return self in {Table.HOLDING, Table.COIL}


class SignalType(StrEnum):
    """How a signal's words are to be read."""

    UINT16 = "uint16"
    INT16 = "int16"
    UINT32 = "uint32"
    INT32 = "int32"
    FLOAT32 = "float32"
    BIT = "bit"


_FORMATS: Final = {
    SignalType.UINT16: ">H",
    SignalType.INT16: ">h",
    SignalType.UINT32: ">I",
    SignalType.INT32: ">i",
    SignalType.FLOAT32: ">f",
}


@dataclass(frozen=True, slots=True)
class Signal:
    """One value of a device.

    Args:
        name: unique in its device.
        address: first place in its table, zero-based as in the request.
        scale, offset: value = raw * scale + offset, in `unit`.
        low_word_first: of a value of two words; Modbus itself leaves the order open.
        low_byte_first: in each word, against the protocol; a few meters do so.
        sentinel: raw value that means "no value", as a number of the type or as the bare words: -1 or 0xFFFF.
        writable: commands may change it.
        minimum, maximum: what may be written, in `unit`.

    Raises:
        DescriptionError: it cannot be so.
    """

    name: str
    address: int
    table: Table = Table.HOLDING
    type: SignalType = SignalType.UINT16
    scale: float = 1.0
    offset: float = 0.0
    unit: str = ""
    low_word_first: bool = False
    low_byte_first: bool = False
    sentinel: int | None = None
    writable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    title: str = ""

    def __post_init__(self) -> None:
        def check(holds: bool, key: str, problem: str) -> None:
            if not holds:
                raise DescriptionError(f"signal {self.name!r}, {key}", problem)

        check(bool(self.name) and len(self.name) <= 64, "name", "1 to 64 characters")
        check(self.address >= 0 and self.end <= 0x10000, "address", "not within 0 … 65535")
        check(
            (self.type is SignalType.BIT) == self.table.of_bits,
            "type",
            "coils and discrete inputs are of type bit, registers are not",
        )
        check(self.scale != 0 and math.isfinite(self.scale), "scale", "a number other than 0")
        check(math.isfinite(self.offset), "offset", "not a number")
        check(self.table.writable or not self.writable, "writable", f"a {self.table} cannot be written")
        if self.minimum is not None and self.maximum is not None:
            check(self.minimum <= self.maximum, "minimum", "above the maximum")

    @property
    def places(self) -> int:
        """Words or bits that it takes."""
        return 2 if self.type in {SignalType.UINT32, SignalType.INT32, SignalType.FLOAT32} else 1

    @property
    def end(self) -> int:
        """Address after its last place."""
        return self.address + self.places

    def decode(self, raw: Sequence[int]) -> Value:
        """What the device has answered, to a value."""
        if self.type is SignalType.BIT:
            return bool(raw[0])
        words = reversed(raw) if self.low_word_first else raw
        data = b"".join(word.to_bytes(2, self._byte_order) for word in words)
        number: int | float = struct.unpack(_FORMATS[self.type], data)[0]
        if self.sentinel in {number, int.from_bytes(data, "big")} or not math.isfinite(number):
            return None
        if self.scale == 1 and self.offset == 0:
            return number
        # Rounding keeps 21.3 from becoming 21.300000000000004.
        return round(number * self.scale + self.offset, 6)

    def encode(self, value: int | float | bool) -> tuple[int, ...]:
        """A value to what is to be written, rounded to the nearest step.

        Raises:
            SignalValueError: not writable, out of its limits, or it does not fit the type.
        """
        if not self.writable:
            raise SignalValueError(self.name, "cannot be written")
        if not math.isfinite(value):
            raise SignalValueError(self.name, f"{value} is not a number")
        if self.minimum is not None and value < self.minimum:
            raise SignalValueError(self.name, f"{value:g} is below {self.minimum:g} {self.unit}".rstrip())
        if self.maximum is not None and value > self.maximum:
            raise SignalValueError(self.name, f"{value:g} is above {self.maximum:g} {self.unit}".rstrip())
        if self.type is SignalType.BIT:
            if value not in {0, 1}:
                raise SignalValueError(self.name, f"{value:g} is neither 0 nor 1")
            return (int(value),)
        raw = (value - self.offset) / self.scale
        try:
            data = struct.pack(_FORMATS[self.type], raw if self.type is SignalType.FLOAT32 else round(raw))
        except (struct.error, OverflowError):
            raise SignalValueError(self.name, f"{value:g} does not fit {self.type}") from None
        words = [int.from_bytes(data[at : at + 2], self._byte_order) for at in range(0, len(data), 2)]
        return tuple(reversed(words) if self.low_word_first else words)

    def reads_as(self, raw: Sequence[int], written: Sequence[int]) -> bool:
        """Whether what was read is what was written; of a float, as near as a device reckons."""
        if self.type is not SignalType.FLOAT32:
            return tuple(raw) == tuple(written)
        read, wanted = self.decode(raw), self.decode(written)
        if read is None or wanted is None:
            return read is wanted
        return math.isclose(read, wanted, rel_tol=1e-5, abs_tol=abs(self.scale) * 1e-6)

    @property
    def _byte_order(self) -> Literal["big", "little"]:
        return "little" if self.low_byte_first else "big"


@dataclass(frozen=True, slots=True)
class DeviceDescription:
    """A device on the line.

    Args:
        name: unique on its line.
        unit: its unit id, 1 … 247.
        period_s: between two polls of everything.
        disconnect_s: without an answer for so long it is offline.
        retries: of a request that was not answered.
        write_multiple: single places are written by functions 15 and 16 too, for devices without 5 and 6.

    Raises:
        DescriptionError: it cannot be so.
    """

    name: str
    unit: int
    signals: tuple[Signal, ...]
    period_s: float = 10.0
    disconnect_s: float = 60.0
    retries: int = 2
    write_multiple: bool = False
    title: str = ""

    def __post_init__(self) -> None:
        def check(holds: bool, key: str, problem: str) -> None:
            if not holds:
                raise DescriptionError(f"device {self.name!r}, {key}", problem)

        check(bool(self.name) and len(self.name) <= 64, "name", "1 to 64 characters")
        check(1 <= self.unit <= 247, "unit", "not within 1 … 247")
        check(0.1 <= self.period_s <= 86_400, "period_s", "not within 0.1 … 86400")
        check(1 <= self.disconnect_s <= 86_400, "disconnect_s", "not within 1 … 86400")
        check(0 <= self.retries <= 10, "retries", "not within 0 … 10")
        check(1 <= len(self.signals) <= 1000, "signals", "1 to 1000 are needed")
        names = [signal.name for signal in self.signals]
        check(len(set(names)) == len(names), "signals", "two have one name")

    def blocks(self) -> list[tuple[Signal, ...]]:
        """Signals grouped so that each group is one request without a hole."""
        groups: list[list[Signal]] = []
        end = 0
        for signal in sorted(self.signals, key=lambda s: (s.table, s.address)):
            longest = MAX_READ_BITS if signal.table.of_bits else MAX_READ_WORDS
            if (
                groups
                and groups[-1][0].table is signal.table
                and signal.address <= end
                and max(end, signal.end) - groups[-1][0].address <= longest
            ):
                groups[-1].append(signal)
                end = max(end, signal.end)
            else:
                groups.append([signal])
                end = signal.end
        return [tuple(group) for group in groups]


def load_device(path: Path) -> DeviceDescription:
    """A device from a TOML file.

    Raises:
        DescriptionError: it cannot be read, or cannot be right.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DescriptionError(str(path), f"cannot be read: {error}") from None
    return parse_device(text, str(path))


def parse_device(text: str, where: str = "text") -> DeviceDescription:
    """A device from TOML. Raises DescriptionError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DescriptionError(where, f"is not TOML: {error}") from None
    _refuse_unknown(where, document, {"device", "signals"})
    device = _table(where, document.get("device"))
    rows = document.get("signals", [])
    if not isinstance(rows, list):
        raise DescriptionError(f"{where}, signals", "is to be an array of tables: [[signals]]")
    _refuse_unknown(f"{where}, device", device, _names_of(DeviceDescription) - {"signals"})
    signals = tuple(_signal(f"{where}, signal {n}", _table(where, row)) for n, row in enumerate(rows, 1))
    place = f"{where}, device"
    return DeviceDescription(
        name=_text(place, device, "name"),
        unit=_whole(place, device, "unit"),
        signals=signals,
        period_s=_number(place, device, "period_s", 10.0),
        disconnect_s=_number(place, device, "disconnect_s", 60.0),
        retries=_whole(place, device, "retries", 2),
        write_multiple=_flag(place, device, "write_multiple"),
        title=_text(place, device, "title", ""),
    )


def _signal(place: str, row: Mapping[str, object]) -> Signal:
    _refuse_unknown(place, row, _names_of(Signal))
    table = _choice(place, row, "table", Table, Table.HOLDING)
    usual = SignalType.BIT if table.of_bits else SignalType.UINT16
    return Signal(
        name=_text(place, row, "name"),
        address=_whole(place, row, "address"),
        table=table,
        type=_choice(place, row, "type", SignalType, usual),
        scale=_number(place, row, "scale", 1.0),
        offset=_number(place, row, "offset", 0.0),
        unit=_text(place, row, "unit", ""),
        low_word_first=_flag(place, row, "low_word_first"),
        low_byte_first=_flag(place, row, "low_byte_first"),
        sentinel=_whole(place, row, "sentinel") if "sentinel" in row else None,
        writable=_flag(place, row, "writable"),
        minimum=_number(place, row, "minimum", 0.0) if "minimum" in row else None,
        maximum=_number(place, row, "maximum", 0.0) if "maximum" in row else None,
        title=_text(place, row, "title", ""),
    )


def _names_of(kind: type[Signal] | type[DeviceDescription]) -> set[str]:
    return {field.name for field in fields(kind)}


def _refuse_unknown(place: str, table: Mapping[str, object], known: Iterable[str]) -> None:
    for key in table:
        if key not in set(known):
            raise DescriptionError(place, f"unknown key {key!r}; known are {', '.join(sorted(known))}")


def _table(place: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise DescriptionError(place, "a table is missing: [device] and at least one [[signals]]")
    return value


def _text(place: str, row: Mapping[str, object], key: str, default: str | None = None) -> str:
    value = row.get(key, default)
    if not isinstance(value, str):
        raise DescriptionError(f"{place}, {key}", "a text is needed")
    return value


def _whole(place: str, row: Mapping[str, object], key: str, default: int | None = None) -> int:
    value = row.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise DescriptionError(f"{place}, {key}", "a whole number is needed")
    return value


def _number(place: str, row: Mapping[str, object], key: str, default: float) -> float:
    value = row.get(key, default)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise DescriptionError(f"{place}, {key}", "a number is needed")
    return float(value)


def _flag(place: str, row: Mapping[str, object], key: str) -> bool:
    value = row.get(key, False)
    if not isinstance(value, bool):
        raise DescriptionError(f"{place}, {key}", "true or false is needed")
    return value


def _choice(place: str, row: Mapping[str, object], key: str, kind: type[_E], default: _E) -> _E:
    value = row.get(key, default)
    try:
        return kind(str(value))
    except ValueError:
        raise DescriptionError(f"{place}, {key}", f"{value!r} is none of {', '.join(kind)}") from None
