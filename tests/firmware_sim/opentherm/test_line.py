"""A controller, a line and a boiler: what gets across, how soon, and what happens when the line is bad."""

import math
from dataclasses import replace
from random import Random

import pytest
from boilers import BoilerOfValues, TankOfValues
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.boiler_electronics import BoilerElectronics
from firmware_sim.boiler_link import BoilerLink, FaultFlag
from firmware_sim.opentherm import (
    BY_NUMBER,
    MANDATORY_FOR_SLAVE,
    Answer,
    BoilerSlave,
    LineFaults,
    MsgType,
    OpenThermLink,
    OpenThermMaster,
    decode_frame,
    encode_frame,
)
from firmware_sim.opentherm.frame import FRAME_S, encode_f88

WHOLE_CYCLE_S = 80.0
"""Discovery and every data-id of the cycle."""


class Bench:
    def __init__(self) -> None:
        self.boiler = BoilerOfValues()
        self.tank = TankOfValues()
        self.electronics = BoilerElectronics(self.boiler, tank=self.tank, outdoor_c=lambda: -11.3)
        self.slave = BoilerSlave(self.electronics)
        self.link = OpenThermLink(self.slave, rng=Random(7))
        self.now = 100.0

    def run(self, seconds: float, step_s: float = 1.0) -> None:
        until = self.now + seconds
        while self.now < until:
            self.link.step(self.now)
            self.now += step_s


class ListeningSlave(BoilerSlave):
    """Remembers which data-ids it was asked for."""

    def __init__(self, electronics: BoilerElectronics, *, unsupported: frozenset[int]) -> None:
        super().__init__(electronics, unsupported=unsupported)
        self.asked: list[int] = []

    def receive(self, word: int, now: float) -> Answer | None:
        self.asked.append(word >> 16 & 0xFF)
        return super().receive(word, now)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def ask(slave: BoilerSlave, kind: MsgType, data_id: int, value: int = 0) -> tuple[MsgType, int]:
    answer = slave.receive(encode_frame(kind, data_id, value), 0.0)
    assert answer is not None
    frame = decode_frame(answer.word)
    assert frame.data_id == data_id
    assert 0.020 <= answer.delay_s <= 0.800
    return frame.msg_type, frame.value


def test_it_is_a_boiler_link(bench: Bench) -> None:
    link: BoilerLink = bench.link
    assert not link.linked
    bench.run(3)
    assert link.linked


def check_values(link: OpenThermLink, electronics: BoilerElectronics) -> None:
    """C4.14: each value is the boiler's own, rounded to a step of the frame."""
    boiler, values = electronics.boiler, link.values
    step = 1 / 256
    for told, true in (
        (values.flow_c, boiler.flow_shown_c),
        (values.return_c, boiler.return_c),
        (values.pressure_bar, boiler.pressure_bar),
    ):
        assert told is not None
        assert abs(told - true) <= step / 2
    assert values.modulation is not None
    assert abs(values.modulation - boiler.modulation) <= step / 200
    assert values.flame == boiler.flame
    assert values.burner_starts == boiler.starts


@settings(max_examples=40, deadline=None)
@given(
    flow_c=st.floats(-40, 127),
    return_c=st.floats(-40, 127),
    pressure_bar=st.floats(0.5, 5),
    modulation=st.floats(0, 1),
    starts=st.integers(0, 0xFFFF),
    tank_c=st.floats(0, 100),
)
def test_c4_14_the_controller_knows_the_boilers_values(
    flow_c: float, return_c: float, pressure_bar: float, modulation: float, starts: int, tank_c: float
) -> None:
    bench = Bench()
    bench.boiler.flow_shown_c, bench.boiler.return_c = flow_c, return_c
    bench.boiler.pressure_bar, bench.boiler.modulation = pressure_bar, modulation
    bench.boiler.starts, bench.tank.temp_c = starts, tank_c
    bench.run(WHOLE_CYCLE_S)
    check_values(bench.link, bench.electronics)
    values = bench.link.values
    assert values.outdoor_c == pytest.approx(-11.3, abs=1 / 512)
    assert values.dhw_c == pytest.approx(tank_c, abs=1 / 512)
    assert values.dhw_bounds_c == (35, 65)
    assert values.ch_bounds_c == (30, 85)
    assert values.dhw_setpoint_c == 55.0
    assert values.max_ch_setpoint_c == 85.0


