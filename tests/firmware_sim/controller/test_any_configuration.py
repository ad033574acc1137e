"""Whatever a configuration says and whatever is done to it, the firmware lives on.

Lines of all types with values of all kinds, pointing at each other in any way; between them lines that are broken.
Then commands, text lines, sensors that come and go, power cuts and time.
"""

from __future__ import annotations

import json
import time
from collections import Counter

from bare_house import BareBoiler, BareHouse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.controller.firmware import Firmware
from firmware_sim.controller.models import MODELS
from firmware_sim.controller.objects.base import MAX_EVENTS
from firmware_sim.controller.objects.boilers import BoilerAdapter
from firmware_sim.controller.objects.circuits import CONTROL_ERROR, HeatingCircuit
from firmware_sim.controller.objects.cooling import CoolingCircuit
from firmware_sim.controller.objects.notifications import MAX_WAITING, Notification
from firmware_sim.controller.objects.outputs import Relay, Tap
from firmware_sim.controller.objects.room_heating import RoomCircuit
from firmware_sim.controller.terminals import RadioReading
from provisioning.zont.config_text import ConfigText, ObjectLine
from provisioning.zont.object_fields import FIELDS, Field, Kind
from provisioning.zont.object_types import ObjectType

HEATING = (
    ObjectType.HEATING_CIRCUIT,
    ObjectType.WIRED_TEMPERATURE_SENSOR,
    ObjectType.RELAY,
    ObjectType.PUMP,
    ObjectType.THREEWAY_TAP,
    ObjectType.BOILER_ADAPTER,
    ObjectType.WEATHER_CURVE,
)
"""Drawn more often: they work together."""
AIR_SENSORS = ("air_sensor", "air_sensor_reserve")
IDS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
"""Few, so that lines point at each other."""
REFERENCES = st.sampled_from((*IDS, 0, 255, 999))
ADDRESSES = st.sampled_from(
    ("28-air", "28-outdoor", "28-flow", "28-tank", "radio-room", "radio-leak", "0000", "x")
)
TEXTS = ADDRESSES | st.text("aЯ' ,[", max_size=4)
TEMPS_DK = st.sampled_from((0, 1, 65534, 65535)) | st.integers(2780, 3530)
LOOSE = (
    st.none() | st.integers(-70000, 0xFFFFFFF) | TEXTS | st.lists(st.integers(-5, 20), max_size=3).map(tuple)
)


def values_of(field: Field) -> st.SearchStrategy:
    """Mostly what fits, sometimes anything."""
    number = st.integers(field.low, min(field.high, field.low + 70000)) | st.sampled_from(
        (field.low, field.high)
    )
    fits = {
        Kind.NUMBER: number | st.integers(field.low, min(field.high, field.low + 8)),
        Kind.TEXT: TEXTS,
        Kind.DECIKELVIN: TEMPS_DK,
        Kind.REFERENCE: REFERENCES,
        Kind.NUMBERS: st.lists(number | TEMPS_DK | REFERENCES, max_size=4).map(tuple),
        Kind.REFERENCES: st.lists(REFERENCES, max_size=4).map(tuple),
    }[field.kind]
    return st.one_of(fits, fits, fits, fits, LOOSE)


@st.composite
def object_lines(draw) -> str:
    kind = draw(st.sampled_from(sorted(FIELDS)) | st.sampled_from(HEATING))
    fields = sorted(FIELDS[kind], key=lambda each: each.place)
    values = [int(kind), *(draw(values_of(field)) for field in fields)]
    return str(ObjectLine(draw(st.sampled_from(IDS)), tuple(values)))


