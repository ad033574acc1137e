"""Faults of the field, each met by the whole gateway: a state and its explanation, no traceback, no hang.

Where each fault that the project answers for is tested (paths below `tests/`; "here": with everything real but the
modem; `kill -9` has its own file beside this one):

| fault | tests |
|---|---|
| wrong port | here; at_commands/test_links, gateway/cli/test_cli_modem |
| busy port | here; at_commands/test_links, gateway/cli/test_cli_modem |
| a port where no modem answers | here; at_commands/test_client_faults, gateway/cli/test_cli_modem |
| garbage at line speed | here; at_commands/test_client_faults |
| modem restart | here; in mid-command: at_commands/test_client; mid-send: firmware_sim/modem/test_sockets |
| lost OK | here; at_commands/test_client_faults |
| URC in the middle of an answer | here; at_commands/test_client, hil_tests/suite/test_modem_basics |
| PIN missing, wrong, last try | here; gateway/test_commissioning, gateway/cli/test_cli_modem |
| PUK | here; gateway/test_commissioning |
| no SIM | here; gateway/test_commissioning |
| no signal | here; gateway/test_commissioning |
| denied (in stock) | here; hil_tests/suite/test_denial_and_activation, gateway/test_commissioning |
| blocked | here; gateway/test_commissioning |
| broker down | here; gateway/test_cloud_link, provisioning/test_mqtt |
| broker killed and restarted | here; provisioning/test_delivery, gateway/test_service |
| broker refuses credentials | here; gateway/test_cloud_link, provisioning/test_mqtt |
| malformed, oversized payload | here; provisioning/test_messages, test_registrar, gateway/test_cloud_link |
| unknown serial | here; provisioning/test_registrar, gateway/test_cloud_link |
| second key for a serial | here; provisioning/test_registrar, gateway/test_cloud_link |
| a typo in the configuration | gateway/test_config, gateway/cli |
| clock jumping a day | here; provisioning/test_backoff, test_outbox, gateway/test_commissioning |
| kill -9 of the gateway | test_kill9_journey; of the registrar too: provisioning/test_delivery |
| explanations complete in ru and en | here for each state met; provisioning/test_explanations, gateway/test_explain |
"""

import asyncio
import contextlib
import os
import pty
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from at_commands.links import open_link
from firmware_sim.modem import SimCard
from firmware_sim.network import SubscriberState
from hil_tests.broker import BenchBroker
from hil_tests.emulation import FarSide, bench_time, emulated_world, new_sim_card
from hil_tests.gateway import BenchGateway, open_bench_gateway
from hil_tests.modem import BenchModem, BenchSimCard
from hil_tests.options import BenchOptions
from hil_tests.relay import MeteredRelay
from provisioning.journey import Reason, State
from provisioning.mqtt import BrokerSettings
from provisioning.mqtt_aiomqtt import AiomqttConnector
from provisioning.topics import Topics

PIN = "4321"
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)

pytestmark = pytest.mark.timeout(90)


@dataclass
class Site:
    """A whole installation, and the hands that break it."""

    gateway: BenchGateway
    modem_url: str
    far_side: FarSide
    mosquitto: Any

    async def settles_at(self, state: State, reason: Reason | None = None) -> None:
        """The gateway comes to this state for this reason, and explains it in both languages."""
        await self.gateway.wait_for(state, reason=reason)
        russian, english = self.gateway.explanation("ru"), self.gateway.explanation("en")
        assert CYRILLIC.search(russian)
        assert not CYRILLIC.search(english)
        assert len(english) > 20


Installation = Callable[..., contextlib.AbstractAsyncContextManager[Site]]