def test_a_boiler_has_what_is_mandatory(bench: Bench) -> None:
    assert bench.slave.supported >= MANDATORY_FOR_SLAVE
    assert bench.slave.supported <= set(BY_NUMBER)


@given(data_id=st.integers(0, 255), value=st.integers(0, 0xFFFF), write=st.booleans())
def test_a_boiler_answers_whatever_is_asked_by_the_table(data_id: int, value: int, write: bool) -> None:
    slave = Bench().slave
    kind, _ = ask(slave, MsgType.WRITE_DATA if write else MsgType.READ_DATA, data_id, value)
    row = BY_NUMBER.get(data_id)
    allowed = row is not None and ("W" if write else "R") in row.access
    acknowledged = kind is (MsgType.WRITE_ACK if write else MsgType.READ_ACK)
    assert acknowledged or kind in {MsgType.DATA_INVALID, MsgType.UNKNOWN_DATAID}
    assert allowed or kind is MsgType.UNKNOWN_DATAID
    if write and acknowledged:
        assert row is not None
        assert row.within(value)


@given(word=st.integers(0, 0xFFFF_FFFF))
def test_a_boiler_is_silent_to_what_is_no_request(word: int) -> None:
    answer = Bench().slave.receive(word, 0.0)
    is_request = word.bit_count() % 2 == 0 and word >> 28 & 7 in {0, 1, 2}
    assert (answer is not None) == is_request


def test_a_sensor_out_of_range_is_data_invalid(bench: Bench) -> None:
    bench.boiler.flow_shown_c = 130.0
    assert ask(bench.slave, MsgType.READ_DATA, 25)[0] is MsgType.DATA_INVALID
    bench.run(WHOLE_CYCLE_S)
    assert bench.link.linked
    assert bench.link.values.flow_c is None


def test_setpoints_reach_the_boiler_within_two_seconds(bench: Bench) -> None:
    bench.run(WHOLE_CYCLE_S)
    bench.link.demand.ch_enabled = True
    bench.link.demand.ch_setpoint_c = 62.5
    bench.run(3)
    assert bench.boiler.flow_target_c == 62.5
    bench.run(5)
    assert bench.link.values.ch_active
    bench.link.demand.ch_enabled = False
    bench.run(2)
    assert bench.boiler.flow_target_c is None


def test_a_setpoint_below_ten_degrees_is_no_demand(bench: Bench) -> None:
    bench.link.demand.ch_enabled = True
    bench.link.demand.ch_setpoint_c = 9.0
    bench.run(5)
    assert bench.boiler.flow_target_c is None


def test_hot_water_goes_before_the_circuits(bench: Bench) -> None:
    demand = bench.link.demand
    demand.ch_enabled = demand.dhw_enabled = True
    demand.ch_setpoint_c, demand.dhw_setpoint_c = 50.0, 60.0
    bench.run(WHOLE_CYCLE_S)
    assert bench.tank.charge_on
    assert bench.boiler.flow_target_c == 75.0
    assert bench.link.values.dhw_active
    assert not bench.link.values.ch_active
    bench.tank.temp_c = 60.0
    bench.run(10)
    assert not bench.tank.charge_on
    assert bench.boiler.flow_target_c == 50.0


def test_setpoints_stay_within_the_boilers_bounds(bench: Bench) -> None:
    bench.link.demand.dhw_setpoint_c = 80.0
    bench.link.demand.max_ch_setpoint_c = 99.0
    bench.link.demand.max_modulation = 0.6
    bench.run(2 * WHOLE_CYCLE_S)
    assert bench.link.values.dhw_setpoint_c == 65.0
    assert bench.link.values.max_ch_setpoint_c == 85.0
    assert bench.boiler.max_modulation == pytest.approx(0.6)


