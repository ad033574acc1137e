"""The client against a modem's end that the test plays: whose line is it, and when is a command over?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from at_commands import commands
from at_commands.client import AtClient
from at_commands.command import CTRL_Z, Command, plain
from at_commands.dialects import SIM800
from at_commands.dialects import sim800_sockets as sockets
from at_commands.errors import (
    AtError,
    CmeError,
    CmsError,
    CommandFailedError,
    CommandTextError,
    CommandTimeoutError,
    LinkLostError,
    ModemRebootedError,
    ReplyFormatError,
)
from at_commands.sms_commands import list_pdus, send_pdu
from at_commands.transcript import Transcript
from at_commands.urcs import SUBSCRIPTION_LIMIT, Urc


async def asked(coro: object) -> asyncio.Task[object]:
    """Start it and let it send."""
    task = asyncio.ensure_future(coro)
    await asyncio.sleep(0)
    return task


@pytest.mark.parametrize(
    "answer",
    [
        b"\r\n+CSQ: 18,0\r\n\r\nOK\r\n",
        b"AT+CSQ\r\r\n+CSQ: 18,0\r\n\r\nOK\r\n",  # echo on
        b"+CSQ: 18,0\nOK\n",
        b"+CSQ: 18,0\rOK\r",
        b"\r\n+CREG: 1\r\n\r\n+CSQ: 18,0\r\n\r\nRING\r\n\r\nOK\r\n",  # URCs in the middle
    ],
)
def test_one_answer_in_many_spellings(play, answer: bytes) -> None:
    async def scenario(at, far):
        asking = await asked(at.send(commands.signal_quality()))
        await far.hear("AT+CSQ")
        for octet in answer:
            await far.raw(bytes([octet]))
        assert (await asking).rssi_dbm == -77

    play(scenario)


def test_without_verbose_results(play) -> None:
    """V0: results are numbers, once sync has found that out; information lines that are numbers stay what they are."""

    async def scenario(at, far):
        syncing = await asked(at.sync())
        await far.hear("AT")
        await far.raw(b"0\r")
        await far.hear("AT+CMEE?")
        await far.raw(b"+CMEE: 0\r\n0\r")
        await syncing
        asking = await asked(at.send(commands.identify_imei()))
        await far.hear("AT+CGSN")
        await far.raw(b"866104023456784\r\n0\r")
        assert await asking == "866104023456784"
        asking = await asked(at.send(commands.set_functionality(1)))
        await far.hear("AT+CFUN=1")
        await far.raw(b"4\r")
        with pytest.raises(CommandFailedError, match="ERROR"):
            await asking
        asking = await asked(at.send(commands.imsi()))
        await far.hear("AT+CIMI")
        await far.raw(b"+CME ERROR: 10\r\n")
        with pytest.raises(CmeError):
            await asking

    play(scenario)


def test_the_pending_prefix_goes_before_urc_patterns(play) -> None:
    """What ModemManager's simtech plugin gets wrong: its +CSQ URC pattern eats the solicited answer."""
    twin = type(SIM800)(name="twin", urcs=("+CSQ:",))

    async def scenario(at, far):
        async with at.subscribe("+CSQ:") as urcs:
            asking = await asked(at.send(commands.signal_quality()))
            await far.answer("AT+CSQ", "+CSQ: 18,0", "OK")
            assert (await asking).rssi_dbm == -77
            await far.say("+CSQ: 20,0")
            assert await anext(urcs) == Urc("+CSQ: 20,0")

    play(scenario, dialect=twin)


@pytest.mark.parametrize(
    ("urc", "read", "expected"),
    [
        ("+CREG: 1", "+CREG: 2,2", commands.Registration(commands.RegistrationStatus.SEARCHING)),
        (
            '+CREG: 1,"0FA1","2C3B"',
            '+CREG: 2,5,"0FA1","2C3B"',
            commands.Registration(commands.RegistrationStatus.ROAMING, 0x0FA1, 0x2C3B),
        ),
        ("+CREG: 1,0123,2C3B", "+CREG: 2,3", commands.Registration(commands.RegistrationStatus.DENIED)),
    ],
)
def test_registration_read_and_urc_are_told_apart(play, urc: str, read: str, expected) -> None:
    async def scenario(at, far):
        async with at.subscribe("+CREG:") as urcs:
            asking = await asked(at.send(commands.registration()))
            await far.answer("AT+CREG?", urc, read, "OK")
            assert await asking == expected
            assert (await anext(urcs)).line == urc

    play(scenario)


