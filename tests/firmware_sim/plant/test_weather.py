"""Weather: season, day, fronts, sun."""

import itertools
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.plant import Weather

DAY = 86_400.0


@given(st.floats(0, 400 * DAY), st.integers(0, 1000))
def test_any_moment_can_be_asked_for_in_any_order(time_s: float, seed: int) -> None:
    weather = Weather(seed=seed, sun_w_m2=700.0)
    first = weather.at(time_s)
    weather.at(0.0)
    assert weather.at(time_s) == first


@given(st.floats(0, 400 * DAY), st.integers(0, 50))
def test_it_does_not_jump(time_s: float, seed: int) -> None:
    weather = Weather(season_swing_k=15.0, seed=seed, sun_w_m2=700.0)
    (before_c, before_w_m2), (after_c, after_w_m2) = weather.at(time_s), weather.at(time_s + 60)
    assert abs(after_c - before_c) < 0.2
    assert abs(after_w_m2 - before_w_m2) < 10


def test_a_pure_sine_has_its_mean_and_swing_and_is_warmest_after_noon() -> None:
    weather = Weather(mean_c=-5, daily_swing_k=4, front_k=0)
    day = [weather.temperature_c(minute * 60.0) for minute in range(24 * 60)]
    assert sum(day) / len(day) == pytest.approx(-5)
    assert (min(day), max(day)) == pytest.approx((-9, -1), abs=0.01)
    # The zero is noon.
    assert day.index(max(day)) == 120


def test_the_year_has_a_winter_and_a_summer() -> None:
    weather = Weather(mean_c=5.0, season_swing_k=15.0, daily_swing_k=0.0, front_k=0.0, zero_day=0.0)
    year = [weather.temperature_c(day * DAY) for day in range(365)]
    assert year.index(min(year)) == 25
    assert 205 <= year.index(max(year)) <= 210
    assert statistics.fmean(year) == pytest.approx(5.0, abs=0.1)


def test_fronts_pass_every_few_days_and_spread_as_told() -> None:
    weather = Weather(mean_c=0.0, daily_swing_k=0.0, front_k=4.0, seed=3)
    hours = [weather.temperature_c(hour * 3600.0) for hour in range(24 * 365)]
    assert statistics.fmean(hours) == pytest.approx(0.0, abs=1.0)
    assert statistics.stdev(hours) == pytest.approx(4.0, rel=0.2)
    still = sum(a == pytest.approx(b) for a, b in itertools.pairwise(hours))
    assert 0.8 < still / len(hours) < 0.95


def test_other_seeds_are_other_weather() -> None:
    assert len({Weather(seed=seed).temperature_c(50 * DAY) for seed in range(20)}) == 20


def test_the_sun_shines_by_day_and_longer_in_summer() -> None:
    def hours_of_sun(zero_day: float) -> int:
        weather = Weather(sun_w_m2=800.0, zero_day=zero_day)
        return sum(weather.at(hour * 3600.0)[1] > 0 for hour in range(24))

    winter, summer = hours_of_sun(355.0), hours_of_sun(172.0)
    assert 5 <= winter <= 8
    assert 16 <= summer <= 19
    assert Weather(sun_w_m2=800.0, zero_day=172.0).at(0.0)[1] == 0


def test_the_time_of_day_begins_at_midnight() -> None:
    assert Weather(zero_day=14.5).of_day_s(0.0) == 43_200
    assert Weather(zero_day=14.5).of_day_s(13 * 3600.0) == 3_600