@pytest.fixture
def installation(tmp_path: Path, mosquitto: Any) -> Installation:
    """Open a site whose SIM card is active, if not told otherwise."""

    @asynccontextmanager
    async def open_site(
        *,
        sim_state: SubscriberState = SubscriberState.ACTIVE,
        sim_card: SimCard | None = None,
        listen: str = "pty:",
    ) -> AsyncIterator[Site]:
        options, clock = BenchOptions(), bench_time()
        async with emulated_world(clock, seed=1, sim_state=sim_state, sim_card=sim_card, listen=listen) as (
            url,
            far_side,
        ):
            card = BenchSimCard(None, None, None, far_side)
            modem = BenchModem(url, True, card, {}, clock, far_side)
            broker = BenchBroker(mosquitto.url, "mosquitto")
            async with open_bench_gateway(options, modem, broker, tmp_path) as gateway:
                yield Site(gateway, url, far_side, mosquitto)

    return open_site


# --- the port ---


async def test_a_port_that_is_not_there(installation: Installation) -> None:
    async with installation() as site:
        site.gateway.settings["modem"]["port"] = "/dev/ttyUSB77"
        await site.gateway.start()
        await site.settles_at(State.NO_MODEM, Reason.LINK_NOT_FOUND)


async def test_a_port_that_another_program_holds_and_then_lets_go(installation: Installation) -> None:
    async with installation() as site:
        holder = await open_link(site.modem_url)
        await site.gateway.start()
        await site.settles_at(State.NO_MODEM, Reason.LINK_BUSY)
        await holder.close()
        await site.settles_at(State.ONLINE)


async def test_a_port_where_nobody_answers(installation: Installation) -> None:
    master, slave = pty.openpty()
    try:
        async with installation() as site:
            site.gateway.settings["modem"]["port"] = os.ttyname(slave)
            await site.gateway.start()
            await site.settles_at(State.NO_MODEM, Reason.NO_ANSWER)
    finally:
        os.close(master)
        os.close(slave)


async def test_garbage_at_line_speed(installation: Installation) -> None:
    """A port at the wrong speed, or of another device that never stops talking: 11520 bytes a second."""
    random = Random(1)

    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while True:
                writer.write(random.randbytes(115))
                await writer.drain()
                await asyncio.sleep(0.01)

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server, installation() as site:
        port = server.sockets[0].getsockname()[1]
        site.gateway.settings["modem"]["port"] = f"socket://127.0.0.1:{port}"
        await site.gateway.start()
        await site.settles_at(State.NO_MODEM, Reason.NO_ANSWER)


async def test_a_line_that_loses_results_and_mixes_news_into_answers(installation: Installation) -> None:
    """Lost `OK`s cost their command and its deadline, news in the midst of an answer costs nothing."""
    spoilt: Counter[str] = Counter()
    random = Random(1)

    def spoil(data: bytes) -> bytes:
        if data == b"\r\nOK\r\n" and random.random() < 0.05:
            spoilt["lost OK"] += 1
            return b""
        if data.startswith((b"\r\n+CSQ", b"\r\n+CREG")) and data.endswith(b"\r\n\r\nOK\r\n"):
            spoilt["news"] += 1
            return data.removesuffix(b"\r\nOK\r\n") + b"\r\nRING\r\n\r\n+CREG: 1\r\n\r\nOK\r\n"
        return data

    async with (
        installation(listen="tcp:127.0.0.1:0") as site,
        MeteredRelay(site.modem_url, spoil=spoil) as relay,
    ):
        site.gateway.settings["modem"]["port"] = relay.url
        await site.gateway.start()
        await site.settles_at(State.ONLINE)
        await site.gateway.until(lambda: spoilt["lost OK"] >= 3 and spoilt["news"] >= 10)
        await site.gateway.wait_telemetry_acknowledged(5)
        readings = [(reading.name, reading.at) for reading in await site.gateway.readings()]
        assert len(readings) == len(set(readings))
        assert site.gateway.snapshot.registrations == 1


# --- the SIM card ---


async def test_no_sim_card_and_then_one_is_put_in(installation: Installation) -> None:
    async with installation() as site:
        card = site.far_side.modem.remove_sim()
        assert card is not None
        await site.gateway.start()
        await site.settles_at(State.SIM_MISSING, Reason.SIM_ABSENT)
        site.far_side.modem.insert_sim(card)
        await site.settles_at(State.ONLINE)


