"""The published services between a controller and a burner that are spoken here (application layer V1.6.1).

    command   from         to           cycle            what
    05h 02h   controller   burner       when wanted      asks for a block of the burner's data; block 1 then recurs
    05h 03h   burner       all          10 s … 1 min     block 1: temperatures, signals, setting degree, state or fault
    05h 07h   controller   burner       15 s, 5 s least  mode, flow setpoint, hot water setpoint
    05h 0Ah   controller   burner       once             asks for the burner's limits
    05h 0Bh   burner       all          once             limits of setpoints
    07h 04h   any          slave        once             who are you
    63h 01h   controller   slave 08h    on request       ours: release a lockout

A setting degree is where a burner is between its least power, 0, and its whole power, 1.

Ours, because nothing is published: that a fault can be released at all over the bus (each maker has a command of his
own; ours has the primary command and the maker's number 63h); the numbers of the states; that limits go to all and not
to the asker alone, as recorded burners do with block 1; the setting degree of 05h 07h as an upper limit. Mode BBh
(heating and hot water) is not in the published table but in recorded telegrams. Block 2 (exhaust, effective power,
cascade) is not spoken.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Final, NamedTuple

from firmware_sim.ebus.data_types import (
    NOT_AVAILABLE,
    NOT_AVAILABLE_WORD,
    decode_bcd,
    decode_char,
    decode_data1c,
    decode_data2c,
    decode_outdoor,
    encode_bcd,
    encode_char,
    encode_data1c,
    encode_data2c,
    encode_outdoor,
)
from firmware_sim.ebus.frame import FrameError

BURNER_CONTROL: Final = 0x05
REQUEST_DATA: Final = 0x02
BURNER_DATA: Final = 0x03
CONTROLLER_DATA: Final = 0x07
REQUEST_LIMITS: Final = 0x0A
LIMITS: Final = 0x0B

SYSTEM_DATA: Final = 0x07
CLOCK: Final = 0x00
IDENTIFICATION: Final = 0x04

OURS: Final = 0x63
"""Primary command and maker's number of the emulated burner."""
RESET_FAULT: Final = 0x01
RESET_DONE: Final = b"\x01"
RESET_REFUSED: Final = b"\x00"

TERMINATE: Final = 0
OPERATING_BLOCK: Final = 1


class Mode(IntEnum):
    """What the burner is to do: the first byte of 05h 07h."""

    OFF = 0x00
    NO_ACTION = 0x01
    DHW = 0x55
    HEATING = 0xAA
    HEATING_AND_DHW = 0xBB


class Signal(IntFlag):
    """The burner's signals in block 1."""

    AIR_PRESSURE = 0x01
    GAS_PRESSURE = 0x02
    WATER_FLOW = 0x04
    FLAME = 0x08
    VALVE_1 = 0x10
    VALVE_2 = 0x20
    PUMP = 0x40
    ALARM = 0x80


class State(IntEnum):
    """What the burner does, as the state number of block 1; the numbers are ours."""

    STANDBY = 0
    HEATING = 1
    DHW = 2


class Setpoints(NamedTuple):
    """05h 07h.

    Args:
        mode: one of `Mode`, or a number that is not known here.
        flow_c, dhw_c: None: left to the burner.
        degree: highest setting degree, 0 … 1; None: the whole power.
    """

    mode: int
    flow_c: float | None = None
    dhw_c: float | None = None
    degree: float | None = None

    def encode(self) -> bytes:
        """Nine bytes; no pump control, no pressure, no fuel. Raises FrameError when a value does not fit."""
        degree = None if self.degree is None else 100 * self.degree
        return (
            bytes((self.mode, 0))
            + encode_data2c(self.flow_c)
            + NOT_AVAILABLE_WORD
            + bytes((encode_data1c(degree), encode_data1c(self.dhw_c), NOT_AVAILABLE))
        )

    @classmethod
    def decode(cls, data: bytes) -> Setpoints:
        """Raises FrameError when the length is another."""
        _expect(data, 9)
        degree = decode_data1c(data[6])
        return cls(
            data[0],
            decode_data2c(data[2:4]),
            decode_data1c(data[7]),
            None if degree is None else degree / 100,
        )


