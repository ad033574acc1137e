"""What is asked of a real controller for the checks, and what is made of answers that nobody has published."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odd_controller import OddController, Request

from gateway.controllers import ControllerSilentError, zont_ladder
from gateway.controllers import zont_conversation as wire
from gateway.controllers.zont_facts import clock_error_s, facts_of, numbers_in
from gateway.controllers.zont_local import ZontController
from gateway.controllers.zont_points import points_of, reading_name
from provisioning.messages import Reading
from provisioning.zont.checks import check

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("date", "zone", "error_s"),
    [
        ("2026-10-01 12:00:10", None, 10.0),
        ("2026-10-01T15:00:10", "3", 10.0),
        ("01.10.2026 15:00", "3", 0.0),
        ("01.10.2026, 11:30:00", None, -1800.0),
        ("1970-01-01 00:00:00", "3", -NOON),
        ("2026-10-01 12:00:10", "Europe", 10.0),
        ("2026-13-41 12:00:10", None, None),
        ("1727784000", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_a_clock_is_wrong_only_where_it_is_wrong_either_way(date, zone, error_s):
    assert clock_error_s(date, NOON, zone) == error_s


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("17 1 MTS RUS", [17, 1]),
        ("121 0", [121, 0]),
        ("!", []),
        (None, []),
        ("x 1", []),
        ("99999999999 1", []),
    ],
)
def test_numbers_of_a_line(text, numbers):
    assert numbers_in(text) == numbers


async def test_a_real_controller_is_asked_and_nothing_is_written():
    real = OddController()
    real.objects[4099] = {"type": 1, "name": "Улица", "t": 65535, "a": 1}
    real.lines |= {
        "#S219?": "#S219:'zont'",
        "#S4?": "#S4:0 3",
        "#S6?": "#S6:98 0",
        "#S224?": "#S224:0 0 1 0",
        "SDATE?": "DATE=2026-10-01 12:40:00",
        "#Z7?": "#Z7:14,'Полив',1,0",
        "#Z8?": "#Z8:16,'Тёплый пол',3,2950,3330,0,0,4099,0,{1;2},0,2,,,,0,0",
    }
    async with real.serving():
        driver = ZontController(f"zont://127.0.0.1:{real.port}", "installer", "s3cret")
        await driver.open()
        facts = await facts_of(driver, NOON, default_login=False)
        await driver.close()
    assert facts.published_only
    assert {(each.code, each.object_id) for each in check(facts)} == {
        ("sim_denied", None), ("supply_low", None), ("cloud_not_linked", None), ("clock_wrong", None),
        ("sensor_fault", 4099),
    }  # fmt: skip
    assert real.commands == []
    assert all(str(each["scmd"]).endswith("?") for each in real.requests[0] if "scmd" in each)


async def test_lines_that_a_firmware_is_mute_about_cost_only_themselves(monkeypatch):
    """It knows neither `#Z` nor the date: what it does tell is judged all the same."""
    monkeypatch.setattr(zont_ladder, "RECONNECT_S", (0.0,))
    real = OddController()
    real.lines |= {"#S4?": "#S4:3 1 MTS", "#S219?": "#S219:'zont'"}

    async def partly_mute(socket, asked: Request) -> bool:
        return str(asked.get("scmd", "")).startswith(("#Z", "SDATE"))

    real.odd = partly_mute
    async with real.serving():
        driver = ZontController(f"zont://127.0.0.1:{real.port}", "installer", "s3cret", timeout_s=0.2)
        for _ in range(2):
            # The relay's line is asked for with the list of objects.
            await driver.open()
            with pytest.raises(ControllerSilentError):
                await driver.read()
        await driver.open()
        facts = await facts_of(driver, NOON)
        await driver.close()
    assert [each.code for each in check(facts)] == ["gsm_weak"]


STATES = st.dictionaries(
    st.sampled_from(
        [
            "type",
            "stype",
            "name",
            "a",
            "failed",
            "t",
            "s",
            "c",
            "m",
            "m_id",
            "f",
            "v",
            "u",
            "trig",
            "err",
            "state",
            "r",
        ]
    ),
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=50)
    | st.integers(0, 20)
    | st.sampled_from(["1", "0", "21.5", "65535"]),
)


@given(
    STATES | STATES.map(lambda state: state | {"type": 16}) | STATES.map(lambda state: state | {"type": 10})
)
def test_whatever_an_object_says_its_readings_can_be_sent(state):
    for point in points_of(state):
        value = point.value(state)
        reading = Reading(name=reading_name(7, state, point), value=value, unit=point.unit_of(state), at=0.0)
        assert json.loads(reading.model_dump_json())["value"] == value


@given(st.lists(st.integers() | st.text(max_size=3) | st.none() | st.booleans()))
def test_ids_are_ids_or_not_understood(ids):
    try:
        found = wire.ids_from({"ids": ids})
    except wire.NotUnderstoodError:
        return
    assert all(0 <= each <= wire.MAX_ID for each in found)