def test_bare_answers_are_known_by_what_they_are(play) -> None:
    """TinyGSM took `DST: 1` for the IMSI, because it came first."""

    async def scenario(at, far):
        asking = await asked(at.send(commands.imsi()))
        await far.answer("AT+CIMI", "DST: 1", "*XYZ: 1", "250011234567890", "OK")
        assert await asking == "250011234567890"

    play(scenario)


def test_refusals_say_code_name_and_whether_to_try_again(play) -> None:
    async def scenario(at, far):
        for final, kind, code, retryable in (
            ("+CME ERROR: 14", CmeError, 14, True),
            ("+CME ERROR: SIM busy", CmeError, 14, True),
            ("+CME ERROR: 10", CmeError, 10, False),
            ("+CME ERROR: 515", CmeError, 515, True),
            ("+CME ERROR: strange words", CmeError, None, False),
            ("+CMS ERROR: 331", CmsError, 331, True),
            ("+CMS ERROR: 28", CmsError, 28, False),
            ("ERROR", CommandFailedError, None, False),
        ):
            asking = await asked(at.send(commands.imsi()))
            await far.answer("AT+CIMI", final)
            with pytest.raises(kind) as caught:
                await asking
            assert (getattr(caught.value, "code", None), caught.value.retryable) == (code, retryable)

    play(scenario)


def test_an_answer_that_says_something_else_is_one_typed_error(play, auto_modem) -> None:
    async def scenario(at, far):
        async with auto_modem(far, {"AT+CSQ": ("+CSQ: many", "OK")}):
            with pytest.raises(ReplyFormatError):
                await at.send(commands.signal_quality())
            await at.send(plain("AT+NEXT"))

    play(scenario)


def test_a_line_that_is_no_command_line_is_not_sent(play) -> None:
    async def scenario(at, far):
        for line in ('AT+CUSD=1,"баланс"', "AT\rAT+CFUN=0", "AT\x1a"):
            with pytest.raises(CommandTextError):
                await at.execute(line)
        await asked(at.execute("AT"))
        await far.hear("AT")

    play(scenario)


def test_a_typed_line_ends_as_its_dialect_says(play) -> None:
    async def scenario(at, far):
        for line, answer, final in (
            ("at+cifsr", ("10.64.12.34",), "10.64.12.34"),
            ("AT+CIPSHUT", ("SHUT OK",), "SHUT OK"),
            ("AT+CIPSTATUS", ("OK", "STATE: IP INITIAL"), "STATE: IP INITIAL"),
            ("AT+CPOWD=1", ("NORMAL POWER DOWN",), "NORMAL POWER DOWN"),
            ("AT+CSQ", ("+CSQ: 1,0", "OK"), "OK"),
        ):
            asking = await asked(at.execute(line))
            await far.answer(line, *answer)
            assert (await asking).final == final
        asking = await asked(at.execute("AT+COPS=?"))
        await far.hear("AT+COPS=?")
        await asyncio.sleep(170)
        await far.say('+COPS: (2,"MTS RUS","MTS","25001"),,(0-4),(0-2)', "OK")
        assert len((await asking).lines) == 1

    play(scenario, dialect=SIM800)


def test_several_commands_on_a_line_take_as_long_as_the_slowest(play) -> None:
    async def scenario(at, far):
        line = "AT+CMEE=1; +COPS=?; +CREG?"
        asking = await asked(at.execute(line))
        await far.hear(line)
        await asyncio.sleep(170)
        await far.say('+COPS: (2,"MTS RUS","MTS","25001")', "+CREG: 2,1", "OK")
        assert (await asking).lines == ('+COPS: (2,"MTS RUS","MTS","25001")', "+CREG: 2,1")
        calling = await asked(at.execute("ATD+79161234567;"))
        await far.answer("ATD+79161234567;", "NO CARRIER")
        with pytest.raises(CommandFailedError, match="NO CARRIER"):
            await calling

    play(scenario, dialect=SIM800)


def test_commands_take_turns_and_a_transaction_keeps_its_turn(play, auto_modem) -> None:
    async def scenario(at, far):
        async with auto_modem(far) as modem:

            async def together(name: str) -> None:
                async with at.transaction():
                    await at.send(plain(f"AT+{name}=1"))
                    async with at.transaction():
                        await at.send(plain(f"AT+{name}=2"))

            await asyncio.gather(together("A"), at.send(plain("AT+B")), together("C"), at.send(plain("AT+D")))
            assert modem.lines == ["AT+A=1", "AT+A=2", "AT+B", "AT+C=1", "AT+C=2", "AT+D"]

    play(scenario)


