"""A line with several described devices: whose turn it is. One request is on the line at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from firmware_sim.modbus_master.description import DescriptionError, DeviceDescription
from firmware_sim.modbus_master.polling import DevicePoller, LinkEvent, Request

MAX_EVENTS: Final = 1000
"""The oldest go first when nobody takes them."""


@dataclass(frozen=True, slots=True)
class BusEvent:
    """A device came, went or came back. `at`: seconds of the clock that the bus is given."""

    device: str
    kind: LinkEvent
    at: float


class ModbusBusMaster:
    """Turns of the devices of a line. It sends nothing itself.

    Args:
        devices: with names and unit ids of their own.
        now: when it begins.

    Raises:
        DescriptionError: two devices have one name or one unit id.
    """

    def __init__(self, devices: Iterable[DeviceDescription], now: float) -> None:
        self.devices: dict[str, DevicePoller] = {}
        units: dict[int, str] = {}
        for description in devices:
            if description.name in self.devices:
                raise DescriptionError(f"device {description.name!r}", "two devices have this name")
            if description.unit in units:
                raise DescriptionError(
                    f"device {description.name!r}, unit",
                    f"{description.unit} is that of {units[description.unit]!r}",
                )
            units[description.unit] = description.name
            self.devices[description.name] = DevicePoller(description, now)
        self._turns = deque(self.devices.values())
        self._asked: DevicePoller | None = None
        self._events: deque[BusEvent] = deque(maxlen=MAX_EVENTS)

    @property
    def due_at(self) -> float | None:
        """When there is something to ask. None: there are no devices."""
        return min((device.due_at for device in self._turns), default=None)

    def next_request(self, now: float) -> Request | None:
        """What to ask now. The device that was asked last comes last.

        Raises:
            RuntimeError: the answer to the last request has not been brought.
        """
        if self._asked is not None:
            raise RuntimeError("a request is on the line already")
        for _ in range(len(self._turns)):
            device = self._turns[0]
            self._turns.rotate(-1)
            request = device.next_request(now)
            if request is not None:
                self._asked = device
                return request
        return None

    def answered(self, raw: Sequence[int], now: float) -> None:
        """The answer to the last request."""
        device = self._take_asked()
        self._tell(device, device.answered(raw, now), now)

    def refused(self, code: int, now: float) -> None:
        """An exception to the last request."""
        device = self._take_asked()
        self._tell(device, device.refuse(code, now), now)

    def silent(self, now: float) -> None:
        """No answer to the last request in time."""
        device = self._take_asked()
        self._tell(device, device.silent(now), now)

    def take_events(self) -> list[BusEvent]:
        """What has happened since the last call."""
        events = list(self._events)
        self._events.clear()
        return events

    def _take_asked(self) -> DevicePoller:
        if self._asked is None:
            raise RuntimeError("there is no request on the line")
        device, self._asked = self._asked, None
        return device

    def _tell(self, device: DevicePoller, kind: LinkEvent | None, now: float) -> None:
        if kind is not None:
            self._events.append(BusEvent(device.description.name, kind, now))
