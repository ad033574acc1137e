"""A conversation with a modem in AT commands, printed as it goes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Final

from at_commands.client import AtClient, Subscription
from at_commands.commands import verbose_errors
from at_commands.errors import AtError, CommandFailedError, CommandTimeoutError, LinkLostError
from at_commands.links import open_link
from at_commands.transcript import mask
from gateway.cli.failures import explain_failure
from gateway.cli.output import ExitCode, Output, explanation_json

if TYPE_CHECKING:
    from at_commands.command import Reply

DEFAULT_WAIT_S: Final = 10.0
_SLOW_S: Final = {
    "+CFUN": 30.0,
    "+COPS": 180.0,
    "+CGATT": 75.0,
    "+CGACT": 150.0,
    "+CIICR": 85.0,
    "+CIPSHUT": 65.0,
    "+CIPSTART": 160.0,
    "+CPIN": 15.0,
    "+CUSD": 30.0,
}
"""Longest answers by the SIM800 manual ("max response time"), where they are beyond the usual."""


@contextlib.asynccontextmanager
async def open_client(port: str, baudrate: int) -> AsyncIterator[AtClient]:
    """A client of a modem that answers, and that says why it refuses (`+CMEE=1`).

    Raises:
        LinkError, NoAnswerError.
    """
    async with AtClient(await open_link(port, baudrate=baudrate)) as at:
        await at.sync()
        with contextlib.suppress(CommandFailedError, CommandTimeoutError):
            await at.send(verbose_errors(1))
        yield at


async def converse(
    out: Output,
    port: str,
    commands: Sequence[str],
    *,
    baudrate: int,
    timeout_s: float | None,
    keep_going: bool,
    monitor: bool,
) -> ExitCode:
    """Send the commands in order; with `monitor` show unsolicited lines, and go on doing so.

    Returns:
        FAILED when a command failed.

    Raises:
        LinkError, NoAnswerError: no conversation is possible.
    """
    code = ExitCode.DONE
    async with open_client(port, baudrate) as at, at.subscribe() as urcs:
        showing = asyncio.create_task(_show_urcs(out, urcs), name="URCs") if monitor else None
        try:
            for line in commands:
                if not await _exchange(out, at, line, timeout_s or wait_for(line)):
                    code = ExitCode.FAILED
                    if not keep_going:
                        return code
            if showing is not None:
                out.progress(out.pick(en="Listening; Ctrl-C ends it.", ru="Слушаю; завершить: Ctrl-C."))
                await showing
                raise LinkLostError(port, "the far side closed")
        finally:
            if showing is not None:
                showing.cancel()
                await asyncio.gather(showing, return_exceptions=True)
    return code


def wait_for(line: str) -> float:
    """How long to wait for a command's final result, in seconds."""
    name = line[2:].upper()
    return next((seconds for slow, seconds in _SLOW_S.items() if name.startswith(slow)), DEFAULT_WAIT_S)


async def _exchange(out: Output, at: AtClient, line: str, timeout_s: float) -> bool:
    out.line(f"> {mask(line)}")
    try:
        reply = await at.execute(line, timeout_s=timeout_s)
    except (CommandFailedError, CommandTimeoutError) as error:
        _show_failure(out, line, error)
        return False
    _show_reply(out, line, reply)
    return True


def _show_reply(out: Output, line: str, reply: Reply) -> None:
    out.record({"command": mask(line), "ok": True, "lines": list(reply.lines), "final": reply.final})
    for each in reply.lines:
        out.line(each)
    out.line(reply.final)


def _show_failure(out: Output, line: str, error: AtError) -> None:
    explanation = explain_failure(error)[0]
    final = error.final if isinstance(error, CommandFailedError) else None
    out.record(
        {
            "command": mask(line),
            "ok": False,
            "lines": [],
            "final": final,
            "error": {"kind": error.kind, **explanation_json(explanation, out.lang)},
        }
    )
    if final is not None:
        out.line(final)
    out.progress(explanation.render(out.lang))


async def _show_urcs(out: Output, urcs: Subscription) -> None:
    async for urc in urcs:
        out.record({"urc": urc.line, "body": urc.body})
        out.line(f"* {urc.line}" if urc.body is None else f"* {urc.line}\n  {urc.body}")
