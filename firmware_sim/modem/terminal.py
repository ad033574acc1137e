"""One interpreter of AT commands: lines in, outcomes framed, URCs said when it is polite; or data through and through.

    bytes ─► line editor ─► grammar ─► (the core's commands) ─► outcome ─► frames ─► out

A modem has one for each serial line, or, where a multiplexer runs, one for each of its channels. One command line is
under way at a time. The mode says who gets the next byte:

    mode      leaves by                               bytes meanwhile
    COMMAND   a whole line                            to the line editor
    BUSY      the pending outcome                     kept for later, bounded; an abortable command ends with the first
                                                      that comes after its line's own end
    PROMPT    Ctrl-Z, ESC or the length               are the data
    DATA      +++ between two silences, DTR, far end  to the stream

URCs are said in COMMAND and BUSY, never in PROMPT and DATA; a line half typed holds them back for a second. A stream
outlives +++: ATO goes back to it, ATH ends it (ITU-T V.250 6.3).
"""

from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Protocol

from at_commands.cmux_dlc import MuxParameters
from at_commands.grammar import GrammarError, ParsedCommand, split_command_line
from firmware_sim.faults.happenings import Fate
from firmware_sim.modem.error_results import cme_error, cms_error
from firmware_sim.modem.escape import EscapeDetector
from firmware_sim.modem.line_editor import MAX_BODY, LineEditor
from firmware_sim.modem.outcomes import (
    ERROR,
    OK,
    CmeRefusedError,
    CmsRefusedError,
    Connect,
    Done,
    Later,
    Multiplex,
    Outcome,
    Pending,
    Prompt,
    RefusedError,
)
from firmware_sim.modem.profile import Profile
from firmware_sim.modem.timers import Timer
from firmware_sim.modem.timing import ABORTABLE_AFTER_S, URC_HOLD_S

if TYPE_CHECKING:
    from firmware_sim.modem.device import Device

MAX_INPUT = 8192
"""Bytes kept while a command is under way; more are lost, as in a UART without flow control."""

MAX_URCS = 100
"""URCs kept while the line is taken; the oldest go first."""

NO_CARRIER = "NO CARRIER"
_CTRL_Z, _ESC, _CR = 0x1A, 0x1B, 0x0D
_RESULT_NUMBERS = {OK: 0, "CONNECT": 1, NO_CARRIER: 3, ERROR: 4}


class Mode(Enum):
    """Who gets the next byte; see above."""

    COMMAND = 0
    BUSY = 1
    PROMPT = 2
    DATA = 3


class Stream(Protocol):
    """The far end of data mode: a TCP connection, a packet call."""

    @property
    def full(self) -> bool:
        """Takes no more for now; the DTE is held back, as by CTS."""
        ...

    def from_terminal(self, data: bytes) -> None:
        """The DTE's bytes."""
        ...

    def resumed(self) -> None:
        """Data mode was entered (again); what was held back may come."""
        ...

    def hang_up(self) -> None:
        """ATH, DTR or the power ended it; nothing more is to be said."""
        ...


