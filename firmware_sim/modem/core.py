"""The emulated modem, without I/O: bytes, time and news of the network in; actions out.

    bytes ─► serial line ─► terminal ─► command ─► feature ─► outcome ─► frames ─► Transmit
                               ▲                      │
                               └──────── URCs ◄───────┤◄─ network notices, sockets, timers

The features keep the state of one subject each (card, radio, messages, sockets, …); what all of them share is the
device. A terminal (``terminal.py``) conducts one conversation; a serial line (``serial_line.py``) has one or several.
"""

from collections.abc import Callable, Iterator
from typing import Never, cast

from at_commands.grammar import ParsedCommand
from firmware_sim.faults.injector import Injector
from firmware_sim.modem.actions import Action, Transmit
from firmware_sim.modem.call_settings import CallSettings
from firmware_sim.modem.card_access import CardAccess
from firmware_sim.modem.commands import Command
from firmware_sim.modem.device import Device, Power, SocketEvents
from firmware_sim.modem.families import PERSONALITIES
from firmware_sim.modem.feature import Feature
from firmware_sim.modem.identity import Identity
from firmware_sim.modem.interface import Interface
from firmware_sim.modem.multiplexing import Multiplexing
from firmware_sim.modem.network_service import NetworkService
from firmware_sim.modem.operator_lists import OperatorLists
from firmware_sim.modem.outcomes import CmeRefusedError, Outcome, RefusedError
from firmware_sim.modem.packet_call import PacketCalls
from firmware_sim.modem.packet_data import PacketData
from firmware_sim.modem.parts import Parts
from firmware_sim.modem.personality import Personality
from firmware_sim.modem.phone_book import PhoneBook
from firmware_sim.modem.power_control import PowerControl
from firmware_sim.modem.radio import Radio
from firmware_sim.modem.sabotage import Sabotage
from firmware_sim.modem.serial_line import SerialLine
from firmware_sim.modem.settings import ModemSettings
from firmware_sim.modem.short_messages import ShortMessages
from firmware_sim.modem.sim_access import SimAccess
from firmware_sim.modem.sim_card import SimCard
from firmware_sim.modem.terminal import Terminal
from firmware_sim.modem.ussd import Ussd
from firmware_sim.modem.voice_calls import VoiceCalls
from firmware_sim.network import Network


