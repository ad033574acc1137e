"""A controller, an eBUS and a boiler: what gets across, how soon, and what happens when the line is bad."""

from dataclasses import replace
from random import Random

import pytest
from boilers import BoilerOfValues, TankOfValues
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.boiler_electronics import BoilerElectronics
from firmware_sim.boiler_link import BoilerLink, FaultFlag
from firmware_sim.ebus import BoilerEbusSlave, EbusLink, Identity, LineFaults, Telegram
from firmware_sim.plant import Plant

ALL_TOLD_S = 25.0
"""Block 1, twice."""
ROUNDING = 1e-9


class Bench:
    def __init__(self, *, tells_degree: bool = True) -> None:
        self.boiler = BoilerOfValues()
        self.tank = TankOfValues()
        self.electronics = BoilerElectronics(self.boiler, tank=self.tank, outdoor_c=lambda: -11.3)
        self.slave = BoilerEbusSlave(self.electronics, tells_degree=tells_degree)
        self.link = EbusLink(self.slave, rng=Random(7))
        self.now = 100.0

    def run(self, seconds: float, step_s: float = 1.0) -> None:
        until = self.now + seconds
        while self.now < until:
            self.link.step(self.now)
            self.now += step_s

    def heat(self, setpoint_c: float) -> None:
        self.link.demand.ch_enabled = True
        self.link.demand.ch_setpoint_c = setpoint_c


class MuteSlave(BoilerEbusSlave):
    """Answers as a slave, takes setpoints, but tells nothing by itself."""

    def next_telegram(self, now: float) -> Telegram | None:
        super().next_telegram(now)
        return None


@pytest.fixture
def bench() -> Bench:
    return Bench()


def check_values(link: EbusLink, electronics: BoilerElectronics) -> None:
    """Each value is the boiler's own, rounded to a step of its type."""
    boiler, tank, values = electronics.boiler, electronics.tank, link.values
    assert values.flow_c == pytest.approx(boiler.flow_shown_c, abs=0.25 + ROUNDING)
    assert values.return_c == pytest.approx(boiler.return_c, abs=0.5 + ROUNDING)
    assert values.modulation == pytest.approx(boiler.modulation, abs=0.005 + ROUNDING)
    assert values.flame == boiler.flame
    assert tank is not None
    assert values.dhw_c == pytest.approx(tank.temp_c, abs=0.5 + ROUNDING)


def test_it_is_a_boiler_link_and_up_within_two_seconds(bench: Bench) -> None:
    link: BoilerLink = bench.link
    assert not link.linked
    bench.run(3)
    assert link.linked
    assert bench.slave.linked
    assert bench.link.adapter.identity == Identity(0x63, "TGSIM", (1, 0), (1, 0))


@settings(max_examples=40, deadline=None)
@given(
    flow_c=st.floats(0, 100),
    return_c=st.floats(0, 100),
    modulation=st.floats(0, 1),
    tank_c=st.floats(0, 100),
    flame=st.booleans(),
)
def test_the_controller_knows_the_boilers_values(
    flow_c: float, return_c: float, modulation: float, tank_c: float, flame: bool
) -> None:
    bench = Bench()
    bench.boiler.flow_shown_c, bench.boiler.return_c = flow_c, return_c
    bench.boiler.modulation, bench.boiler.flame = modulation, flame
    bench.tank.temp_c = tank_c
    bench.run(ALL_TOLD_S)
    check_values(bench.link, bench.electronics)
    assert bench.link.values.outdoor_c == -11
    assert bench.link.values.dhw_bounds_c == (35, 65)
    assert bench.link.values.ch_bounds_c == (30, 85)


def test_what_no_published_service_carries_stays_unknown(bench: Bench) -> None:
    bench.boiler.low_water = True
    bench.run(ALL_TOLD_S)
    values = bench.link.values
    assert values.pressure_bar is None
    assert values.burner_starts is values.burner_hours is None
    assert values.dhw_setpoint_c is values.max_ch_setpoint_c is None
    assert values.fault
    assert values.fault_flags == 0


def test_a_sensor_outside_the_published_range_has_no_value(bench: Bench) -> None:
    bench.boiler.flow_shown_c, bench.boiler.return_c, bench.tank.temp_c = 104.0, -3.0, 101.0
    bench.electronics.outdoor_c = lambda: 63.0
    bench.run(ALL_TOLD_S)
    values = bench.link.values
    assert bench.link.linked
    assert values.flow_c is values.return_c is values.dhw_c is values.outdoor_c is None


