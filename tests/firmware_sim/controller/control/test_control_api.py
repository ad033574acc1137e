"""What a hand on the bench sees of a controller over HTTP, and what it does to it and to its house."""

from __future__ import annotations

import json

import httpx
import pytest

from firmware_sim.controller import presets as p
from firmware_sim.controller.control import Bench, make_app, serve_control
from firmware_sim.controller.control.journal import LIMIT, Journal
from firmware_sim.controller.presets import preset
from firmware_sim.controller.wiring import Installation

HOUR_S = 3600
RUSSIAN = {"accept-language": "ru"}


async def test_who_it_is(site):
    about = await site.get("/")
    assert about["simulator"] is True
    assert (about["model"], about["part"], about["serial"]) == (
        "H2000+ PRO.V2",
        "ML00006086",
        "0A1B2C3D4E5F",
    )
    assert (about["house"], about["alarms"], about["faults"]) == ("large_house", 0, 0)
    assert about["objects"] == len(site.installation.firmware.objects)


# -- time


async def test_an_hour_passes_at_once_and_the_clock_goes_on_from_there(site):
    before = await site.get("/time")
    after = (await site.http.post("/time/advance", json={"seconds": HOUR_S})).json()
    assert after["uptime_s"] - before["uptime_s"] == HOUR_S
    assert (after["minute_of_week"] - before["minute_of_week"]) % 10080 == 60
    assert await site.get("/time") == after
    assert (await site.get("/house"))["time_s"] == pytest.approx(site.installation.plant.time_s)


async def test_hastened_time_is_not_lived_twice():
    now = [100.0]
    installation = Installation(now=now[0])
    bench = Bench(installation, lambda: installation.advance(now[0]))
    started_s = installation.firmware.board.now_s
    await bench.hasten(90)
    now[0] += 10.0
    bench.advance()
    assert installation.firmware.board.now_s - started_s == 100


# -- objects


async def test_objects_are_listed_by_type_and_page(site):
    circuits = await site.get("/objects", type=16)
    assert [each["name"] for each in circuits["objects"]] == [
        "Радиаторы",
        "Тёплые полы",
        "ГВС",
        "Гостевые комнаты",
    ]
    assert {each["type_name"] for each in circuits["objects"]} == {"heating_circuit"}
    ids, after = [], -1
    while True:
        page = await site.get("/objects", limit=7, after=after)
        if not page["objects"]:
            break
        ids += [each["id"] for each in page["objects"]]
        after = page["next_after"]
    assert ids == sorted(site.installation.firmware.objects)
    assert page["total"] == len(ids)


async def test_an_object_has_its_inner_state_and_its_line(site):
    await site.wait(5)
    shown = await site.get(f"/objects/{p.AIR}")
    assert (shown["type_name"], shown["name"]) == ("wired_temperature_sensor", "Дом")
    assert int(shown["inner"]) / 10 - 273 == pytest.approx(shown["state"]["t"], abs=0.11)
    assert shown["line"].startswith(f"#Z{p.AIR}=1,'Дом'")


@pytest.mark.parametrize(
    ("object_id", "value", "result"),
    [(p.RADIATORS, 2951, 0), (p.RADIATORS, "2951", 0), (p.RELAY_YARD, 1, 0), (p.RELAY_YARD, 7, 1), (p.WEEK, 1, 2)],
)  # fmt: skip
async def test_commands_have_the_sockets_results(site, object_id, value, result):
    done = (await site.http.post(f"/objects/{object_id}/command", json={"value": value})).json()
    assert (done["id"], done["cmdres"], done["accepted"]) == (object_id, result, result == 0)
    assert site.installation.firmware.command(object_id, value) == result


async def test_a_setpoint_is_done_when_the_state_shows_it(site):
    await site.http.post(f"/objects/{p.RADIATORS}/command", json={"value": 2951})
    assert (await site.get(f"/objects/{p.RADIATORS}"))["state"]["s"] == 22.1


# -- alarms and events


