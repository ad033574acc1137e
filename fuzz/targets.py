"""What is fuzzed: functions that take any bytes and raise only when a promise is broken."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from at_commands.cmux import MuxSession
from at_commands.cmux_dlc import MuxParameters, Role
from at_commands.framer import MAX_DATA, MAX_LINE, Data, Framer, Pushed
from at_commands.grammar import GrammarError, parse_arguments, split_command_line
from at_commands.sms import DeliverPdu, StatusReportPdu, SubmitPdu
from at_commands.sms_fields import SmsCodecError
from at_commands.ussd import decode_ussd
from firmware_sim.faults import parse_fault
from firmware_sim.faults.errors import FaultSpecError
from firmware_sim.modem import ModemSettings, SimCard
from firmware_sim.modem.core import ModemCore
from firmware_sim.network import Network, NetworkConfig, Subscriber, SubscriberState

Feed = Callable[[bytes], None]


@dataclass(frozen=True)
class Target:
    """One thing under test.

    Args:
        start: makes a fresh one, and gives what feeds it. What keeps state keeps it from block to block.
        seeds: what it understands; mutations of these get further than noise.
    """

    start: Callable[[], Feed]
    seeds: tuple[bytes, ...]


def _framer() -> Feed:
    framer = Framer()
    framer.heads = re.compile(rb"\+TCPRECV:\d,(\d+),")

    def feed(data: bytes) -> None:
        arm = data[0] if data else 0
        if arm & 3 == 1:
            framer.expect_prompt()
        elif arm & 3 == 2:
            framer.expect_echo(data[1:9])
        framer.receive(data)
        for _ in range(len(data) + 2 * MAX_LINE + MAX_DATA):
            item = framer.next_item()
            if item is None:
                break
            if isinstance(item, str):
                assert item.strip("\r\n"), "an empty line"
                assert len(item) <= MAX_LINE
                if arm & 4 and item.startswith("+CIPRXGET: 2"):
                    framer.expect_data(len(item))
            elif isinstance(item, (Data, Pushed)):
                assert len(item.octets) <= MAX_DATA
        else:
            raise AssertionError("items without end")
        if arm & 8:
            framer.disarm()

    return feed


def _grammar() -> Feed:
    def feed(data: bytes) -> None:
        text = data.decode("latin-1")
        parse_arguments(text)
        try:
            commands = split_command_line(text)
        except GrammarError as error:
            commands = list(error.parsed)
        assert all(command.name for command in commands)

    return feed


def _tpdu() -> Feed:
    def feed(data: bytes) -> None:
        text = data.decode("latin-1")
        for pdu in (data.hex().upper(), text):
            for kind in (DeliverPdu, SubmitPdu, StatusReportPdu):
                try:
                    decoded = kind.decode(pdu)
                except SmsCodecError:
                    continue
                with contextlib.suppress(SmsCodecError):  # what decodes need not be what we would send
                    kind.decode(decoded.encode()[0])

    return feed


def _ussd() -> Feed:
    def feed(data: bytes) -> None:
        dcs = data[0] if data else 15
        for character_set in ("GSM", "UCS2", "HEX", "IRA"):
            decode_ussd(data[1:].hex(), dcs, character_set=character_set)
            decode_ussd(data[1:].decode("latin-1"), dcs, character_set=character_set)

    return feed


def _mux(role: Role, *, advanced: bool) -> Feed:
    def fresh() -> MuxSession:
        return MuxSession(role, MuxParameters(advanced=advanced), now=0.0)

    session, now = fresh(), 0.0

    def feed(data: bytes) -> None:
        nonlocal session, now
        now += 0.01
        session.receive(data, now)
        session.take_events()
        session.take_bytes(1 << 16)
        if data and data[0] & 31 == 0:  # silence
            now += 5
            session.advance(now)
        if session.down is not None:
            session = fresh()

    return feed


def _modem(personality: str) -> Feed:
    random = Random(1)
    network = Network(NetworkConfig(), random=random, now=0.0)
    card = SimCard("8970101234567890123", "250011234567890", "+79161234567")
    network.add_subscriber(Subscriber(card.imsi, card.iccid, card.msisdn, SubscriberState.ACTIVE))
    core = ModemCore(ModemSettings(personality=personality, delay=0), card, network, 0.0)
    core.power.switch_on()
    now = 0.0

    def feed(data: bytes) -> None:
        nonlocal now
        core.receive(data, now)
        core.take()
        # Time enough for what was asked; the fuzzer must not only meet a busy modem.
        for _ in range(50):
            wakes = [at for at in (core.next_wake(), network.next_wake()) if at is not None and at <= now + 5]
            if not wakes:
                break
            now = max(now, min(wakes))
            network.advance(now)
            core.advance(now)
            core.take()
        now += 0.05
        if data and data[0] & 15 == 0:
            core.client_left(now)
            core.at(now, core.power.restart)  # out of data mode, multiplexers and power saving

    return feed


def _fault() -> Feed:
    def feed(data: bytes) -> None:
        with contextlib.suppress(FaultSpecError):
            parse_fault(data.decode("utf-8", "replace"))

    return feed


_ANSWERS: Final = (
    b"\r\nOK\r\n",
    b"AT+CSQ\r\r\n+CSQ: 18,0\r\n\r\nOK\r\n",
    b"\r\n> ",
    b"\r\n+CIPRXGET: 2,5,0\r\nhello\r\n\r\nOK\r\n",
    b"\r\n+TCPRECV:0,5,hello\r\n",
    b'\r\n+CMT: "+79161234567","","26/01/15,12:34:56+12"\r\ntext\r\n',
)
_COMMANDS: Final = (
    b'+CSQ;+CREG?;+CPIN="1234";S3=13;E0',
    b'+CIPSTART="TCP","127.0.0.1",1883',
    b"D*99***1#",
    b"+CMGF=?",
    b'&FZ;+CUSD=1,"*100#",15',
)
_LINES: Final = (
    b"AT\r",
    b"ATE0\r",
    b'AT+CUSD=1,"*100#"\r',
    b"AT+CMGF=0\r",
    b"AT+CMGS=20\r0011000B919761214365F70000AA0CC8F71D14969741F977FD07\x1a",
    b'AT+CMGF=1\rAT+CMGS="+79161234567"\rhello\x1a',
    b"AT+CMUX=0\r\xf9\x03\x3f\x01\x1c\xf9",
    b'AT+CSTT="internet";+CIICR\r',
    b"ATD*99#\r~\xff\x7d#\xc0!",
    b"AT+CRSM=176,12258,0,0,10\r",
    b"A/",
    b"+++",
    b"AT+CFUN=0;+CFUN=1\r",
    b'AT+CPMS="ME";+CMGL=4\r',
)
_PDUS: Final = tuple(
    bytes.fromhex(pdu)
    for pdu in (
        "0011000B919761214365F70000AA0CC8F71D14969741F977FD07",
        "07919761989901F0040B919761214365F70000621051214365210CC8F71D14969741F977FD07",
        "07919761989901F0440B919761214365F700086210512143652112050003420301041F04400438043204350442",
        "07919761989901F006FF0B919761214365F7621051214365216210512143652100",
    )
)

TARGETS: Final[dict[str, Target]] = {
    "framer": Target(_framer, _ANSWERS),
    "grammar": Target(_grammar, _COMMANDS),
    "tpdu": Target(_tpdu, _PDUS),
    "ussd": Target(_ussd, (b"\x4804110430043B", b"\x0fAA180C3602", b"\x0f00420061")),
    "mux_basic": Target(
        lambda: _mux(Role.RESPONDER, advanced=False),
        (b"\xf9\x03\x3f\x01\x1c\xf9", b"\xf9\x03\xef\x09\xc3\x01\xf2\xf9", b"\xf9\x05\xef\x0bAT\r\r\x01\xf9"),
    ),
    "mux_advanced": Target(
        lambda: _mux(Role.INITIATOR, advanced=True), (b"\x7e\x03\x73\x01~", b"~\x05\xef}\x5e\x00~")
    ),
    "fault": Target(
        _fault, (b"drop:p=0.02,dir=rx", b'urc_inside:where=echo,text="+CREG: 1"', b"reboot:every=9,times=3")
    ),
    "sim800c": Target(lambda: _modem("sim800c"), _LINES),
    "a7670": Target(lambda: _modem("a7670"), (*_LINES, b'AT+NETOPEN\rAT+CIPOPEN=0,"TCP","::1",1\r')),
}