class Terminal:
    """One interpreter.

    Args:
        call: Carries out one command of the modem.
        send: Takes what it says.
        backlog: How many bytes of it wait at the port.
    """

    def __init__(
        self,
        device: "Device",
        profile: Profile,
        *,
        call: Callable[[ParsedCommand], Outcome],
        send: Callable[[bytes], None],
        backlog: Callable[[], int],
    ) -> None:
        self.backlog = backlog
        self.profile = profile
        self.urcs: deque[str | bytes] = deque(maxlen=MAX_URCS)
        self.stream: Stream | None = None
        self.multiplex: Callable[[MuxParameters], None] | None = None
        """Turns the line to frames; a channel of a multiplexer has none."""
        self.overruns = 0
        """Bytes lost to :data:`MAX_INPUT`."""
        self._device = device
        self._call = call
        self._send = send
        self._editor = LineEditor()
        self._escape = EscapeDetector()
        self._escape_timer: Timer | None = None
        self._input = bytearray()
        self._mode = Mode.COMMAND
        self._rest: deque[ParsedCommand | None] = deque()  # None: where the grammar broke
        self._pending: Later | Pending | None = None
        self._pending_since = 0.0
        self._pending_timer: Timer | None = None
        self._prompt: Prompt | None = None
        self._entry = bytearray()
        self._urc_hold: Timer | None = None
        self._fate: Fate | None = None  # what faults do to the line under way

    # -- the line's side

    @property
    def in_data_mode(self) -> bool:
        """Bytes go through to the stream."""
        return self._mode is Mode.DATA

    @property
    def full(self) -> bool:
        """The stream takes no more for now."""
        return self._mode is Mode.DATA and self.stream is not None and self.stream.full

    def receive(self, data: bytes) -> None:
        """Bytes from the DTE."""
        if self._mode is Mode.DATA:
            self._take_data(data)
            return
        if self._abort_by(data):
            data = data[1:]
        room = MAX_INPUT - len(self._input)
        self.overruns += max(0, len(data) - room)
        self._input += data[:room]
        self.pump()

    @property
    def can_multiplex(self) -> bool:
        """It has the line for itself."""
        return self.multiplex is not None

    def take_input(self) -> bytes:
        """What was received and not yet read: it is for somebody else."""
        data = bytes(self._input)
        self._input.clear()
        return data

    def dtr_dropped(self) -> None:
        """The DTE left: what it had half typed is void; data mode goes by ``&D`` (V.250 6.2.8)."""
        self._editor.reset()
        self._input.clear()
        if self._mode is Mode.PROMPT:
            self._give_up_prompt()
        if self.stream is not None and self.profile.dtr:
            if self._mode is Mode.DATA:
                self._leave_data()
            if self.profile.dtr > 1:
                self.hang_up()

    def reset(self, profile: Profile) -> None:
        """The power came or went. Timers are gone with it."""
        self.profile = profile
        self.urcs.clear()
        self._editor.reset()
        self._input.clear()
        self._entry.clear()
        self._escape.reset()
        self._urc_hold = self._pending_timer = self._escape_timer = None
        stream, self.stream = self.stream, None
        if stream is not None:
            stream.hang_up()
        self._end_line(None)

    # -- the stream's side

    def from_stream(self, data: bytes) -> None:
        """Bytes for the DTE; only while :attr:`in_data_mode`."""
        self._send(data)

    def stream_ended(self, stream: Stream, final: str = NO_CARRIER) -> None:
        """The far end is gone: back to commands, and that is said."""
        if self.stream is not stream:
            return
        self.stream = None
        if self._mode is Mode.DATA:
            self._leave_data()
            self._send(self.profile.result(final, _RESULT_NUMBERS.get(final)))
        else:
            self.urcs.append(final)

    def resume_data(self) -> Outcome:
        """``ATO``."""
        return Done(final=NO_CARRIER) if self.stream is None else Connect(self.stream)

    def hang_up(self) -> None:
        """``ATH``; harmless without a stream."""
        stream, self.stream = self.stream, None
        if stream is not None:
            stream.hang_up()

    # -- command lines

    def pump(self) -> None:
        """Go on with what was received."""
        while self._input:
            if self._mode is Mode.COMMAND:
                editor = self._editor
                editor.terminator, editor.backspace = self.profile.s[3], self.profile.s[5]
                echo, line = editor.feed(self._input)
                if echo and self.profile.echo:
                    self._echo(echo)
                if line is not None:
                    self._execute(line)
            elif self._mode is Mode.PROMPT:
                self._enter_data()
            elif self._mode is Mode.DATA:
                data = bytes(self._input)
                self._input.clear()
                self._take_data(data)
            else:
                return

    def _abort_by(self, data: bytes) -> bool:
        """The DTE's character ends the command under way, and is lost with it (V.250 5.6.1).

        Not the LF of a line that ends with CR LF, and nothing that comes too soon to be meant so.
        """
        pending = self._pending
        if not isinstance(pending, Later) or pending.abort is None or data[:1] in (b"", b"\n"):
            return False
        if self._device.now - self._pending_since < ABORTABLE_AFTER_S:
            return False
        self._resolve(pending.abort())
        return True

    def _execute(self, body: str) -> None:
        self._rest.clear()
        faults = self._device.faults
        self._fate = fate = None if faults is None else faults.fate(body)
        if fate is not None and (fate.unheard or fate.reboots):
            self._input.clear()
            return
        if len(body) > MAX_BODY:
            self._rest.append(None)
        else:
            try:
                self._rest.extend(split_command_line(body))
            except GrammarError as broken:
                self._rest.extend((*broken.parsed, None))
        self._resolve(Done() if fate is None else self._suffer(fate))

    def _suffer(self, fate: Fate) -> Outcome:
        """What faults do to the line before its first command."""
        self.profile.echo ^= fate.flips_echo
        for text in fate.boot_lines:
            self._send(self.profile.info(text))

        def begin() -> Outcome:
            if fate.refused_cme is not None:
                raise CmeRefusedError(fate.refused_cme)
            return Done()

        return Later(fate.late_s, begin)

    def _resolve(self, outcome: Outcome) -> None:
        """Go through the rest of the line until something has to be waited for or the line ends."""
        self._device.terminal = self
        self._pending, self._prompt = None, None
        if self._pending_timer is not None:
            self._pending_timer.cancel()
            self._pending_timer = None
        while True:
            match outcome:
                case Done(lines, final):
                    for line in lines if self._fate is None else self._fate.answer(lines):
                        self._send(self.profile.info(line))
                    if final != OK:
                        self._end_line(final)
                        return
                    if not self._rest:
                        self._end_line(OK)
                        return
                    following = self._guarded(self._next)
                case Later(after_s, then) if after_s > 0:
                    self._mode, self._pending = Mode.BUSY, outcome
                    self._pending_since = self._device.now
                    self._pending_timer = self._device.after(after_s, lambda: self._resume(then))
                    return
                case Later(_, then):
                    following = self._guarded(then)
                case Pending():
                    self._mode, self._pending = Mode.BUSY, outcome
                    outcome.waiting = self._completed
                    return
                case Prompt():
                    self._mode, self._prompt = Mode.PROMPT, outcome
                    self._entry.clear()
                    self._send(b"\r\n> ")
                    return
                case Connect():
                    self._connect(outcome)
                    return
                case Multiplex(parameters):
                    self._end_line(OK)
                    if self.multiplex is not None:
                        self.multiplex(parameters)
                    return
            if following is None:
                return
            outcome = following

    def _resume(self, then: Callable[[], Outcome]) -> None:
        self._device.terminal = self
        outcome = self._guarded(then)
        if outcome is not None:
            self._resolve(outcome)

    def _completed(self, pending: Pending, outcome: Outcome) -> None:
        """Somebody has the outcome of a pending command; too late is harmless."""
        if self._pending is pending:
            self._resolve(outcome)

    def _next(self) -> Outcome:
        command = self._rest.popleft()
        if command is None:
            raise RefusedError
        return self._call(command)

    def _guarded(self, step: Callable[[], Outcome]) -> Outcome | None:
        """``None``: it was refused, and the line has ended with that."""
        try:
            return step()
        except CmeRefusedError as refused:
            self._end_line(cme_error(refused.code, self.profile.cmee))
        except CmsRefusedError as refused:
            self._end_line(cms_error(refused.code, self.profile.cmee))
        except RefusedError:
            self._end_line(ERROR)
        return None

    def _end_line(self, final: str | None) -> None:
        self._rest.clear()
        self._pending, self._prompt = None, None
        self._mode = Mode.COMMAND
        fate, self._fate = self._fate, None
        if final is None:
            return
        for text in () if fate is None else fate.urcs:
            self._send(self.profile.info(text))
        if fate is None or not fate.loses_final:
            self._send(self.profile.result(final, _RESULT_NUMBERS.get(final)))

    # -- data behind a prompt

    def _enter_data(self) -> None:
        prompt = self._prompt
        assert prompt is not None
        if prompt.length is not None:
            taken = self._input[: prompt.length - len(self._entry)]
            del self._input[: len(taken)]
            self._entry += taken
            self._echo_entry(bytes(taken))
            if len(self._entry) >= prompt.length:
                self._finish_prompt(prompt)
            return
        for at, octet in enumerate(self._input):
            if octet in (_CTRL_Z, _ESC):
                self._echo_entry(bytes(self._input[:at]))
                self._entry += self._input[:at]
                del self._input[: at + 1]
                if octet == _ESC:
                    self._give_up_prompt()
                else:
                    self._finish_prompt(prompt)
                return
            if octet == _CR and prompt.lines:
                self._echo_entry(bytes(self._input[: at + 1]))
                self._send(b"\n> ")
                self._entry += self._input[: at + 1]
                del self._input[: at + 1]
                return
        self._echo_entry(bytes(self._input))
        self._entry += self._input
        self._input.clear()

    def _finish_prompt(self, prompt: Prompt) -> None:
        data = bytes(self._entry)
        self._entry.clear()
        self._resume(lambda: prompt.then(data))

    def _give_up_prompt(self) -> None:
        self._entry.clear()
        self._resolve(Done())

    def _echo(self, echo: bytes) -> None:
        faults = self._device.faults
        news = () if faults is None else faults.news_in_echo(len(echo))
        if news:
            self._send(echo[: len(echo) // 2])
            for text in news:
                self._send(self.profile.info(text))
            echo = echo[len(echo) // 2 :]
        self._send(echo)

    def _echo_entry(self, data: bytes) -> None:
        if self.profile.echo and data:
            self._send(data)

    # -- data mode

    def _connect(self, outcome: Connect) -> None:
        self._end_line(outcome.text)
        self.stream = outcome.stream
        self._mode = Mode.DATA
        self._escape.reset()
        self._escape.last_at = self._device.now
        outcome.stream.resumed()

    def _take_data(self, data: bytes) -> None:
        stream, profile = self.stream, self.profile
        assert stream is not None
        if self._escape_timer is not None:
            self._escape_timer.cancel()
            self._escape_timer = None
        self._escape.character, self._escape.guard_s = profile.s[2], profile.s[12] * 0.02
        through = self._escape.feed(data, self._device.now)
        if through:
            stream.from_terminal(through)
        if self._escape.complete:
            self._escape_timer = self._device.after(self._escape.guard_s, self._escaped)

    def _escaped(self) -> None:
        if self._mode is Mode.DATA:
            self._leave_data()
            self._send(self.profile.result(OK, _RESULT_NUMBERS[OK]))

    def _leave_data(self) -> None:
        self._escape.reset()
        if self._escape_timer is not None:
            self._escape_timer.cancel()
            self._escape_timer = None
        self._mode = Mode.COMMAND

    # -- unasked

    def say(self, text: str) -> None:
        """At once, whatever is under way: a last word."""
        if self._mode is not Mode.DATA:
            self._send(self.profile.info(text))

    def settle(self) -> None:
        """After everything that happens: URCs that may go out now."""
        if not self.urcs or self._mode in (Mode.PROMPT, Mode.DATA):
            return
        if self._mode is Mode.COMMAND and self._editor.typing:
            if self._urc_hold is None:
                self._urc_hold = self._device.after(URC_HOLD_S, self._say_urcs)
            return
        self._say_urcs()

    def _say_urcs(self) -> None:
        if self._urc_hold is not None:
            self._urc_hold.cancel()
            self._urc_hold = None
        if self._mode in (Mode.PROMPT, Mode.DATA):
            return
        while self.urcs:
            urc = self.urcs.popleft()
            self._send(urc if isinstance(urc, bytes) else self.profile.info(urc))
