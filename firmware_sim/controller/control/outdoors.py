"""Weather that a hand has made: the air goes to a temperature, and stays there."""

from __future__ import annotations

from dataclasses import dataclass, field

from firmware_sim.plant import Weather


@dataclass(frozen=True, kw_only=True)
class HeldWeather(Weather):
    """From `from_c` at `since_s` smoothly to `to_c` in `over_s`, as a front that passes; the sun shines as in `own`."""

    own: Weather = field(default_factory=Weather)
    from_c: float
    to_c: float
    since_s: float
    over_s: float

    def at(self, time_s: float) -> tuple[float, float]:
        """Air in °C and sun in W/m2."""
        passed = 1.0 if self.over_s <= 0.0 else min(1.0, max(0.0, (time_s - self.since_s) / self.over_s))
        passed *= passed * (3.0 - 2.0 * passed)
        return self.from_c + (self.to_c - self.from_c) * passed, self.own.at(time_s)[1]

    def of_day_s(self, time_s: float) -> float:
        """Local time of day in seconds after midnight."""
        return self.own.of_day_s(time_s)
