"""Controller models and what they have, as data.

Names and part numbers are the maker's; how many terminals a model has is not published in one place, so these counts
are the emulated models' own, in the proportions of the products' pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from provisioning.zont.object_types import ObjectType


@dataclass(frozen=True, slots=True)
class ControllerModel:
    """A model.

    Args:
        name: as `#S7` says it.
        part: the maker's part number.
        board, firmware: as `#S7` says them.
        inputs, relays, ntc, wired: numbers of terminals; of 1-Wire sensors.
        radio: how many radio sensors, 0: no radio.
        adapters: boilers on digital buses.
        circuits: heating circuits.
        analog_outputs, modbus, wifi, ethernet, mqtt: whether it has them.
    """

    name: str
    part: str
    board: int
    firmware: int
    inputs: int
    relays: int
    ntc: int
    wired: int
    radio: int
    adapters: int
    circuits: int
    analog_outputs: int = 0
    modbus: bool = False
    wifi: bool = True
    ethernet: bool = False
    mqtt: bool = True

    def limits(self) -> Mapping[ObjectType, int]:
        """How many objects of a type a configuration may have; a type that is not named has no limit."""
        return MappingProxyType(
            {
                ObjectType.ANALOG_INPUT: self.inputs + 16,  # further ones are virtual
                ObjectType.RELAY: self.relays,
                ObjectType.PUMP: self.relays,
                ObjectType.ANALOG_TEMPERATURE_SENSOR: self.ntc,
                ObjectType.WIRED_TEMPERATURE_SENSOR: self.wired + 16,
                ObjectType.RADIO_MODULE: 3 if self.radio else 0,
                ObjectType.RADIO_SENSOR: self.radio,
                ObjectType.RADIO_SENSOR_433: self.radio,
                ObjectType.FOB: self.radio,
                ObjectType.BOILER_ADAPTER: self.adapters,
                ObjectType.BOILER_GROUP: self.adapters // 2,
                ObjectType.BOILER_CASCADE: self.adapters // 2,
                ObjectType.HEATING_CIRCUIT: self.circuits,
                ObjectType.ANALOG_OUTPUT: self.analog_outputs,
                ObjectType.MODBUS_DEVICE: 16 if self.modbus else 0,
                ObjectType.MQTT_TOPIC: 32 if self.mqtt else 0,
            }
        )


MODELS: Final[Mapping[str, ControllerModel]] = MappingProxyType(
    {
        model.name: model
        for model in (
            ControllerModel("H-1V.02", "ML00005454", 700, 625, 2, 2, 0, 10, 0, 1, 3, wifi=False, mqtt=False),
            ControllerModel("SMART 2.0", "ML00004479", 720, 625, 2, 2, 1, 10, 10, 1, 4),
            ControllerModel("CLIMATIC 1.3", "ML00004486", 740, 625, 4, 7, 6, 15, 40, 1, 6, 1),
            ControllerModel("H700+ PRO.V2", "ML00007752", 800, 640, 4, 4, 2, 15, 40, 1, 8, modbus=True),
            ControllerModel("H1000+ PRO.V2", "ML00006584", 810, 640, 6, 6, 3, 20, 40, 2, 10, 1, modbus=True),
            ControllerModel("H1500+ PRO.V2", "ML00007756", 815, 640, 8, 8, 4, 24, 40, 2, 16, 1, modbus=True),
            ControllerModel(
                "H2000+ PRO.V2",
                "ML00006086",
                820,
                640,
                12,
                12,
                6,
                32,
                40,
                4,
                24,
                2,
                modbus=True,
                ethernet=True,
            ),
        )
    }
)