BROKEN = st.text("#ZS=0123456789,'[]*Яx", max_size=20) | st.sampled_from(
    ("#Z5=*", "#Z3=99,'x'", "#S209=0", "#Z0=14")
)
CONFIGS = st.lists(st.one_of(object_lines(), object_lines(), object_lines(), BROKEN), max_size=16)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 70000) | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=3,
)
VALUES = (
    st.integers(0, 2)
    | st.integers(2700, 3600)
    | st.sampled_from(("0 5 60", "1 24.1", "2,50", "1" * 5000))
    | JSON
)
TEMPS_C = st.none() | st.floats(-80, 200) | st.sampled_from((85.0, 4.0, 5.2, 20.0, 60.0))
WORDS = ("SCFG_RELOAD_REQ?", "SRESTART?", "#Z4~", "#Z7?", "#Y3?", "#Y5=1", "#S36=3")
RADIO = st.builds(RadioReading, TEMPS_C, TEMPS_C, st.floats(0, 4), st.integers(0, 255), st.booleans())
NAMES = st.sampled_from(("a", "Дом", "日本", ""))
DEEDS = st.one_of(
    st.tuples(st.just("command"), st.sampled_from(IDS), VALUES),
    st.tuples(st.just("command"), st.sampled_from(IDS), VALUES),
    st.tuples(st.just("named"), NAMES, st.integers(0, 60), st.integers(-1, 25), VALUES),
    st.tuples(st.just("line"), object_lines()),
    st.tuples(st.just("line"), st.sampled_from(WORDS)),
    st.tuples(st.just("line"), st.text("#ZSY=?~0123456789,'[]*", max_size=12)),
    st.tuples(st.just("temp"), st.sampled_from(("28-air", "28-outdoor", "28-flow", "28-tank")), TEMPS_C),
    st.tuples(st.just("volts"), st.integers(0, 4), st.none() | st.floats(-20, 20)),
    st.tuples(st.just("radio"), st.none() | RADIO),
    st.tuples(st.just("boiler"), st.booleans(), st.booleans(), st.floats(0, 100)),
    st.tuples(st.just("mains"), st.booleans()),
    st.tuples(st.just("leap"), st.sampled_from((60.0, 3600.0, 100_000.0))),
)  # fmt: skip


class AnyHouse(BareHouse):
    """Any boiler is there."""

    def boiler(self, serial: str, bus: int) -> BareBoiler:
        del bus
        return self.boilers.setdefault(serial, BareBoiler())


def do(made: Firmware, house: AnyHouse, deed: tuple) -> None:
    match deed:
        case ("command", object_id, value):
            assert isinstance(made.command(object_id, value), int)
        case ("named", name, kind, stype, value):
            made.named_command(name, kind, stype, value)
        case ("line", line):
            made.system(line)
        case ("temp", address, temp_c):
            house.temps[address] = temp_c
        case ("volts", terminal, volts):
            house.volts_at[terminal] = volts
        case ("radio", reading):
            house.radios["radio-leak"] = house.radios["radio-room"] = reading
        case ("boiler", linked, fault, flow_c):
            for boiler in house.boilers.values():
                boiler.linked, boiler.values.fault, boiler.values.flow_c = linked, fault, flow_c
        case ("mains", on):
            house.mains = on
        case ("leap", seconds):
            made.board.now_s += seconds


def check(made: Firmware, house: AnyHouse) -> None:
    """What holds at any moment."""
    objects = made.objects
    for each in objects.values():
        json.dumps(made.state(each.id), allow_nan=False)
        assert isinstance(each.inner(), str)
        if isinstance(each, HeatingCircuit) and each.demand_c is not None:
            assert 0.0 <= each.demand_c <= 100.0
        if isinstance(each, CoolingCircuit) and each.demand_c is not None:
            rooms = {each.values.number(name) for name in AIR_SENSORS} - {0, 255}
            for other in objects.values():
                if (
                    isinstance(other, RoomCircuit)
                    and other.air_sensor is not None
                    and other.air_sensor.id in rooms
                ):
                    assert other.demand_c is None
        if isinstance(each, BoilerAdapter) and each.demand_c is not None:
            assert 0.0 <= each.demand_c <= 100.0
        if isinstance(each, Notification):
            assert len(each.waiting) <= MAX_WAITING
        terminal = each.values.number("terminal") if isinstance(each, Relay) else 0
        if terminal and made.board.owners.get(terminal) == each.id and not made.lines.is_off:
            inverted = bool(each.values.number("flags") & 9)
            assert house.relays[terminal] == (each.on ^ inverted)
        if isinstance(each, Tap):
            ends = [each.values.number(name) for name in ("terminal_open", "terminal_close")]
            mine = {end for end in ends if made.board.owners.get(end) == each.id}
            assert sum(house.relays.get(end, False) for end in mine) <= 1
    assert len(made.board.events) <= MAX_EVENTS
    known = {0, *objects}
    assert {object_id for object_id, _ in made.board.alarms} <= known
    owners = Counter(made.board.owners.values())
    assert all(count <= 2 for count in owners.values())
    if made.lines.is_off:
        assert not any(house.relays.values())


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(CONFIGS, st.lists(DEEDS, max_size=12), st.sampled_from(sorted(MODELS)))
def test_no_configuration_and_no_deed_stops_the_firmware(lines, deeds, model):
    config = ConfigText.parse("".join(f"{line}\r\n" for line in lines).encode("cp1251"))
    house = AnyHouse()
    made = Firmware(config, house, model=MODELS[model])
    for deed in deeds:
        do(made, house, deed)
        for _ in range(3):
            made.step()
            check(made, house)
    written = made.config.to_bytes()
    assert ConfigText.parse(written).to_bytes() == written


