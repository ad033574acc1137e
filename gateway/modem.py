"""A modem as the rest of the gateway sees it: facts and deeds instead of AT commands.

In: a way to open the link. Out: identity, SIM, signal, registration, a data session, TCP sockets. The
invariant: a PIN is tried only when the card has at least two tries left, and never when this card has
refused this PIN before (`gateway.pin_memory`).

Opening it again at any time starts from nothing: link, echo, error codes, dialect. So a modem that was
reset, unplugged or replaced needs no special case; whoever reads `notices` hears of it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Final, Self, TypeVar

from at_commands import commands
from at_commands.client import SYNC_ATTEMPTS, AtClient, Subscription
from at_commands.codes import CME_TO_SM_CAUSE, RegistrationStatus
from at_commands.command import Command
from at_commands.commands import PacketDomain, PinStatus
from at_commands.dialects import recognise
from at_commands.dialects.socket_stack import SocketNews, SocketStack
from at_commands.errors import (
    CmeError,
    CommandFailedError,
    CommandTimeoutError,
    LinkLostError,
    NoAnswerError,
    ReplyFormatError,
    restarted,
)
from at_commands.links import BaudLink, Link, open_link
from at_commands.pin_retries import ASK_THE_CARD, pin_retries
from at_commands.port_names import PortName
from at_commands.recovery import Found, recover
from at_commands.retries import send_patiently
from at_commands.transcript import Transcript
from at_commands.troubles import trouble
from gateway.modem_facts import (
    TROUBLE_NOTICES,
    DataRefusedError,
    Domain,
    ModemIdentity,
    ModemWithoutTcpError,
    Notice,
    PinRefusedError,
    RadioFacts,
    RegistrationFacts,
    SimCondition,
    SimFacts,
    reject_cause,
)
from gateway.modem_socket import ModemSocket, open_socket
from gateway.pin_memory import FailedPins, PinMemory, PinRefusal, VolatilePins
from provisioning.clock import Clock, SystemClock

log: Final = logging.getLogger(__name__)

T = TypeVar("T")

OpenLink = Callable[[], Awaitable[Link]]

# With the radio off for less, some modems keep what they were told (seen on SIM7600).
RADIO_OFF_S: Final = 10.0
# A card needs a few seconds after power-up before it answers.
QUICK_ATTEMPTS: Final = 3
"""Of asking, before a modem is looked for in depth; that asks again."""
IN_DEPTH_EACH: Final = 5
"""Of the openings in vain that follow, each so-manyth takes the time again."""
SIM_START_S: Final = 20.0
SIM_POLL_S: Final = 1.0

_PIN_CONDITIONS: Final = {
    PinStatus.READY: SimCondition.READY,
    PinStatus.SIM_PIN: SimCondition.PIN,
    PinStatus.SIM_PUK: SimCondition.PUK,
    PinStatus.NOT_INSERTED: SimCondition.MISSING,
    # PIN2 and PUK2 guard the charge counter only: the card works.
    PinStatus.SIM_PIN2: SimCondition.READY,
    PinStatus.SIM_PUK2: SimCondition.READY,
}
# +CME ERROR (3GPP TS 27.007, 9.2) in place of an answer to +CPIN?.
_CME_CONDITIONS: Final = {
    10: SimCondition.MISSING,
    11: SimCondition.PIN,
    12: SimCondition.PUK,
}
# No such command, in the words of different makers.
_CME_NO_SUCH_COMMAND: Final = frozenset({None, 3, 4, 50, 58, 100})
# The card is being started or the radio with it.
_CME_BUSY: Final = frozenset({14, 772})


class Modem:
    """One modem.

    Args:
        open_link: makes a link to it, each time anew.
        clock: for the pauses that the radio and the card need.
        store: remembers PINs that failed; without it they are remembered while this object lives.
        transcript: is given all that goes over the line, masked.
        recovers_after: so many openings in vain before a modem that does not answer is looked for in data mode, in a
            multiplexer and at other baud rates (`at_commands.recovery`), which takes its time. None: never, for
            ports of which nobody said that a modem is there.
        on_search: called when that begins, for those who wait.
    """

    def __init__(
        self,
        open_link: OpenLink,
        *,
        clock: Clock | None = None,
        store: FailedPins | None = None,
        transcript: Transcript | None = None,
        recovers_after: int | None = 1,
        on_search: Callable[[], None] = lambda: None,
    ) -> None:
        self._open_link = open_link
        self._recovers_after = recovers_after
        self._on_search = on_search
        self._rate: int | None = None  # at which it was found, if that was another than the link's
        self._in_vain = 0
        self.recovered: Found | None = None
        """How it was found by the last `open`, if that took more than asking."""
        self._clock = clock or SystemClock()
        self._pins = store or VolatilePins()
        self.transcript = transcript
        self._at: AtClient | None = None
        self._notices: Subscription | None = None
        self._identity: ModemIdentity | None = None
        self._sim_resting = False

    @classmethod
    def at(
        cls,
        url: str | PortName,
        *,
        baudrate: int = 115200,
        clock: Clock | None = None,
        store: FailedPins | None = None,
        transcript: Transcript | None = None,
        recovers_after: int | None = 1,
        on_search: Callable[[], None] = lambda: None,
    ) -> Self:
        """The modem at a link URL (`at_commands.links`). A port is followed to its new name when it is opened again."""
        port = url if isinstance(url, PortName) else PortName(url)

        async def opening() -> Link:
            return await open_link(port.current(), baudrate=baudrate)

        return cls(
            opening,
            clock=clock,
            store=store,
            transcript=transcript,
            recovers_after=recovers_after,
            on_search=on_search,
        )

    @property
    def client(self) -> AtClient:
        """For commands that have no method here. Raises LinkLostError when the modem is not open."""
        if self._at is None:
            raise LinkLostError("modem", "not open")
        return self._at

    @property
    def identity(self) -> ModemIdentity | None:
        """As of the last `open`."""
        return self._identity

    # --- coming and going ---

    async def open(self) -> ModemIdentity:
        """Open the link and bring the modem up; opening an open one starts anew. Raises AtError."""
        await self.close()
        self.recovered = None
        link = await self._open_link()
        if self._rate is not None and isinstance(link, BaudLink):
            await link.set_baudrate(self._rate)
        await self._take_up(link)
        try:
            await self._find()
            self._notices = self.client.subscribe()
            await self._notices.__aenter__()
            return await self._bring_up(self.client)
        except BaseException:
            await self.close()
            raise

    async def _take_up(self, link: Link) -> None:
        at = AtClient(link, transcript=self.transcript)
        await at.__aenter__()
        self._at = at

    async def _find(self) -> None:
        """A sign of life, if need be by looking in depth."""
        vain, after = self._in_vain, self._recovers_after
        in_depth = after is not None and vain >= after and (vain - after) % IN_DEPTH_EACH == 0
        try:
            await self.client.sync(attempts=QUICK_ATTEMPTS if in_depth else SYNC_ATTEMPTS)
        except NoAnswerError:
            self._in_vain += 1
            if not in_depth:
                raise
            self._on_search()
            link = await self.client.detach()
            self._at = None
            try:
                self.recovered = await recover(link)
            except BaseException:
                await link.close()
                raise
            log.info("the modem was found in %s, at %s baud", self.recovered.state, self.recovered.rate)
            self._rate = self.recovered.rate
            await self._take_up(link)
            await self.client.sync()
        self._in_vain = 0

    async def close(self) -> None:
        """Let go of the link. The modem keeps its state. Closing twice is allowed."""
        at, self._at, self._notices = self._at, None, None
        if at is not None:
            await at.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def notices(self) -> AsyncIterator[Notice]:
        """What the modem says of its own accord. Ends by raising the AtError that ended its life: link lost,
        or restarted.
        """
        at, urcs = self.client, self._notices
        assert urcs is not None
        async for urc in urcs:
            if (complaint := trouble(urc.line)) is not None:
                yield TROUBLE_NOTICES[complaint]
            if urc.line in at.dialect.boot_lines or at.dialect.is_goodbye(urc.line):
                raise restarted("idle", urc.line)
            stack = at.dialect.sockets
            if stack is not None and stack.news(urc.line) is SocketNews.CONTEXT_LOST:
                yield Notice.DATA_LOST
            elif urc.line.startswith("+CPIN:") and not self._sim_resting:
                yield Notice.SIM_CHANGED
            elif urc.line.startswith(("+CREG:", "+CGREG:", "+CEREG:")):
                yield Notice.RADIO_CHANGED
        raise LinkLostError(at.url, "the link was lost")

    async def _bring_up(self, at: AtClient) -> ModemIdentity:
        await _accepted(at, commands.echo(False))  # an echo does no harm
        await _tolerant(at, commands.verbose_errors(1))
        manufacturer = await _text(at, commands.identify_manufacturer())
        model = await _text(at, commands.identify_model())
        at.dialect = recognise(manufacturer, model)
        self._identity = ModemIdentity(
            manufacturer=manufacturer,
            model=model,
            revision=(await _text(at, commands.identify_revision())).removeprefix("Revision:").strip(),
            imei=await _text(at, commands.identify_imei()),
            simulated=await _tolerant(at, commands.simulator_probe()) is True,
        )
        # With reject causes where the modem can, else with the cell.
        for domain in ("CREG", at.dialect.packet_domain):
            for mode in (3, 2, 1):
                if await _accepted(at, commands.report_registration(domain, mode)):
                    break
        if await _tolerant(at, commands.functionality()) == 0:
            # Left off by a program that died in a radio cycle.
            await at.send(commands.set_functionality(1))
        return self._identity

    # --- the card ---

    async def sim(self) -> SimFacts:
        """Ask for the card; waits some seconds for one that is being started. Raises AtError."""
        condition = await self._condition()
        iccid = await self.card_number()
        ready = condition is SimCondition.READY
        return SimFacts(
            condition=condition,
            iccid=iccid,
            imsi=(await _text(self.client, commands.imsi()) or None) if ready else None,
            pin_attempts_left=await self._pin_attempts_left(),
        )

    async def card_number(self) -> str | None:
        """The card's ICCID alone, as quickly as it can be had; None: it is not told now. Raises AtError."""
        iccid = await _text(self.client, commands.iccid(self.client.dialect.iccid))
        return iccid.rstrip("Ff") or None

    async def unlock(self, pin: str) -> SimFacts:
        """Enter the PIN if that is safe; nothing to do with an open card.

        Raises:
            PinRefusedError: the card is still locked. AtError, StoreError.
        """
        before = await self.sim()
        if before.condition is SimCondition.PUK:
            raise PinRefusedError(PinRefusal.PUK, 0)
        if before.condition is not SimCondition.PIN:
            return before
        # A card that hides its number is known by its modem.
        memory = PinMemory(self._pins, before.iccid or f"in-{self._identity.imei if self._identity else ''}")
        tries_left = before.pin_attempts_left
        objection = await memory.objection(pin, tries_left)
        if objection is not None:
            raise PinRefusedError(objection, tries_left)
        await memory.trying(pin, tries_left)
        try:
            await self.client.send(commands.enter_pin(pin))
        except CommandFailedError as error:
            await memory.refused()
            raise PinRefusedError(PinRefusal.WRONG, await self._pin_attempts_left()) from error
        await memory.accepted()
        return await self.sim()

    async def _condition(self) -> SimCondition:
        for _ in range(round(SIM_START_S / SIM_POLL_S)):
            try:
                status = await self.client.send(commands.pin_status())
            except CmeError as error:
                if error.code not in _CME_BUSY:
                    return _CME_CONDITIONS.get(error.code or -1, SimCondition.FAILED)
            except CommandFailedError:
                # A modem that keeps to plain ERROR says so when there is no card.
                return SimCondition.MISSING
            except ReplyFormatError:
                return SimCondition.FAILED
            else:
                if status is not PinStatus.NOT_READY:
                    return _PIN_CONDITIONS.get(status, SimCondition.FAILED)
            await self._clock.sleep(SIM_POLL_S)
        return SimCondition.MISSING

    async def _pin_attempts_left(self) -> int | None:
        """As the family tells it, else as the card does."""
        for line in (self.client.dialect.sim_retries, ASK_THE_CARD):
            with contextlib.suppress(CommandTimeoutError):
                if line is not None and (told := await _tolerant(self.client, pin_retries(line))) is not None:
                    return told.pin1
        return None

    # --- the radio ---

    async def signal(self) -> int | None:
        """Field strength in dBm, None: no signal. Raises AtError."""
        return (await self.client.send(commands.signal_quality())).rssi_dbm

    async def registration(self, domain: Domain) -> RegistrationFacts:
        """Where registration stands; asking costs the network nothing. Raises AtError."""
        found = await self._ask_registration(domain)
        return await self._explained(found) if found.denied_without_cause else found

    async def radio(self) -> RadioFacts:
        """Signal and both domains, as one picture: no radio cycle comes between its parts. Raises AtError."""
        async with self.client.transaction():
            rssi_dbm = await self.signal()
            cs, ps = await self._ask_registration("cs"), await self._ask_registration("ps")
            if cs.denied_without_cause or ps.denied_without_cause:
                # The report is about the latest refusal, whichever domain that was in.
                cause = (await self._explained(cs)).cause
                cs = replace(cs, cause=cause) if cs.denied_without_cause else cs
                ps = replace(ps, cause=cause) if ps.denied_without_cause else ps
        return RadioFacts(rssi_dbm, cs, ps)

    async def _ask_registration(self, domain: Domain) -> RegistrationFacts:
        """Unknown where the modem knows no such command: each generation has its own."""
        ways: tuple[PacketDomain, ...] = ("CREG",)
        if domain == "ps":
            ways = tuple(dict.fromkeys((self.client.dialect.packet_domain, "CGREG", "CEREG")))
        for way in ways:
            found = await _known(self.client, commands.registration(way))
            if found is not None:
                # Cause type 0 is an MM cause; others are the maker's own (3GPP TS 27.007, 7.2).
                return RegistrationFacts(found.status, None if found.cause_type else found.reject_cause)
        return RegistrationFacts(RegistrationStatus.UNKNOWN)

    async def _explained(self, facts: RegistrationFacts) -> RegistrationFacts:
        report = await _tolerant(self.client, commands.extended_error_report())
        return replace(facts, cause=None if report is None else reject_cause(report))

    async def settings_intact(self) -> bool:
        """Whether the modem still has what `open` set.

        One with automatic baud rate says nothing when it restarts; its forgotten settings give it away.
        Raises AtError.
        """
        level = Command("AT+CMEE?", lambda reply: reply.value("+CMEE:"), prefixes=("+CMEE:",))
        return await _tolerant(self.client, level) in {"1", None}

    async def operator(self) -> str | None:
        """Name of the network that serves us. Raises AtError."""
        found = await _tolerant(self.client, commands.operator())
        return None if found is None else found.name

    async def radio_cycle(self) -> None:
        """Radio off, a pause, on again: modem and card forget that they were denied. One signalling attempt.

        The card is started anew and may want its PIN again: ask `sim`. Raises AtError.
        """
        self._sim_resting = True
        try:
            await self.client.send(commands.set_functionality(0))
            try:
                await self._clock.sleep(RADIO_OFF_S)
            finally:
                # Also when cancelled: nobody wants to find a modem with its radio off.
                await self.client.send(commands.set_functionality(1))
            await self._condition()
        finally:
            self._sim_resting = False

    # --- data ---

    async def open_data(self, apn: str, user: str = "", password: str = "") -> str:
        """Open the data session; returns our address.

        Raises:
            DataRefusedError: the network does not give one.
            ModemWithoutTcpError, AtError.
        """
        try:
            return await self._sockets().open_context(self.client, apn, user, password)
        except CommandFailedError as error:
            code = error.code if isinstance(error, CmeError) else None
            raise DataRefusedError(CME_TO_SM_CAUSE.get(code or -1), error.final) from error

    async def close_data(self) -> None:
        """Close the data session, if there is one. Raises AtError."""
        if (stack := self.client.dialect.sockets) is not None:
            await stack.close_context(self.client)

    def tcp_socket(self, host: str, port: int) -> contextlib.AbstractAsyncContextManager[ModemSocket]:
        """A TCP connection of the modem; the data session must be open. See `open_socket` for its errors."""
        return open_socket(self.client, self._sockets(), host, port)

    def _sockets(self) -> SocketStack:
        stack = self.client.dialect.sockets
        if stack is None:
            raise ModemWithoutTcpError(self._identity.model if self._identity else "")
        return stack


async def _tolerant(at: AtClient, command: Command[T]) -> T | None:
    """The answer, None from a modem that does not know the command or says nothing that can be read."""
    try:
        return await at.send(command)
    except (CommandFailedError, ReplyFormatError):
        return None


async def _known(at: AtClient, command: Command[T]) -> T | None:
    """The answer, None from a modem that refuses the command without a reason. Raises AtError."""
    try:
        return await at.send(command)
    except CommandFailedError as error:
        if isinstance(error, CmeError) and error.code not in _CME_NO_SUCH_COMMAND:
            raise
        return None


async def _accepted(at: AtClient, command: Command[None]) -> bool:
    try:
        await at.send(command)
    except CommandFailedError:
        return False
    return True


async def _text(at: AtClient, command: Command[str]) -> str:
    """The answer, nothing from a modem that has none; a card that is starting is waited for."""
    try:
        return await send_patiently(at, command)
    except (CommandFailedError, ReplyFormatError):
        return ""
