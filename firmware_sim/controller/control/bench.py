"""A controller in its house under a hand: what was done to it, what is wrong with it, and what its heat adds up to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from firmware_sim.controller.control.active_faults import ActiveFaults
from firmware_sim.controller.control.journal import Journal
from firmware_sim.controller.control.outdoors import HeldWeather
from firmware_sim.controller.objects.base import AlarmEvent
from firmware_sim.controller.wiring import Installation
from firmware_sim.plant import Room, Tank, Weather

BREATH_S: Final = 60
"""So much is lived through at once when time is hastened; others get their turn in between."""


class Bench:
    """An installation under a hand.

    Args:
        installation: the controller and its house.
        advance: brings its time up to now.
    """

    def __init__(self, installation: Installation, advance: Callable[[], None]) -> None:
        self.installation = installation
        self.advance = advance
        self.firmware = installation.firmware
        self.plant = installation.plant
        self.wiring = installation.wiring
        self.faults = ActiveFaults(installation)
        self.journal = Journal()
        for event in self.firmware.board.events:
            self._hear(event)
        self.firmware.alarm_listeners.append(self._hear)
        self._own_weather = self.plant.weather
        self._balanced_j = self._balance_j()

    def close(self) -> None:
        """Let go. What was done stays done."""
        self.firmware.alarm_listeners.remove(self._hear)

    def remark(self, what: str) -> None:
        """Write down what the hand does."""
        self.journal.remark(self.firmware.board.now_s, what)

    def _hear(self, event: AlarmEvent) -> None:
        self.journal.alarm(event.at_s, event.object_id, event.what, event.active)

    # -- time

    async def hasten(self, seconds: int) -> None:
        """Live through so many seconds at once, ahead of the clock."""
        self.remark(f"time: {seconds} s on")
        while seconds > 0:
            breath_s = min(seconds, BREATH_S)
            self.installation.hasten(breath_s)
            self.advance()
            seconds -= breath_s
            await asyncio.sleep(0)

    # -- weather

    @property
    def held_outdoor_c(self) -> float | None:
        """Where a hand lets the air go; None: the weather is its own."""
        weather = self.plant.weather
        return weather.to_c if isinstance(weather, HeldWeather) else None

    def hold_outdoor(self, temp_c: float, over_s: float) -> None:
        """Have the air go to a temperature, as with a front that passes, and stay there."""
        plant, own = self.plant, self._own_weather
        held = HeldWeather(
            own=own,
            from_c=plant.outdoor_c,
            to_c=temp_c,
            since_s=plant.time_s,
            over_s=over_s,
            zero_day=own.zero_day,
        )
        self._take_weather(held)

    def free_outdoor(self) -> None:
        """Give the weather back to itself."""
        self._take_weather(self._own_weather)

    def _take_weather(self, weather: Weather) -> None:
        plant = self.plant
        plant.weather = weather
        plant.outdoor_c, plant.sun_w_m2 = weather.at(plant.time_s)

    # -- heat

    def set_air(self, room: Room, temp_c: float) -> None:
        """Make a room's air so warm."""
        missing_j = self.missing_j
        room.air_c = temp_c
        self._book(missing_j)

    def set_tank(self, tank: Tank, temp_c: float) -> None:
        """Make the tank so warm all through."""
        missing_j = self.missing_j
        tank.fill_at(temp_c)
        self._book(missing_j)

    @property
    def missing_j(self) -> float:
        """Heat that has come and neither gone nor stayed since the hand is here; physics wants 0."""
        return self._balance_j() - self._balanced_j

    def _book(self, missing_j: float) -> None:
        """What the hand has just brought or taken is nobody's loss."""
        self._balanced_j = self._balance_j() - missing_j

    def _balance_j(self) -> float:
        book = self.plant.energy
        came_j, went_j = book.into_water_j + book.gains_j, book.outdoors_j + book.tap_j
        return came_j - went_j - self.plant.stored_j
