"""What an installer misses in a controller's settings: looked for in its configuration and its states.

    code                          what is wrong
    config_line                   a line or a value of the configuration cannot be right, an id stands twice
    double_compensation           the weather curve works against the boiler's own weather compensation
    outdoor_sensor_missing        a weather curve has no outdoor sensor
    shared_pump                   two circuits switch one pump
    sensor_fault                  a sensor says 65535, or is not available
    sensor_not_used               a heating circuit has neither an air nor a flow sensor
    apn_empty                     no access point for the SIM card
    clock_wrong                   timetables and anti-legionella go by a wrong clock
    on_battery, battery_low       the mains are off; a radio sensor's battery is nearly empty
    dhw_limits                    hot water scalds, or never kills legionella

Pure: facts in, findings out, the most urgent first. Nothing is written to the controller.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, TypeAlias

from provisioning.explanation import Text
from provisioning.zont.config_text import ConfigText
from provisioning.zont.decikelvin import INVALID, from_decikelvin
from provisioning.zont.object_fields import NONE_IDS, REGULATIONS, ObjectValues, Regulation, read_objects
from provisioning.zont.object_types import CircuitKind, ObjectType

MAX_CLOCK_ERROR_S: Final = 300.0
LOW_BATTERY_V: Final = 2.5
DHW_HIGHEST_C: Final = 65.0
"""Hotter water scalds within two seconds."""
LEGIONELLA_C: Final = 60.0
APN_PARAMETER: Final = 203


class Severity(IntEnum):
    """How urgent."""

    DANGER = 0
    FAULT = 1
    ADVICE = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to put right. `object_id` None: the controller as a whole."""

    code: str
    severity: Severity
    object_id: int | None
    what: Text
    way_out: Text


@dataclass(frozen=True)
class ControllerFacts:
    """What is known of a controller.

    Args:
        config: its configuration, or as many of its lines as could be read.
        states: objects' fields as the local protocol gives them.
        on_battery: whether it runs on its reserve battery; None: unknown.
        clock_error_s: its clock minus the true time; None: unknown.
        published_only: look only at values whose place is published: those of a real controller.
        knows_parameters: whether `config` holds the parameters too; without them nothing is said of them.
    """

    config: ConfigText
    states: Mapping[int, Mapping[str, object]] = field(default_factory=dict)
    on_battery: bool | None = None
    clock_error_s: float | None = None
    knows_parameters: bool = True
    published_only: bool = False


Objects: TypeAlias = Mapping[int, ObjectValues]


def check(facts: ControllerFacts) -> list[Finding]:
    """All findings, the most urgent first."""
    objects, problems = read_objects(facts.config, published_only=facts.published_only)
    found = [
        Finding(
            "config_line",
            Severity.FAULT,
            None,
            Text(
                f"Строка {each.line}, {each.place}: {each.what.ru}.",
                f"Line {each.line}, {each.place}: {each.what.en}.",
            ),
            each.way_out,
        )
        for each in problems
    ]
    for look in _CHECKS:
        found += look(facts, objects)
    return sorted(found, key=lambda each: (each.severity, each.object_id or 0))


def _of(objects: Objects, kind: ObjectType) -> list[ObjectValues]:
    return [each for each in objects.values() if each.type is kind]


def _double_compensation(_: ControllerFacts, objects: Objects) -> Iterator[Finding]:
    for circuit in _of(objects, ObjectType.HEATING_CIRCUIT):
        boiler = objects.get(circuit.number("source"))
        curved = circuit.number("curve") not in NONE_IDS
        if (
            curved
            and boiler
            and boiler.type is ObjectType.BOILER_ADAPTER
            and boiler.number("own_compensation")
        ):
            yield Finding(
                "double_compensation",
                Severity.FAULT,
                circuit.id,
                Text(
                    f"«{_name(circuit)}»: погодозависимая кривая работает вместе с погодозависимостью котла.",
                    f"{_name(circuit)}: the weather curve works together with the boiler's own compensation.",
                ),
                Text(
                    "Отключите одну из них: котёл получает поправку дважды.",
                    "Switch one of them off: the boiler is corrected twice.",
                ),
            )


