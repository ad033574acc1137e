"""Described devices of a `config.txt`: objects of type 51, with their signals of type 52.

The maker names these values (reference: address, name, period, time for disconnect, signals) but publishes no places
for them; the places are those of `provisioning.zont.object_fields`. A device and a signal are called by their object
ids, because names need not differ; the name is the title.
"""

from __future__ import annotations

from collections.abc import Mapping

from firmware_sim.modbus_master.description import (
    DescriptionError,
    DeviceDescription,
    Signal,
    SignalType,
    Table,
)
from provisioning.explanation import Text
from provisioning.zont.config_text import ConfigProblem
from provisioning.zont.object_fields import (
    MODBUS_HAS_SENTINEL,
    MODBUS_LOW_BYTE_FIRST,
    MODBUS_LOW_WORD_FIRST,
    MODBUS_TABLES,
    MODBUS_TYPES,
    MODBUS_WRITABLE,
    MODBUS_WRITE_MULTIPLE,
)
from provisioning.zont.object_types import ObjectType
from provisioning.zont.object_values import ObjectValues


def config_devices(
    objects: Mapping[int, ObjectValues],
) -> tuple[list[DeviceDescription], list[ConfigProblem]]:
    """The Modbus devices of a configuration, and what is wrong with those that are left out.

    A signal that cannot be right is left out of its device; a device without signals is left out as a whole.
    """
    devices: list[DeviceDescription] = []
    problems: list[ConfigProblem] = []
    units: dict[int, int] = {}
    owners: dict[int, int] = {}
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
                signal = signal_of(target)
            except DescriptionError as error:
                problems.append(_problem(target, error.key, error.problem))
                signal = None
            owner = owners.setdefault(reference, values.id)
            if owner != values.id:
                what = Text(f"сигнал {reference} у #Z{owner}", f"signal {reference} is that of #Z{owner}")
                problems.append(_problem(values, "signals", what))
            elif signal is not None:
                signals.append(signal)
        try:
            device = _device(values, signals)
        except DescriptionError as error:
            problems.append(_problem(values, error.key, error.problem))
            continue
        owner = units.setdefault(device.unit, values.id)
        if owner == values.id:
            devices.append(device)
        else:
            what = Text(f"адрес {device.unit} у #Z{owner}", f"{device.unit} is that of #Z{owner}")
            problems.append(_problem(values, "unit", what))
    for values in objects.values():
        if values.type is ObjectType.MODBUS_SIGNAL and values.id not in owners:
            what = Text("сигнала нет ни у одного устройства", "no device has this signal")
            problems.append(_problem(values, "", what))
    return devices, problems


def _device(values: ObjectValues, signals: list[Signal]) -> DeviceDescription:
    return DeviceDescription(
        name=str(values.id),
        title=values.text("name"),
        unit=values.number("unit"),
        period_s=values.number("period_s"),
        disconnect_s=values.number("disconnect_s"),
        retries=values.number("retries"),
        write_multiple=bool(values.number("flags") & MODBUS_WRITE_MULTIPLE),
        signals=tuple(signals),
    )


def signal_of(values: ObjectValues) -> Signal:
    """A signal as its line describes it. Raises DescriptionError."""
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
        offset=values.number("offset_x1000") / 1000,
        unit=values.text("unit"),
        low_word_first=bool(flags & MODBUS_LOW_WORD_FIRST),
        low_byte_first=bool(flags & MODBUS_LOW_BYTE_FIRST),
        sentinel=values.number("sentinel") if flags & MODBUS_HAS_SENTINEL else None,
        writable=bool(flags & MODBUS_WRITABLE),
        minimum=low if limited else None,
        maximum=high if limited else None,
    )
    if signal.places > values.number("length"):
        places = signal.places
        problem = Text(
            f"{signal.type} занимает регистров: {places}", f"{signal.type} takes {places} registers"
        )
        raise DescriptionError(f"signal {values.id}", "length", problem)
    return signal


def _problem(values: ObjectValues, key: str, what: Text) -> ConfigProblem:
    way_out = Text("Исправьте; до этого оно не опрашивается.", "Correct it; until then it is not polled.")
    return ConfigProblem(values.line_number, f"#Z{values.id} {key}".rstrip(), what, way_out)