def test_a_boiler_without_tank_and_outdoor_sensor_says_so() -> None:
    boiler = BoilerOfValues()
    link = EbusLink(BoilerEbusSlave(BoilerElectronics(boiler)))
    for second in range(30):
        link.step(float(second))
    assert link.values.flow_c == 45.0
    assert link.values.dhw_c is link.values.outdoor_c is link.values.dhw_bounds_c is None
    assert link.values.ch_bounds_c == (30, 85)


def test_an_emulated_house_is_heated_over_the_bus() -> None:
    plant = Plant()
    plant.circuits["radiators"].pump_on = True
    electronics = BoilerElectronics(plant.boiler, tank=plant.tank)
    link = EbusLink(BoilerEbusSlave(electronics))
    link.demand.ch_enabled = True
    link.demand.ch_setpoint_c = 60.0
    for second in range(3600):
        plant.step(1.0)
        link.step(float(second))
    assert link.values.flame
    assert link.values.ch_active
    assert link.values.flow_c == pytest.approx(60.0, abs=5.0)
    for second in range(3600, 3630):
        link.step(float(second))
    check_values(link, electronics)


def test_setpoints_reach_the_boiler_within_six_seconds(bench: Bench) -> None:
    bench.run(60)
    bench.heat(62.5)
    bench.run(7)
    assert bench.boiler.flow_target_c == 62.5
    bench.run(12)
    assert bench.link.values.ch_active
    bench.link.demand.ch_enabled = False
    bench.run(7)
    assert bench.boiler.flow_target_c is None


def test_setpoints_that_have_not_changed_go_every_fifteen_seconds(bench: Bench) -> None:
    bench.heat(50.0)
    bench.run(60)
    sent = bench.link.adapter.node.counts.sent
    bench.run(600)
    assert bench.link.adapter.node.counts.sent - sent == pytest.approx(600 / 15, abs=1)


def test_no_setpoint_is_no_demand(bench: Bench) -> None:
    bench.link.demand.ch_enabled = True
    bench.run(10)
    assert bench.boiler.flow_target_c is None
    bench.link.demand.ch_setpoint_c = 0.0
    bench.run(10)
    assert bench.boiler.flow_target_c is None


def test_the_highest_flow_temperature_is_kept_by_the_adapter(bench: Bench) -> None:
    bench.heat(75.0)
    bench.link.demand.max_ch_setpoint_c = 55.0
    bench.run(10)
    assert bench.boiler.flow_target_c == 55.0


def test_hot_water_goes_before_the_circuits(bench: Bench) -> None:
    bench.heat(50.0)
    bench.link.demand.dhw_enabled = True
    bench.link.demand.dhw_setpoint_c = 60.0
    bench.run(ALL_TOLD_S)
    assert bench.tank.charge_on
    assert bench.boiler.flow_target_c == 75.0
    assert bench.link.values.dhw_active
    assert not bench.link.values.ch_active
    bench.tank.temp_c = 60.0
    bench.run(12)
    assert not bench.tank.charge_on
    assert bench.boiler.flow_target_c == 50.0


def test_hot_water_alone_does_not_heat_the_circuits(bench: Bench) -> None:
    bench.link.demand.dhw_enabled = True
    bench.link.demand.dhw_setpoint_c = 80.0
    bench.link.demand.ch_setpoint_c = 50.0
    bench.tank.temp_c = 65.0
    bench.run(10)
    assert bench.electronics.dhw_setpoint_c == 65.0
    assert bench.boiler.flow_target_c is None


def test_power_is_limited_and_set_free(bench: Bench) -> None:
    bench.link.demand.max_modulation = 0.6
    bench.run(10)
    assert bench.boiler.max_modulation == pytest.approx(0.6)
    bench.link.demand.max_modulation = 1.0
    bench.run(10)
    assert bench.boiler.max_modulation == 1.0


