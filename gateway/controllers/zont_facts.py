"""Asks a ZONT controller for everything that the checks of an installation go by. Writes nothing.

A real controller's configuration is judged by its published places alone. A line that it does not tell (`!`) is
unknown, not empty; only the simulator, known by its mark, keeps all parameters where they can be asked for.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.controllers.driver import ControllerError, ControllerSilentError
from gateway.controllers.zont_local import ZontController
from provisioning.zont.checks import ControllerFacts
from provisioning.zont.config_text import ConfigText, ConfigTextError, parse_values
from provisioning.zont.discovery import SIMULATOR_MARK
from provisioning.zont.object_types import ANY_TYPE

MUTE_AFTER: Final = 3
"""Lines of one kind that stay unanswered, after which that kind is not asked for."""
PARAMETERS: Final = (12, 36, 203)
"""Balance, time zone, access point."""

_TIME: Final = r"(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d))?"
_DATE: Final = re.compile(rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)[ T]{_TIME}")
_DATE_WITH_DOTS: Final = re.compile(rf"(?P<day>\d\d)\.(?P<month>\d\d)\.(?P<year>\d{{4}})[ ,]+{_TIME}")
_PARTS: Final = ("year", "month", "day", "hour", "minute", "second")


async def facts_of(
    controller: ZontController, now_s: float, *, default_login: bool | None = None
) -> ControllerFacts:
    """Ask.

    Args:
        controller: an open one.
        now_s: the true wall time, UTC.
        default_login: whether user and password are those that it was delivered with.

    Raises:
        ControllerError: see `ZontController`.
    """
    ask = _Patient(controller)
    await controller.read()
    is_simulator = await ask("#S219?") == SIMULATOR_MARK
    config = ConfigText()
    for object_id in await controller.ask_ids(ANY_TYPE):
        text = await ask(f"#Z{object_id}?")
        try:
            config.set_object(object_id, parse_values(text or ""))
        except ConfigTextError:
            continue  # Its form is not published; what is not understood is not judged.
    for number in PARAMETERS:
        told = await ask(f"#S{number}?")
        if told is not None:
            config.set_parameter(number, told)
    supply, gsm, links = [numbers_in(await ask(line)) for line in ("#S6?", "#S4?", "#S224?")]
    date = await ask("SDATE?")
    return ControllerFacts(
        config,
        {each: dict(state) for each, state in controller.states.items()},
        supply_v=supply[0] / 10 if supply else None,
        on_battery=bool(supply[1]) if len(supply) > 1 else None,
        # The simulator's clock goes by its house's time, which nobody says is ours, and nobody plays its cloud.
        clock_error_s=None if is_simulator else clock_error_s(date, now_s, config.get_parameter(36)),
        gsm_level=gsm[0] if len(gsm) > 1 else None,
        gsm_registration=gsm[1] if len(gsm) > 1 else None,
        cloud_linked=bool(links[0]) if links and not is_simulator else None,
        default_login=default_login,
        is_whole=is_simulator,
        published_only=not is_simulator,
    )


class _Patient:
    """Asks for lines; a controller that is mute about one is asked the next on a new line.

    Raises:
        ControllerError: it does not come back.
    """

    def __init__(self, controller: ZontController) -> None:
        self._controller = controller
        self._mute: Counter[str] = Counter()

    async def __call__(self, line: str) -> str | None:
        kind = line[:2]
        if self._mute[kind] >= MUTE_AFTER:
            # It knows none of them, and there are as many as it has objects.
            return None
        try:
            return await self._controller.ask_line_if_known(line)
        except ControllerSilentError:
            self._mute[kind] += 1
        try:
            await self._controller.open()
        except ControllerError as error:
            if error.retry_after_s is None:
                raise
            await asyncio.sleep(error.retry_after_s)
            await self._controller.open()
        return None


def numbers_in(text: str | None) -> list[int]:
    """The whole numbers that a line begins with."""
    numbers: list[int] = []
    for word in (text or "").split():
        if not (word.isascii() and word.isdigit() and len(word) < 10):
            break
        numbers.append(int(word))
    return numbers


def clock_error_s(date: str | None, now_s: float, timezone: str | None) -> float | None:
    """The controller's clock minus the true time; None: it does not tell, or its form is not understood.

    Neither the form of the answer to `SDATE?` is published nor whether it is local time, so the nearest of UTC and the
    controller's own time zone (`#S36`, hours) is taken: only what is wrong by both is wrong.
    """
    shown = _date_in(date or "")
    if shown is None:
        return None
    hours = float(timezone) if timezone and re.fullmatch(r"[+-]?\d{1,2}(\.\d)?", timezone.strip()) else 0.0
    now = datetime.fromtimestamp(now_s, UTC)
    errors = [(shown - now - timedelta(hours=each)).total_seconds() for each in (0.0, hours)]
    return min(errors, key=abs)


def _date_in(text: str) -> datetime | None:
    found = _DATE.search(text) or _DATE_WITH_DOTS.search(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(found[part] or 0) for part in _PARTS)
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
