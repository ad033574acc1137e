"""The controller's Modbus side: its register map on pymodbus, one device on a line it shares with others.

A slave stays silent when another unit is meant. pymodbus would answer for any (its option to ignore missing
devices does
nothing for a `SimDevice`), so a silent device stands for all foreign units and its answers are dropped on
the way out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from pymodbus.constants import DeviceInformation, ExcCodes
from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.mei_message import ReadDeviceInformationResponse
from pymodbus.simulator import DataType, SimData, SimDevice

from firmware_sim.controller.register_view import RegisterView
from provisioning.controller_profile import Register, RegisterValueError

ENCAPSULATED: Final = 0x2B
"""Function 43, read device identification among others."""
MBAP_UNIT_AT: Final = 6
RTU_UNIT_AT: Final = 0
EVERYBODY: Final = 0

VENDOR_NAME: Final = 0x00
PRODUCT_CODE: Final = 0x01
REVISION: Final = 0x02
USER_APPLICATION_NAME: Final = 0x06
BASIC: Final = range(VENDOR_NAME, REVISION + 1)
"""Objects of a basic identification (Application Protocol V1.1b3, 6.21)."""

logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


class ModbusSlave:
    """A controller's registers for one unit id.

    Args:
        view: reads and writes go to it.
        unit: 1 … 247.
        advance: called before each access, so that what is read is of now.
    """

    def __init__(self, view: RegisterView, unit: int, advance: Callable[[], None]) -> None:
        if not 1 <= unit <= 247:
            raise ValueError(f"unit {unit} is not within 1 … 247")
        self._view = view
        self._unit = unit
        self._advance = advance
        self.silent = False
        """True: answers nobody, as without power; a fault to inject."""
        self.deaf_to_writes = False
        """True: acknowledges a setpoint and forgets it; a fault to inject."""
        self._image = [0] * max(register.end for register in view.profile.registers)
        """All registers as of the firmware's last look; fifty clients read more often than it looks."""
        self._version: object = None

    def devices(self) -> list[SimDevice]:
        """What a pymodbus server serves: ours, and the silent one for all other units."""
        registers = [
            SimData(
                register.address,
                values=[0] * register.words,
                datatype=DataType.REGISTERS,
                readonly=not register.writable,
            )
            for register in self._view.profile.registers
        ]
        foreign = SimDevice(id=EVERYBODY, simdata=[SimData(0, datatype=DataType.REGISTERS)])
        return [SimDevice(id=self._unit, simdata=registers, action=self._access), foreign]

    def trace_tcp(self, sending: bool, data: bytes) -> bytes:
        """Drop answers in the name of another unit (MBAP frames)."""
        if not sending or (data[MBAP_UNIT_AT] == self._unit and not self.silent):
            return data
        return b""

    def trace_rtu(self, sending: bool, data: bytes) -> bytes:
        """Drop answers in the name of another unit (RTU frames)."""
        if not sending or (data[RTU_UNIT_AT] == self._unit and not self.silent):
            return data
        return b""

    def trace_pdu(self, sending: bool, pdu: ModbusPDU) -> ModbusPDU:
        """Put our identification (function 43/14) into the answer.

        Pymodbus keeps one for the whole process.
        """
        if sending and pdu.function_code == ENCAPSULATED and isinstance(pdu, ReadDeviceInformationResponse):
            wanted = BASIC if pdu.read_code == DeviceInformation.BASIC else range(0x100)
            pdu.information = {number: text for number, text in self._objects().items() if number in wanted}
        return pdu

    def _objects(self) -> dict[int, bytes]:
        model, firmware, serial = self._view.identity
        texts = {
            VENDOR_NAME: "Thermogate simulator",
            PRODUCT_CODE: model,
            REVISION: firmware,
            USER_APPLICATION_NAME: serial,
        }
        return {number: text.encode() for number, text in texts.items()}

    async def _access(
        self,
        function: int,
        start: int,
        address: int,
        count: int,
        words: list[int],
        new_words: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        """pymodbus's hook: `words` are all registers from `start` on; changing them changes the answer."""
        self._advance()
        if new_words is not None:
            concerned = [
                r for r in self._view.profile.registers if r.address < address + count and r.end > address
            ]
            return self._write(concerned, address, [int(word) for word in new_words])
        version = self._view.version
        if version != self._version:
            self._version = version
            self._look()
        at = address - start
        words[at : at + count] = self._image[address : address + count]
        return None

    def _look(self) -> None:
        for register in self._view.profile.registers:
            self._image[register.address : register.end] = self._encode(register)

    def _write(self, concerned: list[Register], address: int, words: list[int]) -> ExcCodes | None:
        try:
            for register in concerned:
                at = register.address - address
                if at < 0 or at + register.words > len(words):
                    return ExcCodes.ILLEGAL_ADDRESS
                value = register.decode(words[at : at + register.words])
                register.check_setpoint(value)
                if not self.deaf_to_writes:
                    self._view.set(register.name, value)
        except RegisterValueError:
            return ExcCodes.ILLEGAL_VALUE
        return None

    def _encode(self, register: Register) -> list[int]:
        try:
            return register.encode(self._view.value(register.name))
        except RegisterValueError:
            # A true value that the map cannot say, such as 3300 °C: no value.
            return register.encode(None) if register.sentinel is not None else [0] * register.words
