"""The boiler by itself: its phases, its faults, its pump and its efficiency."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.plant import Boiler, BoilerFault, BoilerParameters, BurnerPhase, efficiency

STREAM_W_K = 1000.0


HOUR = 3600.0


def live(boiler: Boiler, seconds: float, *, return_c: float = 30.0, bar: float = 1.5) -> list[BurnerPhase]:
    """Let time pass with a steady return; the phases in their order."""
    seen = [boiler.phase]
    for _ in range(round(seconds)):
        boiler.step(1.0, return_c, STREAM_W_K, 20.0, bar)
        if boiler.phase is not seen[-1]:
            seen.append(boiler.phase)
    return seen


def asked(target_c: float | None = 50.0, **changes: float) -> Boiler:
    boiler = Boiler(dataclasses.replace(BoilerParameters(), **changes), temp_c=30.0)
    boiler.flow_target_c = target_c
    return boiler


def test_the_burner_lights_after_purge_and_ignition() -> None:
    boiler = asked()
    assert live(boiler, 20) == ["standby", "purge"]
    assert live(boiler, 300) == ["purge", "ignition", "burning"]
    assert (boiler.starts, boiler.failed_starts) == (1, 0)
    assert boiler.flow_c == pytest.approx(50.0, abs=4.0)


def test_after_a_flame_it_waits_for_the_anti_cycle_time() -> None:
    # 10 K above the return the least power is too much: 5 kW lift this stream by 5 K, but the target is 2 K above it.
    boiler = asked(32.0, hysteresis_k=1.0, anti_cycle_s=300.0)
    boiler.flow_c = 25.0
    assert live(boiler, 400)[:5] == ["standby", "purge", "ignition", "burning", "standby"]
    live(boiler, 3000, return_c=29.0)
    assert 2 <= boiler.starts <= 1 + 3400 / (300 + 25)


def test_no_flame_locks_out_after_three_attempts_until_reset() -> None:
    boiler = asked()
    boiler.flame_works = False
    assert live(boiler, 200)[-1] == "lockout"
    assert (boiler.starts, boiler.failed_starts, boiler.fault) == (0, 3, BoilerFault.NO_FLAME)
    boiler.flame_works = True
    assert live(boiler, HOUR) == ["lockout"]
    boiler.reset()
    assert boiler.fault is None
    assert live(boiler, 60)[-1] == "burning"


def test_a_flame_lost_while_burning_is_lit_again() -> None:
    boiler = asked()
    live(boiler, 60)
    boiler.flame_works = False
    assert live(boiler, 2) == ["burning", "purge"]
    assert boiler.power_w == boiler.gas_w == 0
    boiler.flame_works = True
    assert live(boiler, 60)[-1] == "burning"
    assert (boiler.starts, boiler.failed_starts) == (2, 1)


def test_low_water_blocks_it_and_ends_by_itself() -> None:
    boiler = asked()
    live(boiler, 60)
    assert live(boiler, 5, bar=0.3) == ["burning", "standby"]
    assert boiler.fault is BoilerFault.LOW_WATER
    assert live(boiler, 300, bar=0.5) == ["standby"]
    assert live(boiler, 300, bar=0.7)[-1] == "burning"
    assert boiler.fault is None


def test_without_mains_nothing_runs_and_it_comes_back_by_itself() -> None:
    boiler = asked()
    live(boiler, 60)
    boiler.powered = False
    live(boiler, 300)
    assert (boiler.phase, boiler.power_w, boiler.pump_on) == ("standby", 0, False)
    boiler.powered = True
    assert live(boiler, 60)[-1] == "burning"


def test_the_pump_runs_on() -> None:
    boiler = asked(overrun_s=120.0)
    live(boiler, 60)
    assert boiler.pump_on
    boiler.flow_target_c = None
    live(boiler, 110)
    assert boiler.pump_on
    live(boiler, 20)
    assert not boiler.pump_on
    assert (boiler.pump_starts, boiler.pump_s) == (1, pytest.approx(180, abs=2))


def test_maximum_modulation_limits_the_power_but_not_below_the_least() -> None:
    boiler = asked(80.0)
    boiler.max_modulation = 0.5
    live(boiler, 60)
    # OpenTherm's 14 and 17 count from the least power, not from nothing.
    assert boiler.power_w == (5_000.0 + 24_000.0) / 2
    assert boiler.modulation == 0.5
    boiler.max_modulation = 0.0
    live(boiler, 1)
    assert boiler.power_w == 5_000.0
    assert (boiler.flame, boiler.modulation) == (True, 0.0)


def test_a_boiler_that_does_not_condense_burns_more() -> None:
    gas_w = []
    for condensing in (True, False):
        boiler = Boiler(BoilerParameters(condensing=condensing))
        boiler.flow_target_c = 80.0
        live(boiler, 60)
        gas_w.append(boiler.gas_w / boiler.power_w)
    assert gas_w == pytest.approx([1 / 1.06, 1 / 0.92])


@pytest.mark.parametrize(
    ("return_c", "expected"), [(20, 1.06), (30, 1.06), (43.5, 1.01), (57, 0.96), (77, 0.944)]
)
def test_it_condenses_below_the_dew_point_of_57_degrees_and_the_more_the_colder(
    return_c: float, expected: float
) -> None:
    boiler = asked(90.0)
    live(boiler, 60, return_c=return_c)
    assert boiler.power_w / boiler.gas_w == pytest.approx(expected)


@given(st.floats(-50, 150), st.floats(-50, 150))
def test_efficiency_never_rises_with_the_return(one_c: float, other_c: float) -> None:
    low_c, high_c = sorted((one_c, other_c))
    assert 0.9 <= efficiency(high_c) <= efficiency(low_c) <= 1.06
