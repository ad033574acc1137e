"""The emulated controller's modem: alarms by SMS and calls, commands by SMS, the account's balance, the link's state.

    notifications, `SMS=`, `DIAL=`, answers ─► message queue ─► messages, then one call ─► modem
    messages that came ─► desk ─► answer                 RING ─► hang up ─► status to who may command

The modem is on any link of the AT client: an emulated one, or a real one with a real card; then real messages are sent
and paid for. Every `LOOK_S`, and at once when there is something to say, the unit asks for field strength and
registration and tells what is due. What becomes of what cannot be told stands in `message_queue`. A modem that does not
answer is opened anew after `REOPEN_S`; what was to be said waits, and without registration too.

A notification by voice is a call; it is tried `CALL_TRIES` times, and where nobody picked up an SMS follows if the
notification says so. No call takes longer than `voice_call` allows, and between two calls all messages go out first.

A call from outside is never picked up. Who may command gets the state by SMS, within the bounds of `answer_budget`, and
so learns it for nothing; who may not hears that it is busy, and nothing else. A number that is not shown may not.

A message is deleted before it is carried out, and one that has been seen is not carried out again, whatever breaks: a
command is done once or not at all.

The balance is asked only while registered (`balance_watch`). Of a low one, of lost mains and of a low battery the
owners are told, as `#S206` has it.

The grammar, the bounds and the answer to a call are ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from at_commands import commands
from at_commands.client import AtClient
from at_commands.command import plain
from at_commands.dialects import recognise
from at_commands.errors import AtError, CommandFailedError, ReplyFormatError
from at_commands.grammar import parse_arguments
from at_commands.links import Link
from at_commands.messages import Messages
from at_commands.sms import SmsCodecError
from firmware_sim.controller.balance_watch import BalanceWatch
from firmware_sim.controller.firmware import Firmware
from firmware_sim.controller.message_queue import Fate, MessageQueue, Waiting
from firmware_sim.controller.objects.notifications import Message
from firmware_sim.controller.sms_commands import SmsDesk
from firmware_sim.controller.system_parameters import (
    BALANCE,
    NOTICES,
    Notice,
    notices,
    number_of,
)
from firmware_sim.controller.voice_call import CallEnd, call, hang_up
from provisioning.clock import Clock
from provisioning.explanation import Language, Text
from provisioning.operator_account import Money

log: Final = logging.getLogger(__name__)

LOOK_S: Final = 20.0
REOPEN_S: Final = 30.0
CALL_TRIES: Final = 2
CALL_AGAIN_S: Final = 60.0
MAX_ORDERS: Final = 10
"""What may wait for an order to be taken."""
MAX_CALLS: Final = 100
MAX_SEEN: Final = 200
RINGS: Final = 2
"""Without a number by then the caller hides it."""
SAME_CALL_S: Final = 10.0
"""From one ring to the next at most."""

ON_THE_NETWORK: Final = frozenset({1, 5})

_NOTICES: Final = (
    (
        "mains_lost",
        Notice.MAINS,
        Text("Пропало питание, контроллер на батарее.", "The mains are lost, the controller is on its battery."),
        Text("Питание восстановлено.", "The mains are back."),
    ),
    (
        "battery_low",
        Notice.BATTERY,
        Text("Батарея контроллера садится.", "The controller's battery runs low."),
        None,
    ),
    ("balance_low", Notice.BALANCE, Text("Баланс SIM-карты контроллера: {balance} руб.",
     "The balance of the controller's SIM card: {balance} roubles."), None),
)  # fmt: skip
"""Alarms of the controller itself: what is told when they come, and when they go."""


class GsmUnit:
    """Runs a modem for a firmware.

    Args:
        open_modem: opens the link to the modem; is called again after every failure.
        before: is called before the firmware is asked, to bring its time up to now.
        language: of what is told of the controller itself; notifications are the owner's own words.
    """

    def __init__(
        self,
        firmware: Firmware,
        open_modem: Callable[[], Awaitable[Link]],
        clock: Clock,
        before: Callable[[], None],
        language: Language = "ru",
    ) -> None:
        self._firmware = firmware
        self._open_modem = open_modem
        self._clock = clock
        self._before = before
        self._language: Language = language
        self._account = BalanceWatch()
        self.desk = SmsDesk(firmware, firmware.may_command, self._balance_text, clock.monotonic)
        self.queue = MessageQueue()
        self.calls: deque[tuple[str, CallEnd]] = deque(maxlen=MAX_CALLS)
        """Numbers that were called, and how it ended."""
        self.rejected: deque[str] = deque(maxlen=MAX_CALLS)
        """Who has called; empty where no number was shown."""
        self._seen: deque[tuple[str, datetime, str]] = deque(maxlen=MAX_SEEN)
        self._told: set[str] = set()
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._before()
            if not self._firmware.lines.is_off:
                try:
                    async with self._modem() as at, Messages(at) as messages:
                        await self._serve(at, messages)
                except (AtError, OSError) as error:
                    log.warning("SIMULATOR: the controller's modem: %s", error)
            await self._clock.sleep(REOPEN_S)

    def order(self, message: Message) -> bool:
        """Have something told soon. False: too much waits already; an order pushes nothing out."""
        return len(self.queue) < MAX_ORDERS and self._tell_soon(message)

    def _tell_soon(self, message: Message) -> bool:
        taken = self.queue.put(message, self._clock.monotonic(), at_once=True)
        self._news.set()
        return taken

    @asynccontextmanager
    async def _modem(self) -> AsyncIterator[AtClient]:
        lines = self._firmware.lines
        around = lines.surroundings
        async with AtClient(await self._open_modem()) as at:
            await at.sync()
            with contextlib.suppress(CommandFailedError, ReplyFormatError):
                manufacturer = await at.send(commands.identify_manufacturer())
                at.dialect = recognise(manufacturer, await at.send(commands.identify_model()))
            around.imei = await at.send(commands.identify_imei())
            with contextlib.suppress(CommandFailedError):
                around.iccid = (await at.send(commands.iccid(at.dialect.iccid))).rstrip("Ff")
            with contextlib.suppress(CommandFailedError):
                await at.send(plain("AT+CLIP=1"))
            lines.order = self.order
            try:
                yield at
            finally:
                lines.order = None
                around.gsm_level, around.registration, around.operator = 0, 0, ""
                self._show_link(registered=False)

    async def _serve(self, at: AtClient, messages: Messages) -> None:
        readers = (
            asyncio.create_task(self._take(messages), name="controller-sms"),
            asyncio.create_task(self._refuse_calls(at), name="controller-calls"),
        )
        try:
            while not any(each.done() for each in readers):
                self._before()
                if self._firmware.lines.is_off:
                    return
                await self._look(at)
                self._gather()
                if self._firmware.lines.surroundings.registration in ON_THE_NETWORK:
                    await self._ask_balance(at)
                    await self._tell(at, messages)
                await self._pause(*readers)
            for each in readers:
                if each.done():
                    await each  # they end only by failing
        finally:
            for each in readers:
                each.cancel()
            await asyncio.gather(*readers, return_exceptions=True)

    async def _pause(self, *others: asyncio.Task[None]) -> None:
        """Until the next look; something to say, or a reader that fails, ends it."""
        waits = (
            asyncio.create_task(self._clock.sleep(LOOK_S)),
            asyncio.create_task(self._news.wait()),
        )
        try:
            await asyncio.wait({*waits, *others}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waits:
                each.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
            self._news.clear()

    async def _look(self, at: AtClient) -> None:
        around = self._firmware.lines.surroundings
        rssi_dbm = (await at.send(commands.signal_quality())).rssi_dbm
        around.gsm_level = 0 if rssi_dbm is None else min(31, max(0, (rssi_dbm + 113) // 2))
        around.registration = int((await at.send(commands.registration())).status)
        around.operator = ""
        with contextlib.suppress(CommandFailedError):
            around.operator = (await at.send(commands.operator())).name or ""
        self._show_link(registered=around.registration in ON_THE_NETWORK)

    def _show_link(self, *, registered: bool) -> None:
        around = self._firmware.lines.surroundings
        cloud, _, wifi, ethernet = around.links
        around.links = (cloud, int(registered), wifi, ethernet)

    # -- out

    def _gather(self) -> None:
        """What the firmware, and the controller itself, have to say."""
        now_s = self._clock.monotonic()
        for each in self._firmware.messages():
            self.queue.put(each, now_s)
        wanted = notices(self._firmware.config.get_parameter(NOTICES))
        for what, notice, came, went in _NOTICES:
            active = (0, what) in self._firmware.board.alarms
            if active == (what in self._told):
                continue
            self._told ^= {what}
            said = came if active else went
            if said is None or notice not in wanted:
                continue
            text = said.in_(self._language).format(balance=self.balance)
            for phone in self._firmware.lines.owners():
                self.queue.put(Message(phone, text, alarm=notice is not Notice.BALANCE), now_s)

    async def _tell(self, at: AtClient, messages: Messages) -> None:
        """All messages that are due, then at most one call: what comes meanwhile goes before the next one."""
        while (waiting := self.queue.due(self._clock.monotonic())) is not None:
            number = number_of(waiting.message.phone)
            if number is None:
                log.warning("SIMULATOR: object's phone is no number; nothing is told there")
                self.queue.give_up(waiting)
            elif waiting.message.voice:
                await self._ring(at, waiting, number)
                self._news.set()
                return
            else:
                await self._send(at, messages, waiting, number)

    async def _send(self, at: AtClient, messages: Messages, waiting: Waiting, number: str) -> None:
        await at.send(plain("AT"))  # a modem that is silent already has sent nothing
        fate = Fate.IN_DOUBT
        try:
            await messages.send(number, waiting.message.text)
            fate = Fate.TAKEN
        except CommandFailedError as error:
            log.warning("SIMULATOR: a message was refused: %s", error.final)
            fate = Fate.REFUSED
        except SmsCodecError:
            self.queue.give_up(waiting)
            return
        finally:
            if waiting in self.queue:
                self.queue.tried(waiting, fate, self._clock.monotonic())

    async def _ring(self, at: AtClient, waiting: Waiting, number: str) -> None:
        message, end = waiting.message, CallEnd.NO_CARRIER
        try:
            end = await call(at, self._clock, number)
        finally:
            self.calls.append((number, end))
            now_s = self._clock.monotonic()
            if end is CallEnd.ANSWERED:
                self.queue.tried(waiting, Fate.TAKEN, now_s)
            elif waiting.tries + 1 < CALL_TRIES and message.text:
                self.queue.put_off(waiting, now_s + CALL_AGAIN_S)
            else:
                self.queue.give_up(waiting)
                if message.sms_if_no_answer:
                    self.queue.put(Message(message.phone, message.text, alarm=message.alarm), now_s)

    # -- in

    async def _take(self, messages: Messages) -> None:
        async for message in messages:
            self._before()
            if self._firmware.lines.is_off:
                return  # it stays in the modem
            seen = (message.sender, message.at, message.text)
            await messages.delete(message)
            if seen in self._seen:
                continue
            self._seen.append(seen)
            # Half of a command may be another one.
            answer = self.desk.receive(message.sender, "" if message.missing else message.text)
            if answer is not None:
                self._tell_soon(Message(message.sender, answer.text))

    async def _refuse_calls(self, at: AtClient) -> None:
        rings, rang_s = 0, 0.0
        async with at.subscribe("RING", "+CRING:", "+CLIP:") as urcs:
            async for urc in urcs:
                shown, now_s = urc.line.startswith("+CLIP:"), self._clock.monotonic()
                rings = (rings if now_s < rang_s + SAME_CALL_S else 0) + (not shown)
                rang_s = now_s
                if not shown and rings < RINGS:
                    continue
                caller = _caller(urc.line) if shown else ""
                rings = 0
                await hang_up(at)
                self.rejected.append(caller)
                self._before()
                answer = self.desk.receive(caller, "статус" if self._language == "ru" else "status")
                if answer is not None:
                    self._tell_soon(Message(caller, answer.text))

    # -- the balance

    @property
    def balance(self) -> Money | None:
        """What the operator has said last."""
        return self._account.money

    async def _ask_balance(self, at: AtClient) -> None:
        setting = self._firmware.config.get_parameter(BALANCE) or ""
        await self._account.ask(at, setting, self._clock.monotonic())
        self._firmware.board.alarm(0, "balance_low", self._account.low)
        self._gather()

    def _balance_text(self, language: Language) -> str | None:
        said = Text("Баланс: {balance} руб.", "Balance: {balance} roubles.").in_(language)
        return None if self.balance is None else said.format(balance=self.balance)


def _caller(line: str) -> str:
    """The number of a `+CLIP`; empty where it is hidden."""
    fields = parse_arguments(line.removeprefix("+CLIP:").strip())
    return (fields[0] or "") if fields else ""
