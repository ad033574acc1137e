"""The emulated modem, without I/O: bytes, time and news of the network in; actions out.

    bytes ─► line editor ─► grammar ─► command tables ─► outcome ─► frames ─► Transmit
                                            ▲                │
             network notices, sockets ──► features ──► URCs ─┘

One command line is under way at a time. The mode says who gets the next byte:

    mode      leaves by                      bytes meanwhile
    COMMAND   a whole line                   to the line editor
    BUSY      the pending outcome            kept for later, bounded; the first one aborts an abortable
    command PROMPT    Ctrl-Z, ESC or the length      are the data

URCs are said in COMMAND and BUSY, never in PROMPT; a line half typed holds them back for a second.
"""

from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Never, cast

from at_commands.grammar import GrammarError, ParsedCommand, split_command_line
from firmware_sim.modem.actions import Action, Transmit
from firmware_sim.modem.commands import Command
from firmware_sim.modem.device import Device, Power, SocketEvents
from firmware_sim.modem.error_results import cme_error, cms_error
from firmware_sim.modem.families import PERSONALITIES
from firmware_sim.modem.feature import Feature
from firmware_sim.modem.identity import Identity
from firmware_sim.modem.interface import Interface
from firmware_sim.modem.line_editor import MAX_BODY, LineEditor
from firmware_sim.modem.network_service import NetworkService
from firmware_sim.modem.outcomes import (
    ERROR,
    OK,
    CmeRefusedError,
    CmsRefusedError,
    Done,
    Later,
    Outcome,
    Pending,
    Prompt,
    RefusedError,
)
from firmware_sim.modem.packet_data import PacketData
from firmware_sim.modem.parts import Parts
from firmware_sim.modem.personality import Personality
from firmware_sim.modem.power_control import PowerControl
from firmware_sim.modem.radio import Radio
from firmware_sim.modem.settings import ModemSettings
from firmware_sim.modem.short_messages import ShortMessages
from firmware_sim.modem.sim_access import SimAccess
from firmware_sim.modem.sim_card import SimCard
from firmware_sim.modem.timers import Timer
from firmware_sim.modem.timing import URC_HOLD_S
from firmware_sim.modem.ussd import Ussd
from firmware_sim.network import Network

MAX_INPUT = 8192
"""Bytes kept while a command is under way; more are lost, as in a UART without flow control."""

_CTRL_Z, _ESC, _CR = 0x1A, 0x1B, 0x0D
_RESULT_NUMBERS = {OK: 0, "NO CARRIER": 3, ERROR: 4}


class Mode(Enum):
    """Who gets the next byte; see above."""

    COMMAND = 0
    BUSY = 1
    PROMPT = 2


