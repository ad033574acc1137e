"""What is set at run time outlives a new configuration, a restart and a new process; what is gone leaves nothing."""

from __future__ import annotations

from bare_house import BareHouse, firmware, run

from firmware_sim.controller import presets as p
from firmware_sim.controller.firmware import Firmware
from firmware_sim.controller.models import MODELS
from firmware_sim.controller.terminals import RadioReading
from provisioning.zont.config_text import ConfigText
from provisioning.zont.decikelvin import to_decikelvin
from provisioning.zont.object_types import ObjectType
from provisioning.zont.object_values import object_line, with_values

HOUR = 3600
DAY = 24 * HOUR


def put(config: ConfigText, object_id: int, kind: ObjectType, **values) -> None:
    config.set_object(object_id, object_line(object_id, kind, **values).values)


def change(config: ConfigText, object_id: int, **values) -> None:
    config.set_object(object_id, with_values(config.get_object(object_id), **values).values)


def new_process(made: Firmware, **options) -> Firmware:
    config = ConfigText.parse(made.config.to_bytes())
    again, _ = firmware(made.model.name, config, **options)
    return again


def test_a_setpoint_and_a_mode_that_somebody_has_set_survive():
    made, _ = firmware("H-1V.02")
    made.command(p.RADIATORS, to_decikelvin(23.5))
    made.command(p.DHW, p.ECONOMY)
    for again in (made, new_process(made)):
        again.system("SCFG_RELOAD_REQ?")
        again.system("SRESTART?")
        again.step()
        assert again.state(p.RADIATORS)["s"] == 23.5
        assert (again.state(p.DHW)["s"], again.state(p.DHW)["m_id"]) == (50.0, p.ECONOMY)
    made.command(p.DHW, p.FROST_GUARD)
    assert new_process(made).state(p.DHW) | {"m": "off", "m_id": p.FROST_GUARD} == new_process(made).state(
        p.DHW
    )


def test_what_was_set_between_two_switching_times_survives_a_restart_until_the_next_one():
    # Monday, eight in the evening; the timetable switches at eleven.
    made, _ = firmware(local_s=20 * HOUR)
    assert made.state(p.FLOOR)["s"] == 21.0
    made.command(p.FLOOR, to_decikelvin(24))
    again = new_process(made, local_s=21 * HOUR)
    run(again, 60)
    assert again.state(p.FLOOR)["s"] == 24.0
    run(again, 2 * HOUR)
    assert again.state(p.FLOOR)["s"] == 17.0
    # And who was off when it switched sees it when he is back.
    late = new_process(made, local_s=23 * HOUR + 60)
    assert late.state(p.FLOOR)["s"] == 17.0


def test_what_a_timetable_switches_is_not_written():
    made, _ = firmware(local_s=6 * HOUR)
    told: list[int] = []
    made.config_changed = lambda: told.append(1)
    before = made.config.to_bytes()
    run(made, 8 * HOUR)
    assert (told, made.config.to_bytes()) == ([], before)


def test_midnight_is_no_switching_time():
    made, _ = firmware(local_s=23 * HOUR + 30 * 60)
    made.command(p.FLOOR, to_decikelvin(24))
    run(made, HOUR)
    assert made.state(p.FLOOR)["s"] == 24.0


def test_whoever_keeps_the_file_is_told_of_each_change_and_only_then():
    made, _ = firmware()
    told: list[bytes] = []
    made.config_changed = lambda: told.append(made.config.to_bytes())
    run(made, 60)
    made.state(p.RADIATORS)
    made.command(p.RELAY_YARD, 1)
    made.command(p.RADIATORS, to_decikelvin(95))
    made.system("SCFG_RELOAD_REQ?")
    assert not told
    for deed in (
        lambda: made.command(p.RADIATORS, to_decikelvin(22)),
        lambda: made.command(p.ZONE, 1),
        lambda: made.named_command("HA - Температура", 1, None, "1 24.1"),
        lambda: made.system("#S203=m2m"),
        lambda: made.system("#Z700000=14,'Реле',7"),
        lambda: made.system("#Z700000~"),
    ):
        before = len(told)
        deed()
        assert len(told) == before + 1
    made.command(p.RADIATORS, to_decikelvin(22))  # it is already
    assert len(told) == 6
    again = ConfigText.parse(told[-1])
    assert again == made.config


def test_another_configuration_takes_the_place_of_the_first():
    made, _ = firmware("H-1V.02")
    other = ConfigText.parse(made.config.to_bytes())
    change(other, p.RADIATORS, setpoint=to_decikelvin(19))
    made.reload(other)
    assert made.state(p.RADIATORS)["s"] == 19.0
    told: list[int] = []
    made.config_changed = lambda: told.append(1)
    made.command(p.RADIATORS, to_decikelvin(20))
    assert told
    assert made.config is other


def test_a_new_configuration_does_not_disturb_what_goes_on():
    made, house = firmware()
    house.temps |= {"28-tank": 60.0, "28-air": 19.0, "28-floor-air": 16.0}
    run(made, 200)
    made.command(p.RELAY_YARD, 1)
    made.command(p.ZONE, 1)
    made.named_command("Щит", 14, None, 1)
    made_id, _ = made.named_command("HA - Температура", 1, None, "1 24.1")
    house.temps |= {"28-air": 25.0}
    run(made, 3)  # the radiators' pump runs on
    place = made.objects[p.TAP].position
    house.relays.clear()
    made.reload()
    assert made.objects[p.TAP].position == place
    # The tap stands for a moment; nothing else has moved, not even for one.
    assert house.relays == {1: True, 2: False, 3: True, 4: False, 5: False, 6: True}
    made.step()
    assert house.relays[1]
    assert made.state(p.ZONE)["s"] == 1
    assert made.state(made_id)["t"] == 24.1
    run(made, 310)
    assert not house.relays[1]