class OperatingData(NamedTuple):
    """05h 03h, block 1.

    Args:
        state: of `State`; the fault's number while `Signal.ALARM` is set.
        degree: setting degree, 0 … 1; None: not told, as in recorded telegrams.
    """

    state: int
    signals: int
    degree: float | None
    flow_c: float | None
    return_c: float | None
    dhw_c: float | None
    outdoor_c: float | None

    def encode(self) -> bytes:
        """Eight bytes. Raises FrameError when a value does not fit."""
        degree = None if self.degree is None else 100 * self.degree
        return bytes(
            (
                OPERATING_BLOCK,
                self.state,
                self.signals,
                encode_char(degree),
                encode_data1c(self.flow_c),
                encode_char(self.return_c),
                encode_char(self.dhw_c),
                encode_outdoor(self.outdoor_c),
            )
        )

    @classmethod
    def decode(cls, data: bytes) -> OperatingData:
        """Raises FrameError when the length or the block is another."""
        _expect(data, 8, OPERATING_BLOCK)
        degree = decode_char(data[3])
        return cls(
            data[1],
            data[2],
            None if degree is None else degree / 100,
            decode_data1c(data[4]),
            decode_char(data[5]),
            decode_char(data[6]),
            decode_outdoor(data[7]),
        )


class Limits(NamedTuple):
    """05h 0Bh. None: the burner has no such thing.

    Args:
        min_power: least part of the burner's whole power, 0 … 1.
        dhw_c, flow_c: lowest and highest setpoint.
    """

    min_power: float | None
    dhw_c: tuple[float, float] | None
    flow_c: tuple[float, float] | None

    def encode(self) -> bytes:
        """Ten bytes. Hot water goes first where there is some."""
        power = None if self.min_power is None else 100 * self.min_power
        bounds = (*(self.dhw_c or (None, None)), *(self.flow_c or (None, None)))
        return (
            bytes((0x00 if self.dhw_c is None else 0x01, encode_data1c(power)))
            + bytes(encode_data1c(bound) for bound in bounds)
            + NOT_AVAILABLE_WORD
            + bytes((NOT_AVAILABLE, NOT_AVAILABLE))
        )

    @classmethod
    def decode(cls, data: bytes) -> Limits:
        """Raises FrameError when the length is another."""
        _expect(data, 10)
        power = decode_data1c(data[1])
        has_dhw = data[0] & 0x01 != 0
        return cls(
            None if power is None else power / 100,
            _bounds(data[2], data[3]) if has_dhw else None,
            _bounds(data[4], data[5]),
        )


class Identity(NamedTuple):
    """The answer to 07h 04h.

    Args:
        maker: the maker's number.
        unit: at most five characters of ASCII.
        software, hardware: version and revision, 0 … 99 each.
    """

    maker: int
    unit: str
    software: tuple[int | None, int | None]
    hardware: tuple[int | None, int | None]

    def encode(self) -> bytes:
        """Ten bytes. Raises FrameError when a part does not fit."""
        if not self.unit.isascii() or len(self.unit) > 5:
            raise FrameError(f"{self.unit!r} is not of five characters of ASCII")
        versions = (*self.software, *self.hardware)
        return (
            bytes((self.maker,))
            + self.unit.encode("ascii").ljust(5)
            + bytes(encode_bcd(number) for number in versions)
        )

    @classmethod
    def decode(cls, data: bytes) -> Identity:
        """Other bytes than ASCII come out as question marks. Raises FrameError when the length is another."""
        _expect(data, 10)
        unit = "".join(chr(byte) if 0x20 <= byte < 0x7F else "?" for byte in data[1:6].rstrip(b"\x00"))
        sw, sw_revision, hw, hw_revision = (decode_bcd(byte) for byte in data[6:])
        return cls(data[0], unit.rstrip(), (sw, sw_revision), (hw, hw_revision))


def _bounds(low: int, high: int) -> tuple[float, float] | None:
    low_c, high_c = decode_data1c(low), decode_data1c(high)
    return None if low_c is None or high_c is None else (low_c, high_c)


def _expect(data: bytes, length: int, block: int | None = None) -> None:
    if len(data) != length:
        raise FrameError(f"{len(data)} data bytes instead of {length}: {data.hex(' ')}")
    if block is not None and data[0] != block:
        raise FrameError(f"block {data[0]} instead of {block}")
