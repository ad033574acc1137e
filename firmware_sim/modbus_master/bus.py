"""A line with several described devices: whose turn it is. One request is on the line at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from firmware_sim.modbus_master.description import DescriptionError, DeviceDescription
from firmware_sim.modbus_master.polling import DevicePoller, LinkEvent, Request
from provisioning.explanation import Text

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
        self._turns: deque[DevicePoller] = deque()
        self._asked: DevicePoller | None = None
        self._events: deque[BusEvent] = deque(maxlen=MAX_EVENTS)
        self.set_devices(devices, now)

    def set_devices(self, devices: Iterable[DeviceDescription], now: float) -> None:
        """Other devices from now on. What is known of one that stays as it was is kept; commands of the others fail.

        Raises:
            DescriptionError: two devices have one name or one unit id; nothing has changed.
        """
        wanted: dict[str, DeviceDescription] = {}
        units: dict[int, str] = {}
        for description in devices:
            if description.name in wanted:
                problem = Text("это имя уже занято", "two devices have this name")
                raise DescriptionError(f"device {description.name!r}", "name", problem)
            if description.unit in units:
                other = units[description.unit]
                problem = Text(
                    f"{description.unit} — адрес {other!r}", f"{description.unit} is that of {other!r}"
                )
                raise DescriptionError(f"device {description.name!r}", "unit", problem)
            units[description.unit] = description.name
            wanted[description.name] = description
        before = self.devices
        self.devices = {
            name: before[name]
            if name in before and before[name].description == description
            else DevicePoller(description, now)
            for name, description in wanted.items()
        }
        for name, poller in before.items():
            if self.devices.get(name) is not poller:
                poller.abandon()
        self._turns = deque(self.devices.values())

    def abandon(self) -> None:
        """Nobody will ask any more: commands that are under way fail."""
        self._asked = None
        for device in self.devices.values():
            device.abandon()

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