async def test_a_pin_that_nobody_has_told_us(installation: Installation) -> None:
    async with installation(sim_card=new_sim_card(PIN)) as site:
        await site.gateway.start()
        await site.settles_at(State.SIM_LOCKED, Reason.PIN_NEEDED)


async def test_the_right_pin(installation: Installation) -> None:
    async with installation(sim_card=new_sim_card(PIN)) as site:
        site.gateway.settings["modem"]["pin"] = PIN
        await site.gateway.start()
        await site.settles_at(State.ONLINE)


async def test_a_wrong_pin_costs_one_try_however_often_the_gateway_is_started(
    installation: Installation,
) -> None:
    card = new_sim_card(PIN)
    async with installation(sim_card=card) as site:
        site.gateway.settings["modem"]["pin"] = "0001"
        for _ in range(3):
            await site.gateway.start()
            await site.settles_at(State.SIM_LOCKED, Reason.PIN_WRONG)
            await site.gateway.stop()
            assert card.pin_tries == 2


async def test_the_last_try_is_left_to_a_person(installation: Installation) -> None:
    card = new_sim_card(PIN)
    card.pin_tries = 1
    async with installation(sim_card=card) as site:
        site.gateway.settings["modem"]["pin"] = PIN
        await site.gateway.start()
        await site.settles_at(State.SIM_LOCKED, Reason.PIN_LAST_TRY)
        assert card.pin_tries == 1


async def test_a_card_that_asks_for_its_puk(installation: Installation) -> None:
    card = new_sim_card(PIN)
    card.pin_tries = 0
    async with installation(sim_card=card) as site:
        site.gateway.settings["modem"]["pin"] = PIN
        await site.gateway.start()
        await site.settles_at(State.SIM_LOCKED, Reason.PUK_NEEDED)
        assert card.puk_tries == 10


# --- the network ---


async def test_no_signal_and_then_some(installation: Installation) -> None:
    async with installation() as site:
        site.far_side.modem.set_signal(None)
        await site.gateway.start()
        await site.settles_at(State.SEARCHING, Reason.NO_SIGNAL)
        site.far_side.modem.set_signal(-73)
        await site.settles_at(State.ONLINE)


async def test_a_card_still_in_stock(installation: Installation) -> None:
    async with installation(sim_state=SubscriberState.IN_STOCK) as site:
        await site.gateway.start()
        await site.settles_at(State.WAITING_ACTIVATION, Reason.NOT_ACTIVATED)


async def test_a_card_that_is_blocked_while_it_works(installation: Installation) -> None:
    async with installation() as site:
        await site.gateway.start()
        await site.settles_at(State.ONLINE)
        site.far_side.tell_operator(SubscriberState.BLOCKED)
        await site.settles_at(State.DENIED, Reason.SIM_BLOCKED)


async def test_the_modem_restarts_while_all_is_well(installation: Installation) -> None:
    async with installation() as site:
        await site.gateway.start()
        await site.settles_at(State.ONLINE)
        acknowledged = site.gateway.telemetry_acknowledged
        site.far_side.modem.reboot()
        await site.gateway.wait_for(State.MODEM_STARTING, State.SEARCHING)
        await site.settles_at(State.ONLINE)
        await site.gateway.wait_telemetry_acknowledged(acknowledged + 3)


# --- the cloud ---


async def test_a_broker_that_is_down_and_comes(installation: Installation) -> None:
    async with installation() as site:
        await site.gateway.start()
        await site.settles_at(State.ONLINE)
        await site.gateway.stop()
        site.mosquitto.kill()
        await site.gateway.start()
        await site.settles_at(State.CLOUD_CONNECTING, Reason.BROKER_UNREACHABLE)
        site.mosquitto.restart()
        await site.settles_at(State.ONLINE)


