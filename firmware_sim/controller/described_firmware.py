"""The firmware as Home Assistant must be told of it: with what its objects may be set to, and their modes."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from firmware_sim.controller.firmware import Firmware
from firmware_sim.controller.objects.outputs import INVERTED
from firmware_sim.controller.objects.setpoints import setpoint_limits_c
from provisioning.zont.object_types import ObjectType


class DescribedFirmware:
    """A firmware as a `DescribedModel`."""

    def __init__(self, firmware: Firmware) -> None:
        self._firmware = firmware

    def ids(self, type_number: int) -> list[int]:
        """The ids of a type's objects."""
        return self._firmware.ids(type_number)

    def state(self, object_id: int) -> Mapping[str, JsonValue] | None:
        """An object's fields."""
        return self._firmware.state(object_id)

    def command(self, object_id: int, value: JsonValue) -> int:
        """Have an object do something."""
        return self._firmware.command(object_id, value)

    def named_command(
        self, name: str, type_number: int, stype: int | None, value: JsonValue
    ) -> tuple[int, int]:
        """Find an object by name or make it, and have it do something."""
        return self._firmware.named_command(name, type_number, stype, value)

    def system(self, line: str) -> str | None:
        """Answer a text line."""
        return self._firmware.system(line)

    def limits(self, object_id: int) -> tuple[float, float] | None:
        """Of a circuit in °C, of a regulator in its own unit."""
        found = self._firmware.objects.get(object_id)
        if found is None:
            return None
        match found.type:
            case ObjectType.HEATING_CIRCUIT:
                room = self._firmware.objects.get(found.values.number("air_sensor"))
                return setpoint_limits_c(found.values, None if room is None else room.values)
            case ObjectType.WEB_ELEMENT:
                return float(found.values.number("low")), float(found.values.number("high"))
            case _:
                return None

    def modes_of(self, object_id: int) -> Mapping[int, str]:
        """Ids and names of the modes that name a circuit."""
        modes = (self._firmware.objects[each] for each in self._firmware.ids(ObjectType.HEATING_MODE))
        return {each.id: each.name for each in modes if object_id in each.values.numbers("circuits")}

    def is_inverted(self, object_id: int) -> bool:
        """By a relay's flags."""
        found = self._firmware.objects.get(object_id)
        if found is None or found.type is not ObjectType.RELAY:
            return False
        return bool(found.values.number("flags") & INVERTED)
