"""Devices that a user describes to the controller: which signals stand in which registers, and how often to ask.

A description is data: objects of a controller's `config.txt` (`config_devices`).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, TypeAlias

from provisioning.explanation import Text

Value: TypeAlias = int | float | bool | None
"""A signal's value in its unit. None: not known, or the device says that it has none."""

MAX_READ_WORDS: Final = 125
MAX_READ_BITS: Final = 2000
"""What one request may ask for (MODBUS Application Protocol V1.1b3, 6.1 to 6.4)."""


class DescriptionError(ValueError):
    """A description that cannot be right: of what, which value of it, and why."""

    kind = "modbus_description"

    def __init__(self, what: str, key: str, problem: Text) -> None:
        self.key = key
        self.problem = problem
        super().__init__(f"{what}, {key}: {problem.en}")


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
        def check(holds: bool, key: str, ru: str, en: str) -> None:
            if not holds:
                raise DescriptionError(f"signal {self.name!r}", key, Text(ru, en))

        check(0 < len(self.name) <= 64, "name", "от 1 до 64 знаков", "1 to 64 characters")
        check(self.address >= 0 and self.end <= 0x10000, "address", "не в 0 … 65535", "not within 0 … 65535")
        check(
            (self.type is SignalType.BIT) == self.table.of_bits,
            "type",
            "флаги и дискретные входы — битового типа, регистры — нет",
            "coils and discrete inputs are of type bit, registers are not",
        )
        check(self.scale != 0 and math.isfinite(self.scale), "scale", "число, не 0", "a number other than 0")
        check(math.isfinite(self.offset), "offset", "не число", "not a number")
        check(
            self.table.writable or not self.writable,
            "flags",
            f"записать в таблицу {self.table} нельзя",
            f"a place of table {self.table} cannot be written",
        )
        if self.minimum is not None and self.maximum is not None:
            check(self.minimum <= self.maximum, "minimum", "больше наибольшего", "above the maximum")

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
        def check(holds: bool, key: str, ru: str, en: str) -> None:
            if not holds:
                raise DescriptionError(f"device {self.name!r}", key, Text(ru, en))

        def within(key: str, value: float, low: float, high: float) -> None:
            check(low <= value <= high, key, f"не в {low:g} … {high:g}", f"not within {low:g} … {high:g}")

        check(0 < len(self.name) <= 64, "name", "от 1 до 64 знаков", "1 to 64 characters")
        within("unit", self.unit, 1, 247)
        within("period_s", self.period_s, 0.1, 86_400)
        within("disconnect_s", self.disconnect_s, 1, 86_400)
        within("retries", self.retries, 0, 10)
        check(1 <= len(self.signals) <= 1000, "signals", "нужно от 1 до 1000", "1 to 1000 are needed")
        names = [signal.name for signal in self.signals]
        check(len(set(names)) == len(names), "signals", "один назван дважды", "two have one name")

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
