"""Described devices of a `config.txt`: objects of type 51, with their signals of type 52.

The maker names these values (reference: address, name, period, time for disconnect, signals) but publishes no places
for them; the places are those of `provisioning.zont.object_fields`. A device and a signal are called by their object
ids, because names need not differ; the name is the title.
"""

from __future__ import annotations

from firmware_sim.modbus_master.description import (
    DescriptionError,
    DeviceDescription,
    Signal,
    SignalType,
    Table,
)
from provisioning.explanation import Text
from provisioning.zont.config_text import ConfigProblem, ConfigText
from provisioning.zont.object_fields import (
    MODBUS_LOW_WORD_FIRST,
    MODBUS_TABLES,
    MODBUS_TYPES,
    MODBUS_WRITABLE,
    ObjectValues,
    read_objects,
)
from provisioning.zont.object_types import ObjectType


def config_devices(config: ConfigText) -> tuple[list[DeviceDescription], list[ConfigProblem]]:
    """The Modbus devices of a configuration, and what is wrong with those that are left out.

    A signal that cannot be right is left out of its device; a device without signals is left out as a whole.
    """
    objects, _ = read_objects(config)
    lines = {line.id: number for number, line in config.objects()}
    devices: list[DeviceDescription] = []
    problems: list[ConfigProblem] = []
    units: dict[int, int] = {}
    for values in objects.values():
        if values.type is not ObjectType.MODBUS_DEVICE:
            continue
        signals = []
        for reference in values.numbers("signals"):
            target = objects.get(reference)
            # A reference to nothing is a problem that `read_objects` names.
            if target is None or target.type is not ObjectType.MODBUS_SIGNAL:
                continue
            try:
                signals.append(_signal(target))
            except DescriptionError as error:
                problems.append(_problem(lines[reference], reference, error))
        try:
            device = _device(values, signals)
            if device.unit in units:
                raise DescriptionError("unit", f"{device.unit} is that of #Z{units[device.unit]}")
        except DescriptionError as error:
            problems.append(_problem(lines[values.id], values.id, error))
        else:
            units[device.unit] = values.id
            devices.append(device)
    return devices, problems


def _device(values: ObjectValues, signals: list[Signal]) -> DeviceDescription:
    return DeviceDescription(
        name=str(values.id),
        title=values.text("name"),
        unit=values.number("unit"),
        period_s=values.number("period_s"),
        disconnect_s=values.number("disconnect_s"),
        retries=values.number("retries"),
        signals=tuple(signals),
    )


def _signal(values: ObjectValues) -> Signal:
    flags = values.number("flags")
    low, high = values.number("minimum_x1000") / 1000, values.number("maximum_x1000") / 1000
    limited = low != 0 or high != 0
    signal = Signal(
        name=str(values.id),
        title=values.text("name"),
        address=values.number("address"),
        table=Table(MODBUS_TABLES[values.number("table")]),
        type=SignalType(MODBUS_TYPES[values.number("type")]),
        scale=values.number("scale_x1000") / 1000,
        low_word_first=bool(flags & MODBUS_LOW_WORD_FIRST),
        writable=bool(flags & MODBUS_WRITABLE),
        minimum=low if limited else None,
        maximum=high if limited else None,
    )
    if signal.places > values.number("length"):
        raise DescriptionError(
            f"signal {values.id}, length", f"{signal.type} takes {signal.places} registers"
        )
    return signal


def _problem(line: int, object_id: int, error: DescriptionError) -> ConfigProblem:
    return ConfigProblem(
        line,
        f"#Z{object_id}",
        Text(f"описание Modbus не подходит: {error}", f"the Modbus description does not fit: {error}"),
        Text("Исправьте описание; до этого оно не опрашивается.", "Correct it; until then it is not polled."),
    )