def test_a_zone_is_armed_after_a_power_cut_and_guards_at_once():
    made, _ = firmware()
    made.command(p.ZONE, 1)
    again = new_process(made)
    house = again.board.terminals
    assert isinstance(house, BareHouse)
    assert again.state(p.ZONE)["s"] == 1
    house.volts_at[2] = 5.0
    run(again, 32)
    assert again.state(p.ZONE)["trig"] == 1
    again.command(p.ZONE, 0)
    assert new_process(again).state(p.ZONE)["s"] == 0


def test_a_relay_is_off_after_a_power_cut():
    made, house = firmware()
    made.command(p.RELAY_YARD, 1)
    made.system("SRESTART?")
    assert made.state(p.RELAY_YARD)["s"] == 0
    assert not house.relays[6]


def test_without_mains_and_battery_all_falls_and_comes_back():
    made, house = firmware()
    house.temps["28-tank"] = 60.0
    run(made, 5)
    made.command(p.RELAY_YARD, 1)
    made.system("#S209=0")  # no reserve battery
    house.mains = False
    run(made, 3)
    made.reload()  # a file that is written meanwhile switches nothing on
    assert not any(house.relays.values())
    assert made.command(p.RELAY_YARD, 1) != 0
    house.mains = True
    run(made, 3)
    assert made.state(p.RELAY_YARD)["s"] == 0
    assert house.relays[1]


def test_an_output_that_nobody_has_any_more_falls():
    made, house = firmware()
    made.command(p.RELAY_YARD, 1)
    made.system(f"#Z{p.RELAY_YARD}~")
    assert not house.relays[6]


def test_alarms_live_as_long_as_their_objects():
    made, house = firmware()
    house.temps["28-air"] = 4.0
    house.boilers["0000"].linked = False
    house.radios["radio-leak"] = RadioReading(triggered=True)
    run(made, 70)
    lasting = {(p.AIR, "too_cold"), (p.BOILER_1, "boiler_link_lost"), (p.RADIO_LEAK, "leak")}
    assert lasting <= set(made.board.alarms)
    since, events = dict(made.board.alarms), len(made.board.events)
    made.reload()
    made.step()
    assert made.board.alarms == since
    assert len(made.board.events) == events
    change(made.config, p.AIR, alarm_low=0)
    made.config.delete_object(p.RADIO_LEAK)
    made.reload()
    made.step()
    assert not {(p.AIR, "too_cold"), (p.RADIO_LEAK, "leak")} & set(made.board.alarms)
    assert [each.active for each in made.board.events if each.what == "leak"] == [True, False]


def test_a_restart_does_not_tell_that_all_is_well():
    made, house = firmware()
    change(made.config, p.ALARM_NOTE, end_text="Всё в порядке")
    made.reload()
    house.temps["28-air"] = 4.0
    run(made, 2)
    assert [each.text for each in made.messages()] == ["Авария в котельной"]
    made.system("SRESTART?")
    assert (p.AIR, "too_cold") not in made.board.alarms
    run(made, 2)
    assert (p.AIR, "too_cold") in made.board.alarms
    assert [each.text for each in made.messages()] == ["Авария в котельной"]


def test_a_leak_sensor_that_becomes_another_leaves_no_leak_behind():
    made, house = firmware()
    house.volts_at[3] = 0.0
    run(made, 2)
    assert (p.LEAK, "leak") in made.board.alarms
    change(made.config, p.LEAK, stype=5)
    made.reload()
    made.step()
    assert [what for object_id, what in made.board.alarms if object_id == p.LEAK] == ["smoke"]


def test_a_silent_sensor_is_not_lost_because_the_configuration_is_read():
    made, house = firmware()
    run(made, 300)
    house.temps["28-air"] = None
    house.boilers["0000"].linked = False
    run(made, 2)
    made.reload()
    run(made, 2)
    assert not made.board.alarms


def test_legionella_once_a_week_though_the_configuration_is_read_anew():
    made, house = firmware("H-1V.02", local_s=6 * DAY + 2 * HOUR)
    house.temps["28-tank"] = 62.0
    run(made, 10 * 60)
    made.reload()
    run(made, 21 * 60)
    tank = made.objects[p.DHW]
    assert (tank.status & 256, tank.status & 4096) == (0, 4096)
    made.reload()
    run(made, HOUR)
    assert not made.objects[p.DHW].status & 256
    # Nor does a controller that comes back at noon begin it.
    late, _ = firmware("H-1V.02", local_s=6 * DAY + 12 * HOUR)
    run(late, 60)
    assert not late.objects[p.DHW].status & 256


def test_a_scenario_goes_on_where_it_was():
    config = p.preset(MODELS["H2000+ PRO.V2"])
    put(config, 700, ObjectType.PAUSE, name="Минута", seconds=60)
    put(config, 701, ObjectType.OUTPUT_ACTION, name="Двор", target=p.RELAY_YARD, value=1)
    put(config, 702, ObjectType.SCENARIO, name="Позже", steps=(700, 701))
    made, house = firmware(config=config)
    made.command(702, 1)
    run(made, 30)
    made.reload()
    run(made, 20)
    assert not house.relays[6]
    run(made, 15)
    assert house.relays[6]
