"""Ask a modem, without cost to anybody, who it is and whether its SIM card can be used."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from at_commands import commands
from at_commands.client import AtClient
from at_commands.commands import PinStatus
from at_commands.dialects import recognise
from at_commands.errors import AtError, CommandFailedError, CommandTimeoutError, ReplyFormatError
from at_commands.links import open_link
from at_commands.pin_retries import pin_retries

SIM_TIMEOUT_S: Final = 20.0
"""A SIM800 says "SIM busy" for some seconds after power-up."""

SAFE_PIN_TRIES: Final = 2
"""A PIN is entered only if a wrong one would leave the card usable."""


@dataclass(frozen=True)
class Probed:
    """What was found.

    Attributes:
        simulated: it says that it is our emulator.
        iccid, imsi: of a card that can be read, else None.
        sim_problem: why the card cannot be used, as a sentence, or None.
        registered: in the circuit-switched domain, at home or roaming.
    """

    simulated: bool
    iccid: str | None
    imsi: str | None
    sim_problem: str | None
    registered: bool


@asynccontextmanager
async def client_at(url: str) -> AsyncIterator[AtClient]:
    """Open the port at `url` and yield a client that is in step and knows the modem's dialect.

    Raises, on entering:
        LinkError: the port cannot be opened.
        NoAnswerError: nothing that speaks AT answers there.
    """
    async with AtClient(await open_link(url)) as at:
        await at.sync()
        await at.send(commands.echo(False))
        await at.send(commands.verbose_errors(1))
        manufacturer = await at.send(commands.identify_manufacturer())
        at.dialect = recognise(manufacturer, await at.send(commands.identify_model()))
        yield at


async def probe(url: str, *, pin: str | None) -> Probed:
    """Find out what there is at `url`; enter `pin` if the card asks for one and more than one try is left.

    Raises:
        AtError: the port or the modem cannot be used.
    """
    async with client_at(url) as at:
        simulated = await _is_simulator(at)
        problem = await _unlock(at, pin)
        if problem is not None:
            return Probed(simulated, None, None, problem, registered=False)
        iccid, imsi = await at.send(commands.iccid()), await at.send(commands.imsi())
        registration = await at.send(commands.registration())
        return Probed(simulated, iccid, imsi, None, registration.status.registered)


async def _is_simulator(at: AtClient) -> bool:
    try:
        return await at.send(commands.simulator_probe())
    except CommandFailedError:
        return False


async def _unlock(at: AtClient, pin: str | None) -> str | None:
    """Make the card usable if that is safe; otherwise say why it is not."""
    try:
        status = await _sim_status(at)
    except (CommandFailedError, CommandTimeoutError) as error:
        return f"this modem has no SIM card that works: {error}"
    if status is PinStatus.READY:
        return None
    if status is not PinStatus.SIM_PIN:
        return f"the SIM card asks for {status.value}, which nobody but its owner should enter"
    if pin is None:
        return "the SIM card asks for its PIN; --tg-pin gives it"
    if (tries := await _pin_tries(at)) is None or tries < SAFE_PIN_TRIES:
        return "the SIM card asks for its PIN, and a wrong one might be the last"
    try:
        await at.send(commands.enter_pin(pin))
    except AtError as error:
        return f"the SIM card refused the PIN: {error}"
    return None


async def _sim_status(at: AtClient) -> PinStatus:
    """The card's status; a modem that has just started is given time to read it."""
    deadline = asyncio.get_running_loop().time() + SIM_TIMEOUT_S
    while True:
        try:
            return await at.send(commands.pin_status())
        except CommandFailedError as error:
            if not error.retryable or asyncio.get_running_loop().time() > deadline:
                raise
        await asyncio.sleep(0.1)


async def _pin_tries(at: AtClient) -> int | None:
    if (line := at.dialect.sim_retries) is None:
        return None
    try:
        return (await at.send(pin_retries(line))).pin1
    except (CommandFailedError, ReplyFormatError):
        return None
