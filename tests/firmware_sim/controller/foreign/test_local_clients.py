"""The conversations that public Home Assistant integrations hold with a controller on its WebSocket, in their order.

Two kinds of client are played: one that asks one question at a time and takes answers apart strictly (as zont-local in
2026), and one that asks for everything at once and listens (as zont_ws 2026.3). What they need is all that is asked for
here: which words a line has, which fields an object has and of which JSON type.
"""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager

import aiohttp
import pytest
from foreign.whole_house import config, whole_house

from firmware_sim.controller.local_network import LocalServer
from firmware_sim.controller.local_session import LocalAccess
from firmware_sim.controller.models import MODELS
from firmware_sim.controller.presets import preset

ANSWER_S = 3.0
"""How long the strictest of them waits for an answer to a line."""


class Client:
    """One question at a time; what comes in between is a push."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws
        self.pushed: list[dict] = []

    async def ask(self, request: dict, answers: str) -> dict:
        await self._ws.send_str(json.dumps(request, ensure_ascii=False, separators=(",", ":")))
        async with asyncio.timeout(ANSWER_S):
            while True:
                message = await self._ws.receive()
                assert message.type is aiohttp.WSMsgType.TEXT, message
                told = json.loads(message.data)
                if answers in told and ("id" not in request or told.get("id") == request["id"]):
                    return told
                self.pushed.append(told)

    async def line(self, line: str) -> str:
        answer = (await self.ask({"scmd": line}, "scmdres"))["scmdres"]
        head, mark, text = re.fullmatch(r"(#?[A-Z]+\d*)([:$=])(.*)", answer).groups()
        assert (head, mark) == (line[:-1], "$" if line.startswith("#Y") else ":")
        return text

    async def ids(self, kind: int) -> list[int]:
        found = (await self.ask({"req_ids": kind}, "ids"))["ids"]
        assert all(type(each) is int and each >= 0 for each in found)
        return found

    async def state(self, object_id: int) -> dict:
        return await self.ask({"id": object_id, "req_state": 0}, "type")

    async def command(self, object_id: int, value: object) -> None:
        assert (await self.ask({"id": object_id, "cmd": value}, "cmdres"))["cmdres"] == 0


@asynccontextmanager
async def served(text=None):
    firmware, house = whole_house(text)
    server = LocalServer(
        firmware, LocalAccess("admin", "s3cret"), firmware.step, restarts=lambda: firmware.lines.restarts
    )
    firmware.listeners.append(server.changed)
    async with server.serving("127.0.0.1", 0) as url, aiohttp.ClientSession() as http:
        yield firmware, house, http, url


@asynccontextmanager
async def signed_in(http: aiohttp.ClientSession, url: str):
    async with http.ws_connect(url, heartbeat=30.0) as ws:
        await ws.send_str('{"user":"admin","pass":"s3cret"}')
        # The first message must be this one, not a push.
        assert (await ws.receive_json(timeout=ANSWER_S))["auth"] == 200
        yield ws


def places(text: str) -> list[object]:
    """A line's values; an empty place, as strict clients have it, is an error."""
    values: list[object] = []
    pattern = re.compile(r"'((?:[^']|'')*)'|\[([\d,]*)\]|(-?\d+)")
    at = 0
    while True:
        found = pattern.match(text, at)
        assert found, f"an empty place at {at} in {text}"
        quoted, array, number = found.groups()
        values.append(
            [*map(int, filter(None, array.split(",")))]
            if array is not None
            else quoted
            if number is None
            else int(number)
        )
        if found.end() == len(text):
            return values
        assert text[found.end()] == ","
        at = found.end() + 1


# -- the strict one


async def test_it_identifies_the_controller():
    async with served() as (_, _, http, url), signed_in(http, url) as ws:
        client = Client(ws)
        assert re.fullmatch("[0-9A-Za-z]{12}", await client.line("#S54?"))
        model, board, version = (await client.line("#S7?")).split()
        assert model.replace("_", " ") == "H2000+ PRO.V2"
        assert all(re.fullmatch(r"[A-Za-z0-9._+-]+", each) for each in (model, board, version))


async def test_it_reads_supply_and_links_and_takes_a_mark_for_what_is_not_there():
    async with served() as (_, _, http, url), signed_in(http, url) as ws:
        client = Client(ws)
        assert re.fullmatch("[01] [01] [01] [01]", await client.line("#S224?"))
        assert re.fullmatch(r"\d+ \d+", await client.line("#S6?"))
        for absent in ("#S4?", "#S198?", "#S205?"):
            assert await client.line(absent) == "!"


