"""The boiler's end of an OpenTherm line: a frame in, an answer and its delay out.

What it answers (v2.2, 4.3 and 5.2):

    the frame                                   the answer
    odd parity, or not of a master; no mains    none
    a data-id that it does not have, or not
    in this direction                           UNKNOWN-DATAID
    a value out of range, a sensor without one,
    a remote request that it does not know      DATA-INVALID
    otherwise                                   READ-ACK with the value, WRITE-ACK with what was written

Without a good frame for `LINK_LOST_S` the demands of the vanished master are dropped, without mains at once. With the
line shorted for `SHORT_S` the slave takes it for a closed thermostat contact and heats (3.5).
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final, NamedTuple

from firmware_sim.boiler_electronics import BoilerElectronics
from firmware_sim.opentherm.data_ids import BY_NUMBER
from firmware_sim.opentherm.frame import (
    FrameError,
    MsgType,
    decode_f88,
    decode_frame,
    encode_f88,
    encode_frame,
    encode_pair,
)

ANSWER_MIN_S: Final = 0.020
ANSWER_MAX_S: Final = 0.800
"""From the end of the request to the start of the answer (v2.2, 4.3.1); v4 allows 0.4 s and expects 0.1 s."""
LINK_LOST_S: Final = 60.0
"""The simulator's choice: the minute that the specification gives a master (2.3); it says nothing of slaves."""
SHORT_S: Final = 5.0
"""A short circuit of 5 to 15 s is a heat demand (3.5)."""

BLOR: Final = 1
"""Boiler lock-out reset, a request of data-id 4."""
REQUEST_REFUSED: Final = 0
REQUEST_DONE: Final = 128
"""Response codes of data-id 4: below 128 is a failure."""

DHW_PRESENT: Final = 0x01
ON_OFF: Final = 0x02
DHW_STORAGE: Final = 0x08
OPENTHERM_VERSION: Final = 2.2
PRODUCT: Final = (0x7F, 1)
"""Type and version of the emulated boiler."""


# Members by a plain global name: they are compared in every conversation.
_READ_DATA, _WRITE_DATA, _READ_ACK = MsgType.READ_DATA, MsgType.WRITE_DATA, MsgType.READ_ACK


class Answer(NamedTuple):
    """`word` starts `delay_s` after the request's end."""

    word: int
    delay_s: float


