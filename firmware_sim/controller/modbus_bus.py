"""The emulated controller's Modbus line: a bus master that asks the devices of the configuration, on TCP or RS-485.

Whatever the firmware's objects of types 51 and 52 are at the moment is polled; of a device that a new configuration
leaves as it was nothing is forgotten. On a serial port the controller's own `#S124` sets speed, stop bits and parity.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qs, urlsplit

from firmware_sim.controller.firmware import Firmware
from firmware_sim.controller.objects.modbus_devices import MODBUS, ModbusDevice, ModbusSignal, Polled
from firmware_sim.modbus_master.client import ANSWER_S, Line, ModbusMaster, SerialLine, TcpLine
from firmware_sim.modbus_master.config_devices import config_devices
from provisioning.clock import Clock

RS485_PARAMETER: Final = 124
PARITIES: Final = {"0": "N", "1": "O", "2": "E"}
"""Numbers of a parity in `#S124`: ours, the maker publishes only that there is one."""
SPEEDS: Final = frozenset({1200, 2400, 4800, 9600, 14400, 19200, 38400, 57600, 115200})


class ModbusBus:
    """Runs a bus master for a firmware.

    Args:
        line: where the devices are; see `line_at`.
        clock: periods and offline times are of this clock.
        before: brings the firmware's time up to now.
        timeout_s: for one answer, in real seconds.
    """

    def __init__(
        self,
        firmware: Firmware,
        line: Line,
        clock: Clock,
        before: Callable[[], None],
        timeout_s: float = ANSWER_S,
    ) -> None:
        self._firmware = firmware
        self._line = line
        self._clock = clock
        self._before = before
        self._followed: list[ModbusDevice | ModbusSignal] = []
        self.master = ModbusMaster(line, clock=clock, timeout_s=timeout_s, on_turn=self._turn)

    async def run(self) -> None:
        """Until cancelled. Then the devices are, to the firmware, as if the line were cut."""
        self._firmware.listeners.append(self._changed)
        try:
            await self.master.run()
        finally:
            self._firmware.listeners.remove(self._changed)
            self._release()
            self._followed = []

    def _turn(self) -> None:
        self._before()
        self._follow()

    def _changed(self, object_id: int) -> None:
        found = self._firmware.objects.get(object_id)
        if found is not None and found.type in MODBUS:
            self._follow()

    def _follow(self) -> None:
        """Poll what the configuration describes by now; a controller that is off asks nobody."""
        self.master.set_line(self._line_now())
        firmware = self._firmware
        kinds = () if firmware.lines.is_off else MODBUS
        found = [firmware.objects[each] for kind in kinds for each in firmware.ids(kind)]
        # One that the model has no place for is no device, only a line.
        followed = [each for each in found if isinstance(each, ModbusDevice | ModbusSignal)]
        if followed == self._followed:
            return
        self._release()
        self._followed = followed
        devices, _ = config_devices({each.id: each.values for each in followed})
        self.master.set_devices(devices)
        pollers = self.master.bus.devices
        for each in followed:
            if isinstance(each, ModbusDevice) and str(each.id) in pollers:
                each.polled = Polled(pollers[str(each.id)], self._clock.monotonic, self.master.wake)

    def _release(self) -> None:
        for each in self._followed:
            if isinstance(each, ModbusDevice):
                each.polled = None

    def _line_now(self) -> Line:
        if isinstance(self._line, TcpLine):
            return self._line
        text = self._firmware.config.get_parameter(RS485_PARAMETER)
        return self._line if text is None else serial_line(self._line, text)


def serial_line(line: SerialLine, parameter: str) -> SerialLine:
    """A serial port as `#S124=<register>,<speed>,<stop bits>,<parity>` sets it; as it was where that cannot be."""
    words = [each.strip() for each in parameter.split(",")]
    if len(words) != 4 or words[2] not in {"1", "2"} or words[3] not in PARITIES:
        return line
    if not (words[1].isascii() and words[1].isdigit()) or int(words[1]) not in SPEEDS:
        return line
    return replace(line, baudrate=int(words[1]), stopbits=int(words[2]), parity=PARITIES[words[3]])


def line_at(url: str) -> Line:
    """The line of `modbus+tcp://HOST:PORT` or `modbus+rtu:///dev/tty…?baudrate=19200&parity=E&stopbits=1`.

    Raises:
        ValueError: the URL cannot be right.
    """
    parts = urlsplit(url)
    if parts.scheme == "modbus+tcp" and parts.hostname:
        return TcpLine(parts.hostname, parts.port or 502)
    if parts.scheme != "modbus+rtu" or not parts.path:
        raise ValueError(f"{url!r} is neither modbus+tcp://HOST:PORT nor modbus+rtu:///dev/tty…")
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    baudrate, parity = options.get("baudrate", "9600"), options.get("parity", "N")
    stopbits = options.get("stopbits", "1")
    if not baudrate.isdigit() or int(baudrate) not in SPEEDS:
        raise ValueError(f"{url!r}: no speed of RS-485 is {baudrate}")
    if parity not in PARITIES.values() or stopbits not in {"1", "2"}:
        raise ValueError(f"{url!r}: parity is N, E or O, stop bits are 1 or 2")
    return SerialLine(parts.path, int(baudrate), parity, int(stopbits))