async def test_a_broker_that_is_killed_and_comes_back(installation: Installation) -> None:
    async with installation() as site:
        await site.gateway.start()
        await site.gateway.wait_telemetry_acknowledged(3)
        site.mosquitto.kill()
        await site.settles_at(State.CLOUD_CONNECTING)
        site.mosquitto.restart()
        await site.settles_at(State.ONLINE)
        await site.gateway.wait_telemetry_acknowledged(site.gateway.telemetry_acknowledged + 3)
        readings = [(reading.name, reading.at) for reading in await site.gateway.readings()]
        assert len(readings) == len(set(readings))


async def test_a_broker_that_refuses_our_credentials(
    installation: Installation, start_mosquitto: Callable[..., Any]
) -> None:
    strict = start_mosquitto(users={"gateway": "right"})
    async with installation() as site:
        site.gateway.settings["cloud"] |= {
            "broker": strict.url,
            "username": "gateway",
            "password": "wrong",
        }
        await site.gateway.start()
        await site.settles_at(State.CLOUD_CONNECTING, Reason.BROKER_REFUSED)
        assert "wrong" not in site.gateway.explanation("en").split()


async def test_a_serial_that_the_cloud_does_not_know(installation: Installation) -> None:
    async with installation() as site:
        site.gateway.settings["device"]["serial"] = "NOBODY-1"
        await site.gateway.start()
        await site.settles_at(State.PENDING_APPROVAL, Reason.UNKNOWN_SERIAL)


async def test_a_second_key_for_a_known_serial_until_the_claim_is_armed_again(
    installation: Installation,
) -> None:
    async with installation() as site:
        await site.gateway.start()
        await site.settles_at(State.ONLINE)
        first = await site.gateway.record()
        await site.gateway.stop()
        site.gateway.settings["store"]["dir"] = "replaced"
        await site.gateway.start()
        await site.settles_at(State.PENDING_APPROVAL, Reason.KEY_MISMATCH)
        assert await site.gateway.record() == first
        await site.gateway.registrar.rearm(site.gateway.serial)
        await site.settles_at(State.ONLINE)
        assert (await site.gateway.record()).key_fingerprint != first.key_fingerprint


async def test_rubbish_on_every_topic_disturbs_neither_end(installation: Installation) -> None:
    async with installation() as site:
        await site.gateway.start()
        await site.settles_at(State.ONLINE)
        topics = Topics(str(site.gateway.settings["cloud"]["root"]))
        device_id = (await site.gateway.record()).device_id
        rubbish = (b"", b"{", b"\xff\xfe\x00", b"[" * 100_000, b'{"op_ids": "x"}', b"x" * 200_000)
        settings = BrokerSettings.parse(site.mosquitto.url)
        async with AiomqttConnector().connect(settings, client_id="vandal") as vandal:
            for payload in rubbish:
                for topic in (
                    topics.ack(device_id),
                    topics.command(device_id),
                    topics.telemetry(device_id),
                    topics.event(device_id),
                    topics.claim_request(site.gateway.serial),
                ):
                    await vandal.publish(topic, payload)
        await site.gateway.until(lambda: site.gateway.registrar.counts["malformed"] >= len(rubbish))
        acknowledged = site.gateway.telemetry_acknowledged
        await site.gateway.wait_telemetry_acknowledged(acknowledged + 3)
        assert site.gateway.state is State.ONLINE


# --- time ---


@pytest.mark.parametrize("by_s", [86_400.0, -86_400.0])
async def test_a_clock_that_jumps_a_day_while_we_wait(installation: Installation, by_s: float) -> None:
    async with installation(sim_state=SubscriberState.IN_STOCK) as site:
        await site.gateway.start()
        await site.settles_at(State.WAITING_ACTIVATION)
        before = site.gateway.attempts
        site.far_side.clock.jump(by_s)  # type: ignore[attr-defined]
        await site.gateway.until(lambda: site.gateway.attempts >= before + 2)
        site.far_side.tell_operator(SubscriberState.ACTIVE)
        await site.settles_at(State.ONLINE)