def test_prompt_payload_and_result_are_one_turn(play) -> None:
    async def scenario(at, far):
        sending = await asked(at.send(send_pdu("0001000B91", 4)))
        waiting = await asked(at.send(commands.signal_quality()))
        await far.hear("AT+CMGS=4")
        await far.raw(b"\r\n> ")
        await far.hear(b"0001000B91\x1a")
        await far.say("+CREG: 1", "+CMGS: 12", "OK")
        assert await sending == 12
        await far.answer("AT+CSQ", "+CSQ: 18,0", "OK")
        await waiting

    play(scenario)


def test_echo_of_a_payload_is_nobodys_line(play) -> None:
    payload = b"\r\nSEND FAIL\r\nERROR\r\n"

    async def scenario(at, far):
        async with at.subscribe() as urcs:
            sending = await asked(at.send(sockets.send(payload)))
            await far.hear(f"AT+CIPSEND={len(payload)}")
            await far.raw(f"AT+CIPSEND={len(payload)}\r\r\n> ".encode())
            await far.hear(payload)
            await far.raw(payload + b"\r\nSEND OK\r\n")
            await sending
            await far.say("+CREG: 1")
            assert (await anext(urcs)).line == "+CREG: 1"

    play(scenario, dialect=SIM800)


def test_data_block_holds_anything(play) -> None:
    block = b"\r\nOK\r\nRDY\r\n> \x00\xff"

    async def scenario(at, far):
        asking = await asked(at.send(sockets.receive()))
        await far.hear("AT+CIPRXGET=2,1460")
        await far.raw(b"\r\n+CIPRXGET: 2,%d,7\r\n" % len(block) + block + b"\r\nOK\r\n")
        assert await asking == sockets.Received(block, 7)
        asking = await asked(at.send(sockets.receive()))
        await far.answer("AT+CIPRXGET=2,1460", "+CIPRXGET: 2,0", "OK")
        assert await asking == sockets.Received(b"", 0)

    play(scenario, dialect=SIM800)


@pytest.mark.parametrize("header", ["+CIPRXGET: 2,many,0", "+CIPRXGET: 2,999999999,0", "+CIPRXGET: 2,"])
def test_a_header_that_lies_is_one_typed_error(play, auto_modem, header: str) -> None:
    async def scenario(at, far):
        async with auto_modem(far, {"AT+CIPRXGET=2,1460": (header, "OK")}):
            with pytest.raises(ReplyFormatError):
                await at.send(sockets.receive())
            await at.send(plain("AT+NEXT"))

    play(scenario, dialect=SIM800)


def test_a_block_that_stays_away_does_not_eat_what_follows(play, auto_modem) -> None:
    async def scenario(at, far):
        async with auto_modem(far, {"AT+CIPRXGET=2,1460": ("+CIPRXGET: 2,500,0", "short")}):
            with pytest.raises(CommandTimeoutError):
                await at.send(sockets.receive())
            await at.send(plain("AT+NEXT"))

    play(scenario, dialect=SIM800)


def test_news_that_ends_a_command_is_news_for_others_too(play) -> None:
    async def scenario(at, far):
        async with at.subscribe(sockets.CONNECTION_CLOSED) as urcs:
            sending = await asked(at.send(sockets.send(b"x")))
            await far.hear("AT+CIPSEND=1")
            await far.say("CLOSED")
            with pytest.raises(CommandFailedError):
                await sending
            assert (await anext(urcs)).line == "CLOSED"

    play(scenario, dialect=SIM800)


@pytest.mark.parametrize("news", ["RDY", "NORMAL POWER DOWN"])
def test_restart_in_mid_command(play, auto_modem, news: str) -> None:
    async def scenario(at, far):
        async with at.subscribe(news) as urcs:
            asking = await asked(at.send(commands.set_functionality(1)))
            await far.hear("AT+CFUN=1")
            await far.say(news)
            with pytest.raises(ModemRebootedError, match=news):
                await asking
            assert (await anext(urcs)).line == news
            assert at.reboots == (news == "RDY")
            async with auto_modem(far, {"AT+CSQ": ("+CSQ: 18,0", "OK")}):
                assert (await at.send(commands.signal_quality())).rssi_dbm == -77

    play(scenario)


def test_a_restart_that_was_asked_for_is_no_error(play) -> None:
    async def scenario(at, far):
        asking = await asked(at.send(commands.restart()))
        await far.answer("AT+CFUN=1,1", "RDY", "OK")
        await asking
        assert at.reboots == 1

    play(scenario)