def _outdoor_sensor(facts: ControllerFacts, objects: Objects) -> Iterator[Finding]:
    if facts.published_only:
        return
    used = {each.number("curve") for each in _of(objects, ObjectType.HEATING_CIRCUIT)}
    for curve in _of(objects, ObjectType.WEATHER_CURVE):
        if curve.id in used and curve.number("sensor") in NONE_IDS:
            yield Finding(
                "outdoor_sensor_missing",
                Severity.FAULT,
                curve.id,
                Text(f"«{_name(curve)}»: у кривой нет датчика улицы.", f"{_name(curve)}: no outdoor sensor."),
                Text("Назначьте датчик улицы.", "Assign the outdoor sensor."),
            )


def _shared_pump(_: ControllerFacts, objects: Objects) -> Iterator[Finding]:
    users: defaultdict[int, list[ObjectValues]] = defaultdict(list)
    for circuit in _of(objects, ObjectType.HEATING_CIRCUIT):
        if circuit.number("pump") not in NONE_IDS:
            users[circuit.number("pump")].append(circuit)
    for pump, circuits in users.items():
        if len(circuits) > 1:
            names = ", ".join(_name(each) for each in circuits)
            yield Finding(
                "shared_pump",
                Severity.FAULT,
                pump,
                Text(
                    f"Один насос у нескольких контуров: {names}.", f"One pump for several circuits: {names}."
                ),
                Text("У каждого контура свой насос.", "Give each circuit a pump of its own."),
            )


def _sensors(facts: ControllerFacts, objects: Objects) -> Iterator[Finding]:
    for object_id, state in facts.states.items():
        kinds = (
            ObjectType.WIRED_TEMPERATURE_SENSOR,
            ObjectType.ANALOG_TEMPERATURE_SENSOR,
            ObjectType.RADIO_SENSOR,
        )
        if state.get("type") not in kinds:
            continue
        lost = state.get("a", 1) != 1 or "failed" in state or state.get("t") in {INVALID, None}
        if lost and ("t" in state or state.get("type") != ObjectType.RADIO_SENSOR or "failed" in state):
            values = objects.get(object_id)
            name = state.get("name") or (_name(values) if values else object_id)
            yield Finding(
                "sensor_fault",
                Severity.FAULT,
                object_id,
                Text(f"«{name}»: датчик не отвечает.", f"{name}: the sensor does not answer."),
                Text("Проверьте провод, батарею и адрес.", "Check wire, battery and address."),
            )


def _no_sensor(_: ControllerFacts, objects: Objects) -> Iterator[Finding]:
    for circuit in _of(objects, ObjectType.HEATING_CIRCUIT):
        by_air = _regulation(circuit) is not Regulation.CARRIER
        needed = "air_sensor" if by_air else "flow_sensor"
        outside = circuit.number("thermostat") not in NONE_IDS or circuit.number("curve") not in NONE_IDS
        if (
            circuit.number(needed) in NONE_IDS
            and not outside
            and circuit.number("stype") != CircuitKind.BOILER
        ):
            yield Finding(
                "sensor_not_used",
                Severity.FAULT,
                circuit.id,
                Text(
                    f"«{_name(circuit)}»: контуру не назначен датчик.",
                    f"{_name(circuit)}: no sensor assigned.",
                ),
                Text("Назначьте датчик или термостат.", "Assign a sensor or a thermostat."),
            )


def _regulation(circuit: ObjectValues) -> Regulation:
    bits = circuit.number("settings") & 3
    return REGULATIONS[bits] if bits < len(REGULATIONS) else Regulation.AIR


