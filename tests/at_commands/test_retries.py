"""Refusals that are worth another try, and those that are not."""

from __future__ import annotations

import asyncio

import pytest

from at_commands import commands
from at_commands.client import AtClient
from at_commands.codes import CME, CMS
from at_commands.errors import CmeError, LinkLostError, ModemRebootedError
from at_commands.links import memory_link_pair
from at_commands.retries import PACES_BY_CME, PACES_BY_CMS, pace, send_patiently
from firmware_sim.virtual_time import run_virtual


def ask(answers: list[bytes]) -> tuple[object, float, int]:
    """Ask for the IMSI of a modem that answers so, in turn; what came, after how long, how often it was asked."""

    async def go() -> tuple[object, float, int]:
        near, far = memory_link_pair()
        asked = 0

        async def modem() -> None:
            nonlocal asked
            left = list(answers)
            while line := await far.read():
                if b"CIMI" in line:
                    asked += 1
                    await far.write(left.pop(0) if len(left) > 1 else left[0])
                else:
                    await far.write(b"\r\nOK\r\n")

        serving = asyncio.create_task(modem())
        async with AtClient(near) as at:
            began = asyncio.get_running_loop().time()
            outcome: object
            try:
                outcome = await send_patiently(at, commands.imsi())
            except CmeError as error:
                outcome = error.code
            took = asyncio.get_running_loop().time() - began
        serving.cancel()
        return outcome, took, asked

    return run_virtual(go(), limit_s=3600.0)


IMSI = b"\r\n250011234567890\r\n\r\nOK\r\n"


def test_a_card_that_starts_is_waited_for() -> None:
    outcome, took, asked = ask([b"\r\n+CME ERROR: 14\r\n"] * 3 + [IMSI])
    assert (outcome, asked) == ("250011234567890", 4)
    assert took == pytest.approx(3, abs=0.1)


def test_not_for_ever() -> None:
    outcome, took, asked = ask([b"\r\n+CME ERROR: 14\r\n"])
    assert (outcome, asked) == (14, 8)
    assert took == pytest.approx(7, abs=0.1)


def test_what_does_not_go_away_is_not_asked_again() -> None:
    assert ask([b"\r\n+CME ERROR: 10\r\n"])[::2] == (10, 1)


@pytest.mark.parametrize(
    "error", [LinkLostError("x", "gone"), ModemRebootedError("AT", "RDY"), CmeError("AT", "x", None, "odd")]
)
def test_what_is_not_for_this_place(error: Exception) -> None:
    assert pace(error) is None


def test_only_what_is_called_retryable_has_a_pace() -> None:
    assert all(CME[code].retryable for code in PACES_BY_CME)
    assert all(CMS[code].retryable for code in PACES_BY_CMS)
