"""Takes the controller's readings at a steady pace and puts them into the outbox.

In: a controller driver, facts of the radio link. Out: telemetry batches; one event when the controller falls
silent and one when it is back. The invariant: a failing controller never stops the link; its values are then
reported with quality "bad", so that nobody takes an old value for a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from pydantic import JsonValue

from gateway.cloud_link import CloudLink
from gateway.commands import CommandHandler, CommandRefusedError
from gateway.controllers.driver import ControllerDriver, ControllerError
from provisioning.clock import Clock
from provisioning.messages import Event, Reading, new_op_id

log: Final = logging.getLogger(__name__)

NEWS_GAP_S: Final = 5.0
"""A controller that tells of change after change is still reported no more often than this."""

LinkReadings = Callable[[float], list[Reading]]
"""Readings of the gateway itself (field strength and so on) at a wall time."""


class TelemetryLoop:
    """The loop, and the commands that concern readings.

    Args:
        driver: None: only the link's own readings are reported.
        allow_setpoints: whether the cloud may write to the controller.
    """

    def __init__(
        self,
        cloud: CloudLink,
        driver: ControllerDriver | None,
        *,
        link_readings: LinkReadings,
        period_s: float,
        clock: Clock,
        random: Random,
        allow_setpoints: bool = False,
    ) -> None:
        self._cloud = cloud
        self._driver = driver
        self._link_readings = link_readings
        self._period_s = period_s
        self._clock = clock
        self._random = random
        self._allow_setpoints = allow_setpoints
        self._wanted = asyncio.Event()
        self._news = False
        # Reading and writing take turns: a driver has one line.
        self._line = asyncio.Lock()
        self._last: dict[str, Reading] = {}
        self._identified = False
        self.failure: ControllerError | None = None
        if driver is not None:
            driver.notify(self._news_came)

    @property
    def handlers(self) -> Mapping[str, CommandHandler]:
        """For the command desk."""
        return {"report_now": self._report_now, "setpoint": self._setpoint}

    async def run(self) -> None:
        """Until cancelled. Readings taken before the device has an identity have no topic and are not kept.

        Raises StoreError.
        """
        try:
            while True:
                self._wanted.clear()
                self._news = False
                started = self._clock.monotonic()
                if self._cloud.device_id is not None:
                    await self._cloud.put_telemetry(await self._read())
                await self._pause(self._rest_s() - (self._clock.monotonic() - started))
                if self._news:
                    await self._clock.sleep(max(0.0, started + NEWS_GAP_S - self._clock.monotonic()))
        finally:
            if self._driver is not None:
                with contextlib.suppress(ControllerError):
                    await self._driver.close()

    def _rest_s(self) -> float:
        """A controller that has gone is looked for as soon as its driver allows, not only with the next report."""
        retry_after_s = None if self.failure is None else self.failure.retry_after_s
        return self._period_s if retry_after_s is None else min(self._period_s, retry_after_s)

    async def _read(self) -> list[Reading]:
        now = self._clock.now()
        return [*self._link_readings(now), *await self._read_controller(now)]

    async def _read_controller(self, now: float) -> list[Reading]:
        if self._driver is None:
            return []
        try:
            async with self._line:
                await self._driver.open()
                if not self._identified:
                    # Another model's registers would be misread.
                    await self._driver.identify()
                    self._identified = True
                readings = await self._driver.read()
        except ControllerError as error:
            await self._failed(error, now)
            return [
                reading.model_copy(update={"value": None, "quality": "bad", "at": now})
                for reading in self._last.values()
            ]
        if self.failure is not None:
            self.failure = None
            await self._tell("controller_back", "info", "the controller answers again", {})
        self._last = {reading.name: reading for reading in readings}
        return readings

    async def _failed(self, error: ControllerError, now: float) -> None:
        first = self.failure is None
        self.failure = error
        # It may be another one when it is back.
        self._identified = False
        if self._driver is not None:
            with contextlib.suppress(ControllerError):
                await self._driver.close()
        if first:
            log.warning("the controller cannot be read: %s", error)
            await self._tell("controller_lost", "warning", str(error), {"kind": error.kind})

    async def _tell(self, name: str, severity: str, text: str, data: dict[str, str]) -> None:
        event = Event.model_validate(
            {
                "op_id": f"e-{new_op_id(self._random)}",
                "name": name,
                "severity": severity,
                "at": self._clock.now(),
                "text": text[:1000],
                "data": data,
            }
        )
        await self._cloud.put_event(event)

    async def _pause(self, seconds: float) -> None:
        """So long, or until a reading is wanted now."""
        sleeping = asyncio.ensure_future(self._clock.sleep(max(seconds, 0.0)))
        wanted = asyncio.ensure_future(self._wanted.wait())
        try:
            await asyncio.wait((sleeping, wanted), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            wanted.cancel()
            await asyncio.gather(sleeping, wanted, return_exceptions=True)

    def _news_came(self) -> None:
        self._news = True
        self._wanted.set()

    async def _report_now(self, _: Mapping[str, JsonValue]) -> str:
        self._wanted.set()
        return "readings follow"

    async def _setpoint(self, arguments: Mapping[str, JsonValue]) -> str:
        name, value = arguments.get("name"), arguments.get("value")
        if self._driver is None:
            raise CommandRefusedError("this gateway has no controller")
        if not self._allow_setpoints:
            raise CommandRefusedError("setpoints are not allowed here; see allow_setpoints in gateway.toml")
        if not isinstance(name, str) or isinstance(value, bool) or not isinstance(value, int | float | str):
            raise CommandRefusedError("a setpoint needs a name and a value, which is a number or a text")
        try:
            async with self._line:
                await self._driver.open()
                taken = await self._driver.write(name, value)
        except ControllerError as error:
            raise CommandRefusedError(f"{error.kind}: {error}") from error
        self._wanted.set()
        return f"{name} = {taken}"
