"""USSD from the command line: a code, the answer, and a menu walked through by a person or a script."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from at_commands.commands import UssdAnswer
from at_commands.ussd_session import UssdSession
from gateway.cli.modem_messages import modem_client
from gateway.cli.output import ExitCode, Json, Output


async def converse(
    out: Output, port: str, code: str, *, replies: Sequence[str], pin: str | None, baudrate: int
) -> ExitCode:
    """Send a code, print the answer; go on in a menu with the replies given, then with those that a person types.

    Raises:
        UssdEndedError: the operator does not answer. AtError.
    """
    left = list(replies)
    async with modem_client(out, port, pin, baudrate) as at, UssdSession(at) as session:
        steps: list[dict[str, Json]] = []
        said = code
        answer = await session.request(code)
        while True:
            steps.append({"said": said, "answer": answer.text, "menu": answer.needs_reply})
            _show(out, answer)
            if not answer.needs_reply:
                break
            reply = left.pop(0) if left else await _typed(out)
            if not reply:
                break
            said = reply
            answer = await session.reply(said)
    out.record(
        {
            "port": port,
            "code": code,
            "answer": answer.text,
            "menu": answer.needs_reply,
            "state": answer.state,
            "steps": steps,
        }
    )
    if left:
        unsaid = ", ".join(left)
        out.progress(
            out.pick(
                en=f"The menu was over before: {unsaid}.", ru=f"Меню кончилось раньше, осталось: {unsaid}."
            )
        )
    return ExitCode.DONE


def _show(out: Output, answer: UssdAnswer) -> None:
    out.line(answer.text or out.pick(en="(no text)", ru="(без текста)"))


async def _typed(out: Output) -> str:
    """A person's reply to a menu; nothing where there is no person, and then the menu is left."""
    if out.as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return ""
    prompt = out.pick(en="Your reply (Enter leaves): ", ru="Ответ (Enter - выйти): ")
    return (await asyncio.to_thread(input, prompt)).strip()
