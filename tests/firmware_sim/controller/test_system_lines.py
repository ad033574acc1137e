"""The `#S` parameters, the service lines, the clock, the lamps, and what happens without current."""

from __future__ import annotations

from datetime import date

import pytest
from bare_house import firmware, run
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.controller import presets as p
from firmware_sim.controller.objects.notifications import Message
from firmware_sim.controller.reserve_battery import FULL_S
from firmware_sim.controller.status_lamps import BOILER, GSM, POWER, Condition, lamps
from firmware_sim.controller.system_parameters import (
    READ_ONLY,
    SECRETS,
    pack_date,
    service_phone,
    unpack_date,
    zone_s,
)

HOUR = 3600
STRANGER = "+79990000000"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("#S8=+79161112233, 8 916 444-55-66", "!"),
        ("#S8=+79161112233,+79164445566;89163334455", "ok"),
        ("#S8=112", "!"),
        ("#S12=*100# 50", "ok"),
        ("#S12=#100#", "ok"),
        ("#S12=100 50", "!"),
        ("#S12=*100# много", "!"),
        ("#S36=3", "ok"),
        ("#S36=-3.5", "ok"),
        ("#S36=5:30", "ok"),
        ("#S36=Москва", "!"),
        ("#S36=99", "!"),
        ("#S206=5", "ok"),
        ("#S206=8", "!"),
        ("#S207=+79161112233 13473", "ok"),
        ("#S207=+79161112233", "ok"),
        ("#S207=+79161112233 13759", "!"),  # 31 of month 14
        ("#S207=02 13473", "!"),
        ("#S209=0", "ok"),
        ("#S209=2", "!"),
        ("#S217=mqtts://broker.example.org:8883", "ok"),
        ("#S217=ftp://broker", "!"),
        ("#S222=1", "ok"),
        ("#S222=yes", "!"),
        ("#S223=55.75,37.62", "ok"),
        ("#S223=155,37", "!"),
        ("#S225=5", "ok"),
        ("#S225=0", "!"),
        ("#S226=1", "ok"),
        ("#S226=", "ok"),
        ("#S203=сеть\x07", "!"),
        ("#S203=☃", "!"),
        (f"#S203={'x' * 300}", "!"),
    ],
)
def test_what_may_stand_in_a_parameter(line, answer):
    made, _ = firmware()
    number, _, value = line.partition("=")
    before = made.config.get_parameter(int(number[2:]))
    assert made.system(line) == f"{number}:{answer}"
    assert made.config.get_parameter(int(number[2:])) == (value if answer == "ok" else before)
    made.config.to_bytes()


@pytest.mark.parametrize("number", sorted(READ_ONLY))
def test_what_the_controller_measures_cannot_be_set(number):
    made, _ = firmware()
    before = made.system(f"#S{number}?")
    assert made.system(f"#S{number}=1 2 3") == f"#S{number}:!"
    assert made.system(f"#S{number}?") == before


@given(st.sampled_from(sorted(SECRETS)), st.text(st.characters(codec="cp1251"), min_size=8, max_size=40))
def test_a_secret_is_never_told(number, secret):
    made, _ = firmware()
    secret = f"тайна-{secret}"
    answers = [
        made.system(f"#S{number}={secret}"),
        made.system(f"#S{number}?"),
        *map(made.system, ("#S7?", "SDATE?")),
    ]
    assert not any(secret in (each or "") for each in answers)


def test_a_brokers_password_is_not_told():
    made, _ = firmware()
    assert made.system("#S217=mqtt://house:s3cr3t@10.0.0.5:1883") == "#S217:ok"
    assert made.system("#S217?") == "#S217:mqtt://house:***@10.0.0.5:1883"


def test_adding_is_banned_where_the_owner_says_so():
    made, _ = firmware()
    assert made.named_command("HA - Улица", 1, None, "1 -5")[1] == 0
    made.system("#S226=1")
    count = len(made.objects)
    assert made.named_command("HA - Чердак", 1, None, "1 3") == (0, 2)
    assert made.system("#Z700001=14,'Реле',7") == "#Z700001:!"
    assert len(made.objects) == count
    assert made.named_command("HA - Улица", 1, None, "1 -6")[1] == 0  # found, not made
    assert made.system(f"#Z{p.RELAY_YARD}=14,'Сад',6") == f"#Z{p.RELAY_YARD}:ok"
    made.system("#S226=0")
    assert made.named_command("HA - Чердак", 1, None, "1 3")[1] == 0


# -- dates and the clock


@given(st.dates(date(2000, 1, 1), date(2127, 12, 31)))
def test_a_packed_date_comes_back(day):
    assert unpack_date(pack_date(day)) == day


def test_a_packed_date_is_as_published():
    assert pack_date(date(2026, 5, 1)) == ((2026 - 2000) << 9) | (5 << 5) | 1


@given(st.text(max_size=30))
def test_no_text_breaks_a_parser(text):
    service_phone(text)
    zone_s(text)
    made, _ = firmware("H-1V.02")
    for number in (8, 12, 36, 206, 207, 209, 217, 223, 226):
        assert made.system(f"#S{number}={text}") in {f"#S{number}:ok", f"#S{number}:!"}
        assert made.system(f"#S{number}?")
    made.may_command(text)
    assert made.system("SDATE?")


def test_the_clock_goes_from_a_monday_until_somebody_sets_it():
    made, _ = firmware(local_s=2 * 86400 + 13 * HOUR)  # Wednesday, one o'clock
    assert made.system("SDATE?") == "DATE=2026-01-07 13:00:01"
    assert made.lines.local_time().isoweekday() == 3
    run(made, HOUR)
    assert made.system("SDATE?") == "DATE=2026-01-07 14:00:01"
    minute = made.board.minute_of_week
    made.system("#S36=5:30")  # it was 3
    assert made.system("SDATE?") == "DATE=2026-01-07 16:30:01"
    assert made.board.minute_of_week == minute + 150


