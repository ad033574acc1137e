"""An emulated boiler on its bus: what the plant knows is what the controller gets, and its faults are what it hears."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.boiler_electronics import BoilerElectronics
from firmware_sim.boiler_link import FaultFlag
from firmware_sim.opentherm import BY_NUMBER, BoilerSlave, MsgType, OpenThermLink, decode_frame, encode_frame
from firmware_sim.plant import PRESETS, Plant, Weather

WHOLE_CYCLE_S = 80.0
HOUR = 3600.0


class House:
    """A plant with the bus on its first boiler, which charges the tank by itself."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.electronics = BoilerElectronics(plant.boiler, tank=plant.tank, outdoor_c=lambda: plant.outdoor_c)
        self.slave = BoilerSlave(self.electronics)
        self.link = OpenThermLink(self.slave, rng=Random(3))
        self.link.demand.ch_enabled = True
        self.link.demand.ch_setpoint_c = 60.0

    def run(self, seconds: float) -> None:
        """The house and the bus take turns."""
        until = self.plant.time_s + seconds
        while self.plant.time_s < until:
            self.plant.step(1.0)
            self.link.step(self.plant.time_s)

    def told(self) -> dict[int, float | tuple[int, int]]:
        """All that the boiler answers to at this moment, decoded."""
        told = {}
        for data_id in range(256):
            answer = self.slave.receive(encode_frame(MsgType.READ_DATA, data_id, 0), self.plant.time_s)
            assert answer is not None
            frame = decode_frame(answer.word)
            if frame.msg_type is MsgType.READ_ACK:
                told[data_id] = BY_NUMBER[data_id].decode(frame.value)
        return told

    def true(self) -> dict[int, float | tuple[int, int]]:
        """The same from the house itself."""
        plant, boiler, tank = self.plant, self.plant.boiler, self.plant.tank
        p = boiler.parameters
        percent = 100 * p.min_power_w / p.max_power_w
        span_w = p.max_power_w - p.min_power_w
        share = (boiler.power_w - p.min_power_w) / span_w if span_w else 1.0
        true: dict[int, float | tuple[int, int]] = {
            3: ((0x09 if tank else 0x00) | (0x00 if span_w else 0x02), 0),
            5: (0, 0),
            6: (3, 3) if tank else (2, 2),
            15: (round(p.max_power_w / 1000), round(percent)),
            17: 100 * share if boiler.flame else 0.0,
            18: plant.boiler.pressure_bar,
            25: boiler.flow_c,
            27: plant.outdoor_c,
            28: boiler.return_c,
            49: (85, 30),
            57: 85.0,
            113: boiler.failed_starts,
            115: 0,
            116: boiler.starts,
            117: boiler.pump_starts,
            120: int(boiler.burner_s / HOUR),
            121: int(boiler.pump_s / HOUR),
            125: 2.2,
            127: (0x7F, 1),
        }
        if tank is not None:
            e = self.electronics
            true |= {19: 60 * tank.drawn_kg_s, 26: tank.temp_c, 48: (65, 35), 56: 55.0}
            true |= {118: e.dhw_starts, 119: e.dhw_burner_starts}
            true |= {122: int(e.dhw_s / HOUR), 123: int(e.dhw_burner_s / HOUR)}
        return true


@pytest.mark.parametrize("name", list(PRESETS))
@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_c4_14_every_data_id_tells_what_the_house_is(name: str, data: st.DataObject) -> None:
    house = House(Plant(PRESETS[name], Weather(mean_c=-10.0)))
    plant = house.plant
    house.link.demand.dhw_enabled = data.draw(st.booleans())
    house.link.demand.ch_setpoint_c = data.draw(st.floats(20, 75))
    for circuit in plant.circuits.values():
        circuit.pump_on = True
        circuit.valve_drive = 1
    if plant.tank:
        plant.tank.opened_kg_s = data.draw(st.floats(0, 0.25))
    house.run(data.draw(st.integers(60, 5_000)))
    told, true = house.told(), house.true()
    status = told.pop(0)
    assert isinstance(status, tuple)
    assert (status[1] & 0x08 != 0, status[1] & 0x01) == (plant.boiler.flame, 0)
    assert told.keys() == true.keys()
    for data_id, value in told.items():
        # Half of the last bit, which is 1/256 for f8.8.
        assert value == pytest.approx(true[data_id], abs=1 / 512 + 1e-9), BY_NUMBER[data_id].name