def _apn(facts: ControllerFacts, _: Objects) -> Iterator[Finding]:
    if facts.knows_parameters and not (facts.config.get_parameter(APN_PARAMETER) or "").strip():
        yield Finding(
            "apn_empty",
            Severity.FAULT,
            None,
            Text("Точка доступа (APN) не задана.", "The access point (APN) is empty."),
            Text(
                "Впишите APN оператора SIM-карты: без него нет связи с облаком.",
                "Enter the APN of the card's operator: there is no cloud without it.",
            ),
        )


def _clock(facts: ControllerFacts, _: Objects) -> Iterator[Finding]:
    error_s = facts.clock_error_s
    if error_s is not None and abs(error_s) > MAX_CLOCK_ERROR_S:
        yield Finding(
            "clock_wrong",
            Severity.FAULT,
            None,
            Text(
                f"Часы ошибаются на {error_s / 60:.0f} мин.", f"The clock is wrong by {error_s / 60:.0f} min."
            ),
            Text(
                "Проверьте часовой пояс и связь: расписания идут по этим часам.",
                "Check time zone and link: timetables go by this clock.",
            ),
        )


def _power(facts: ControllerFacts, _: Objects) -> Iterator[Finding]:
    if facts.on_battery:
        yield Finding(
            "on_battery",
            Severity.FAULT,
            None,
            Text("Контроллер работает от резервной батареи.", "The controller runs on its reserve battery."),
            Text("Проверьте питание 220 В и блок питания.", "Check the mains and the power supply."),
        )
    for object_id, state in facts.states.items():
        battery = state.get("b")
        if isinstance(battery, int | float) and not isinstance(battery, bool) and battery < LOW_BATTERY_V:
            yield Finding(
                "battery_low",
                Severity.ADVICE,
                object_id,
                Text(
                    f"«{state.get('name', object_id)}»: батарея {battery:g} В.",
                    f"{state.get('name', object_id)}: battery {battery:g} V.",
                ),
                Text("Замените батарею.", "Replace the battery."),
            )


def _dhw(facts: ControllerFacts, objects: Objects) -> Iterator[Finding]:
    for circuit in _of(objects, ObjectType.HEATING_CIRCUIT):
        if circuit.number("stype") != CircuitKind.DHW:
            continue
        shown = facts.states.get(circuit.id, {}).get("s")
        configured = None if facts.published_only else from_decikelvin(circuit.number("setpoint"))
        setpoint_c = shown if isinstance(shown, int | float) and not isinstance(shown, bool) else configured
        if setpoint_c is None:
            continue
        if setpoint_c > DHW_HIGHEST_C:
            yield Finding(
                "dhw_limits",
                Severity.DANGER,
                circuit.id,
                Text(
                    f"«{_name(circuit)}»: {setpoint_c:g} °C обжигает.",
                    f"{_name(circuit)}: {setpoint_c:g} °C scalds.",
                ),
                Text(
                    f"Не выше {DHW_HIGHEST_C:g} °C, или поставьте термосмеситель.",
                    f"At most {DHW_HIGHEST_C:g} °C, or fit a thermostatic mixer.",
                ),
            )
        elif setpoint_c < LEGIONELLA_C and not circuit.number("antilegionella") and not facts.published_only:
            yield Finding(
                "dhw_limits",
                Severity.ADVICE,
                circuit.id,
                Text(
                    f"«{_name(circuit)}»: {setpoint_c:g} °C без антилегионеллы.",
                    f"{_name(circuit)}: {setpoint_c:g} °C without anti-legionella.",
                ),
                Text(
                    f"Включите антилегионеллу: раз в неделю не ниже {LEGIONELLA_C:g} °C.",
                    f"Switch anti-legionella on: at least {LEGIONELLA_C:g} °C once a week.",
                ),
            )


def _name(values: ObjectValues) -> str:
    return values.text("name") or str(values.id)


_CHECKS: Final[tuple[Callable[[ControllerFacts, Objects], Iterator[Finding]], ...]] = (
    _double_compensation,
    _outdoor_sensor,
    _shared_pump,
    _sensors,
    _no_sensor,
    _apn,
    _clock,
    _power,
    _dhw,
)
