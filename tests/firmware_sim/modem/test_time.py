"""The modem on other clocks than the wall's."""

import asyncio
from random import Random

from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState
from firmware_sim.virtual_time import DEFAULT_EPOCH_S, LoopClock, ScaledClock, run_virtual

IMSI = "250011234567890"
HOUR_S = 3600.0


def in_stock(clock, seed):
    network = Network(NetworkConfig(sweep_interval_s=4 * HOUR_S), random=Random(seed), now=clock.monotonic())
    network.add_subscriber(Subscriber(IMSI, state=SubscriberState.IN_STOCK, paid=True))
    return network


async def wait_for_activation(seed):
    """A night of a card still in stock: the radio is cycled every 15 minutes until it registers."""
    clock = LoopClock(epoch_s=DEFAULT_EPOCH_S)
    network = in_stock(clock, seed)
    heard = []
    card = SimCard("8970101234567890123", IMSI)
    async with (
        NetworkRunner(network, clock),
        EmulatedModem(ModemSettings(seed=seed), card, network, clock=clock) as modem,
    ):
        link = modem.connect()

        async def listen():
            while data := await link.read():
                heard.append((clock.monotonic(), data))

        listening = asyncio.create_task(listen())
        await clock.sleep(60)
        await link.write(b"AT+CREG=1\r")
        while not network.is_registered(IMSI, "ps"):
            await clock.sleep(15 * 60)
            await link.write(b"AT+CFUN=4;+CFUN=1\r")
            await clock.sleep(60)
        await link.write(b"AT+CREG?\r")
        await clock.sleep(1)
        listening.cancel()
    return heard, network.subscriber(IMSI).activated_at


def test_a_night_in_no_time_and_twice_the_same():
    heard, activated_at = run_virtual(wait_for_activation(3))
    registered_at = next(at for at, data in heard if b"+CREG: 1\r\n" in data)
    assert activated_at < registered_at < activated_at + 20 * 60
    assert (heard, activated_at) == run_virtual(wait_for_activation(3))
    assert activated_at != run_virtual(wait_for_activation(4))[1]


async def test_fast_time_shortens_the_network_and_not_the_sockets():
    clock = ScaledClock(rate=3600.0, epoch_s=DEFAULT_EPOCH_S)
    network = in_stock(clock, seed=1)
    network.set_state(IMSI, SubscriberState.ACTIVE, clock.monotonic())
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    card = SimCard("8970101234567890123", IMSI)
    async with EmulatedModem(ModemSettings(), card, network, clock=clock) as modem:
        link = modem.connect()
        modem.reboot()
        heard = b""

        async def until(wanted):
            nonlocal heard
            async with asyncio.timeout(10):
                while wanted not in heard:
                    heard += await link.read()

        await until(b"SMS Ready")
        await link.write(b"ATE0+CFUN=4;+CFUN=1;+CGATT=1\r")
        await until(b"OK\r\n")
        port = server.sockets[0].getsockname()[1]
        await link.write(f'AT+CIPSTART="TCP","127.0.0.1",{port}\r'.encode())
        await until(b"CONNECT OK")
    server.close()