def test_the_master_speaks_once_a_second_even_to_nobody(bench: Bench) -> None:
    bench.link.faults.cut = True
    bench.run(60)
    assert bench.link.master.counts.sent >= 60
    assert bench.link.master.counts.timeouts >= 59
    assert not bench.link.linked


def test_a_lockout_is_told_and_reset_over_the_bus(bench: Bench) -> None:
    bench.boiler.locked_out = True
    bench.link.demand.ch_enabled = True
    bench.link.demand.ch_setpoint_c = 60.0
    bench.run(WHOLE_CYCLE_S)
    values = bench.link.values
    assert values.fault
    assert values.fault_flags == FaultFlag.LOCKOUT_RESET_ENABLED | FaultFlag.FLAME_FAULT
    assert values.oem_code == 1
    assert bench.boiler.flow_target_c is None
    bench.link.reset_fault()
    bench.run(WHOLE_CYCLE_S)
    assert bench.link.master.reset_confirmed is True
    assert not bench.boiler.locked_out
    assert not bench.link.values.fault
    assert bench.link.values.fault_flags == 0


def test_a_reset_without_a_lockout_is_refused(bench: Bench) -> None:
    bench.run(5)
    bench.link.reset_fault()
    bench.run(5)
    assert bench.link.master.reset_confirmed is False


def test_a_reset_that_does_not_get_across_has_failed_and_never_comes_later(bench: Bench) -> None:
    bench.link.reset_fault()
    assert bench.link.master.reset_confirmed is False
    bench.run(WHOLE_CYCLE_S)
    bench.boiler.locked_out = True
    bench.link.faults.request_lost = 1.0
    bench.link.reset_fault()
    bench.run(10)
    assert bench.link.master.reset_confirmed is False
    bench.run(60)
    bench.link.reset_fault()
    bench.link.faults.request_lost = 0.0
    bench.run(WHOLE_CYCLE_S)
    assert bench.link.linked
    assert bench.boiler.locked_out


def test_a_boiler_without_remote_requests_refuses_a_reset(bench: Bench) -> None:
    bench.link = OpenThermLink(BoilerSlave(bench.electronics, unsupported=frozenset({4})))
    bench.boiler.locked_out = True
    bench.run(5)
    bench.link.reset_fault()
    bench.run(5)
    assert bench.link.master.reset_confirmed is False
    assert bench.boiler.locked_out


@pytest.mark.parametrize("code", [0, 2, 3, 12, 255])
def test_a_remote_request_that_a_boiler_does_not_know_is_data_invalid(bench: Bench, code: int) -> None:
    """5.3.3."""
    assert ask(bench.slave, MsgType.WRITE_DATA, 4, code << 8) == (MsgType.DATA_INVALID, code << 8)


def test_what_the_matter_is_is_known_a_round_after_that_something_is(bench: Bench) -> None:
    bench.run(WHOLE_CYCLE_S)
    bench.boiler.locked_out = bench.boiler.overheated = True
    bench.run(7)
    assert bench.link.values.fault_flags == FaultFlag.LOCKOUT_RESET_ENABLED | FaultFlag.WATER_OVER_TEMPERATURE
    assert bench.link.values.oem_code == 2
    bench.boiler.reset()
    bench.run(7)
    assert (bench.link.values.fault, bench.link.values.fault_flags) == (False, 0)


def test_low_pressure_and_injected_faults_are_told(bench: Bench) -> None:
    bench.boiler.low_water = True
    bench.electronics.injected_faults = int(FaultFlag.SERVICE_REQUIRED)
    bench.run(WHOLE_CYCLE_S)
    assert bench.link.values.fault_flags == FaultFlag.LOW_WATER_PRESSURE | FaultFlag.SERVICE_REQUIRED
    assert bench.link.values.diagnostic
    assert bench.link.values.oem_code == 10


def test_a_boiler_without_mains_is_silent_and_has_forgotten_what_was_asked(bench: Bench) -> None:
    bench.link.demand.ch_enabled = True
    bench.link.demand.ch_setpoint_c = 50.0
    bench.run(WHOLE_CYCLE_S)
    bench.boiler.powered = False
    assert bench.slave.receive(encode_frame(MsgType.READ_DATA, 25, 0), bench.now) is None
    bench.run(5)
    assert bench.boiler.flow_target_c is None
    bench.run(60)
    assert not bench.link.linked
    bench.boiler.powered = True
    bench.run(10)
    assert bench.link.linked
    assert bench.boiler.flow_target_c == 50.0


