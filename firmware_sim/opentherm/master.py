"""The controller's end of an OpenTherm line: which request goes next, and what the answer means.

Theory of operation. A line carries one conversation at a time; the master begins each.

    state     event                         next     what is done
    idle      `due_at`, before a request    waiting  send the next request of the cycle
    waiting   the answer to it              idle     take the value; link is up
    waiting   another frame, bad parity     idle     repeat the same request, `RETRIES` times at most
    waiting   `due_at`, nothing came        idle     the same
    idle      any frame                     idle     too late: count it
    either    no answer for `link_lost_s`   idle     link is down: the values are forgotten, asking goes on

The cycle. A link begins with both ends' configuration: 3 until there is an answer, then 2, before any control or status
(5.3.2). From then on what has just been changed goes first, but never the same twice in a row; then what is asked once
per link (`DISCOVERY`); then rounds: all of `EACH_ROUND` and one of `IN_TURN`. When the status says that something is or
is no longer the matter, 5 is asked next. A data-id that the boiler does not know is not asked again until the link
comes back. At one request a second a round lasts six, and the status is never older than three.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from firmware_sim.boiler_link import BoilerDemand, BoilerValues
from firmware_sim.opentherm.frame import (
    FRAME_S,
    FrameError,
    MsgType,
    decode_f88,
    decode_frame,
    decode_s8_pair,
    encode_f88,
    encode_frame,
)

PERIOD_S: Final = 1.0
"""A master speaks at least once a second, + 15 % (v2.2, 4.3.1)."""
ANSWER_TIMEOUT_S: Final = 0.810
"""The slave may take 800 ms; the rest is for its clock."""
QUIET_S: Final = 0.100
"""Between two conversations (v2.2, 4.3.1)."""
RETRIES: Final = 2
LINK_LOST_S: Final = 60.0
"""Without a valid answer for a minute communication has failed (v2.2, 2.3)."""

DISCOVERY: Final = (125, 127, 15, 48, 49, 6)
EACH_ROUND: Final = (0, 1, 25, 0, 17)
IN_TURN: Final = (5, 28, 18, 26, 27, 56, 14, 57, 116, 120)
CYCLE: Final = tuple(n for turn in IN_TURN for n in (*EACH_ROUND, turn))
ALWAYS: Final = frozenset({0, 1})
"""Asked whatever the boiler says of them: without them there is no control."""

CH_ENABLE: Final = 0x0100
DHW_ENABLE: Final = 0x0200
LOCKOUT_RESET: Final = 0x0100
"""Request code 1 of data-id 4."""

_READ, _WRITE = MsgType.READ_DATA, MsgType.WRITE_DATA
_INVALID, _UNKNOWN = MsgType.DATA_INVALID, MsgType.UNKNOWN_DATAID
_ANSWERS_TO: Final = {
    _READ: (MsgType.READ_ACK, _INVALID, _UNKNOWN),
    _WRITE: (MsgType.WRITE_ACK, _INVALID, _UNKNOWN),
}


def _percent(raw: int) -> float:
    return decode_f88(raw) / 100


def _same(raw: int) -> int:
    return raw


def _bounds(raw: int) -> tuple[int, int]:
    """The line has the highest first."""
    high, low = decode_s8_pair(raw)
    return low, high


_FIELDS: Final[dict[int, tuple[str, Callable[[int], float | tuple[int, int]]]]] = {
    17: ("modulation", _percent),
    18: ("pressure_bar", decode_f88),
    25: ("flow_c", decode_f88),
    26: ("dhw_c", decode_f88),
    27: ("outdoor_c", decode_f88),
    28: ("return_c", decode_f88),
    48: ("dhw_bounds_c", _bounds),
    49: ("ch_bounds_c", _bounds),
    56: ("dhw_setpoint_c", decode_f88),
    57: ("max_ch_setpoint_c", decode_f88),
    116: ("burner_starts", _same),
    120: ("burner_hours", _same),
}
"""Data-ids that are one field of `BoilerValues`."""


@dataclass(slots=True)
class LineCounts:
    """What has happened on the line."""

    sent: int = 0
    answered: int = 0
    bad: int = 0
    timeouts: int = 0
    late: int = 0


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the boiler has said of itself. None: not said.

    Args:
        capacity_kw, min_modulation: of the burner; modulation as 0 … 1.
    """

    dhw: bool | None = None
    member_id: int | None = None
    opentherm_version: float | None = None
    product: tuple[int, int] | None = None
    capacity_kw: int | None = None
    min_modulation: float | None = None