def test_message_urcs_carry_their_body(play) -> None:
    async def scenario(at, far):
        async with at.subscribe("+CMT:", "+CDS:") as urcs:
            asking = await asked(at.send(list_pdus()))
            await far.answer(
                "AT+CMGL=4", "+CMGL: 1,0,,23", "07919", "+CMT: ,23", "OK", "+CMGL: 2,1,,23", "07920", "OK"
            )
            assert [(each.index, each.pdu) for each in await asking] == [(1, "07919"), (2, "07920")]
            assert await anext(urcs) == Urc("+CMT: ,23", "OK")
            await far.say("+CDS: 6,12", "+CDS: 25", "0011")
            assert await anext(urcs) == Urc("+CDS: 6,12")  # text mode: all on one line
            assert await anext(urcs) == Urc("+CDS: 25", "0011")

    play(scenario)


def test_a_subscriber_that_does_not_read_loses_the_oldest_and_is_told(play) -> None:
    async def scenario(at, far):
        async with at.subscribe("+CREG:") as urcs:
            for number in range(SUBSCRIPTION_LIMIT + 10):
                await far.say(f"+CREG: {number}")
            await asyncio.sleep(0.1)
            assert urcs.dropped == 10
            assert (await anext(urcs)).line == "+CREG: 10"

    play(scenario)


def test_losing_the_link_ends_command_queue_and_subscriptions(play) -> None:
    async def scenario(at, far):
        async with at.subscribe() as urcs:
            pending = await asked(at.send(commands.signal_quality()))
            queued = await asked(at.send(commands.signal_quality()))
            await far.hear("AT+CSQ")
            await far.say("+CREG: 0")
            await far.link.close()
            results = await asyncio.gather(pending, queued, return_exceptions=True)
            assert [type(each) for each in results] == [LinkLostError, LinkLostError]
            assert at.lost.is_set()
            assert [urc.line async for urc in urcs] == ["+CREG: 0"]
        with pytest.raises(LinkLostError):
            await at.send(commands.signal_quality())

    play(scenario)


def test_closing_the_client_ends_what_is_pending(play) -> None:
    async def scenario(at, far):
        pending = await asked(at.send(commands.signal_quality()))
        await at.close()
        with pytest.raises(LinkLostError):
            await pending

    play(scenario)


def test_secrets_are_in_no_transcript_and_no_error(play) -> None:
    transcript = Transcript(clock=lambda: 0.0)
    texts: list[str] = []

    async def scenario(at, far):
        for send in (
            lambda: at.send(commands.enter_pin("4321")),
            lambda: at.execute("AT+CPIN=4321"),
            lambda: at.execute('ate1+cpin="4321"'),
            lambda: at.execute('AT+CMEE=1;+CPIN = "4321"'),
            lambda: at.send(sockets.set_apn("internet", "user", "4321")),
            lambda: at.execute('AT+CLCK="SC",1,"4321"'),
            lambda: at.execute('AT+CPWD="SC","1111","4321"'),
            lambda: at.execute('AT+SAPBR=3,1,"PWD","4321"'),
        ):
            asking = await asked(send())
            await asyncio.sleep(0)
            heard = await far.link.read()
            await far.raw(heard + b"\r\n+CME ERROR: 16\r\n")
            with pytest.raises(AtError) as caught:
                await asking
            texts.append(f"{caught.value!r} {caught.value}")
            await far.raw(heard)  # an echo that comes twice is nobody's line
        await asyncio.sleep(0.1)

    play(scenario, transcript=transcript)
    assert "4321" not in transcript.dump() + "".join(texts)
    assert transcript.dump().count("***") >= 16
    assert '+CPWD="SC",***' in transcript.dump()


def test_a_pause_is_kept_only_where_the_dialect_asks_for_it(play, auto_modem) -> None:
    slow = type(SIM800)(name="slow", pause_after_final_s=0.02)
    spent: dict[str, float] = {}

    def timed(name: str) -> Callable[[AtClient, object], object]:
        async def scenario(at, far):
            async with auto_modem(far):
                start = asyncio.get_running_loop().time()
                for _ in range(11):
                    await at.send(plain("AT"))
                spent[name] = asyncio.get_running_loop().time() - start

        return scenario

    play(timed("none"))
    play(timed("slow"), dialect=slow)
    assert spent["none"] == pytest.approx(0.0, abs=0.01)
    assert spent["slow"] == pytest.approx(0.2, abs=0.02)


def test_a_reply_without_end_is_bounded(play) -> None:
    async def scenario(at, far):
        asking = await asked(
            at.send(Command("AT+LOG", lambda reply: None, prefixes=("+LOG:",), timeout_s=60))
        )
        await far.hear("AT+LOG")
        for _ in range(5000):
            await far.say("+LOG: x")
        with pytest.raises(ReplyFormatError):
            await asking

    play(scenario)


def test_payload_ends_as_announced() -> None:
    assert (send_pdu("00", 1).payload or b"").endswith(CTRL_Z)
    assert sockets.send(b"abc").line == "AT+CIPSEND=3"