class BoilerSlave:
    """A boiler on an OpenTherm line.

    Args:
        electronics: takes the demands and knows the values.
        unsupported: data-ids that this boiler does not have, of those that the simulator knows.
        answer_s: shortest and longest delay of an answer.
        member_id: the maker's number.
        rng: chooses the delays.
    """

    def __init__(
        self,
        electronics: BoilerElectronics,
        *,
        unsupported: frozenset[int] = frozenset(),
        answer_s: tuple[float, float] = (ANSWER_MIN_S, 0.2),
        member_id: int = 0,
        rng: Random | None = None,
    ) -> None:
        low_s, high_s = answer_s
        if not ANSWER_MIN_S <= low_s <= high_s <= ANSWER_MAX_S:
            raise ValueError(f"answers after {answer_s} s are not within {ANSWER_MIN_S} … {ANSWER_MAX_S}")
        self.electronics = electronics
        self.member_id = member_id
        self.linked = False
        """A master speaks to it."""
        self._answer_s, self._spread_s = low_s, high_s - low_s
        self._random = (rng or Random(0)).random
        self._heard_at: float | None = None
        self._shorted_at: float | None = None
        self._readers = {n: f for n, f in self._all_readers().items() if n not in unsupported}
        self._writers = {n: f for n, f in self._all_writers().items() if n not in unsupported}

    @property
    def supported(self) -> frozenset[int]:
        """Data-ids that it answers to in one direction at least."""
        return frozenset(self._readers) | frozenset(self._writers)

    def receive(self, word: int, now: float) -> Answer | None:
        """A request ended at `now`. Returns the answer, or None: silence."""
        if not self.electronics.boiler.powered:
            return None
        try:
            msg_type, data_id, value = decode_frame(word)
        except FrameError:
            return None
        if msg_type is _READ_DATA:
            kind, answered = self._read(data_id, value)
        elif msg_type is _WRITE_DATA:
            kind, answered = self._write(data_id, value)
        elif msg_type is MsgType.INVALID_DATA:
            known = data_id in self._writers or data_id in self._readers
            kind, answered = (MsgType.DATA_INVALID if known else MsgType.UNKNOWN_DATAID), value
        else:
            return None
        self._heard_at = now
        self.linked = True
        delay_s = self._answer_s + self._spread_s * self._random()
        return Answer(encode_frame(kind, data_id, answered), delay_s)

    def step(self, now: float, *, shorted: bool = False) -> None:
        """Let the electronics work until `now`; `shorted`: the line's two wires touch."""
        silent = self._heard_at is not None and now - self._heard_at >= LINK_LOST_S
        if self.linked and (silent or not self.electronics.boiler.powered):
            self.linked = False
            self.electronics.ch_enabled = self.electronics.dhw_enabled = False
        if not shorted:
            self._shorted_at = None
            self.electronics.external_demand = False
        elif self._shorted_at is None:
            self._shorted_at = now
        elif now - self._shorted_at >= SHORT_S:
            self.electronics.external_demand = True
        self.electronics.apply(now)

    def _read(self, data_id: int, value: int) -> tuple[MsgType, int]:
        reader = self._readers.get(data_id)
        if reader is None:
            return MsgType.UNKNOWN_DATAID, value
        try:
            answered = reader(value)
        except FrameError:
            answered = None
        return (MsgType.DATA_INVALID, value) if answered is None else (_READ_ACK, answered)

    def _write(self, data_id: int, value: int) -> tuple[MsgType, int]:
        writer = self._writers.get(data_id)
        if writer is None:
            return MsgType.UNKNOWN_DATAID, value
        answered = writer(value) if BY_NUMBER[data_id].within(value) else None
        return (MsgType.DATA_INVALID, value) if answered is None else (MsgType.WRITE_ACK, answered)

    def _all_readers(self) -> dict[int, Callable[[int], int | None]]:
        e, boiler = self.electronics, self.electronics.boiler
        readers: dict[int, Callable[[int], int | None]] = {
            0: self._status,
            3: lambda _: encode_pair(self._configuration(), self.member_id),
            5: lambda _: encode_pair(e.fault_flags, e.oem_code),
            6: lambda _: encode_pair(0x03 if e.tank else 0x02, 0x03 if e.tank else 0x02),
            15: self._capacity,
            17: lambda _: encode_f88(100 * boiler.modulation),
            18: lambda _: encode_f88(boiler.pressure_bar),
            25: lambda _: encode_f88(boiler.flow_shown_c),
            28: lambda _: encode_f88(boiler.return_c),
            49: lambda _: encode_pair(e.ch_bounds_c[1], e.ch_bounds_c[0]),
            57: lambda _: encode_f88(e.max_ch_setpoint_c),
            113: lambda _: _counted(boiler.failed_starts),
            115: lambda _: e.oem_code,
            116: lambda _: _counted(boiler.starts),
            117: lambda _: _counted(boiler.pump_starts),
            120: lambda _: _hours(boiler.burner_s),
            121: lambda _: _hours(boiler.pump_s),
            125: lambda _: encode_f88(OPENTHERM_VERSION),
            127: lambda _: encode_pair(*PRODUCT),
        }
        tank, outdoor_c = e.tank, e.outdoor_c
        if tank is not None:
            readers[19] = lambda _: encode_f88(60 * tank.drawn_kg_s)
            readers[26] = lambda _: encode_f88(tank.temp_c)
            readers[48] = lambda _: encode_pair(e.dhw_bounds_c[1], e.dhw_bounds_c[0])
            readers[56] = lambda _: encode_f88(e.dhw_setpoint_c)
            readers[118] = lambda _: _counted(e.dhw_starts)
            readers[119] = lambda _: _counted(e.dhw_burner_starts)
            readers[122] = lambda _: _hours(e.dhw_s)
            readers[123] = lambda _: _hours(e.dhw_burner_s)
        if outdoor_c is not None:
            readers[27] = lambda _: encode_f88(outdoor_c())
        return readers

    def _all_writers(self) -> dict[int, Callable[[int], int | None]]:
        writers: dict[int, Callable[[int], int | None]] = {
            1: self._set_ch,
            2: lambda raw: raw,
            4: self._request,
            14: self._set_modulation,
            57: self._set_max_ch,
            124: lambda raw: raw,
            126: lambda raw: raw,
        }
        if self.electronics.tank is not None:
            writers[56] = self._set_dhw
        return writers

    def _status(self, value: int) -> int:
        """Data-id 0: the master's flags are in the request, and come back with ours."""
        e = self.electronics
        e.ch_enabled = bool(value & 0x0100)
        e.dhw_enabled = bool(value & 0x0200)
        faults = e.fault_flags
        flags = (
            (0x01 if faults & ~0x01 else 0)
            | e.ch_active << 1
            | e.dhw_active << 2
            | e.boiler.flame << 3
            | (0x40 if faults & 0x01 else 0)
        )
        return value & 0xFF00 | flags

    def _configuration(self) -> int:
        boiler = self.electronics.boiler
        flags = DHW_PRESENT | DHW_STORAGE if self.electronics.tank else 0
        return flags | (ON_OFF if boiler.min_power_w == boiler.max_power_w else 0)

    def _capacity(self, _: int) -> int:
        boiler = self.electronics.boiler
        return encode_pair(
            round(boiler.max_power_w / 1000), round(100 * boiler.min_power_w / boiler.max_power_w)
        )

    def _set_ch(self, raw: int) -> int:
        self.electronics.ch_setpoint_c = decode_f88(raw)
        return raw

    def _set_modulation(self, raw: int) -> int:
        self.electronics.boiler.max_modulation = decode_f88(raw) / 100
        return raw

    def _set_dhw(self, raw: int) -> int | None:
        low_c, high_c = self.electronics.dhw_bounds_c
        if not low_c <= decode_f88(raw) <= high_c:
            return None
        self.electronics.dhw_setpoint_c = decode_f88(raw)
        return raw

    def _set_max_ch(self, raw: int) -> int | None:
        low_c, high_c = self.electronics.ch_bounds_c
        if not low_c <= decode_f88(raw) <= high_c:
            return None
        self.electronics.max_ch_setpoint_c = decode_f88(raw)
        return raw

    def _request(self, raw: int) -> int | None:
        if raw >> 8 != BLOR:
            return None
        return BLOR << 8 | (REQUEST_DONE if self.electronics.reset_lockout() else REQUEST_REFUSED)


def _counted(times: int) -> int:
    return min(times, 0xFFFF)


def _hours(seconds: float) -> int:
    return min(int(seconds / 3600), 0xFFFF)