class ModemCore:
    """One modem. Call ``advance`` at ``next_wake``, and ``take`` the actions after every call."""

    def __init__(self, settings: ModemSettings, sim: SimCard | None, network: Network, now: float) -> None:
        personality = PERSONALITIES[settings.personality]
        self.device = device = Device(settings, personality, sim, network, now)
        device.complete = self._complete
        self.radio = radio = Radio(device)
        packet, messages, ussd = PacketData(device, radio), ShortMessages(device, radio), Ussd(device, radio)
        sim_access = SimAccess(device)
        interface = Interface(device, ussd)
        self.power = power = PowerControl(
            device, radio, on_reset=self._reset, autobauding=lambda: interface.autobauding
        )
        sim_access.on_ready = power.sim_became_ready
        parts = Parts(device, radio, packet, messages, ussd, sim_access, interface, power)
        self._basic = interface.basic
        self._features: tuple[Feature, ...] = (
            interface,
            Identity(device, self._names),
            sim_access,
            NetworkService(device, radio),
            packet,
            messages,
            messages.listing,
            ussd,
            power,
            *(make(parts) for make in personality.features),
        )
        self._commands = _catalogue(personality, self._features)
        self._editor = LineEditor()
        self._input = bytearray()
        self._mode = Mode.COMMAND
        self._rest: deque[ParsedCommand | None] = deque()  # None: where the grammar broke
        self._pending: Later | Pending | None = None
        self._pending_timer: Timer | None = None
        self._prompt: Prompt | None = None
        self._entry = bytearray()
        self._urc_hold: Timer | None = None
        self.overruns = 0
        """Bytes lost to :data:`MAX_INPUT`."""

    # -- the world's side

    @property
    def sockets(self) -> SocketEvents:
        """The TCP stack, for what its real connections have to tell."""
        return self.device.sockets

    def receive(self, data: bytes, now: float) -> None:
        """Bytes came in at the serial port."""
        self.at(now, lambda: self._take_in(data))

    def advance(self, now: float) -> None:
        """Do what is due."""
        self.at(now, lambda: None)

    def at(self, now: float, happening: Callable[[], None]) -> None:
        """Let something happen to a part of the modem, and see to its consequences."""
        self._run_timers(now)
        happening()
        self._pump()
        self._run_timers(now)
        self._settle()

    def next_wake(self) -> float | None:
        """When ``advance`` is due, on the clock that gives ``now``."""
        return self.device.timers.next_at()

    def take(self) -> list[Action]:
        """The actions gathered since the last call, in order, neighbouring output joined."""
        actions: list[Action] = []
        for action in self.device.actions:
            if isinstance(action, Transmit) and actions and isinstance(actions[-1], Transmit):
                actions[-1] = Transmit(actions[-1].data + action.data)
            else:
                actions.append(action)
        self.device.actions.clear()
        return actions

    def client_left(self, now: float) -> None:
        """The other end closed the line: what it had half typed is void; all else stays."""
        self.at(now, self._drop_input)

    def _drop_input(self) -> None:
        self._editor.reset()
        self._input.clear()
        if self._mode is Mode.PROMPT:
            self._give_up_prompt()

    def _take_in(self, data: bytes) -> None:
        if self.device.power is Power.ON:
            room = MAX_INPUT - len(self._input)
            self.overruns += max(0, len(data) - room)
            self._input += data[:room]

    # -- command lines

    def _pump(self) -> None:
        while self._input:
            if self._mode is Mode.COMMAND:
                profile = self.device.profile
                self._editor.terminator, self._editor.backspace = profile.s[3], profile.s[5]
                echo, line = self._editor.feed(self._input)
                if profile.echo and echo:
                    self._transmit(echo)
                if line is not None:
                    self._execute(line)
            elif self._mode is Mode.PROMPT:
                self._enter_data()
            elif isinstance(self._pending, Later) and self._pending.abort:
                del self._input[0]
                self._resolve(self._pending.abort())
            else:
                return

    def _execute(self, body: str) -> None:
        self._rest.clear()
        if len(body) > MAX_BODY:
            self._rest.append(None)
        else:
            try:
                self._rest.extend(split_command_line(body))
            except GrammarError as broken:
                self._rest.extend((*broken.parsed, None))
        self._resolve(Done())

    def _resolve(self, outcome: Outcome) -> None:
        """Go through the rest of the line until something has to be waited for or the line ends."""
        self._pending, self._prompt = None, None
        if self._pending_timer is not None:
            self._pending_timer.cancel()
            self._pending_timer = None
        while True:
            match outcome:
                case Done(lines, final):
                    for line in lines:
                        self._transmit(self.device.profile.info(line))
                    if final != OK:
                        self._end_line(final)
                        return
                    if not self._rest:
                        self._end_line(OK)
                        return
                    next_outcome = self._call(self._rest.popleft())
                    if next_outcome is None:
                        return
                    outcome = next_outcome
                case Later(after_s, then) if after_s > 0:
                    self._mode, self._pending = Mode.BUSY, outcome
                    self._pending_timer = self.device.after(after_s, lambda: self._resume(then))
                    return
                case Later(_, then):
                    resumed = self._guarded(then)
                    if resumed is None:
                        return
                    outcome = resumed
                case Pending():
                    self._mode, self._pending = Mode.BUSY, outcome
                    return
                case Prompt():
                    self._mode, self._prompt = Mode.PROMPT, outcome
                    self._entry.clear()
                    self._transmit(b"\r\n> ")
                    return

    def _resume(self, then: Callable[[], Outcome]) -> None:
        outcome = self._guarded(then)
        if outcome is not None:
            self._resolve(outcome)

    def _call(self, command: ParsedCommand | None) -> Outcome | None:
        return self._guarded(lambda: self._dispatch(command))

    def _dispatch(self, command: ParsedCommand | None) -> Outcome:
        if command is None:
            raise RefusedError
        if (found := self._commands.get(command.name)) is not None:
            place, known = found
            return cast("Command[Feature]", known).run(self._features[place], command)
        basic = self._basic(command)
        if basic is not None:
            return basic
        code = self.device.personality.unknown_command_cme
        raise RefusedError if code is None else CmeRefusedError(code)

    def _guarded(self, step: Callable[[], Outcome]) -> Outcome | None:
        """``None``: it was refused, and the line has ended with that."""
        try:
            return step()
        except CmeRefusedError as refused:
            self._end_line(cme_error(refused.code, self.device.profile.cmee))
        except CmsRefusedError as refused:
            self._end_line(cms_error(refused.code, self.device.profile.cmee))
        except RefusedError:
            self._end_line(ERROR)
        return None

    def _complete(self, pending: Pending, outcome: Outcome) -> None:
        """Somebody has the outcome of a pending command; too late is harmless."""
        if self._pending is pending:
            self._resolve(outcome)

    def _end_line(self, final: str | None) -> None:
        self._rest.clear()
        self._pending, self._prompt = None, None
        self._mode = Mode.COMMAND
        if final is not None:
            self._transmit(self.device.profile.result(final, _RESULT_NUMBERS.get(final)))

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
                self._transmit(b"\n> ")
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

    def _echo_entry(self, data: bytes) -> None:
        if self.device.profile.echo and data:
            self._transmit(data)

    # -- time and output

    def _run_timers(self, now: float) -> None:
        device = self.device
        while (timer := device.timers.pop_due(max(now, device.now))) is not None:
            device.now = max(device.now, timer.when)
            callback, timer.callback = timer.callback, None
            if callback is not None:
                callback()
                self._pump()
        device.now = max(device.now, now)

    def _settle(self) -> None:
        """After every call: what the line held back may go out now."""
        urcs = self.device.urcs
        if not urcs or self._mode is Mode.PROMPT:
            return
        if self._editor.typing and self._mode is Mode.COMMAND:
            if self._urc_hold is None:
                self._urc_hold = self.device.after(URC_HOLD_S, self._say_urcs)
            return
        self._say_urcs()

    def _say_urcs(self) -> None:
        if self._urc_hold is not None:
            self._urc_hold.cancel()
            self._urc_hold = None
        if self._mode is Mode.PROMPT:
            return
        urcs = self.device.urcs
        while urcs:
            urc = urcs.popleft()
            self._transmit(urc if isinstance(urc, bytes) else self.device.profile.info(urc))

    def _transmit(self, data: bytes) -> None:
        if data:
            self.device.do(Transmit(data))

    def _names(self) -> tuple[str, ...]:
        return tuple(self._commands)

    def _reset(self) -> None:
        """Power came or went: nothing that is not in NVRAM or on the card stays."""
        self.device.timers.clear()
        self.device.urcs.clear()
        self._editor.reset()
        self._input.clear()
        self._entry.clear()
        self._urc_hold = self._pending_timer = None
        self._end_line(None)
        self.radio.reset()
        for feature in self._features:
            feature.reset()


_catalogues: dict[Personality, dict[str, tuple[int, Command[Never]]]] = {}


def _catalogue(
    personality: Personality, features: tuple[Feature, ...]
) -> dict[str, tuple[int, Command[Never]]]:
    """Each command with the place of its feature; all modems of a kind share one catalogue."""
    if personality not in _catalogues:
        found: dict[str, tuple[int, Command[Never]]] = {}
        for place, feature in enumerate(features):
            found.update((name, (place, command)) for name, command in feature.table.items())
        _catalogues[personality] = {n: found[n] for n in sorted(found) if n not in personality.without}
    return _catalogues[personality]
