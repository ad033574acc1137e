"""A conversation with a modem in AT commands, printed as it goes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from at_commands.audit import AuditFile
from at_commands.client import AtClient, Subscription
from at_commands.commands import identify_manufacturer, identify_model, verbose_errors
from at_commands.dialects import recognise
from at_commands.errors import (
    AtError,
    CommandFailedError,
    CommandTimeoutError,
    LinkLostError,
    ModemRebootedError,
    ReplyFormatError,
)
from at_commands.links import open_link
from at_commands.transcript import Transcript, mask
from gateway.cli.failures import explain_failure
from gateway.cli.output import ExitCode, Output, explanation_json

if TYPE_CHECKING:
    from at_commands.command import Command, Reply

T = TypeVar("T")


@contextlib.asynccontextmanager
async def open_client(
    port: str, baudrate: int, transcript: Transcript | None = None
) -> AsyncIterator[AtClient]:
    """A client of a modem that answers, that says why it refuses (`+CMEE=1`) and whose family is known.

    Raises:
        LinkError, NoAnswerError; ModemRebootedError for any failure behind a restart.
    """
    async with AtClient(await open_link(port, baudrate=baudrate), transcript=transcript) as at:
        with restarts_told(at):
            await at.sync()
            await _asked(at, verbose_errors(1))
            manufacturer = await _asked(at, identify_manufacturer())
            model = await _asked(at, identify_model())
            at.dialect = recognise(manufacturer or "", model or "")
            yield at


@contextlib.contextmanager
def restarts_told(at: AtClient) -> Iterator[None]:
    """A restart of the modem explains whatever fails behind it, and is what a person should be told."""
    try:
        yield
    except ModemRebootedError:
        raise
    except AtError as error:
        if at.restart_line:
            raise ModemRebootedError(getattr(error, "line", "AT"), at.restart_line) from error
        raise


async def _asked(at: AtClient, command: Command[T]) -> T | None:
    """None from a modem that does not know the command."""
    try:
        return await at.send(command)
    except (CommandFailedError, CommandTimeoutError, ReplyFormatError):
        return None


async def converse(
    out: Output,
    port: str,
    commands: Sequence[str],
    *,
    baudrate: int,
    timeout_s: float | None,
    keep_going: bool,
    monitor: bool,
    audit: Path | None = None,
) -> ExitCode:
    """Send the commands in order; with `monitor` show unsolicited lines, and go on doing so. `audit` is given all that
    goes over the wire.

    Returns:
        FAILED when a command failed.

    Raises:
        LinkError, NoAnswerError: no conversation is possible.
    """
    file = None if audit is None else AuditFile(audit)
    transcript = None if file is None else Transcript(limit=1, listener=file.write)
    with file or contextlib.nullcontext():
        async with open_client(port, baudrate, transcript) as at, at.subscribe() as urcs:
            showing = asyncio.create_task(_show_urcs(out, urcs), name="URCs") if monitor else None
            try:
                code = await _all(out, at, commands, timeout_s=timeout_s, keep_going=keep_going)
                if showing is not None and (keep_going or code is ExitCode.DONE):
                    out.progress(out.pick(en="Listening; Ctrl-C ends it.", ru="Слушаю; завершить: Ctrl-C."))
                    await showing
                    raise LinkLostError(port, "the far side closed")
            finally:
                if showing is not None:
                    showing.cancel()
                    await asyncio.gather(showing, return_exceptions=True)
    return code


async def _all(
    out: Output, at: AtClient, commands: Sequence[str], *, timeout_s: float | None, keep_going: bool
) -> ExitCode:
    code = ExitCode.DONE
    for line in commands:
        done = await _exchange(out, at, line, timeout_s)
        if at.restart_line:
            _show_restart(out, at)
        if not done:
            code = ExitCode.FAILED
            if not keep_going:
                break
    return code


async def _exchange(out: Output, at: AtClient, line: str, timeout_s: float | None) -> bool:
    out.line(f"> {mask(line)}")
    try:
        with restarts_told(at):
            reply = await at.execute(line, timeout_s=timeout_s)
    except (CommandFailedError, CommandTimeoutError, ModemRebootedError, ReplyFormatError) as error:
        _show_failure(out, line, error)
        at.restart_line = ""  # told
        return False
    _show_reply(out, line, reply)
    return True


def _show_restart(out: Output, at: AtClient) -> None:
    """It came between two commands, and none has failed of it yet."""
    line, at.restart_line = at.restart_line, ""
    out.record({"restarted": line})
    out.progress(
        out.pick(
            en=f"The modem restarted ({line}): what was set before is forgotten.",
            ru=f"Модем перезагрузился ({line}): прежние настройки забыты.",
        )
    )


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
