"""A conversation with the operator by USSD: requests, menus, and what the network says unasked (3GPP TS 27.007, 7.15).

    async with UssdSession(at) as ussd:
        answer = await ussd.request("*111#")        # a menu: answer.needs_reply
        answer = await ussd.reply("2")
    # leaving cancels what is still open

Theory of operation. The network's words come as `+CUSD: m` lines, some before the OK of the command that asked, some
long after it, some although nobody asked. `TABLE` says what m means in each state; what is no answer is a push.

             request              0: the answer
    IDLE ────────────► ASKED ─────────────────────► IDLE
      ▲                 ▲  │ 1: an answer, and the network waits
      │          reply  │  ▼
      └──── 2, 3, 4, 5 ─┴─ OPEN

A text of several lines comes as it is from a modem that shows letters: its string is closed some lines after the one
that begins with `+CUSD:`. They are gathered until the quote, a line that is news of another kind, MAX_LINES or a pause
of LINES_PAUSE_S, since some modems never close it.

In every state 2 (released), 3 (another client answered), 4 (not supported) and 5 (timeout) end the conversation.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import deque
from enum import Enum
from types import TracebackType
from typing import ClassVar, Final, Self

from at_commands import commands
from at_commands.client import AtClient, Subscription
from at_commands.command import Command
from at_commands.commands import UssdAnswer, parse_ussd
from at_commands.errors import AtError, CommandFailedError, LinkLostError, ReplyFormatError
from at_commands.grammar import parse_arguments
from at_commands.ussd import pack_ussd

ANSWER_TIMEOUT_S: Final = 60.0
"""Operators answer within seconds; a menu that asks another system may take longer."""

MAX_PUSHES: Final = 20
"""What the network said unasked and nobody has read; the oldest go first."""

MAX_LINES: Final = 64
"""Of one text; the network can send 182 characters at once."""

LINES_PAUSE_S: Final = 3.0
"""After it a text that was not closed is over; each of its lines begins a new pause."""

_OPEN: Final = re.compile(r'\+CUSD:\s*\d+\s*,\s*"')
_CLOSED: Final = re.compile(r'"\s*,\s*\d+\s*$')


class UssdEnd(Enum):
    """How a conversation ended without an answer; the value is m of +CUSD, None where nothing came."""

    RELEASED = 2
    OTHER_CLIENT = 3
    NOT_SUPPORTED = 4
    NETWORK_TIMEOUT = 5
    NO_ANSWER = None


class UssdEndedError(AtError):
    """No answer: the network ended it, or nothing came. `text` is what it said with that, if anything."""

    kind: ClassVar[str] = "ussd_ended"

    def __init__(self, code: str, end: UssdEnd, text: str | None = None) -> None:
        super().__init__(f"{code}: {end.name.lower().replace('_', ' ')}")
        self.code = code
        self.end = end
        self.text = text
        self.retryable = end in (UssdEnd.NETWORK_TIMEOUT, UssdEnd.NO_ANSWER)


class State(Enum):
    """Where the conversation stands."""

    IDLE = "nothing is open"
    ASKED = "an answer is due"
    OPEN = "the network waits for a reply"


class Meaning(Enum):
    """What a +CUSD line is."""

    ANSWER = "the answer"
    END = "the end, without one"
    PUSH = "said unasked"


TABLE: Final[dict[State, dict[int, tuple[Meaning, State]]]] = {
    State.ASKED: {
        0: (Meaning.ANSWER, State.IDLE),
        1: (Meaning.ANSWER, State.OPEN),
        2: (Meaning.END, State.IDLE),
        3: (Meaning.END, State.IDLE),
        4: (Meaning.END, State.IDLE),
        5: (Meaning.END, State.IDLE),
    },
    State.OPEN: {
        0: (Meaning.PUSH, State.IDLE),
        1: (Meaning.PUSH, State.OPEN),
        2: (Meaning.END, State.IDLE),
        3: (Meaning.END, State.IDLE),
        4: (Meaning.END, State.IDLE),
        5: (Meaning.END, State.IDLE),
    },
    State.IDLE: {
        0: (Meaning.PUSH, State.IDLE),
        1: (Meaning.PUSH, State.OPEN),
        2: (Meaning.PUSH, State.IDLE),
        3: (Meaning.PUSH, State.IDLE),
        4: (Meaning.PUSH, State.IDLE),
        5: (Meaning.PUSH, State.IDLE),
    },
}
"""By state and m; an m that no standard knows is a push and changes nothing."""


class UssdSession:
    """One conversation at a time. Use it with `async with`."""

    def __init__(self, at: AtClient) -> None:
        self._at = at
        self._state = State.IDLE
        self._character_set = "IRA"
        self._answer: asyncio.Future[UssdAnswer | UssdEndedError] | None = None
        self._code = ""
        self._urcs: Subscription | None = None
        self._reader: asyncio.Task[None] | None = None
        self._lines: list[str] = []  # of a text that is not closed yet
        self._pause: asyncio.TimerHandle | None = None
        self.pushes: deque[UssdAnswer] = deque(maxlen=MAX_PUSHES)

    @property
    def state(self) -> State:
        return self._state

    async def __aenter__(self) -> Self:
        """Raises AtError."""
        self._character_set = await _character_set(self._at)
        self._urcs = self._at.subscribe()
        await self._urcs.__aenter__()
        self._reader = asyncio.create_task(self._read(self._urcs), name="USSD")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cancel what is open."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        self._gathered()
        if self._urcs is not None:
            await self._urcs.__aexit__(kind, error, trace)
        if self._state is not State.IDLE:
            # The link may be gone, and the network has given up long since.
            with contextlib.suppress(AtError):
                await self._at.send(commands.ussd_cancel())

    async def request(self, code: str, *, timeout_s: float = ANSWER_TIMEOUT_S) -> UssdAnswer:
        """Send a code; the answer. What was open is cancelled first.

        Raises:
            UssdEndedError: there is none. CommandFailedError: the modem refuses. AtError.
        """
        if self._state is not State.IDLE:
            await self.cancel()
        return await self._ask(code, timeout_s)

    async def reply(self, text: str, *, timeout_s: float = ANSWER_TIMEOUT_S) -> UssdAnswer:
        """Answer a menu; the next answer. Raises as `request`, also when the network has closed it meanwhile."""
        if self._state is not State.OPEN:
            raise UssdEndedError(text, UssdEnd.RELEASED)
        return await self._ask(text, timeout_s)

    async def cancel(self) -> None:
        """End what is open; harmless when nothing is. Raises AtError."""
        self._state = State.IDLE
        with contextlib.suppress(CommandFailedError):
            await self._at.send(commands.ussd_cancel())

    async def _ask(self, code: str, timeout_s: float) -> UssdAnswer:
        self._code = code
        # Before the command: the answer may come before its OK.
        answer: asyncio.Future[UssdAnswer | UssdEndedError] = asyncio.get_running_loop().create_future()
        self._answer = answer
        before, self._state = self._state, State.ASKED
        try:
            # Some say OK only when the network has answered.
            await self._at.send(commands.ussd(_written(code, self._character_set)), timeout_s=timeout_s)
            async with asyncio.timeout(timeout_s):
                outcome = await answer
        except TimeoutError:
            raise UssdEndedError(code, UssdEnd.NO_ANSWER) from None
        except AtError:
            self._state = before
            raise
        finally:
            self._answer = None
        if isinstance(outcome, UssdAnswer):
            return outcome
        raise outcome

    async def _read(self, urcs: Subscription) -> None:
        async for urc in urcs:
            self._gather(urc.line)
        self._gathered()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(LinkLostError(self._at.url, "the link was lost"))

    def _gather(self, line: str) -> None:
        """One line of whatever the modem says unasked."""
        if line.startswith("+CUSD:"):
            self._gathered()
        elif not self._lines:
            return
        elif self._at.dialect.is_urc(line):
            self._gathered()
            return
        self._lines.append(line)
        if _is_whole("\n".join(self._lines)) or len(self._lines) == MAX_LINES:
            self._gathered()
        else:
            self._wait_for_more()

    def _wait_for_more(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
        self._pause = asyncio.get_running_loop().call_later(LINES_PAUSE_S, self._gathered)

    def _gathered(self) -> None:
        """No more lines of this text come."""
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
        if self._lines:
            text = "\n".join(self._lines)
            self._lines.clear()
            self._take(text)

    def _take(self, line: str) -> None:
        try:
            said = parse_ussd(line.removeprefix("+CUSD:").strip(), character_set=self._character_set)
        except (ValueError, IndexError):
            return  # garbage is nobody's answer
        meaning, self._state = TABLE[self._state].get(said.state, (Meaning.PUSH, self._state))
        waiting = self._answer if self._answer is not None and not self._answer.done() else None
        if meaning is Meaning.ANSWER and waiting is not None:
            waiting.set_result(said)
        elif meaning is Meaning.END and waiting is not None:
            waiting.set_result(UssdEndedError(self._code, UssdEnd(said.state), said.text))
        elif meaning is Meaning.PUSH:
            self.pushes.append(said)


def _is_whole(text: str) -> bool:
    """Whether the string of a +CUSD is closed, or there is none. A quote may stand within it."""
    begun = _OPEN.match(text)
    if begun is None:
        return True
    rest = text[begun.end() :]
    return _CLOSED.search(rest) is not None or (rest.rstrip().endswith('"') and rest.count('"') % 2 == 1)


async def _character_set(at: AtClient) -> str:
    asked = Command(
        "AT+CSCS?", lambda reply: parse_arguments(reply.value("+CSCS:"))[0] or "IRA", prefixes=("+CSCS:",)
    )
    try:
        return await at.send(asked)
    except (CommandFailedError, ReplyFormatError):
        return "IRA"


def _written(code: str, character_set: str) -> str:
    """As the modem's character set has it (27.007, 5.5)."""
    if character_set == "UCS2":
        return code.encode("utf-16-be").hex().upper()
    return pack_ussd(code).hex().upper() if character_set == "HEX" else code
