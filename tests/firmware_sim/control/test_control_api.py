"""Each thing that a hand on the bench may do, asked for over HTTP, and what a program at the modem sees of it."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from at_commands import commands
from at_commands.errors import CmeError
from firmware_sim.control import make_app, serving
from firmware_sim.control.recorder import LIMIT, Recorder


async def eventually(ask, wanted) -> None:
    """Until an answer is as wanted; the modem takes a moment for what it does of its own accord."""
    deadline = asyncio.get_running_loop().time() + 10
    while not wanted(found := await ask()):
        assert asyncio.get_running_loop().time() < deadline, found
        await asyncio.sleep(0.02)


async def test_all_about_a_modem(site) -> None:
    facts = (await site.http.get(f"{site.url}/modems/modem")).json()
    assert facts["simulator"] is True
    assert (facts["personality"], facts["model"]) == ("sim800c", "SIMCOM_SIM800C")
    assert facts["clients"] == 0
    at = await site.client()
    assert (await site.http.get(f"{site.url}/modems/modem")).json()["clients"] == 1
    assert await at.send(commands.identify_imei()) == facts["imei"]
    assert (await site.http.get(site.url + "/")).json()["modems"] == ["modem"]


async def test_signal(site) -> None:
    at = await site.client()
    assert (await site.http.put("/signal", json={"rssi_dbm": -101})).json() == {"rssi_dbm": -101}
    assert (await at.send(commands.signal_quality())).rssi_dbm == -101
    await site.http.put("/signal", json={"rssi_dbm": None})
    assert (await at.send(commands.signal_quality())).rssi_dbm is None
    assert (await site.http.get("/signal")).json() == {"rssi_dbm": None}


async def test_registration(site) -> None:
    async def stat() -> int:
        return (await site.http.get("/registration")).json()["cs"]["stat"]

    await eventually(stat, lambda stat: stat == 1)
    assert (await site.http.put("/subscriber", json={"state": "in_stock"})).json()["state"] == "in_stock"
    await eventually(stat, lambda stat: stat == 3)
    assert (await site.http.get("/registration")).json()["last_cause"] == 2
    await site.http.put("/subscriber", json={"state": "active"})
    at = await site.client()
    await at.execute("AT+CFUN=0")
    assert (
        await site.http.post("/registration/reject", json={"cause": 17, "domain": "cs"})
    ).status_code == 204
    await at.execute("AT+CFUN=1")
    await eventually(stat, lambda stat: stat == 2)
    assert (await site.http.get("/registration")).json()["last_cause"] == 17


async def test_the_network_puts_the_card_off(site) -> None:
    at = await site.client()
    await at.execute("AT+CREG=1")
    async with at.subscribe("+CREG:") as urcs:
        assert (await site.http.post("/registration/detach", json={})).status_code == 204
        assert (await asyncio.wait_for(anext(urcs), 5)).line == "+CREG: 2"


async def test_the_card_is_pulled_and_put_back_locked(site) -> None:
    at = await site.client()
    async with at.subscribe("+CPIN:") as urcs:
        assert (await site.http.delete("/sim")).status_code == 204
        assert (await asyncio.wait_for(anext(urcs), 5)).line == "+CPIN: NOT READY"
        assert (await site.http.get("/sim")).json()["inserted"] is False
        card = (await site.http.put("/sim", json={"pin": "4321", "pin_tries": 2})).json()
        assert (card["inserted"], card["status"], card["pin_tries"]) == (True, "SIM PIN", 2)
        assert "4321" not in json.dumps(card)
        lines = {(await asyncio.wait_for(anext(urcs), 5)).line for _ in range(2)}
        assert "+CPIN: SIM PIN" in lines
    with pytest.raises(CmeError) as refused:
        await at.execute("AT+CMEE=1;+CPIN=1111")
    assert refused.value.code == 16
    assert (await site.http.get("/sim")).json()["pin_tries"] == 1
    await site.http.put("/sim", json={"pin_off": True})
    assert (await site.http.get("/sim")).json()["pin_required"] is False
    both = await site.http.put("/sim", json={"pin_off": True, "pin": "1234"})
    assert both.json()["type"] == "urn:thermogate:contradiction"


async def test_messages_both_ways(site) -> None:
    at = await site.client()
    await at.execute("AT+CNMI=2,1")
    async with at.subscribe("+CMTI:") as urcs:
        sent = await site.http.post("/sms", json={"sender": "MTS", "text": "Баланс 12,34 р."})
        assert sent.status_code == 202
        assert (await asyncio.wait_for(anext(urcs), 5)).line.startswith('+CMTI: "SM",')
    site.network.submit_sms("250011234567890", "+79031234567", "ответ", site.modem._clock.monotonic())
    found = (await site.http.get("/sms/sent")).json()
    assert [(each["to"], each["text"]) for each in found] == [("+79031234567", "ответ")]


async def test_ussd_from_the_network(site) -> None:
    async def stat() -> int:
        return (await site.http.get("/registration")).json()["cs"]["stat"]

    at = await site.client()
    await at.execute("AT+CUSD=1")
    await eventually(stat, lambda stat: stat == 1)
    async with at.subscribe("+CUSD:") as urcs:
        assert (
            await site.http.post("/ussd", json={"text": "Top up", "needs_answer": True})
        ).status_code == 204
        assert (await asyncio.wait_for(anext(urcs), 5)).line.startswith("+CUSD: 1,")
    await site.http.post("/power", json={"action": "cut"})
    refused = await site.http.post("/ussd", json={"text": "Top up"})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:thermogate:not_registered")


async def test_news(site) -> None:
    at = await site.client()
    async with at.subscribe("RING") as urcs:
        assert (await site.http.post("/urc", json={"text": "RING"})).status_code == 204
        assert (await asyncio.wait_for(anext(urcs), 5)).line == "RING"
    await site.http.post("/power", json={"action": "cut"})
    refused = await site.http.post("/urc", json={"text": "RING"})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:thermogate:powered_off")


async def test_power(site) -> None:
    at = await site.client()
    async with at.subscribe() as urcs:
        await site.http.post("/power", json={"action": "key"})
        assert (await asyncio.wait_for(anext(urcs), 5)).line == "NORMAL POWER DOWN"
    assert (await site.http.get(f"{site.url}/modems/modem")).json()["power"] == {"powered": False}
    assert (await site.http.post("/power", json={"action": "restore"})).json() == {"powered": True}
    again = await site.client()
    assert await again.execute("AT")
    assert (await site.http.post("/power", json={"action": "reset"})).json() == {"powered": True}


async def test_faults(site) -> None:
    added = await site.http.post("/faults", json={"spec": "busy:command=+CSQ,cme=14"})
    assert (added.status_code, added.json()["spec"]) == (201, "busy:cme=14,command=+CSQ") or added.json()[
        "id"
    ] == 1
    at = await site.client()
    await at.execute("AT+CMEE=1")
    with pytest.raises(CmeError):
        await at.execute("AT+CSQ")
    assert [each["strikes"] for each in (await site.http.get("/faults")).json()] == [1]
    assert len((await site.http.get("/faults/record")).json()["strikes"]) == 1
    assert (await site.http.delete("/faults/1")).status_code == 204
    assert await at.execute("AT+CSQ")
    assert (await site.http.delete("/faults/1")).status_code == 404
    assert (await site.http.post("/faults", json={"fault": "hang", "after": 5})).status_code == 201
    assert (await site.http.delete("/faults")).status_code == 204
    assert (await site.http.get("/faults")).json() == []
    wrong = await site.http.post("/faults", json={"spec": "lost_okay"})
    assert wrong.status_code == 422
    assert "did you mean 'lost_ok'?" in wrong.json()["detail"]


async def test_the_transcript_hides_secrets_and_is_read_on_from_where_one_was(site) -> None:
    at = await site.client()
    await at.execute("AT+CSQ")
    found = (await site.http.get("/transcript")).json()
    texts = [(line["source"], line["text"]) for line in found["lines"]]
    assert ("client", "AT+CSQ") in texts
    assert ("modem", "+CSQ: 20,0") in texts
    with pytest.raises(CmeError):
        await at.execute("AT+CMEE=1;+CPIN=9876")
    more = (await site.http.get("/transcript", params={"since": found["next_since"]})).json()
    assert more["missed"] == 0
    assert more["lines"][0]["number"] == found["next_since"] + 1
    text = (await site.http.get("/transcript.txt")).text
    assert "9876" not in text
    assert "0 < +CSQ: 20,0\n" in text


def test_the_transcript_is_bounded() -> None:
    recorder = Recorder(wall=lambda: 0.0)
    recorder(0, True, b"line\r\n" * (LIMIT + 10))
    lines = recorder.since(0, 10)
    assert [lines[0].number, recorder.last_number] == [11, LIMIT + 10]
    recorder(1, False, b"x" * 3000)
    assert recorder.last_number == LIMIT + 13


async def test_events_stream(site) -> None:
    async with site.http.stream("GET", "/events") as events:
        assert events.headers["content-type"].startswith("text/event-stream")
        lines = events.aiter_lines()
        assert await anext(lines) == ": simulator"
        at = await site.client()
        await at.execute("AT+CSQ")
        async for line in lines:
            if line.startswith("data:") and json.loads(line[5:])["text"] == "+CSQ: 20,0":
                break


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/signal", {"rssi_dbm": 5}, 422),
        ("PUT", "/signal", {"rssi": -73}, 422),
        ("PUT", "/subscriber", {"state": "sold"}, 422),
        ("POST", "/urc", {"text": "two\r\nlines"}, 422),
        ("GET", "/nothing", None, 404),
        ("PATCH", "/signal", None, 405),
        ("POST", "/sms", {"sender": "MTS", "text": "x" * 70000}, 413),
    ],
)
async def test_errors_are_problem_details(site, method: str, path: str, body: object, status: int) -> None:
    answer = await site.http.request(method, path, json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"].startswith("urn:thermogate:")
    assert problem["detail"]


async def test_another_modem_and_a_body_that_is_no_json(site) -> None:
    missing = await site.http.get(site.url + "/modems/other")
    assert missing.json()["detail"] == "there is no modem 'other'; there are: modem"
    broken = await site.http.put("/signal", content=b"{", headers={"content-type": "application/json"})
    assert (broken.status_code, broken.headers["content-type"]) == (422, "application/problem+json")


async def test_a_token_is_asked_for() -> None:
    async with serving(make_app({}, token="secret"), "127.0.0.1", 0) as url, httpx.AsyncClient() as http:
        refused = await http.get(url)
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert (await http.get(url, headers={"Authorization": "Bearer secret"})).json()["modems"] == []
        schema = (await http.get(url + "/openapi.json", headers={"Authorization": "Bearer secret"})).json()
        assert schema["security"] == [{"token": []}]


async def test_stopping_does_not_wait_for_those_who_watch(site) -> None:
    async with serving(make_app({}), "127.0.0.1", 0) as url, httpx.AsyncClient() as http:
        assert (await http.get(url)).status_code == 200
    with pytest.raises(httpx.ConnectError):
        async with httpx.AsyncClient() as http:
            await http.get(url)
