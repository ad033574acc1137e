"""What an installer misses in a controller's settings: looked for in its configuration and its states.

    room           codes
    (the file)     config_line, id_twice
    heating        double_compensation, outdoor_sensor_missing, curve_rises, curve_too_short, curve_above_limit,
                   shared_pump, sensor_not_used, circuit_without_source, flow_limits, floor_too_hot, floor_warm,
                   floor_alarm_missing, frost_alarm_missing, summer_threshold, timetable_empty, pump_exercise_off
    hot_water      dhw_scalds, legionella_missing, legionella_too_cold
    alarms         alarm_user_missing, notification_missing, notification_without_recipients,
                   notification_without_channel, recipient_without_phone, alarm_not_told, zone_silent
    wiring         terminal_twice, address_twice
    running        apn_empty, balance_threshold_missing, sim_denied, gsm_not_registered, gsm_weak, cloud_not_linked,
                   default_login, clock_wrong, on_battery, supply_low, sensor_fault, sensor_implausible, battery_low,
                   boiler_error, boiler_link_lost, pressure_low, pressure_high

In: facts. Out: findings, the most urgent first, in the words of `words_of_*`. Nothing is written to the controller. The
invariant: a real controller is judged by published places of its lines alone (`Field.known`); what we do not know of
it is never a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from provisioning.zont.checks import alarms, heating, hot_water, running, wiring
from provisioning.zont.checks.facts import ControllerFacts, Finding, Found, Objects, Severity
from provisioning.zont.checks.words import FindingWords
from provisioning.zont.checks.words_of_heating import HEATING_WORDS, HOT_WATER_WORDS
from provisioning.zont.checks.words_of_running import LINK_WORDS, STATE_WORDS
from provisioning.zont.checks.words_of_safety import ALARM_WORDS, CONFIG_WORDS, WIRING_WORDS
from provisioning.zont.config_text import ConfigText, ObjectLine, ParameterLine
from provisioning.zont.discovery import SIMULATOR_MARK
from provisioning.zont.object_values import read_objects

__all__ = ["WORDS", "ControllerFacts", "Finding", "Severity", "check", "facts_of_file"]

MARK_PARAMETER: Final = 219
WORDS: Final[Mapping[str, FindingWords]] = {
    **CONFIG_WORDS,
    **HEATING_WORDS,
    **HOT_WATER_WORDS,
    **ALARM_WORDS,
    **WIRING_WORDS,
    **LINK_WORDS,
    **STATE_WORDS,
}

Look = Callable[[ControllerFacts, Objects], Iterator[Found]]

_BY_PUBLISHED_PLACES: Final[tuple[Look, ...]] = (
    heating.sensors_and_sources,
    heating.flow_limits,
    heating.alarm_limits,
    hot_water.hot_water,
    alarms.somebody_to_tell,
    running.parameters,
    running.link,
    running.clock_and_supply,
    running.sensors,
    running.boilers,
)
_BY_OUR_PLACES: Final[tuple[Look, ...]] = (
    heating.double_compensation,
    heating.curves,
    heating.shared_pump,
    heating.summer,
    heating.timetables,
    heating.pump_exercise,
    alarms.notifications,
    alarms.faults_are_told,
    alarms.guard_zones,
    wiring.terminals,
    wiring.addresses,
)


def check(facts: ControllerFacts) -> list[Finding]:
    """All findings, the most urgent first."""
    values, problems = read_objects(facts.config, published_only=facts.published_only)
    objects = Objects(values)
    twice = set(_twice(facts.config))
    found = [Found("id_twice", None, {"line": line, "place": place}) for line, place in sorted(twice)]
    if not facts.published_only:
        # How a real one writes its lines we know in part only; that ours has a form that we know is ours to say.
        found += [
            Found(
                "config_line",
                None,
                {"line": each.line, "place": each.place, "what": each.what, "way_out": each.way_out},
            )
            for each in problems
            if (each.line, each.place) not in twice
        ]
    looks = (wiring.relay_terminals,) if facts.published_only else _BY_OUR_PLACES
    for look in (*_BY_PUBLISHED_PLACES, *looks):
        found += look(facts, objects)
    findings = [WORDS[each.code].of(each) for each in found]
    return sorted(findings, key=lambda each: (each.severity, each.object_id or 0))


def _twice(config: ConfigText) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for number, line in enumerate(config, start=1):
        if isinstance(line, ObjectLine | ParameterLine):
            place = str(line).partition("=")[0]
            if place in seen:
                yield number, place
            seen.add(place)


def facts_of_file(data: bytes) -> ControllerFacts:
    """Of a saved `config.txt`. One without the simulator's mark is a real controller's."""
    config = ConfigText.parse(data)
    return ControllerFacts(config, published_only=config.get_parameter(MARK_PARAMETER) != SIMULATOR_MARK)
