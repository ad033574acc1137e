"""Our AT client against our modem under each fault and under mixtures, on virtual time.

Whatever happens: no command outlives its deadline and the finding of the line again, nothing but typed errors comes
out, no command is given another one's answer, and once the faults stop the modem is found and answers again.
"""

import asyncio
from collections import Counter
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from at_commands import commands
from at_commands.client import AtClient
from at_commands.codes import RegistrationStatus
from at_commands.dialects.sim800 import SIM800
from at_commands.errors import AtError
from at_commands.sms_commands import read_pdu, send_pdu
from firmware_sim.modem import EmulatedModem, ModemSettings, SimCard
from firmware_sim.network import Network, NetworkConfig, NetworkRunner, Subscriber, SubscriberState
from firmware_sim.virtual_time import LoopClock, run_virtual

IMSI, ICCID, IMEI = "250011234567890", "8970101234567890123", "866104023456786"
MESSAGE = "0001000B919761214365F70000044F29F20C"

BYTES = (
    "drop:p=0.02",
    "drop:p=0.02,dir=rx",
    "duplicate:p=0.02,dir=both",
    "flip:p=0.02,dir=both",
    "noise:p=0.05,dir=both",
    "split:gap=20ms,dir=both",
    "delay:p=0.3,by=1500ms,dir=both",
    "baud:p=0.3,dir=both",
    "baud:heard=57600",
    "drop:for=30s",
)
LINES = (
    "lost_ok:every=3",
    "lost_ok:p=0.5",
    "echo_flip:every=2",
    "late_answer:p=0.3,by=7s",
    "busy:p=0.5",
    "slow_sim:by=4s",
    "hang:after=5,for=30s",
    "hang:after=5",
    "hang:p=0.2,times=5,for=3s",
    "urc_inside:p=0.7,text=RING",
    'urc_inside:where=echo,text="+CREG: 1"',
    "boot_line:every=4",
    "reboot:every=9,times=3",
)
TIME = (
    "urc_storm:rate=50,text=RING",
    'urc_storm:rate=1000,for=30s,text="+CSQ: 20,0"',
    "brownout:at=5s,each=30s,times=3",
    "sim_gone:at=3s,for=20s",
    "no_signal:at=3s,for=20s",
    "detach:at=5s",
    "reject:at=1s,times=3",
)
FALSE = ("wrong_answer:p=0.5", 'wrong_answer:p=0.5,text="+CREG: 0,1"', 'urc_inside:text="+CSQ: 31,0"')
"""With these, and with spoilt bytes, an answer may well be false."""

WANTED = (
    (commands.signal_quality, lambda answer: answer.rssi_dbm in (-73, None)),
    (commands.registration, lambda answer: isinstance(answer.status, RegistrationStatus)),
    (commands.iccid, lambda answer: answer.rstrip("f") == ICCID),
    (commands.imsi, lambda answer: answer == IMSI),
    (commands.identify_imei, lambda answer: answer == IMEI),
    (
        commands.pin_status,
        lambda answer: answer in (commands.PinStatus.READY, commands.PinStatus.NOT_INSERTED),
    ),
    (commands.functionality, lambda answer: answer == 1),
    (lambda: send_pdu(MESSAGE, 17), lambda answer: 0 <= answer <= 255),
    (lambda: read_pdu(1), lambda answer: True),
)

LONGEST_S = 200.0
"""One command: its own deadline (60 s for a message), and finding the line again."""
FOUND_AGAIN_S = 60.0
"""From the last fault on; a boot takes some of it."""


def suffer(specs: tuple[str, ...], *, seed: int, n_commands: int = 40, may_lie: bool = False) -> Counter[str]:
    """Conduct a conversation under faults; returns how often what came out."""
    return run_virtual(_suffer(specs, seed, n_commands, may_lie), limit_s=86_400.0)


async def _suffer(specs: tuple[str, ...], seed: int, n_commands: int, may_lie: bool) -> Counter[str]:
    loop, clock, outcomes = asyncio.get_running_loop(), LoopClock(), Counter[str]()
    network = Network(NetworkConfig(sweep_interval_s=None), random=Random(seed), now=0.0)
    network.add_subscriber(Subscriber(IMSI, ICCID, "+79161234567", SubscriberState.ACTIVE))
    card, random = SimCard(ICCID, IMSI, "+79161234567"), Random(seed)
    async with (
        NetworkRunner(network, clock),
        EmulatedModem(ModemSettings(imei=IMEI, seed=seed), card, network, clock=clock) as modem,
        AtClient(modem.connect(), dialect=SIM800) as at,
    ):
        await at.sync()
        await asyncio.sleep(30)
        faults = [modem.add_fault(spec) for spec in specs]
        for _ in range(n_commands):
            make, right = random.choice(WANTED)
            began = loop.time()
            try:
                answer = await at.send(make())
            except AtError as error:
                outcomes[error.kind] += 1
            else:
                outcomes["answers"] += 1
                assert may_lie or right(answer), f"{make().line}: {answer!r}"
            assert loop.time() - began < LONGEST_S
            await asyncio.sleep(random.random())
        for fault in faults:
            modem.remove_fault(fault.id)
        stopped = loop.time()
        while True:
            try:
                await at.sync()
                await at.send(commands.echo(False))
                assert await at.send(commands.identify_imei()) == IMEI
                assert (await at.send(commands.signal_quality())).rssi_dbm == -73
                assert (await at.send(commands.iccid())).rstrip("f") == ICCID
                break
            except AtError as error:
                if loop.time() - stopped > FOUND_AGAIN_S:
                    pytest.fail(f"{specs}, seed {seed}: {error!r}")
                await asyncio.sleep(1)
    return outcomes


@pytest.mark.parametrize("spec", LINES + TIME)
def test_under_one_fault(spec: str) -> None:
    outcomes = suffer((spec,), seed=1)
    assert outcomes["answers"] > 0


@pytest.mark.parametrize("spec", BYTES + FALSE)
def test_under_one_fault_that_spoils_answers(spec: str) -> None:
    suffer((spec,), seed=1, may_lie=True)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from(LINES + TIME), min_size=2, max_size=5), st.integers(0, 1000))
@example(["echo_flip:every=2", "late_answer:p=0.3,by=7s", "slow_sim:by=4s"], 36)
@example(["echo_flip:every=2", "late_answer:p=0.3,by=7s", "slow_sim:by=4s"], 55)
def test_under_mixtures(specs: list[str], seed: int) -> None:
    suffer(tuple(specs), seed=seed, n_commands=25)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from(BYTES + LINES + TIME + FALSE), min_size=2, max_size=5), st.integers(0, 1000))
def test_under_mixtures_that_spoil_answers(specs: list[str], seed: int) -> None:
    suffer(tuple(specs), seed=seed, n_commands=25, may_lie=True)


def test_the_faults_are_felt() -> None:
    """That the tests above try something."""
    for spec, kind in (
        ("lost_ok:every=3", "command_timeout"),
        ("boot_line:every=4", "modem_rebooted"),
        ("busy:p=0.5", "command_failed"),
        ("hang", "no_answer"),
    ):
        assert suffer((spec,), seed=1)[kind] > 0, spec