def ring(*lines: str) -> Firmware:
    config = ConfigText.parse("".join(f"{line}\r\n" for line in lines).encode("cp1251"))
    return Firmware(config, AnyHouse(), model=MODELS["H2000+ PRO.V2"])


def test_a_scenario_that_starts_itself_does_not_hold_the_scan():
    made = ring("#Z1=11,'Круг',[2]", "#Z2=5,'Снова',1,1")
    made.command(1, 1)
    for _ in range(5):
        made.step()
    assert made.state(1)["s"] == 1
    made.command(1, 0)
    made.step()
    assert made.state(1)["s"] == 0


def test_actions_and_buttons_in_a_ring_act_once():
    made = ring("#Z1=5,'а',2,1", "#Z2=5,'б',3,1", "#Z3=10,'к',1,,,[1,2,4]", "#Z4=14,'Реле',1")
    assert made.command(1, 1) == 0
    assert made.state(4)["s"] == 1
    assert made.command(3, 1) == 0
    # What one cause has done does not hinder the next.
    made.command(4, 0)
    assert made.command(1, 1) == 0
    assert made.state(4)["s"] == 1


def test_buttons_that_press_each_other_many_times_over_come_to_an_end():
    lines = []
    for floor in range(8):
        actions = [100 + 10 * floor + n for n in range(9)]
        lines.append(f"#Z{floor + 1}=10,'к',1,,,[{','.join(map(str, actions))}]")
        lines += [f"#Z{each}=5,'а',{(floor + 1) % 8 + 1},1" for each in actions]
    made = ring(*lines)
    began = time.monotonic()
    made.command(1, 1)
    assert time.monotonic() - began < 5.0  # 9 to the power of 8 presses would take hours


def test_a_branch_that_leads_to_itself_is_given_up():
    made = ring("#Z1=11,'Круг',[2]", "#Z2=46,'Если',,[],[2,2]")
    made.command(1, 1)
    for _ in range(60):
        made.step()
    assert made.state(1)["s"] == 0


def test_circuits_that_are_each_others_source_ask_nobody_and_are_named():
    made = ring(
        "#Z1=16,'А',3,,,,,,,,,2,,,,,2,,,,,3230",
        "#Z2=16,'Б',3,,,,,,,,,2,,,,,1,,,,,3230",
        "#Z3=16,'В',3,,,,,,,,,2,,,,,2",
    )
    for _ in range(5):
        made.step()
    assert [each.place for each in made.problems if "ring" in each.what.en] == [
        f"#Z{circuit} source" for circuit in (1, 2, 3)
    ]
    assert all(made.objects[circuit].status & CONTROL_ERROR for circuit in (1, 2, 3))
    for circuit in (1, 2, 3):
        made.command(circuit, 0)
    made.step()
    made.step()
    assert [made.objects[circuit].demand_c for circuit in (1, 2, 3)] == [None] * 3


def test_an_output_has_one_object():
    made = ring("#Z1=14,'Реле',4", "#Z2=15,'Смеситель',4,5", "#Z3=17,'Насос',40")
    house = made.board.terminals
    assert [(each.line, each.place) for each in made.problems] == [
        (2, "#Z2 terminal_open"),
        (3, "#Z3 terminal"),
    ]
    made.command(2, 1)
    made.step()
    assert not house.relays.get(4)
    made.command(1, 1)
    assert house.relays[4]
