"""Terminals and addresses that two objects claim."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from provisioning.zont.checks.facts import ControllerFacts, Found, Objects, name_of
from provisioning.zont.object_types import ObjectType
from provisioning.zont.object_values import ObjectValues

_OUTPUTS: Final = (
    (ObjectType.RELAY, "terminal"),
    (ObjectType.PUMP, "terminal"),
    (ObjectType.THREEWAY_TAP, "terminal_open"),
    (ObjectType.THREEWAY_TAP, "terminal_close"),
)
_INPUTS: Final = ((ObjectType.ANALOG_INPUT, "terminal"),)
_NTC: Final = ((ObjectType.ANALOG_TEMPERATURE_SENSOR, "terminal"),)
_ADDRESSES: Final = (
    (ObjectType.WIRED_TEMPERATURE_SENSOR, "address"),
    (ObjectType.RADIO_SENSOR, "address"),
    (ObjectType.BOILER_ADAPTER, "serial"),
)


def relay_terminals(_: ControllerFacts, objects: Objects) -> Iterator[Found]:
    """Relays among themselves: their terminal's place is published, those of pumps and taps are not."""
    return _terminals_twice(objects, _OUTPUTS[:1])


def terminals(_: ControllerFacts, objects: Objects) -> Iterator[Found]:
    """Outputs, inputs and NTC inputs, each among themselves. 0 is none."""
    for kind in (_OUTPUTS, _INPUTS, _NTC):
        yield from _terminals_twice(objects, kind)


def _terminals_twice(objects: Objects, places: tuple[tuple[ObjectType, str], ...]) -> Iterator[Found]:
    users: defaultdict[int, list[ObjectValues]] = defaultdict(list)
    for kind, field in places:
        for each in objects.of(kind):
            if each.number(field):
                users[each.number(field)].append(each)
    for terminal, those in sorted(users.items()):
        if len(those) > 1:
            names = ", ".join(dict.fromkeys(map(name_of, those)))
            yield Found("terminal_twice", those[-1].id, {"terminal": terminal, "names": names})


def addresses(_: ControllerFacts, objects: Objects) -> Iterator[Found]:
    """Sensors and adapters on one address."""
    for kind, field in _ADDRESSES:
        users: defaultdict[str, list[ObjectValues]] = defaultdict(list)
        for each in objects.of(kind):
            if each.text(field):
                users[each.text(field).upper()].append(each)
        for address, those in sorted(users.items()):
            if len(those) > 1:
                names = ", ".join(map(name_of, those))
                yield Found("address_twice", those[-1].id, {"address": address, "names": names})