def test_a_lockout_is_told_with_its_code_and_reset_over_the_bus(bench: Bench) -> None:
    bench.boiler.locked_out = True
    bench.heat(60.0)
    bench.run(ALL_TOLD_S)
    assert bench.link.values.fault
    assert bench.link.values.oem_code == 1
    assert not bench.link.values.ch_active
    assert bench.boiler.flow_target_c is None
    bench.link.reset_fault()
    bench.run(15)
    assert bench.link.adapter.reset_confirmed is True
    assert not bench.boiler.locked_out
    assert not bench.link.values.fault
    assert bench.link.values.oem_code == 0
    assert bench.boiler.flow_target_c == 60.0


def test_a_reset_takes_effect_within_a_second(bench: Bench) -> None:
    bench.run(34)
    bench.boiler.locked_out = True
    bench.link.reset_fault()
    bench.run(1)
    assert not bench.boiler.locked_out


def test_a_reset_without_a_lockout_is_refused(bench: Bench) -> None:
    bench.run(5)
    bench.link.reset_fault()
    bench.run(5)
    assert bench.link.adapter.reset_confirmed is False


def test_a_reset_is_not_kept_until_the_link_is_back(bench: Bench) -> None:
    bench.run(5)
    bench.link.faults.no_syn = True
    bench.run(40)
    bench.boiler.locked_out = True
    bench.link.reset_fault()
    assert bench.link.adapter.reset_confirmed is False
    bench.link.faults.no_syn = False
    bench.run(60)
    assert bench.link.linked
    assert bench.boiler.locked_out


def test_a_due_service_is_no_fault(bench: Bench) -> None:
    bench.electronics.injected_faults = int(FaultFlag.SERVICE_REQUIRED)
    bench.run(ALL_TOLD_S)
    assert not bench.link.values.fault
    bench.electronics.injected_faults = int(FaultFlag.AIR_PRESSURE)
    bench.electronics.injected_oem_code = 217
    bench.run(12)
    assert bench.link.values.fault
    assert bench.link.values.oem_code == 217


def test_a_boiler_without_the_setting_degree_tells_no_modulation() -> None:
    bench = Bench(tells_degree=False)
    bench.run(60)
    assert bench.link.linked
    assert bench.link.values.modulation is None
    assert bench.link.values.flow_c == 45.0


@pytest.mark.parametrize("fault", ["cut", "no_syn"])
def test_a_lost_link_forgets_the_values_and_comes_back(bench: Bench, fault: str) -> None:
    bench.heat(55.0)
    bench.run(ALL_TOLD_S)
    setattr(bench.link.faults, fault, True)
    bench.run(18)
    assert bench.link.linked
    assert bench.slave.linked
    bench.run(15)
    assert not bench.link.linked
    assert bench.link.values.flow_c is None
    assert bench.boiler.flow_target_c == 55.0
    bench.run(30)
    assert not bench.slave.linked
    assert bench.boiler.flow_target_c is None
    setattr(bench.link.faults, fault, False)
    bench.run(5)
    assert bench.link.linked
    assert bench.boiler.flow_target_c == 55.0


def test_a_boiler_that_does_not_answer_is_not_linked(bench: Bench) -> None:
    bench.link.faults.silence = 1.0
    bench.heat(55.0)
    bench.run(120)
    assert not bench.link.linked
    assert bench.link.values.flow_c is None
    assert bench.link.adapter.node.counts.failed > 20
    bench.link.faults.silence = 0.0
    bench.run(10)
    assert bench.link.linked


def test_a_boiler_without_mains_is_a_lost_link(bench: Bench) -> None:
    bench.heat(55.0)
    bench.run(ALL_TOLD_S)
    bench.boiler.powered = False
    bench.run(2)
    assert bench.boiler.flow_target_c is None
    bench.run(32)
    assert not bench.link.linked
    bench.boiler.powered = True
    bench.run(5)
    assert bench.link.linked
    assert bench.boiler.flow_target_c == 55.0


def test_mains_that_went_for_a_moment_cost_half_a_minute_of_values_at_most(bench: Bench) -> None:
    """The burner has forgotten that it was asked for block 1: the adapter asks again."""
    bench.heat(55.0)
    bench.run(ALL_TOLD_S)
    bench.boiler.powered = False
    bench.run(3)
    bench.boiler.powered = True
    bench.boiler.flow_shown_c = 22.0
    bench.run(20)
    assert bench.link.linked
    assert bench.link.values.flow_c == 22.0
    assert bench.boiler.flow_target_c == 55.0


