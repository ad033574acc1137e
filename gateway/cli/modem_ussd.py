"""USSD from the command line: a code, the answer, and a menu walked through by a person or a script."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Final

from at_commands.commands import UssdAnswer
from at_commands.ussd_session import UssdEnd, UssdEndedError, UssdSession
from gateway.cli.failures import CommandError
from gateway.cli.modem_messages import modem_client
from gateway.cli.output import ExitCode, Json, Output
from provisioning.explanations import Actor, Explanation, Text


async def converse(
    out: Output, port: str, code: str, *, replies: Sequence[str], pin: str | None, baudrate: int
) -> ExitCode:
    """Send a code, print the answer; go on in a menu with the replies given, then with those that a person types.

    Raises:
        CommandError: the operator does not answer. AtError.
    """
    left = list(replies)
    async with modem_client(out, port, pin, baudrate) as at, UssdSession(at) as session:
        steps: list[dict[str, Json]] = []
        said = code
        try:
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
        except UssdEndedError as error:
            raise CommandError(_no_answer(said, error)) from None
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


_MEANINGS: Final = {
    UssdEnd.RELEASED: Text(
        en="The operator ended the conversation without an answer.", ru="Оператор завершил диалог без ответа."
    ),
    UssdEnd.OTHER_CLIENT: Text(
        en="Something else in the modem answered.", ru="Ответило что-то другое в самом модеме."
    ),
    UssdEnd.NOT_SUPPORTED: Text(
        en="The modem is not in the network, or the operator has no USSD.",
        ru="Модем не в сети, либо у оператора нет USSD.",
    ),
    UssdEnd.NETWORK_TIMEOUT: Text(
        en="The operator's service did not answer in time.", ru="Служба оператора не ответила вовремя."
    ),
    UssdEnd.NO_ANSWER: Text(
        en="The operator does not know this code, or its service does not work now.",
        ru="Оператор не знает этого кода, либо его служба сейчас не работает.",
    ),
}


def _no_answer(code: str, error: UssdEndedError) -> Explanation:
    said = "" if error.text is None else f" ({error.text})"
    return Explanation(
        code="ussd_no_answer",
        what=Text(
            en=f"The operator did not answer {code}{said}.", ru=f"Оператор не ответил на {code}{said}."
        ),
        meaning=_MEANINGS[error.end],
        who=Actor.INSTALLER,
        next=Text(en="Check the code, try again later.", ru="Проверьте код и повторите позже."),
    )