async def test_events_are_read_on_from_where_one_was(site):
    assert (await site.get("/events"))["events"] == []
    number = await site.fault("sensor_cut", "28-air")
    await site.wait(15)
    found = await site.get("/events")
    told = [(each["source"], each["what"], each["active"]) for each in found["events"]]
    assert told == [
        ("bench", f"fault {number}: sensor_cut 28-air", None),
        ("bench", "time: 15 s on", None),
        ("controller", "sensor_lost", True),
    ]
    assert found["events"][2]["object_id"] == p.AIR
    assert found["missed"] == 0
    await site.end(number)
    await site.wait(5)
    more = await site.get("/events", after=found["next_after"])
    assert more["events"][-1]["what"] == "sensor_lost"
    assert more["events"][-1]["active"] is False
    assert more["events"][0]["number"] == found["next_after"] + 1
    assert len((await site.get("/events", limit=2))["events"]) == 2


async def test_alarms_say_since_when(site):
    await site.fault("sensor_cut", "28-tank")
    await site.wait(60)
    (alarm,) = [each for each in await site.get("/alarms") if each["what"] == "sensor_lost"]
    assert (alarm["object_id"], alarm["name"]) == (p.TANK, "Бойлер ГВС")
    assert alarm["lasts_s"] == pytest.approx(50, abs=2)


def test_events_are_bounded():
    journal = Journal()
    for number in range(LIMIT + 10):
        journal.remark(float(number), "knock")
    kept = journal.since(0, LIMIT)
    assert (len(kept), kept[0].number, journal.last_number) == (LIMIT, 11, LIMIT + 10)


async def test_the_event_stream_says_an_alarm_as_it_comes(site):
    async with site.http.stream("GET", "/events/stream") as events:
        assert events.headers["content-type"].startswith("text/event-stream")
        lines = events.aiter_lines()
        assert await anext(lines) == ": simulator"
        await site.fault("sensor_cut", "28-air")
        await site.wait(15)
        async for line in lines:
            if line.startswith("data:") and json.loads(line[5:])["what"] == "sensor_lost":
                break
    assert (await site.get("/"))["simulator"] is True


async def test_alarms_from_before_the_hand_came_are_told_too():
    installation = Installation()
    installation.wiring.cut.add("28-air")
    installation.advance(20.0)
    async with (
        serve_control(installation, lambda: None, "127.0.0.1", 0) as url,
        httpx.AsyncClient(base_url=url) as http,
    ):
        assert [each["what"] for each in (await http.get("/events")).json()["events"]] == ["sensor_lost"]
    assert installation.firmware.alarm_listeners == []


# -- configuration


async def test_the_configuration_goes_out_and_in_without_losing_a_byte(site):
    got = await site.http.get("/config")
    assert got.headers["content-type"] == "text/plain; charset=windows-1251"
    assert got.content == site.installation.firmware.config.to_bytes()
    assert "Радиаторы".encode("cp1251") in got.content
    put = (await site.http.put("/config", content=got.content)).json()
    assert (put["applied"], put["problems"]) == (True, [])
    assert (await site.http.get("/config")).content == got.content


async def test_a_configuration_with_mistakes_is_named_line_by_line_and_the_rest_works(site):
    lines = preset(site.installation.firmware.model).to_bytes().splitlines()
    lines[1:1] = ["#Z9=16,'Нет источника',0,3030,3530,,,,,,,,,,,,7777".encode("cp1251"), b"nonsense"]
    wrong = b"\r\n".join(lines)
    tried = (await site.http.put("/config", params={"dry_run": True}, content=wrong)).json()
    assert tried["applied"] is False
    assert 9 not in site.installation.firmware.objects
    assert (3, "nonsense") in {(each["line"], each["place"]) for each in tried["problems"]}
    assert any(each["line"] == 2 and "#Z9" in each["place"] for each in tried["problems"])
    russian = await site.http.put("/config", params={"dry_run": True}, content=wrong, headers=RUSSIAN)
    assert "это не строка #Z или #S" in {each["what"] for each in russian.json()["problems"]}

    put = (await site.http.put("/config", content=wrong)).json()
    assert (put["applied"], put["problems"]) == (True, tried["problems"])
    assert (await site.get("/config/problems"))["problems_total"] == len(tried["problems"])
    assert (await site.get("/objects/9"))["name"] == "Нет источника"
    assert (await site.get(f"/objects/{p.AIR}"))["name"] == "Дом"