def test_a_boiler_that_tells_nothing_is_not_linked_and_asked_anew(bench: Bench) -> None:
    mute = MuteSlave(bench.electronics)
    bench.link = EbusLink(mute)
    identities = []
    for _ in range(40):
        bench.run(5)
        assert not bench.link.linked
        identities.append(bench.link.adapter.identity)
    assert mute.node.counts.sent == 0
    assert bench.link.values.flow_c is None
    assert bench.link.adapter.lost_at < bench.now + 30
    assert identities[-1] is not None


@pytest.mark.parametrize(
    "faults",
    [
        LineFaults(byte_error=0.01),
        LineFaults(silence=0.3),
        LineFaults(nak=0.3),
        LineFaults(foreign=0.5),
        LineFaults(byte_error=0.004, silence=0.1, nak=0.1, foreign=0.2),
    ],
    ids=["corrupted bytes", "silence", "NAKs", "a foreign master", "all of it"],
)
def test_a_bad_line_is_slower_but_heats_and_tells_the_truth(bench: Bench, faults: LineFaults) -> None:
    bench.link.faults = replace(faults)
    bench.heat(48.0)
    bench.run(1500)
    counts, told = bench.link.adapter.node.counts, bench.slave.node.counts
    assert counts.failed + counts.naks + counts.lost + counts.bad + told.bad + told.lost > 20
    assert bench.link.linked
    assert bench.boiler.flow_target_c == 48.0
    check_values(bench.link, bench.electronics)


def test_a_master_of_another_class_does_not_starve_ours(bench: Bench) -> None:
    """10h and 03h together show 00h, which is nobody: both come again, 10h first."""
    bench.link.faults.foreign = 1.0
    bench.heat(44.0)
    bench.run(60)
    adapter, burner = bench.link.adapter.node.counts, bench.slave.node.counts
    assert burner.lost >= burner.sent > 4
    assert adapter.lost >= adapter.sent > 4
    assert bench.link.linked
    assert bench.boiler.flow_target_c == 44.0


def test_the_same_seed_gives_the_same_line() -> None:
    runs = []
    for _ in range(2):
        bench = Bench()
        bench.link.faults = LineFaults(byte_error=0.02, silence=0.1, nak=0.1, foreign=0.2)
        bench.run(300)
        runs.append((bench.link.adapter.node.counts, bench.slave.node.counts, bench.link.values))
    assert runs[0] == runs[1]


@settings(max_examples=30, deadline=None)
@given(steps=st.lists(st.floats(0.01, 60.0), min_size=1, max_size=40))
def test_steps_of_any_length_keep_the_bus_going(steps: list[float]) -> None:
    bench = Bench()
    for step_s in steps:
        bench.link.step(bench.now)
        bench.now += step_s
    elapsed_s = sum(steps[:-1])
    counts = bench.link.adapter.node.counts
    assert counts.failed == counts.bad == counts.naks == 0
    assert bench.slave.node.counts.failed == 0
    if elapsed_s > 3:
        assert bench.link.linked
    assert elapsed_s / 15 - 2 <= counts.sent <= 5 + elapsed_s / 15
    assert bench.slave.node.counts.sent == pytest.approx(elapsed_s / 10, abs=3)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    byte_error=st.floats(0, 0.5),
    silence=st.floats(0, 1),
    nak=st.floats(0, 1),
    foreign=st.floats(0, 1),
)
def test_no_line_is_so_bad_that_it_does_not_recover(
    seed: int, byte_error: float, silence: float, nak: float, foreign: float
) -> None:
    bench = Bench()
    bench.link = EbusLink(bench.slave, rng=Random(seed))
    bench.heat(52.0)
    bench.link.faults = LineFaults(byte_error=byte_error, silence=silence, nak=nak, foreign=foreign)
    bench.run(120)
    bench.link.faults = LineFaults()
    bench.run(60)
    assert bench.link.linked
    assert bench.boiler.flow_target_c == 52.0
    check_values(bench.link, bench.electronics)


def test_a_day_of_silence_is_not_replayed(bench: Bench) -> None:
    bench.run(5)
    before = bench.link.adapter.node.counts.sent
    bench.link.step(bench.now + 86_400)
    assert bench.link.adapter.node.counts.sent - before <= 2
    bench.now += 86_401
    bench.run(5)
    assert bench.link.linked
