"""What any GSM modem must do before anything else makes sense. Costs nothing unless a test says so."""

import asyncio

import pytest

from at_commands import commands
from at_commands.client import AtClient
from at_commands.codes import RegistrationStatus
from at_commands.command import Command
from at_commands.commands import parse_registration, parse_ussd
from at_commands.errors import CommandFailedError
from hil_tests import needs
from hil_tests.modem import BenchModem, BenchSimCard
from provisioning.records import luhn_ok

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(60)]

# No modem knows it, and it stays harmless if one should.
UNKNOWN_COMMAND = "AT+TGNOSUCH"


async def assert_in_step(at: AtClient) -> None:
    """The next question gets its own answer and nobody else's."""
    await at.execute("AT")
    quality = await at.send(commands.signal_quality())
    assert quality.rssi_dbm is None or -113 <= quality.rssi_dbm <= -51


async def test_answers_and_can_be_opened_again(tg_modem: BenchModem) -> None:
    for _ in range(2):
        async with tg_modem.client() as at:
            reply = await at.execute("AT")
            assert reply.lines == ()


@pytest.mark.parametrize("echo", ["ATE1", "ATE0"])
async def test_answers_are_the_same_with_and_without_echo(tg_modem: BenchModem, echo: str) -> None:
    async with tg_modem.client() as at:
        await at.execute(echo)
        await assert_in_step(at)
        assert (await at.execute("AT")).lines == ()
        await at.execute("ATE0")


async def test_says_who_it_is(tg_modem: BenchModem) -> None:
    async with tg_modem.client() as at:
        assert await at.send(commands.identify_manufacturer())
        assert await at.send(commands.identify_model())
        assert await at.send(commands.identify_revision())


async def test_imei_has_fifteen_digits_and_its_check_digit(tg_modem: BenchModem) -> None:
    async with tg_modem.client() as at:
        imei = await at.send(commands.identify_imei())
    assert imei.isdecimal()
    assert len(imei) == 15
    assert luhn_ok(imei)


@needs("sim_card")
async def test_sim_card_says_its_numbers(tg_modem: BenchModem, tg_sim_card: BenchSimCard) -> None:
    async with tg_modem.client() as at:
        iccid, imsi = await at.send(commands.iccid()), await at.send(commands.imsi())
    assert (iccid, imsi) == (tg_sim_card.iccid, tg_sim_card.imsi)
    digits = iccid.rstrip("fF")
    assert digits.isdecimal()
    assert 18 <= len(digits) <= 20
    assert digits.startswith("89"), "an ICCID begins with the industry's 89 (ITU-T E.118)"
    assert imsi.isdecimal()
    assert 14 <= len(imsi) <= 15


async def test_signal_is_unknown_or_within_the_scale(tg_modem: BenchModem) -> None:
    async with tg_modem.client() as at:
        quality = await at.send(commands.signal_quality())
    assert quality.rssi_dbm is None or -113 <= quality.rssi_dbm <= -51
    assert quality.ber is None or 0 <= quality.ber <= 7


@pytest.mark.parametrize("mode", [0, 1, 2])
async def test_registration_is_understood_in_each_form_of_report(tg_modem: BenchModem, mode: int) -> None:
    async with tg_modem.client() as at:
        await at.send(commands.report_registration(mode=mode))
        registration = await at.send(commands.registration())
        await at.send(commands.report_registration(mode=0))
    assert isinstance(registration.status, RegistrationStatus)


@needs("registered")
async def test_registration_names_the_cell_when_asked_to(tg_modem: BenchModem) -> None:
    async with tg_modem.client() as at:
        await at.send(commands.report_registration(mode=2))
        registration = await at.send(commands.registration())
        await at.send(commands.report_registration(mode=0))
    assert registration.status.registered
    assert registration.lac is not None
    assert registration.cell_id is not None


@pytest.mark.parametrize("verbosity", [0, 1, 2])
async def test_unknown_command_is_one_typed_error_and_the_link_stays_usable(
    tg_modem: BenchModem, verbosity: int
) -> None:
    async with tg_modem.client() as at:
        await at.send(commands.verbose_errors(verbosity))
        for _ in range(3):
            with pytest.raises(CommandFailedError):
                await at.execute(UNKNOWN_COMMAND)
            await assert_in_step(at)
        await at.send(commands.verbose_errors(1))