@pytest.mark.parametrize("operator", ["", "MTS RUS"])
async def test_a_modems_line_has_three_parts_registered_or_not(operator):
    async with served() as (firmware, _, http, url), signed_in(http, url) as ws:
        around = firmware.lines.surroundings
        around.imei, around.operator, around.gsm_level, around.registration = (
            "861508039999999",
            operator,
            17,
            3,
        )
        level, registration, name = (await Client(ws).line("#S4?")).split(maxsplit=2)
        assert (level, registration, bool(name)) == ("17", "3", True)


@pytest.mark.parametrize("model", MODELS)
async def test_every_model_has_a_mode_that_switches_all_off_or_it_could_not_be_set_up(model):
    async with served(preset(MODELS[model])) as (_, _, http, url), signed_in(http, url) as ws:
        client = Client(ws)
        circuits = [each for each in await client.ids(16) if (await client.state(each))["stype"] in {1, 3}]
        applicable = {each: places(await client.line(f"#Y{each}?"))[8] for each in circuits}
        off = []
        for mode in await client.ids(20):
            kind, name, targets, setpoints, *_ = places(await client.line(f"#Z{mode}?"))
            assert (kind, bool(name), len(targets)) == (20, True, len(setpoints))
            if all(dict(zip(targets, setpoints, strict=True)).get(each) == 0 for each in circuits):
                off.append(mode)
        assert [each for each in off if all(each in modes for modes in applicable.values())]


NUMBER, FLAG, WHOLE, TEXT = (int, float), {0, 1}, int, str
FIELDS = {
    0: {"stype": WHOLE, "v": NUMBER, "u": WHOLE, "trig": FLAG, "a": FLAG},
    1: {"t": NUMBER, "a": FLAG},
    2: {"s": FLAG, "trig": FLAG, "a": FLAG},
    6: {
        "water": NUMBER,
        "return": NUMBER,
        "modul": NUMBER,
        "press": NUMBER,
        "state": {0, 1, 2},
        "err": WHOLE,
    },
    10: {"stype": WHOLE, "s": NUMBER, "a": FLAG},
    14: {"s": FLAG, "a": FLAG},
    15: {"s": {0, 1, 2}, "a": FLAG},
    16: {
        "stype": WHOLE,
        "c": NUMBER,
        "s": NUMBER,
        "m": {"heat", "cool", "off"},
        "m_id": WHOLE,
        "f": FLAG,
        "a": FLAG,
    },
    17: {"s": FLAG, "a": FLAG},
    27: {"t": NUMBER, "a": FLAG},
}
"""By type, what must be there and what it may be; of a flag, exactly the numbers 0 and 1."""


@pytest.mark.parametrize("kind", FIELDS)
async def test_it_lists_and_reads_objects_of_every_type(kind):
    async with served() as (_, _, http, url), signed_in(http, url) as ws:
        client = Client(ws)
        found = await client.ids(kind)
        assert found
        for object_id in found:
            state = await client.state(object_id)
            assert (state["id"], state["type"]) == (object_id, kind)
            assert state["name"].strip()
            for field, wanted in FIELDS[kind].items():
                value = state[field]
                assert not isinstance(value, bool)
                assert value in wanted if isinstance(wanted, set) else isinstance(value, wanted), (
                    field,
                    value,
                )


async def test_radio_sensors_have_what_their_subtype_says():
    async with served() as (_, _, http, url), signed_in(http, url) as ws:
        client = Client(ws)
        states = {
            state["name"]: state for state in [await client.state(each) for each in await client.ids(8)]
        }
        assert states["Спальня"].keys() >= {"stype", "a", "t", "h", "b", "r"}
        assert states["Протечка в котельной"].keys() >= {"stype", "a", "trig", "b", "r"}
        assert states["Чердак"]["a"] == 0


async def test_it_reckons_limits_from_the_lines_and_sets_within_them():
    async with served() as (_, _, http, url), signed_in(http, url) as ws:
        client = Client(ws)
        for circuit in await client.ids(16):
            if (await client.state(circuit))["stype"] != 3:
                continue
            line = places(await client.line(f"#Z{circuit}?"))
            assert len(line) >= 17
            sensor = places(await client.line(f"#Y{circuit}?"))[6]
            kind, *_ = values = places(await client.line(f"#Z{sensor}?"))
            high, low = values[3:5] if kind == 1 else values[4:6]
            for raw in (low or 2780, high or 3130):
                await client.command(circuit, raw)
                state = await client.state(circuit)
                assert (state["s"], state["m_id"]) == (raw / 10 - 273, 0)
            for mode in places(await client.line(f"#Y{circuit}?"))[8]:
                await client.command(circuit, mode)
                assert (await client.state(circuit))["m_id"] == mode


