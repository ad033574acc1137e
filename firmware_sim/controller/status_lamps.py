"""The lamps under the controller's cover as tables: GSM, boiler and power, each off, on, or blinking.

That there are these three is published (the H-1V's manual), how they blink is not: these patterns are ours. A row of a
table is a state and its pattern; the first row that applies counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

OFF, ON, SLOW, FAST = "off", "on", "slow", "fast"
"""Slow is one second of two, fast four times a second."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What the lamps show. `registration` as in +CREG."""

    powered: bool
    on_battery: bool
    modem: bool
    registration: int
    fault: bool
    heating: bool


POWER: Final = (("dead", OFF), ("on battery", SLOW), ("on mains", ON))
GSM: Final = (
    ("dead", OFF),
    ("no modem", OFF),
    ("at home or roaming", ON),
    ("denied", FAST),
    ("searching", SLOW),
)
BOILER: Final = (("dead", OFF), ("fault", FAST), ("heating", ON), ("idle", OFF))

FAULTS: Final = frozenset({"boiler_failure", "boiler_link_lost", "sensor_lost"})
"""Alarms that the boiler's lamp tells of."""


def lamps(now: Condition) -> dict[str, str]:
    """Pattern by lamp."""
    true: Mapping[str, bool] = {
        "dead": not now.powered,
        "on battery": now.on_battery,
        "on mains": True,
        "no modem": not now.modem,
        "at home or roaming": now.registration in {1, 5},
        "denied": now.registration == 3,
        "searching": True,
        "fault": now.fault,
        "heating": now.heating,
        "idle": True,
    }
    tables = {"gsm": GSM, "boiler": BOILER, "power": POWER}
    return {lamp: next(pattern for state, pattern in table if true[state]) for lamp, table in tables.items()}
