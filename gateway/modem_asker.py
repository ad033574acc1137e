"""Questions of a SIM card to its operator, through a modem: the `SimAsker` of `provisioning.sim_account`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from at_commands import sms_commands
from at_commands.client import AtClient
from at_commands.commands import own_numbers
from at_commands.errors import CommandFailedError, ReplyFormatError
from at_commands.messages import Messages
from at_commands.sms import DeliverPdu, SmsCodecError
from at_commands.sms_commands import Storage
from at_commands.ussd_session import UssdEndedError, UssdSession
from provisioning.explanation import Text
from provisioning.sim_account import no_answer

ANSWER_TIMEOUT_S: Final = 120.0
"""A service number's message; USSD has a time of its own."""

_STORAGES: Final[tuple[Storage, ...]] = ("SM", "ME")
_ENDED: Final = Text("оператор или сеть не ответили.", "the operator or the network did not answer.")
_REFUSED: Final = Text("модем или сеть отказали.", "the modem or the network refused.")
_LATE: Final = Text("сообщение не пришло вовремя.", "no message came in time.")


class ModemAsker:
    """Asks through one modem; one question at a time.

    Raises in all methods OperatorUnreachableError: no answer; AtError: no conversation with the modem.
    """

    def __init__(self, at: AtClient, *, sms_timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self._at = at
        self._sms_timeout_s = sms_timeout_s

    async def own_numbers(self) -> Sequence[str]:
        """As they are on the card; none where the card or the modem refuses."""
        try:
            return await self._at.send(own_numbers())
        except (CommandFailedError, ReplyFormatError):
            return ()

    async def ussd(self, code: str, replies: Sequence[str] = ()) -> str:
        """The last answer's text."""
        try:
            async with UssdSession(self._at) as session:
                answer = await session.request(code)
                for reply in replies:
                    answer = await session.reply(reply)
        except UssdEndedError as error:
            raise no_answer(code, _ENDED) from error
        except CommandFailedError as error:
            raise no_answer(code, _REFUSED) from error
        return answer.text or ""

    async def sms(self, to: str, text: str) -> str:
        """The first message from that number which was not there before; it is deleted, being ours."""
        old = await self._stored()
        question = f"SMS {to}"
        try:
            async with asyncio.timeout(self._sms_timeout_s), Messages(self._at, keep=True) as messages:
                await messages.send(to, text)
                async for message in messages:
                    if message.sender == to and (to, message.at) not in old:
                        await messages.delete(message)
                        return message.text
        except TimeoutError as error:
            raise no_answer(question, _LATE) from error
        except CommandFailedError as error:
            raise no_answer(question, _REFUSED) from error
        raise no_answer(question, _LATE)

    async def _stored(self) -> set[tuple[str, datetime]]:
        """Sender and time of all messages that lie in the modem."""
        found: set[tuple[str, datetime]] = set()
        async with self._at.transaction():
            await self._at.send(sms_commands.pdu_mode())
            for storage in _STORAGES:
                try:
                    await self._at.send(sms_commands.read_from(storage))
                except ReplyFormatError:
                    pass  # it says OK and not how full
                except CommandFailedError:
                    continue  # there is no such memory
                try:
                    stored = await self._at.send(sms_commands.list_pdus())
                except CommandFailedError:
                    continue  # how some say that there are none
                for each in stored:
                    try:
                        delivered = DeliverPdu.decode(each.pdu)
                    except SmsCodecError:
                        continue
                    found.add((delivered.originator, delivered.timestamp))
        return found