async def test_a_relay_is_read_from_the_end_of_its_line_and_confirmed():
    async with served() as (_, _, http, url), signed_in(http, url) as ws:
        client = Client(ws)
        for relay in await client.ids(14):
            *_, output, settings = places(await client.line(f"#Z{relay}?"))
            assert output in {6, 7}
            inverted = bool(settings & 9)
            assert re.fullmatch(r"\d+", await client.line(f"#Y{relay}?"))
            for on in (1, 0):
                await client.command(relay, on)
                # It shows its output.
                assert (await client.state(relay))["s"] == on ^ inverted
        for tap in await client.ids(15):
            assert re.fullmatch(r"[0-2],\d+", await client.line(f"#Y{tap}?"))


async def test_it_hands_its_own_sensors_over_by_name_and_keeps_them_alive():
    async with served() as (_, _, http, url), signed_in(http, url) as ws:
        client = Client(ws)
        made = await client.ask({"name": "HA - Температура", "type": 1, "cmd": "1 24.1"}, "cmdres")
        assert made["cmdres"] == 0
        assert (await client.state(made["id"]))["t"] == 24.1
        again = await client.ask({"name": "HA - Температура", "type": 1, "cmd": "1 25.0"}, "cmdres")
        assert (again["id"], (await client.state(made["id"]))["t"]) == (made["id"], 25.0)
        for subtype, closed, opened in ((20, "0 0 180", "0 20 180"), (19, "0 20 180", "0 0 180")):
            named = {"name": f"HA - Контакт {subtype}", "type": 0, "stype": subtype}
            contact = (await client.ask({**named, "cmd": closed}, "cmdres"))["id"]
            state = await client.state(contact)
            assert (state["stype"], state["trig"], state["a"]) == (subtype, 0, 1)
            await client.command(contact, opened)
            assert (await client.state(contact))["trig"] == 1


async def test_a_restart_breaks_the_line_of_every_client_and_lets_them_come_again():
    async with served() as (_, _, http, url):
        async with signed_in(http, url) as ws, signed_in(http, url) as other:
            await ws.send_str('{"scmd":"SRESTART?"}')
            for each in (ws, other):
                async with asyncio.timeout(ANSWER_S):
                    async for message in each:
                        # Only pushes may still come, never an answer.
                        assert "scmdres" not in message.data
        async with signed_in(http, url) as ws:
            assert await Client(ws).ids(16)


# -- the one that asks for everything at once


async def test_it_asks_for_all_at_once_and_hears_all():
    async with served() as (_, _, http, url), signed_in(http, url) as ws:
        ids = await Client(ws).ids(255)
        await ws.send_json({"scmd": "#S7?"})
        for each in ids:
            await ws.send_json({"id": each, "req_state": 0})
        told: dict[int, dict] = {}
        order: list[int] = []
        async with asyncio.timeout(10):
            while set(told) != set(ids):
                message = await ws.receive_json()
                if "scmdres" in message:
                    assert len(message["scmdres"].split(":")[1].split(" ")) == 3
                    continue
                assert "failed" not in message
                told[message["id"]] = message
                order.append(message["id"])
        asked = iter(order)
        assert all(each in asked for each in ids), "answers come in the order of the questions"
        # Each must have a name: it is what its entity is called by, a mode's what a preset is.
        assert all(isinstance(each["name"], str) for each in told.values())


async def test_it_presses_a_mode_and_hears_of_it_by_a_push_alone():
    async with served() as (firmware, _, http, url), signed_in(http, url) as ws:
        client = Client(ws)
        (mode,) = [each for each in await client.ids(20) if (await client.state(each))["name"] == "Эконом"]
        await client.command(mode, 1)
        circuit = (await client.ids(16))[0]
        firmware.step()
        async with asyncio.timeout(ANSWER_S):
            while not any(each.get("id") == circuit and each.get("m_id") == mode for each in client.pushed):
                client.pushed.append(await ws.receive_json())


async def test_a_configuration_read_anew_is_told_as_such():
    async with served(config()) as (firmware, _, http, url), signed_in(http, url) as ws:
        client = Client(ws)
        answer = await client.ask({"scmd": "SCFG_RELOAD_REQ?"}, "scmdres")
        assert answer["scmdres"] == "CFG_RELOAD=ok"
        every = set(firmware.ids(255))
        async with asyncio.timeout(10):
            while not every <= {each.get("id") for each in client.pushed}:
                client.pushed.append(await ws.receive_json())