class ModemCore:
    """One modem. Call ``advance`` at ``next_wake``, and ``take`` the actions after every call."""

    def __init__(self, settings: ModemSettings, sim: SimCard | None, network: Network, now: float) -> None:
        personality = PERSONALITIES[settings.personality]
        self.device = device = Device(settings, personality, sim, network, now)
        device.terminals = self._terminals
        self.radio = radio = Radio(device)
        packet, messages, ussd = PacketData(device, radio), ShortMessages(device, radio), Ussd(device, radio)
        sim_access, card_access = SimAccess(device), CardAccess(device)
        packet_calls, voice = PacketCalls(device, packet), VoiceCalls(device, radio)
        self._interface = interface = Interface(device, ussd, packet_calls, voice)
        self.power = power = PowerControl(
            device, radio, on_reset=self._reset, autobauding=lambda: interface.autobauding
        )
        sim_access.on_ready = card_access.on_opened = power.sim_became_ready
        parts = Parts(device, radio, packet, messages, ussd, sim_access, interface, power)
        self._features: tuple[Feature, ...] = (
            interface,
            Identity(device, self._names),
            sim_access,
            card_access,
            CallSettings(device),
            voice,
            PhoneBook(device),
            OperatorLists(device),
            NetworkService(device, radio),
            packet,
            packet_calls,
            Multiplexing(device),
            messages,
            messages.listing,
            messages.reception,
            messages.reception.direct,
            ussd,
            power,
            *(make(parts) for make in personality.features),
        )
        self._commands = _catalogue(personality, self._features)
        self.lines: list[SerialLine] = []
        self.add_line()
        device.terminal = next(self.lines[0].terminals())

    # -- the world's side

    @property
    def sockets(self) -> SocketEvents:
        """The TCP stack, for what its real connections have to tell."""
        return self.device.sockets

    @property
    def baudrate(self) -> int:
        """Of its serial lines; 0 is automatic."""
        return self._interface.baudrate

    @property
    def overruns(self) -> int:
        """Bytes lost while a command was under way."""
        return sum(terminal.overruns for terminal in self._terminals())

    def add_line(self) -> SerialLine:
        """One more serial line; there is one from the beginning."""
        line = SerialLine(len(self.lines), self.device, self._interface.stored_profile, self._call)
        self.lines.append(line)
        return line

    def faults(self) -> Injector:
        """Its faults. A modem has none of this machinery until it is asked for."""
        if self.device.faults is None:
            injector = Injector(seed=self.device.settings.seed, now=self.device.now)
            self.device.faults = Sabotage(injector, self.device, self.power)
        return self.device.faults.injector

    def receive(self, data: bytes, now: float, line: int = 0) -> None:
        """Bytes came in at a serial line."""
        self._run_timers(now)
        if self.device.power is Power.ON:
            self.lines[line].receive(data)
        self._settle(now)

    def client_left(self, now: float, line: int = 0) -> None:
        """The other end closed a line: DTR falls. What it had half typed is void; all else stays, but see ``&D``."""
        self.at(now, self.lines[line].dtr_dropped)

    def advance(self, now: float) -> None:
        """Do what is due."""
        self._run_timers(now)
        self._settle(now)

    def at(self, now: float, happening: Callable[[], None]) -> None:
        """Let something happen to a part of the modem, and see to its consequences."""
        self._run_timers(now)
        happening()
        self._settle(now)

    def next_wake(self) -> float | None:
        """When ``advance`` is due, on the clock that gives ``now``."""
        timer_at = self.device.timers.next_at()
        fault_at = None if self.device.faults is None else self.device.faults.injector.next_at()
        return timer_at if fault_at is None else fault_at if timer_at is None else min(timer_at, fault_at)

    def take(self) -> list[Action]:
        """The actions gathered since the last call, in order, neighbouring output of a line joined."""
        actions: list[Action] = []
        for action in self.device.actions:
            last = actions[-1] if actions else None
            if isinstance(action, Transmit) and isinstance(last, Transmit) and action.line == last.line:
                actions[-1] = Transmit(last.data + action.data, action.line)
            else:
                actions.append(action)
        self.device.actions.clear()
        return actions

    # -- inner workings

    def _terminals(self) -> Iterator[Terminal]:
        for line in self.lines:
            yield from line.terminals()

    def _call(self, command: ParsedCommand) -> Outcome:
        if (found := self._commands.get(command.name)) is not None:
            place, known = found
            return cast("Command[Feature]", known).run(self._features[place], command)
        basic = self._interface.basic(command)
        if basic is not None:
            return basic
        code = self.device.personality.unknown_command_cme
        raise RefusedError if code is None else CmeRefusedError(code)

    def _run_timers(self, now: float) -> None:
        device = self.device
        if device.faults is not None:
            device.faults.advance(max(now, device.now))
        while (timer := device.timers.pop_due(max(now, device.now))) is not None:
            device.now = max(device.now, timer.when)
            callback, timer.callback = timer.callback, None
            if callback is not None:
                callback()
                self._pump()
        device.now = max(device.now, now)

    def _settle(self, now: float) -> None:
        """Input that waited for an outcome, then what has become due meanwhile, then URCs."""
        self._pump()
        self._run_timers(now)
        for terminal in tuple(self._terminals()):
            terminal.settle()
        for line in self.lines:
            line.settle()

    def _pump(self) -> None:
        for terminal in tuple(self._terminals()):
            terminal.pump()

    def _names(self) -> tuple[str, ...]:
        return tuple(self._commands)

    def _reset(self) -> None:
        """Power came or went: nothing that is not in NVRAM or on the card stays."""
        self.device.timers.clear()
        if self.device.faults is not None:
            self.device.faults.injector.was_reset()
        for line in self.lines:
            line.reset()
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