class OpenThermMaster:
    """Asks a boiler in a cycle. It sends nothing itself: `advance` returns the frames.

    Args:
        period_s: from one request to the next; at most 1.15 s.
        link_lost_s: without an answer for so long the link is down.
        member_id: the maker's number in data-id 2.
    """

    def __init__(
        self, *, period_s: float = PERIOD_S, link_lost_s: float = LINK_LOST_S, member_id: int = 0
    ) -> None:
        if not 0.2 <= period_s <= 1.15:
            raise ValueError(f"a period of {period_s} s is not within 0.2 … 1.15")
        self.demand = BoilerDemand()
        self.values = BoilerValues()
        self.capabilities = Capabilities()
        self.counts = LineCounts()
        self.linked = False
        self.unsupported: set[tuple[MsgType, int]] = set()
        """What the boiler has answered UNKNOWN-DATAID to since the link came up."""
        self.reset_confirmed: bool | None = None
        """What became of the last `reset_fault`; None: not known yet. False also if it did not get across."""
        self.due_at = 0.0
        """When `advance` is to be called next."""
        self._period_s = period_s
        self._link_lost_s = link_lost_s
        self._member_id = member_id
        self._waiting: tuple[MsgType, int, int] | None = None
        self._tries = 0
        self._sent_at = 0.0
        self._answered_at: float | None = None
        self._configured = False
        self._once: deque[int] = deque()
        self._written: dict[int, int] = {}
        self._hurried: set[int] = set()
        self._setpoint: tuple[float | None, int] = (None, 0)
        self._turn = 0
        self._request = (_READ, 0, 0)

    def start(self, now: float) -> None:
        """Begin at `now`, as after power came."""
        self.due_at = now
        self._waiting = None

    def reset_fault(self) -> None:
        """Ask for a lock-out reset with the next request, once; without a link it fails at once."""
        if not self.linked:
            self.reset_confirmed = False
            return
        self.reset_confirmed = None
        self._once.appendleft(4)

    def advance(self, now: float) -> int | None:
        """`due_at` has come. Returns the frame to send, or None: an answer had not come."""
        if self._waiting is not None:
            self.counts.timeouts += 1
            self._failed(now)
            return None
        if self._tries == 0:
            self._request = self._next_request()
        kind, data_id, value = self._waiting = self._request
        self._sent_at = now
        self.due_at = now + (FRAME_S + ANSWER_TIMEOUT_S + FRAME_S)
        self.counts.sent += 1
        return encode_frame(kind, data_id, value)

    def receive(self, word: int, now: float) -> None:
        """A frame ended at `now`."""
        if self._waiting is None:
            self.counts.late += 1
            return
        kind, data_id, _ = self._waiting
        try:
            answer, answered_id, value = decode_frame(word)
        except FrameError:
            answered_id = -1
        if answered_id != data_id or answer not in _ANSWERS_TO[kind]:
            self.counts.bad += 1
            self._failed(now)
            return
        self.counts.answered += 1
        self._waiting = None
        self._tries = 0
        self.due_at = max(self._sent_at + self._period_s, now + QUIET_S)
        self._answered_at = now
        if not self.linked:
            self._link_up()
        if answer is _UNKNOWN:
            self.unsupported.add((kind, data_id))
            if data_id == 4:
                self.reset_confirmed = False
        else:
            self._take(data_id, None if answer is _INVALID else value)

    def _failed(self, now: float) -> None:
        if self._waiting is not None:
            self._tries += 1
            if self._tries > RETRIES:
                self._tries = 0
                # Given up: what was to be written counts as changed still, but nobody wants a reset hours later.
                self._written.pop(self._waiting[1], None)
                if self._waiting[1] == 4:
                    self.reset_confirmed = False
        self._waiting = None
        self.due_at = now + QUIET_S
        if self.linked and self._answered_at is not None and now - self._answered_at >= self._link_lost_s:
            self.linked = False
            self.values = BoilerValues()
            self.capabilities = Capabilities()
            self._tries = 0
            if 4 in self._once:
                self.reset_confirmed = False
            self._once.clear()

    def _link_up(self) -> None:
        self.linked = True
        self.unsupported.clear()
        self._written.clear()
        self._hurried.clear()
        self._configured = False
        self._once = deque(DISCOVERY)

    def _next_request(self) -> tuple[MsgType, int, int]:
        if not self.linked:
            return _READ, 3, 0
        if not self._configured:
            self._configured = True
            return _WRITE, 2, self._member_id
        demand, written, hurried = self.demand, self._written, self._hurried
        flags = (CH_ENABLE if demand.ch_enabled else 0) | (DHW_ENABLE if demand.dhw_enabled else 0)
        if written.get(0) != flags and 0 not in hurried:
            hurried.add(0)
            return self._write(0, flags, _READ)
        if demand.ch_setpoint_c != self._setpoint[0]:
            self._setpoint = demand.ch_setpoint_c, _f88_within(demand.ch_setpoint_c or 0.0, 0.0, 100.0)
        setpoint = self._setpoint[1]
        if written.get(1) != setpoint and 1 not in hurried:
            hurried.add(1)
            return self._write(1, setpoint)
        hurried.clear()
        if self._once:
            data_id = self._once.popleft()
        else:
            for _ in CYCLE:
                data_id = CYCLE[self._turn]
                self._turn = (self._turn + 1) % len(CYCLE)
                if data_id in ALWAYS or (self._kind_of(data_id), data_id) not in self.unsupported:
                    break
        if data_id == 0:
            return self._write(0, flags, _READ)
        if data_id == 1:
            return self._write(1, setpoint)
        if data_id == 4:
            return _WRITE, 4, LOCKOUT_RESET
        if self._kind_of(data_id) is _WRITE:
            return self._write(data_id, self._setting(data_id))
        return _READ, data_id, 0

    def _write(self, data_id: int, value: int, kind: MsgType = _WRITE) -> tuple[MsgType, int, int]:
        self._written[data_id] = value
        return kind, data_id, value

    def _kind_of(self, data_id: int) -> MsgType:
        """Setpoints are written when there is one, and read otherwise."""
        demand = self.demand
        if data_id == 14:
            return _WRITE
        wanted = (data_id == 56 and demand.dhw_setpoint_c is not None) or (
            data_id == 57 and demand.max_ch_setpoint_c is not None
        )
        return _WRITE if wanted and (_WRITE, data_id) not in self.unsupported else _READ

    def _setting(self, data_id: int) -> int:
        if data_id == 14:
            return _f88_within(100 * self.demand.max_modulation, 0.0, 100.0)
        is_dhw = data_id == 56
        setpoint_c = self.demand.dhw_setpoint_c if is_dhw else self.demand.max_ch_setpoint_c
        low, high = (self.values.dhw_bounds_c if is_dhw else self.values.ch_bounds_c) or (0, 127)
        return _f88_within(setpoint_c or 0.0, low, high)

    def _take(self, data_id: int, raw: int | None) -> None:
        """An answer came. None: the boiler has no value for it at the moment."""
        field = _FIELDS.get(data_id)
        if field is not None:
            name, decode = field
            setattr(self.values, name, None if raw is None else decode(raw))
        elif data_id == 4:
            self.reset_confirmed = raw is not None and raw & 0xFF >= 128
        elif data_id == 5:
            self.values.fault_flags = 0 if raw is None else raw >> 8
            self.values.oem_code = None if raw is None else raw & 0xFF
        elif raw is None:
            return
        elif data_id == 0:
            self._take_status(raw)
        else:
            self._learn(data_id, raw)

    def _take_status(self, raw: int) -> None:
        values = self.values
        fault, diagnostic = raw & 0x01 != 0, raw & 0x40 != 0
        if (fault, diagnostic) != (values.fault, values.diagnostic) and (_READ, 5) not in self.unsupported:
            self._once.append(5)
        values.fault, values.diagnostic = fault, diagnostic
        values.ch_active = raw & 0x02 != 0
        values.dhw_active = raw & 0x04 != 0
        values.flame = raw & 0x08 != 0

    def _learn(self, data_id: int, raw: int) -> None:
        known = self.capabilities
        if data_id == 3:
            known = replace(known, dhw=raw & 0x0100 != 0, member_id=raw & 0xFF)
        elif data_id == 15:
            known = replace(known, capacity_kw=raw >> 8, min_modulation=(raw & 0xFF) / 100)
        elif data_id == 125:
            known = replace(known, opentherm_version=decode_f88(raw))
        elif data_id == 127:
            known = replace(known, product=(raw >> 8, raw & 0xFF))
        self.capabilities = known


def _f88_within(value: float, low: float, high: float) -> int:
    return encode_f88(min(high, max(low, value)))
