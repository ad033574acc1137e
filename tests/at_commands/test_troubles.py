"""Makers' spellings of what is wrong with supply and temperature."""

from __future__ import annotations

import asyncio

import pytest

from at_commands.dialects import GENERIC, SIM800
from at_commands.errors import ModemBrownOutError, ModemRebootedError
from at_commands.troubles import Trouble, is_last_word, trouble


@pytest.mark.parametrize(
    ("line", "complaint", "last"),
    [
        ("UNDER-VOLTAGE WARNNING", Trouble.SUPPLY_LOW, False),
        ("UNDER-VOLTAGE WARNING", Trouble.SUPPLY_LOW, False),
        ("UNDER_VOLTAGE WARNING", Trouble.SUPPLY_LOW, False),
        ("UNDER-VOLTAGE POWER DOWN", Trouble.SUPPLY_LOW, True),
        ("UNDER-VOLTAGE POWER OFF", Trouble.SUPPLY_LOW, True),
        ("UNDER_VOLTAGE POWER DOWN", Trouble.SUPPLY_LOW, True),
        ("OVER-VOLTAGE WARNNING", Trouble.SUPPLY_HIGH, False),
        ("OVER_VOLTAGE POWER DOWN", Trouble.SUPPLY_HIGH, True),
        ('+QIND: "vbatt",-1', Trouble.SUPPLY_LOW, False),
        ('+QIND: "vbatt",-2', Trouble.SUPPLY_LOW, True),
        ('+QIND: "vbatt",1', Trouble.SUPPLY_HIGH, False),
        ("+CMTE: 1", Trouble.TEMPERATURE, False),
        ("+CMTE:-1", Trouble.TEMPERATURE, False),
        ("+CMTE:-2", Trouble.TEMPERATURE, True),
        ("CHARGE-ONLY MODE", Trouble.CHARGING_ONLY, False),
        ("+CMTE: 0", None, False),
        ("+CMTE: 1,29.50", None, False),
        ("+QIND: SMS DONE", None, False),
        ("UNDER-VOLTAGE", None, False),
        ("NORMAL POWER DOWN", None, False),
    ],
)
def test_what_a_line_complains_of(line: str, complaint: Trouble | None, last: bool) -> None:
    assert trouble(line) is complaint
    assert is_last_word(line) is last


@pytest.mark.parametrize("dialect", [GENERIC, SIM800], ids=lambda dialect: dialect.name)
@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("UNDER-VOLTAGE POWER DOWN", ModemBrownOutError),
        ("OVER-VOLTAGE POWER DOWN", ModemRebootedError),
        ("NORMAL POWER DOWN", ModemRebootedError),
        ("RDY", ModemRebootedError),
    ],
)
def test_last_words_end_the_pending_command(play, dialect, line: str, error: type[Exception]) -> None:
    async def scenario(at, far):
        asking = asyncio.create_task(at.execute("AT+COPS?"))
        await far.answer("AT+COPS?", line)
        with pytest.raises(error) as caught:
            await asking
        assert type(caught.value) is error
        assert line in str(caught.value)

    play(scenario, dialect=dialect)


def test_a_warning_in_the_midst_of_a_command_is_news_and_no_answer(play) -> None:
    async def scenario(at, far):
        async with at.subscribe() as urcs:
            asking = asyncio.create_task(at.execute("AT+CGSN"))
            await far.answer("AT+CGSN", "UNDER-VOLTAGE WARNNING", "866104023456784", "OK")
            assert (await asking).lines == ("866104023456784",)
            assert (await anext(urcs)).line == "UNDER-VOLTAGE WARNNING"

    play(scenario)