def test_a_boiler_that_cannot_modulate_says_so(bench: Bench) -> None:
    bench.boiler.min_power_w = bench.boiler.max_power_w = 16_000.0
    assert ask(bench.slave, MsgType.READ_DATA, 3) == (MsgType.READ_ACK, 0x0B00)
    assert ask(bench.slave, MsgType.READ_DATA, 15) == (MsgType.READ_ACK, 16 << 8 | 100)


def test_capabilities_are_discovered(bench: Bench) -> None:
    bench.run(WHOLE_CYCLE_S)
    known = bench.link.master.capabilities
    assert known.dhw
    assert (known.capacity_kw, known.min_modulation) == (24, 0.2)
    assert known.opentherm_version == pytest.approx(2.2, abs=1 / 512)


def test_a_link_begins_with_both_configurations() -> None:
    """5.3.2: the slave's and the master's, before control and status."""
    bench = Bench()
    slave = ListeningSlave(bench.electronics, unsupported=frozenset())
    bench.link = OpenThermLink(slave)
    bench.link.demand.ch_enabled = True
    bench.link.demand.ch_setpoint_c = 50.0
    bench.run(5)
    assert slave.asked[:4] == [3, 2, 0, 1]
    slave.asked.clear()
    bench.link.faults.answer_lost = 1.0
    bench.run(120)
    assert not bench.link.linked
    assert set(slave.asked[-30:]) == {3}
    slave.asked.clear()
    bench.link.faults.answer_lost = 0.0
    bench.run(10)
    linked_at = slave.asked.index(2)
    assert set(slave.asked[:linked_at]) == {3}
    assert slave.asked[linked_at : linked_at + 3] == [2, 0, 1]


def test_a_master_comes_back_to_status_and_setpoint_in_every_round(bench: Bench) -> None:
    slave = ListeningSlave(bench.electronics, unsupported=frozenset())
    bench.link = OpenThermLink(slave)
    bench.run(WHOLE_CYCLE_S)
    slave.asked.clear()
    bench.run(120)
    assert 39 <= slave.asked.count(0) <= 41
    for data_id in (1, 17, 25):
        assert 19 <= slave.asked.count(data_id) <= 21


def test_a_setpoint_that_never_rests_leaves_time_for_the_rest(bench: Bench) -> None:
    bench.run(WHOLE_CYCLE_S)
    bench.link.demand.ch_enabled = True
    for second in range(30):
        bench.link.demand.ch_setpoint_c = 40.0 + second / 4
        bench.boiler.flow_shown_c = 38.0 + second / 4
        bench.run(1)
        assert (
            bench.boiler.flow_target_c is None or abs(bench.boiler.flow_target_c - 40.0 - second / 4) <= 0.75
        )
    assert bench.link.values.ch_active
    assert bench.link.values.flow_c == pytest.approx(bench.boiler.flow_shown_c, abs=3.0)


def test_what_a_boiler_does_not_know_is_asked_once() -> None:
    bench = Bench()
    slave = ListeningSlave(bench.electronics, unsupported=frozenset({18, 27, 116}))
    bench.link = OpenThermLink(slave)
    bench.run(5 * WHOLE_CYCLE_S)
    assert {(MsgType.READ_DATA, n) for n in (18, 27, 116)} <= bench.link.master.unsupported
    assert bench.link.values.pressure_bar is None
    slave.asked.clear()
    bench.run(2 * WHOLE_CYCLE_S)
    assert not {18, 27, 116} & set(slave.asked)
    assert {0, 1, 25, 17, 5, 28} <= set(slave.asked)


