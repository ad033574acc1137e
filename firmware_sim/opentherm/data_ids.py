"""The data-ids of OpenTherm v2.2 (chapter 5), and 113 and 114 of later ones: what stands where, who may do what with
it, in which range.

Numbers of two bytes are one value; `U8_U8` and its like are two, high byte first, and a range is then that of each
byte. A master reads (`R`), writes (`W`) or both.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from firmware_sim.opentherm.frame import (
    decode_f88,
    decode_s8_pair,
    decode_s16,
    encode_f88,
    encode_pair,
    encode_s16,
)


class ValueType(StrEnum):
    """How the 16 bits of a data value are to be read."""

    F8_8 = "f8.8"
    S16 = "s16"
    U16 = "u16"
    U8_U8 = "u8/u8"
    S8_S8 = "s8/s8"
    FLAGS_FLAGS = "flag8/flag8"
    FLAGS_U8 = "flag8/u8"


@dataclass(frozen=True, slots=True)
class DataId:
    """A row of the table.

    Args:
        access: R, W or RW, from the master's side.
        low, high: range of the value in `unit`; None: whatever the type holds.
    """

    number: int
    name: str
    access: str
    type: ValueType
    meaning: str
    low: float | None = None
    high: float | None = None
    unit: str = ""

    def encode(self, value: float | tuple[int, int]) -> int:
        """A value to 16 bits. Raises FrameError when it does not fit the type."""
        if isinstance(value, tuple):
            return encode_pair(*value)
        if self.type is ValueType.F8_8:
            return encode_f88(value)
        if self.type is ValueType.S16:
            return encode_s16(round(value))
        return encode_pair(round(value) >> 8, round(value) & 0xFF)

    def decode(self, raw: int) -> float | tuple[int, int]:
        """16 bits to a value: a number, or two for the types of two bytes."""
        if self.type is ValueType.F8_8:
            return decode_f88(raw)
        if self.type is ValueType.S16:
            return decode_s16(raw)
        if self.type is ValueType.U16:
            return raw
        if self.type is ValueType.S8_S8:
            return decode_s8_pair(raw)
        return raw >> 8, raw & 0xFF

    def within(self, raw: int) -> bool:
        """Whether 16 bits hold a value of the range."""
        if self.low is None or self.high is None:
            return True
        value = self.decode(raw)
        numbers = value if isinstance(value, tuple) else (value,)
        return all(self.low <= number <= self.high for number in numbers)


_F, _S, _U = ValueType.F8_8, ValueType.S16, ValueType.U16
_UU, _SS = ValueType.U8_U8, ValueType.S8_S8
_FF, _FU = ValueType.FLAGS_FLAGS, ValueType.FLAGS_U8

TABLE: Final = (
    # control and status
    DataId(0, "status", "R", _FF, "master and slave status flags"),
    DataId(1, "ch_setpoint", "W", _F, "control setpoint: flow temperature", 0, 100, "°C"),
    DataId(5, "fault_flags", "R", _FU, "application-specific fault flags, OEM fault code"),
    DataId(8, "ch2_setpoint", "W", _F, "control setpoint of the second circuit", 0, 100, "°C"),
    DataId(115, "oem_diagnostic", "R", _U, "OEM diagnostic code"),
    # configuration
    DataId(2, "master_config", "W", _FU, "master configuration flags, member id"),
    DataId(3, "slave_config", "R", _FU, "slave configuration flags, member id"),
    DataId(124, "master_opentherm", "W", _F, "OpenTherm version of the master", 1, 127),
    DataId(125, "slave_opentherm", "R", _F, "OpenTherm version of the slave", 1, 127),
    DataId(126, "master_version", "W", _UU, "master product type and version"),
    DataId(127, "slave_version", "R", _UU, "slave product type and version"),
    # remote commands
    DataId(4, "remote_request", "W", _UU, "request code, response code"),
    # sensors
    DataId(16, "room_setpoint", "W", _F, "room setpoint", -40, 127, "°C"),
    DataId(17, "modulation", "R", _F, "modulation between least, 0, and most, 100", 0, 100, "%"),
    DataId(18, "pressure", "R", _F, "water pressure of the circuit", 0, 5, "bar"),
    DataId(19, "dhw_flow", "R", _F, "hot water drawn", 0, 16, "l/min"),
    DataId(20, "day_time", "RW", _UU, "day of week and hour, minutes"),
    DataId(21, "date", "RW", _UU, "month, day of month"),
    DataId(22, "year", "RW", _U, "year", 1999, 2099),
    DataId(23, "room_setpoint_ch2", "W", _F, "room setpoint of the second circuit", -40, 127, "°C"),
    DataId(24, "room_temp", "W", _F, "room temperature", -40, 127, "°C"),
    DataId(25, "flow_temp", "R", _F, "water leaving the boiler", -40, 127, "°C"),
    DataId(26, "dhw_temp", "R", _F, "hot water", -40, 127, "°C"),
    DataId(27, "outdoor_temp", "R", _F, "outdoor air", -40, 127, "°C"),
    DataId(28, "return_temp", "R", _F, "water coming back to the boiler", -40, 127, "°C"),
    DataId(29, "solar_storage_temp", "R", _F, "solar storage", -40, 127, "°C"),
    DataId(30, "solar_collector_temp", "R", _S, "solar collector", -40, 250, "°C"),
    DataId(31, "flow_temp_ch2", "R", _F, "flow of the second circuit", -40, 127, "°C"),
    DataId(32, "dhw2_temp", "R", _F, "second hot water", -40, 127, "°C"),
    DataId(33, "exhaust_temp", "R", _S, "flue gas", -40, 500, "°C"),
    DataId(113, "failed_starts", "RW", _U, "burner starts in vain"),
    DataId(114, "flame_low", "RW", _U, "how often the flame signal was too low"),
    DataId(116, "burner_starts", "RW", _U, "burner starts; a boiler may reset it when 0 is written"),
    DataId(117, "ch_pump_starts", "RW", _U, "starts of the circuit's pump"),
    DataId(118, "dhw_pump_starts", "RW", _U, "starts of the hot water pump or valve"),
    DataId(119, "dhw_burner_starts", "RW", _U, "burner starts for hot water"),
    DataId(120, "burner_hours", "RW", _U, "hours with flame", unit="h"),
    DataId(121, "ch_pump_hours", "RW", _U, "hours of the circuit's pump", unit="h"),
    DataId(122, "dhw_pump_hours", "RW", _U, "hours of the hot water pump or valve", unit="h"),
    DataId(123, "dhw_burner_hours", "RW", _U, "hours with flame for hot water", unit="h"),
    # remote boiler parameters
    DataId(6, "remote_parameters", "R", _FF, "which parameters can be transferred, which written"),
    DataId(48, "dhw_bounds", "R", _SS, "highest and lowest hot water setpoint", 0, 127, "°C"),
    DataId(49, "ch_bounds", "R", _SS, "highest and lowest value of data-id 57", 0, 127, "°C"),
    DataId(50, "curve_bounds", "R", _SS, "highest and lowest heat curve ratio", 0, 40),
    DataId(56, "dhw_setpoint", "RW", _F, "hot water setpoint", 0, 127, "°C"),
    DataId(57, "max_ch_setpoint", "RW", _F, "highest flow setpoint", 0, 127, "°C"),
    DataId(58, "heat_curve_ratio", "RW", _F, "heat curve ratio", 0, 127),
    # transparent parameters and fault history
    DataId(10, "tsp_count", "R", _UU, "number of transparent parameters"),
    DataId(11, "tsp_entry", "RW", _UU, "index and value of a transparent parameter"),
    DataId(12, "fault_history_size", "R", _UU, "size of the fault history"),
    DataId(13, "fault_history_entry", "R", _UU, "index and value of a fault history entry"),
    # special applications
    DataId(7, "cooling_control", "W", _F, "cooling demand", 0, 100, "%"),
    DataId(9, "room_override", "R", _F, "room setpoint asked for by the boiler; 0: none", 0, 30, "°C"),
    DataId(14, "max_modulation", "W", _F, "highest relative modulation allowed", 0, 100, "%"),
    DataId(15, "capacity", "R", _UU, "highest power in kW, lowest modulation in %"),
    DataId(100, "override_function", "R", _FF, "how data-id 9 is to be taken"),
)

BY_NUMBER: Final = {row.number: row for row in TABLE}

MANDATORY_FOR_SLAVE: Final = frozenset({0, 1, 3, 14, 17, 25})
"""What every boiler must know (5.2). Later versions add 2, 125 and 127, which the emulated one has too."""
