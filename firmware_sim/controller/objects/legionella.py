"""Anti-legionella: on chosen days hot water is made so hot, for so long, that nothing lives in it.

Bacteria die within half an hour at 60 °C, so the tank is brought to `LEGIONELLA_C` and the time counts while it has at
least `DEADLY_C`. What is not done within four hours has failed and is told; a boiler that may not be hot enough is not
even tried, for the house would go cold for nothing. Packed as a number: days as bits, Monday first (7 bits), the hour
(5 bits), minutes to hold (8 bits); that it is packed is published, the order of the bits is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LEGIONELLA_C: Final = 65.0
DEADLY_C: Final = 60.0
SPREAD_K: Final = 3.0
"""The flow has to be that much hotter than the tank is to become."""
LEGIONELLA_MAX_S: Final = 4 * 3600.0
WINDOW_MIN: Final = 4 * 60
"""A treatment that could not begin within it waits for its next day: nobody showers at noon at 65 °C."""


@dataclass(slots=True)
class Legionella:
    """A weekly treatment and where it stands."""

    days: int
    hour: int
    hold_s: float
    active_since_s: float | None = None
    held_s: float = 0.0
    done_day: int = -1
    reached: bool = False
    """The last treatment, or the present one, has held its temperature long enough."""
    failed: bool = False
    """The last treatment has not."""

    @classmethod
    def unpack(cls, packed: int) -> Legionella | None:
        """None: on no day."""
        return cls(packed & 0x7F, packed >> 7 & 0x1F, (packed >> 12 & 0xFF) * 60.0) if packed & 0x7F else None

    @property
    def is_active(self) -> bool:
        """The tank is being treated."""
        return self.active_since_s is not None

    def step(self, tank_c: float, limit_c: float, minute_of_week: int, now_s: float, step_s: float) -> bool:
        """Whether the tank is to be treated now. `limit_c`: the hottest flow that there can be."""
        if self.active_since_s is None and not self._begin(minute_of_week, now_s):
            return False
        began_s = now_s if self.active_since_s is None else self.active_since_s
        if tank_c >= DEADLY_C:
            self.held_s += step_s
        self.reached = self.held_s >= self.hold_s and self.held_s > 0.0
        self.failed = not self.reached and (
            now_s - began_s >= LEGIONELLA_MAX_S or limit_c < DEADLY_C + SPREAD_K
        )
        if self.reached or self.failed:
            self.active_since_s = None
        return self.is_active

    def _begin(self, minute_of_week: int, now_s: float) -> bool:
        day, minute = divmod(minute_of_week, 1440)
        if not self.days >> day & 1:
            self.done_day = -1
        elif day != self.done_day and 0 <= minute - self.hour * 60 < WINDOW_MIN:
            self.active_since_s, self.done_day, self.held_s = now_s, day, 0.0
            return True
        return False


def pack_antilegionella(days: int, hour: int, hold_min: int) -> int:
    """The packed number: `days` as bits, Monday first."""
    return days & 0x7F | hour << 7 | hold_min << 12