def test_a_lost_link_forgets_the_values_and_comes_back(bench: Bench) -> None:
    bench.link.demand.ch_enabled = True
    bench.link.demand.ch_setpoint_c = 55.0
    bench.run(WHOLE_CYCLE_S)
    bench.link.faults.cut = True
    bench.run(50)
    assert bench.link.linked
    assert bench.slave.linked
    bench.run(15)
    assert not bench.link.linked
    assert bench.link.values.flow_c is None
    assert not bench.slave.linked
    assert bench.boiler.flow_target_c is None
    bench.link.faults.cut = False
    bench.run(10)
    assert bench.link.linked
    assert bench.boiler.flow_target_c == 55.0


def test_a_shorted_line_asks_the_boiler_for_heat(bench: Bench) -> None:
    bench.run(5)
    bench.link.faults.shorted = True
    bench.run(4)
    assert bench.boiler.flow_target_c is None
    bench.run(4)
    assert bench.boiler.flow_target_c == 85.0
    bench.link.faults.shorted = False
    bench.run(3)
    assert bench.boiler.flow_target_c is None


@pytest.mark.parametrize(
    "faults",
    [
        LineFaults(bit_error=0.2),
        LineFaults(request_lost=0.3),
        LineFaults(answer_lost=0.3),
        LineFaults(answer_late=0.3),
        LineFaults(wrong_id=0.3),
    ],
    ids=["bit errors", "lost requests", "lost answers", "late answers", "wrong data-id"],
)
def test_a_bad_line_is_slower_but_tells_no_lies(bench: Bench, faults: LineFaults) -> None:
    bench.link.faults = replace(faults)
    bench.link.demand.ch_enabled = True
    bench.link.demand.ch_setpoint_c = 48.0
    bench.run(6 * WHOLE_CYCLE_S)
    counts = bench.link.master.counts
    assert counts.bad + counts.timeouts > 20
    assert bench.link.linked
    assert bench.boiler.flow_target_c == 48.0
    check_values(bench.link, bench.electronics)
    assert bench.link.values.dhw_c == 52.0
    assert counts.sent - counts.answered - counts.bad - counts.timeouts in {0, 1}


def test_late_answers_are_told_from_those_that_are_awaited(bench: Bench) -> None:
    bench.link.faults.answer_late = 1.0
    bench.run(30)
    assert not bench.link.linked
    assert bench.link.master.counts.late > 0
    assert bench.link.master.counts.answered == 0


@settings(max_examples=30, deadline=None)
@given(steps=st.lists(st.floats(0.01, 30.0), min_size=1, max_size=40))
def test_steps_of_any_length_keep_the_bus_going(steps: list[float]) -> None:
    bench = Bench()
    for step_s in steps:
        bench.link.step(bench.now)
        bench.now += step_s
    elapsed_s = sum(steps[:-1])
    counts = bench.link.master.counts
    assert counts.timeouts == counts.bad == 0
    assert math.floor(elapsed_s / 1.15) <= counts.sent <= elapsed_s + 2


def test_a_day_of_silence_is_not_replayed(bench: Bench) -> None:
    bench.run(5)
    before = bench.link.master.counts.sent
    bench.link.step(bench.now + 86_400)
    assert bench.link.master.counts.sent - before <= 2


def test_times_outside_the_specification_are_refused(bench: Bench) -> None:
    with pytest.raises(ValueError, match="period"):
        OpenThermMaster(period_s=2.0)
    with pytest.raises(ValueError, match="answers"):
        BoilerSlave(bench.electronics, answer_s=(0.01, 0.2))


def test_the_slowest_boiler_allowed_is_asked_once_a_second() -> None:
    bench = Bench()
    bench.link = OpenThermLink(BoilerSlave(bench.electronics, answer_s=(0.8, 0.8)))
    bench.run(100)
    counts = bench.link.master.counts
    assert counts.timeouts == 0
    assert counts.answered >= 99


def test_quiet_time_between_conversations() -> None:
    master = OpenThermMaster(period_s=0.2)
    master.start(0.0)
    word = master.advance(0.0)
    assert word is not None
    frame = decode_frame(word)
    ended_at = 2 * FRAME_S + 0.3
    master.receive(encode_frame(MsgType.READ_ACK, frame.data_id, encode_f88(0)), ended_at)
    assert master.due_at == pytest.approx(ended_at + 0.1)