# -- who may


def test_who_may_command():
    made, _ = firmware()  # 2026-01-05
    for number in ("+79161234567", "79161234567", "89161234567"):
        assert made.may_command(number)
    for number in (STRANGER, "", "MTS", "111", "+7916123456", "916123456x"):
        assert not made.may_command(number)
    made.system(f"#S8=+79160001122;{STRANGER}")
    assert made.may_command(STRANGER)
    made.system("#S8=")
    assert not made.may_command(STRANGER)
    for day, may in ((date(2026, 1, 5), True), (date(2026, 1, 4), False)):
        made.system(f"#S207={STRANGER} {pack_date(day)}")
        assert made.may_command(STRANGER) is may


# -- messages and calls by a line


def test_lines_for_the_modem():
    made, _ = firmware()
    assert made.system(f"SMS={STRANGER} привет") == "SMS=no_modem"
    assert made.system(f"DIAL={STRANGER}") == "DIAL=no_modem"
    taken: list[Message] = []
    made.lines.order = lambda message: (taken.append(message), len(taken) < 3)[1]
    assert made.system(f"SMS={STRANGER}  привет, сосед ") == "SMS=ok"
    assert made.system("DIAL=8 999 000-00-00") == "DIAL=ok"
    assert made.system(f"DIAL={STRANGER}") == "DIAL=too_many"
    assert taken[:2] == [Message(STRANGER, "привет, сосед"), Message(STRANGER, "", voice=True)]
    for line, answer in (
        ("SMS=", "wrong_number"),
        ("SMS=112 пожар", "wrong_number"),
        ("DIAL=+7999000000a", "wrong_number"),
        (f"SMS={STRANGER}", "wrong_text"),
        (f"SMS={STRANGER} {'x' * 201}", "wrong_text"),
        (f"SMS={STRANGER} a\x1ab", "wrong_text"),
    ):
        assert made.system(line) == f"{line.partition('=')[0]}={answer}"
    assert len(taken) == 3


def test_a_restart_is_not_answered():
    made, _ = firmware()
    assert made.system("SRESTART?") is None
    assert made.system("RESTART") is None
    assert made.lines.restarts == 2
    assert made.system("SCFG_RELOAD_REQ?") == "CFG_RELOAD=ok"
    assert made.system("SGETALLSTATES?") == f"GETALLSTATES={len(made.objects)}"


@given(
    st.text(max_size=60)
    | st.tuples(st.sampled_from(["#S", "#Z", "#Y", "SMS=", "DIAL="]), st.text(max_size=30)).map("".join)
)
def test_any_line_is_survived(line):
    made, _ = firmware("H-1V.02")
    answer = made.system(line)
    assert answer is None or answer
    made.step()


# -- supply and lamps


def test_the_battery_runs_out_the_controller_goes_off_and_comes_back_with_the_mains():
    made, house = firmware()
    for boiler in house.boilers.values():
        boiler.values.flow_c = 70.0
    run(made, 180)
    assert any(house.relays.values())
    house.mains = False
    run(made, 6 * HOUR)
    assert made.system("#S6?") == "#S6:38 1"
    assert made.lines.leds()["power"] == "slow"
    assert (0, "mains_lost") in made.board.alarms
    run(made, 5 * HOUR)
    assert (0, "battery_low") in made.board.alarms
    run(made, 2 * HOUR)
    assert made.lines.is_off
    assert not any(house.relays.values())
    assert set(made.lines.leds().values()) == {"off"}
    assert made.system("#S7?") is None
    events = len(made.board.events)
    house.temps["28-air"] = None
    run(made, HOUR)
    assert len(made.board.events) == events  # it looks at nothing
    house.temps["28-air"] = 10.0
    house.mains = True
    run(made, 300)
    assert not made.lines.is_off
    assert made.lines.restarts == 1
    assert any(house.relays.values())
    assert {(0, "mains_lost"), (0, "battery_low")}.isdisjoint(made.board.alarms)
    assert made.lines.battery.left_s < FULL_S
    run(made, 6 * HOUR)
    assert made.lines.battery.left_s == FULL_S


def test_without_the_reserve_battery_it_goes_off_at_once():
    made, house = firmware()
    made.system("#S209=0")
    house.mains = False
    run(made, 2)
    assert made.lines.is_off
    assert (0, "mains_lost") not in made.board.alarms
    house.mains = True
    made.step()
    assert not made.lines.is_off


def test_the_lamps_follow_their_tables():
    quiet = Condition(powered=True, on_battery=False, modem=True, registration=1, fault=False, heating=False)
    assert lamps(quiet) == {"gsm": "on", "boiler": "off", "power": "on"}
    for change, lamp, pattern in (
        ({"registration": 5}, "gsm", "on"),
        ({"registration": 3}, "gsm", "fast"),
        ({"registration": 2}, "gsm", "slow"),
        ({"modem": False}, "gsm", "off"),
        ({"heating": True}, "boiler", "on"),
        ({"heating": True, "fault": True}, "boiler", "fast"),
        ({"on_battery": True}, "power", "slow"),
        ({"powered": False}, "power", "off"),
    ):
        values = {name: getattr(quiet, name) for name in Condition.__slots__}
        assert lamps(Condition(**(values | change)))[lamp] == pattern
    assert all(
        {pattern for _, pattern in table} <= {"off", "on", "slow", "fast"} for table in (GSM, BOILER, POWER)
    )