async def test_commands_in_one_line_are_all_answered(tg_modem: BenchModem) -> None:
    async with tg_modem.client() as at:
        reply = await at.send(Command("AT+CSQ;+CREG?", lambda reply: reply, prefixes=("+CSQ:", "+CREG:")))
        await assert_in_step(at)
    assert [line.partition(":")[0] for line in reply.lines] == ["+CSQ", "+CREG"]


async def test_a_line_ends_at_its_first_error(tg_modem: BenchModem) -> None:
    async with tg_modem.client() as at:
        with pytest.raises(CommandFailedError):
            await at.execute("AT+CSQ;+TGNOSUCH;+CREG?")
        await assert_in_step(at)


async def test_a_question_given_up_does_not_spoil_the_next(tg_modem: BenchModem) -> None:
    async with tg_modem.client() as at:
        for _ in range(5):
            question = asyncio.create_task(at.send(commands.registration()))
            await asyncio.sleep(0)
            question.cancel()
            await asyncio.gather(question, return_exceptions=True)
            await assert_in_step(at)


async def test_questions_asked_at_once_each_get_their_own_answer(tg_modem: BenchModem) -> None:
    async with tg_modem.client() as at:
        first, registration, second, plain = await asyncio.gather(
            at.send(commands.signal_quality()),
            at.send(commands.registration()),
            at.send(commands.signal_quality()),
            at.execute("AT"),
        )
    assert isinstance(registration.status, RegistrationStatus)
    assert plain.lines == ()
    assert type(first) is type(second)


@needs("far_side", "registered")
async def test_a_word_of_the_networks_own_is_told_from_an_answer(tg_modem: BenchModem) -> None:
    """The same `+CREG:` comes as the answer to a question and unasked: neither may be taken for the other."""
    reported: list[RegistrationStatus] = []
    async with tg_modem.client() as at, at.subscribe("+CREG:") as unasked:
        await at.send(commands.report_registration(mode=1))
        tg_modem.far_side.modem.set_signal(None)
        while (await at.send(commands.registration())).status.registered:
            pass
        tg_modem.far_side.modem.set_signal(-70)
        while not (await at.send(commands.registration())).status.registered:
            pass
        async for report in unasked:
            assert "," not in report.line, "an answer, which has the mode before the status, came as a report"
            reported.append(parse_registration(report.line.removeprefix("+CREG:")).status)
            if reported[-1].registered:
                break
        await at.send(commands.report_registration(mode=0))
    assert not reported[0].registered


@needs("radio", "sim_card")
async def test_radio_goes_off_and_on_again(tg_modem: BenchModem) -> None:
    """Costs one registration on a real modem."""
    async with tg_modem.client() as at:
        before = await at.send(commands.registration())
        await at.send(commands.set_functionality(0))
        while (await at.send(commands.registration())).status is not RegistrationStatus.IDLE:
            await tg_modem.clock.sleep(0.5)
        await at.send(commands.set_functionality(1))
        while (
            before.status.registered and (await at.send(commands.registration())).status is not before.status
        ):
            await tg_modem.clock.sleep(0.5)


@needs("ussd", "registered")
async def test_the_network_answers_a_ussd_code(tg_modem: BenchModem) -> None:
    async with tg_modem.client() as at, at.subscribe("+CUSD:") as answers:
        await at.send(commands.ussd("*100#"))
        urc = await anext(answers)
    text = parse_ussd(urc.line.removeprefix("+CUSD:")).text
    assert text is not None
    assert any(letter.isalpha() for letter in text)


@needs("far_side")
async def test_a_restart_is_noticed_and_survived(tg_modem: BenchModem) -> None:
    async with tg_modem.client() as at, at.subscribe() as lines:
        tg_modem.far_side.modem.reboot()
        async for urc in lines:
            if urc.line in at.dialect.boot_lines:
                break
        assert at.reboots == 1
    async with tg_modem.client() as at:
        await assert_in_step(at)