async def test_a_byte_that_windows_1251_lacks_is_kept_and_told_as_what_cannot_be_read(site):
    config = b"\x98\r\n#S36=3\r\n"
    put = (await site.http.put("/config", content=config)).json()
    assert [(each["line"], each["place"]) for each in put["problems"]] == [(1, "?")]
    assert (await site.http.get("/config")).content == config


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"/objects/{p.RADIATORS}/command", rb'{"value": "\ud800"}'),
        ("PUT", "/links", rb'{"\ud800": 1}'),
        ("POST", "/faults", rb'{"fault": "\ud800"}'),
        ("POST", "/faults", rb'{"fault": "sensor_cut", "place": "\ud800"}'),
    ],
)
async def test_half_a_character_is_refused_in_words(site, method, path, body):
    answer = await site.http.request(method, path, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert (await site.http.get("/events")).status_code == 200


async def test_a_file_beyond_the_limit_is_refused_and_nothing_changes(site):
    before = (await site.http.get("/config")).content
    refused = await site.http.put("/config", content=b"#S1=" + b"x" * 1024 * 1024)
    assert (refused.status_code, refused.headers["content-type"]) == (413, "application/problem+json")
    assert (await site.http.get("/config")).content == before


async def test_reload_and_restart(site):
    site.installation.firmware.config.set_parameter(36, "5")
    assert (await site.http.post("/reload")).json()["problems_total"] == 0
    assert (await site.get("/"))["restarts"] == 0
    assert (await site.http.post("/restart")).json()["applied"] is True
    assert (await site.get("/"))["restarts"] == 1


# -- the house


async def test_the_house_is_warm_and_no_heat_is_missing(site):
    for _ in range(2):
        await site.wait(HOUR_S)
        house = await site.get("/house")
        assert [room["name"] for room in house["rooms"]] == ["ground", "upper", "guests"]
        assert all(15 < room["air_c"] < 25 for room in house["rooms"][:2])
        assert house["gas_meter_m3"] == pytest.approx(house["energy"]["gas_kwh"] / 9.3)
        assert house["energy"]["gas_kwh"] > 1
        assert abs(house["energy"]["missing_kwh"]) < 1e-6
        assert {each["kind"] for each in house["circuits"]} == {"floor", "radiators"}
        assert house["tank"]["temp_c"] > 45


async def test_a_hand_that_brings_heat_is_nobodys_loss(site):
    assert (await site.put("/house/rooms/upper", air_c=10.0))["air_c"] == 10.0
    assert (await site.put("/house/tank", temp_c=20.0))["upper_c"] == 20.0
    await site.wait(60)
    house = await site.get("/house")
    assert house["rooms"][1]["air_c"] < 15
    assert abs(house["energy"]["missing_kwh"]) < 1e-6
    await site.wait(2)
    shown = (await site.get(f"/objects/{p.AIR}"))["state"]["t"]
    assert shown == pytest.approx((await site.get("/house"))["rooms"][1]["air_c"], abs=0.1)


async def test_a_front_passes_and_the_weather_is_its_own_again(site):
    assert (await site.get("/house"))["outdoor"]["temp_c"] == pytest.approx(-10.0)
    held = await site.put("/house/outdoor", temp_c=-30.0, over_s=2 * HOUR_S)
    assert (held["temp_c"], held["held_c"]) == (pytest.approx(-10.0), -30.0)
    await site.wait(HOUR_S)
    assert (await site.get("/house"))["outdoor"]["temp_c"] == pytest.approx(-20.0, abs=0.1)
    await site.wait(HOUR_S)
    assert (await site.get("/house"))["outdoor"]["temp_c"] == pytest.approx(-30.0)
    assert (await site.get(f"/objects/{p.OUTDOOR}"))["state"]["t"] == pytest.approx(-30.0, abs=0.1)
    free = (await site.http.delete("/house/outdoor")).json()
    assert (free["temp_c"], free["held_c"]) == (pytest.approx(-10.0), None)


async def test_cold_at_once_makes_the_curve_ask_for_more(site):
    await site.wait(HOUR_S)
    await site.put("/house/rooms/upper", air_c=17.0)
    await site.wait(60)
    mild_c = (await site.get("/buses"))[0]["demand"]["ch_setpoint_c"]
    await site.put("/house/outdoor", temp_c=-28.0)
    await site.wait(120)
    assert (await site.get("/buses"))[0]["demand"]["ch_setpoint_c"] > mild_c + 5


async def test_an_open_tap_empties_the_tank(site):
    opened = await site.put("/house/tank/draw", flow_l_min=12.0)
    assert opened["opened_l_min"] == 12.0
    await site.wait(600)
    tank = (await site.get("/house"))["tank"]
    assert tank["drawn_l_min"] >= 12.0
    assert tank["lower_c"] < 40
    assert (await site.put("/house/tank/draw", flow_l_min=0))["opened_l_min"] == 0


async def test_a_pressure_that_no_vessel_gives_is_refused(site):
    refused = await site.http.put("/house/pressure", json={"pressure_bar": 0.2})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:thermogate:no_such_pressure")


async def test_a_house_without_a_tank(serve):
    site = await serve(house="flat", model="H-1V.02")
    assert (await site.get("/house"))["tank"] is None
    refused = await site.http.put("/house/tank/draw", json={"flow_l_min": 5})
    assert (refused.status_code, refused.json()["type"]) == (404, "urn:thermogate:no_tank")
    kinds = {each["fault"]: each for each in await site.get("/faults/kinds")}
    assert kinds["charge_stuck"]["places"] == []


# -- links and supply


async def test_what_a_controller_is_told_of_its_links(site):
    assert (await site.get("/links"))["gsm"]["imei"] == ""
    imei = "860000000000001"
    told = await site.put(
        "/links", imei=imei, gsm_registration=3, gsm_level=7, operator="MTS", cloud_linked=True
    )
    wanted = {
        "registration": 3,
        "meaning": "denied",
        "level": 7,
        "operator": "MTS",
        "imei": imei,
        "iccid": "",
    }
    assert told["gsm"] == wanted
    assert (told["cloud_linked"], told["wifi_linked"]) == (True, False)
    assert site.installation.firmware.system("#S4?") == "#S4:7 3 MTS"
    assert site.installation.firmware.system("#S224?") == "#S224:1 0 0 0"
    assert (await site.put("/links", gsm_level=20))["gsm"]["registration"] == 3


async def test_what_goes_over_the_boilers_buses(site):
    await site.wait(300)
    buses = await site.get("/buses")
    boilers = (await site.get("/house"))["boilers"]
    assert [each["serial"] for each in buses] == ["0000", "0001"]
    assert all(each["linked"] for each in buses)
    assert buses[0]["told"]["flow_c"] == pytest.approx(boilers[0]["flow_c"], abs=1.5)
    assert buses[0]["told"]["pressure_bar"] == pytest.approx(boilers[0]["pressure_bar"], abs=0.05)


async def test_the_battery_is_set(site):
    supply = await site.put("/supply/battery", battery_percent=50.0)
    assert (supply["battery_percent"], supply["mains"], supply["on_battery"]) == (50.0, True, False)


# -- faults and errors


async def test_what_can_go_wrong_is_told_in_the_readers_language(site):
    kinds = {each["fault"]: each for each in await site.get("/faults/kinds")}
    assert kinds["sensor_stuck"]["value"] == {"unit": "°C", "low": -60.0, "high": 150.0}
    assert "28-floor-flow" in kinds["sensor_stuck"]["places"]
    assert (kinds["gas_off"]["places"], kinds["gas_off"]["value"]) == (None, None)
    russian = (await site.http.get("/faults/kinds", headers=RUSSIAN)).json()
    assert "Обрыв провода датчика" in {each["what"] for each in russian}


async def test_the_same_fault_again_takes_the_place_of_the_first(site):
    first = await site.fault("input_volts", "2", 3.0)
    second = await site.fault("input_volts", "2", 5.0)
    await site.fault("input_volts", "3", 0.0)
    shown = [(each["id"], each["place"], each["value"]) for each in await site.get("/faults")]
    assert shown == [(second, "2", 5.0), (second + 1, "3", 0.0)]
    assert (await site.http.delete(f"/faults/{first}")).status_code == 404
    assert site.installation.wiring.volts_at[2] == 5.0


@pytest.mark.parametrize(
    ("body", "kind", "told"),
    [
        ({"fault": "sensor_lost"}, "unknown_fault", "there are: sensor_cut"),
        ({"fault": "sensor_cut"}, "no_such_place", "28-air"),
        ({"fault": "sensor_cut", "place": "28-attic"}, "no_such_place", "28-air"),
        ({"fault": "gas_off", "place": "house"}, "no_place", "gas_off"),
        ({"fault": "leak"}, "value_out_of_range", "0 … 3600 l/h"),
        ({"fault": "leak", "value": -1}, "value_out_of_range", "0 … 3600 l/h"),
        ({"fault": "gas_off", "value": 1}, "no_value", "gas_off"),
    ],
)
async def test_a_fault_that_cannot_be_is_refused_with_the_way_out(site, body, kind, told):
    refused = await site.http.post("/faults", json=body)
    assert (refused.status_code, refused.json()["type"]) == (422, f"urn:thermogate:{kind}")
    assert told in refused.json()["detail"]
    assert await site.get("/faults") == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/objects/999", None, 404),
        ("POST", "/objects/999/command", {"value": 1}, 404),
        ("POST", f"/objects/{p.AIR}/command", {"value": [1]}, 422),
        ("POST", f"/objects/{p.AIR}/command", {"value": "x" * 300}, 422),
        ("PUT", "/house/rooms/attic", {"air_c": 20}, 404),
        ("PUT", "/house/rooms/upper", {"air_c": 20, "walls_c": 20}, 422),
        ("PUT", "/house/boilers/third/lockout", {"why": "no_flame"}, 404),
        ("PUT", "/house/outdoor", {"temp_c": -300}, 422),
        ("PUT", "/links", {"gsm_registration": 6}, 422),
        ("POST", "/time/advance", {"seconds": 86400}, 422),
        ("DELETE", "/faults/7", None, 404),
        ("PATCH", "/links", None, 405),
        ("GET", "/nothing", None, 404),
    ],
)
async def test_errors_are_problem_details(site, method, path, body, status):
    answer = await site.http.request(method, path, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"].startswith("urn:thermogate:")
    assert problem["detail"]


async def test_a_body_of_nothing_but_brackets_is_refused(site):
    answer = await site.http.put(
        "/links", content=b"[" * 500_000, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


async def test_errors_speak_the_readers_language(site):
    english = (await site.http.get("/objects/999")).json()["detail"]
    russian = (await site.http.get("/objects/999", headers=RUSSIAN)).json()["detail"]
    assert english == "there is no object 999; GET /objects lists them"
    assert russian == "объекта 999 нет; GET /objects покажет все"


async def test_a_token_is_asked_for():
    installation = Installation()
    async with (
        serve_control(installation, lambda: None, "127.0.0.1", 0, "secret") as url,
        httpx.AsyncClient(base_url=url) as http,
    ):
        refused = await http.get("/")
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        allowed = {"Authorization": "Bearer secret"}
        assert (await http.get("/", headers=allowed)).json()["simulator"] is True
        assert (await http.get("/openapi.json", headers=allowed)).json()["security"] == [{"token": []}]


def test_the_document_names_every_kind_of_fault():
    document = make_app(Bench(Installation(), lambda: None)).openapi()
    named = document["components"]["schemas"]["FaultRequest"]["properties"]["fault"]["enum"]
    assert {"sensor_cut", "mains_off", "leak"} <= set(named)