def test_c4_14_a_heated_house_as_the_controller_sees_it() -> None:
    house = House(Plant(PRESETS["brick_cottage"], Weather(mean_c=-10.0)))
    house.plant.circuits["radiators"].pump_on = True
    house.run(HOUR)
    values = house.link.values
    assert values.flame
    assert values.flow_c == pytest.approx(60.0, abs=5.0)
    # The house stands still, the bus goes on.
    house.link.step(house.plant.time_s + WHOLE_CYCLE_S)
    boiler = house.plant.boiler
    assert values.flow_c == pytest.approx(boiler.flow_c, abs=1 / 512)
    assert values.return_c == pytest.approx(boiler.return_c, abs=1 / 512)
    assert values.pressure_bar == pytest.approx(boiler.pressure_bar, abs=1 / 512)
    assert values.modulation == pytest.approx(boiler.modulation, abs=1 / 51_200)
    assert values.burner_starts == boiler.starts


def test_the_counters_of_hot_water_are_those_of_its_charges() -> None:
    house = House(Plant(PRESETS["low_energy"], Weather(mean_c=-10.0)))
    assert house.plant.tank is not None
    house.link.demand.ch_enabled, house.link.demand.dhw_enabled = False, True
    house.plant.tank.fill_at(30.0)
    house.run(2 * HOUR)
    e, boiler = house.electronics, house.plant.boiler
    assert house.plant.tank.temp_c >= 50.0
    assert (e.dhw_starts, e.dhw_burner_starts) == (1, boiler.starts)
    assert e.dhw_burner_s == pytest.approx(boiler.burner_s, abs=2)
    assert boiler.burner_s < e.dhw_s < HOUR


@pytest.mark.parametrize("gas", [True, False], ids=["no spark", "no gas"])
def test_a_boiler_without_a_flame_is_locked_out_until_it_is_reset_over_the_bus(gas: bool) -> None:
    house = House(Plant(PRESETS["brick_cottage"], Weather(mean_c=-10.0)))
    plant, link = house.plant, house.link
    plant.circuits["radiators"].pump_on = True
    house.run(600)
    plant.boiler.flame_works, plant.gas_on = gas, not gas
    house.run(300)
    assert plant.boiler.locked_out
    assert link.values.fault
    assert link.values.fault_flags == FaultFlag.LOCKOUT_RESET_ENABLED | FaultFlag.FLAME_FAULT
    assert link.values.oem_code == 1
    # Mended, it still waits for somebody.
    plant.boiler.flame_works, plant.gas_on = True, True
    house.run(HOUR)
    assert (plant.boiler.locked_out, plant.boiler.gas_w) == (True, 0.0)
    link.reset_fault()
    house.run(120)
    assert link.master.reset_confirmed is True
    assert plant.boiler.flame
    assert not link.values.fault


def test_c4_11_an_overheated_boiler_says_so_even_when_it_has_cooled_down() -> None:
    house = House(Plant(PRESETS["brick_cottage"], Weather(mean_c=-10.0)))
    plant, link = house.plant, house.link
    plant.circuits["radiators"].pump_on = True
    house.run(600)
    # The flow sensor has slipped off its pipe; only the limiter's own bulb still knows.
    plant.boiler.sensor_error_k = -60.0
    while not plant.boiler.locked_out:
        house.run(1)
        assert plant.time_s < HOUR
    assert plant.boiler.flow_c >= plant.boiler.parameters.limiter_c - 2
    plant.boiler.sensor_error_k = 0.0
    house.run(2 * HOUR)
    assert plant.boiler.flow_c < 50
    assert link.values.fault_flags == FaultFlag.LOCKOUT_RESET_ENABLED | FaultFlag.WATER_OVER_TEMPERATURE
    assert link.values.oem_code == 2
    link.reset_fault()
    house.run(120)
    assert plant.boiler.flame


def test_a_leak_is_told_and_ends_when_it_is_filled_up() -> None:
    house = House(Plant(PRESETS["flat"], Weather(mean_c=-10.0)))
    plant, link = house.plant, house.link
    house.run(600)
    plant.leak_l_s = 0.02
    house.run(600)
    assert link.values.pressure_bar is not None
    assert link.values.pressure_bar < 0.5
    assert link.values.fault_flags == FaultFlag.LOW_WATER_PRESSURE
    assert not plant.boiler.flame
    plant.leak_l_s = 0.0
    plant.fill_up(1.5)
    house.run(600)
    assert not link.values.fault
    assert plant.boiler.starts == 2
