"""Between which temperatures a circuit may be set, by its own configuration.

    hot water               25 °C to 75, or as hot as the circuit may flow
    room, room and PID      the limits of its room's sensor, else 5 to 40
    flow by weather curve   5 to 35: the setpoint is the room's that the curve is meant for
    flow                    its own lowest and highest flow

Source: public clients of the local protocol set circuits within these; the maker publishes none.
"""

from __future__ import annotations

from typing import Final

from provisioning.zont.config_text import NONE_IDS
from provisioning.zont.decikelvin import from_decikelvin
from provisioning.zont.object_fields import CURVE_FOR_REQUEST_ONLY, REGULATIONS, Regulation
from provisioning.zont.object_types import CircuitKind
from provisioning.zont.object_values import ObjectValues

ROOM_C: Final = (5.0, 40.0)
CURVE_C: Final = (5.0, 35.0)
FLOW_C: Final = (20.0, 80.0)
HOT_WATER_C: Final = (25.0, 75.0)


def setpoint_limits_c(circuit: ObjectValues, room: ObjectValues | None) -> tuple[float, float]:
    """Lowest and highest setpoint.

    Args:
        circuit: its line.
        room: the line of its room's sensor; None: it has none.
    """
    bits = circuit.number("settings") & 3
    regulation = REGULATIONS[bits] if bits < len(REGULATIONS) else Regulation.AIR
    by_flow = circuit.number("stype") != CircuitKind.COOLING and (
        regulation is Regulation.CARRIER or room is None
    )
    if circuit.number("stype") == CircuitKind.DHW:
        highest_c = from_decikelvin(circuit.number("highest_flow")) or HOT_WATER_C[1]
        return _within(HOT_WATER_C, None, min(highest_c, HOT_WATER_C[1]))
    if not by_flow:
        lines = None if room is None else (room.number("alarm_low"), room.number("alarm_high"))
        return ROOM_C if lines is None else _within(ROOM_C, *map(from_decikelvin, lines))
    by_curve = (
        circuit.number("curve") not in NONE_IDS and not circuit.number("settings") & CURVE_FOR_REQUEST_ONLY
    )
    if by_curve and regulation is Regulation.CARRIER:
        return CURVE_C
    flows = (circuit.number("lowest_flow"), circuit.number("highest_flow"))
    return _within(FLOW_C, *map(from_decikelvin, flows))


def _within(usual: tuple[float, float], low: float | None, high: float | None) -> tuple[float, float]:
    found = usual[0] if low is None else low, usual[1] if high is None else high
    return found if found[0] < found[1] else usual
