"""The emulated controller's modem: alarms by SMS and calls, commands by SMS, the account's balance, the link's state.

The modem is on any link of the AT client: an emulated one, or a real one with a real card; then real messages are sent
and paid for. Every `LOOK_S` the unit asks for field strength and registration, sends what the firmware wants to say,
and once in `BALANCE_EVERY_S` asks the balance by the USSD code of `#S12`; below its threshold it tells the users, once
until it has been above it again. A modem that does not answer is opened anew after `REOPEN_S`; what was to be said
waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from at_commands import commands
from at_commands.client import AtClient
from at_commands.errors import AtError
from at_commands.links import Link
from at_commands.messages import Messages
from at_commands.ussd_session import UssdSession
from firmware_sim.controller.firmware import Firmware
from firmware_sim.controller.objects.automation import Message, User
from firmware_sim.controller.sms_commands import SmsDesk
from provisioning.clock import Clock
from provisioning.operator_account import Money
from provisioning.operator_answers import AnswerError, parse_balance

log: Final = logging.getLogger(__name__)

LOOK_S: Final = 20.0
REOPEN_S: Final = 30.0
BALANCE_EVERY_S: Final = 24 * 3600.0
RING_S: Final = 25.0
MAX_WAITING: Final = 50
BALANCE_PARAMETER: Final = 12


class GsmUnit:
    """Runs a modem for a firmware.

    Args:
        open_modem: opens the link to the modem; is called again after every failure.
        before: is called before the firmware is asked, to bring its time up to now.
    """

    def __init__(
        self,
        firmware: Firmware,
        open_modem: Callable[[], Awaitable[Link]],
        clock: Clock,
        before: Callable[[], None],
    ) -> None:
        self._firmware = firmware
        self._open_modem = open_modem
        self._clock = clock
        self._before = before
        self.balance: Money | None = None
        self.desk = SmsDesk(firmware, firmware.may_command, self._balance_text)
        self._waiting: deque[Message] = deque(maxlen=MAX_WAITING)
        self._low_told = False
        self._balance_at = 0.0
        self.calls: list[str] = []
        """Numbers that were called."""

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                async with self._modem() as at, Messages(at) as messages:
                    await self._serve(at, messages)
            except (AtError, OSError) as error:
                log.warning("SIMULATOR: the controller's modem: %s", error)
                self._firmware.lines.surroundings.registration = 0
            await self._clock.sleep(REOPEN_S)

    @asynccontextmanager
    async def _modem(self) -> AsyncIterator[AtClient]:
        async with AtClient(await self._open_modem()) as at:
            await at.sync()
            around = self._firmware.lines.surroundings
            around.imei = await at.send(commands.identify_imei())
            yield at

    async def _serve(self, at: AtClient, messages: Messages) -> None:
        reading = asyncio.create_task(self._take(messages), name="controller-sms")
        try:
            while not reading.done():
                await self._look(at)
                self._before()
                self._waiting.extend(self._firmware.messages())
                if self._firmware.lines.surroundings.registration in {1, 5}:
                    await self._ask_balance(at)
                    await self._tell(at, messages)
                await self._clock.sleep(LOOK_S)
            await reading  # it ends only by failing
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _look(self, at: AtClient) -> None:
        around = self._firmware.lines.surroundings
        rssi_dbm = (await at.send(commands.signal_quality())).rssi_dbm
        around.gsm_level = 0 if rssi_dbm is None else (rssi_dbm + 113) // 2
        around.registration = int((await at.send(commands.registration())).status)
        around.operator = (await at.send(commands.operator())).name or ""
        cloud, _, wifi, ethernet = around.links
        around.links = (cloud, int(around.registration in {1, 5}), wifi, ethernet)

    async def _tell(self, at: AtClient, messages: Messages) -> None:
        while self._waiting:
            told = self._waiting[0]
            if told.voice:
                answered = await self._call(at, told.phone)
                if not answered and told.sms_if_no_answer:
                    await messages.send(told.phone, told.text)
            else:
                await messages.send(told.phone, told.text)
            # Only now: what a failing modem has not sent stays first.
            self._waiting.popleft()

    async def _call(self, at: AtClient, phone: str) -> bool:
        """Ring a phone; whether it was answered. What would be said is silence: the board's voice is not emulated."""
        self.calls.append(phone)
        try:
            await at.execute(f"ATD{phone};", timeout_s=RING_S)
        except AtError:
            return False
        await self._clock.sleep(RING_S)
        await at.execute("ATH")
        return True

    async def _take(self, messages: Messages) -> None:
        async for message in messages:
            self._before()
            answer = self.desk.receive(message.sender, message.text)
            if answer is not None:
                await messages.send(message.sender, answer.text)

    async def _ask_balance(self, at: AtClient) -> None:
        code, threshold = self._balance_setting()
        now = self._clock.monotonic()
        if code is None or now < self._balance_at:
            return
        self._balance_at = now + BALANCE_EVERY_S
        try:
            async with UssdSession(at) as session:
                self.balance = parse_balance((await session.request(code)).text or "")
        except AnswerError as error:
            log.warning("SIMULATOR: balance: %s", error)
            return
        low = self.balance.kopecks < threshold * 100
        self._firmware.board.alarm(0, "balance_low", low)
        if low and not self._low_told:
            text = f"Баланс SIM-карты контроллера: {self.balance} руб."
            self._waiting.extend(Message(phone, text) for phone in self._phones())
        self._low_told = low

    def _balance_setting(self) -> tuple[str | None, int]:
        """`#S12=<ussd> <threshold>`."""
        code, _, threshold = (self._firmware.config.get_parameter(BALANCE_PARAMETER) or "").partition(" ")
        return code or None, int(threshold) if threshold.isascii() and threshold.isdigit() else 0

    def _phones(self) -> list[str]:
        users = [each for each in self._firmware.objects.values() if isinstance(each, User)]
        return [each.phone for each in users if each.may_command and each.phone]

    def _balance_text(self) -> str | None:
        return None if self.balance is None else f"Баланс: {self.balance} руб."
