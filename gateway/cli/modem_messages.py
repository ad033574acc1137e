"""Short messages of a modem."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from at_commands import sms_commands
from at_commands.client import AtClient
from at_commands.errors import CmsError, CommandFailedError, ReplyFormatError
from at_commands.messages import Messages
from at_commands.sms import DeliverPdu, SmsCodecError, StatusReportPdu, SubmitPdu
from at_commands.sms_commands import Storage, StoredPdu
from gateway.cli.at_session import open_client
from gateway.cli.modem_facts import open_modem
from gateway.cli.output import ExitCode, Json, Output
from gateway.cli.report_words import status_in_words

_STATES: Final = ("unread", "read", "unsent", "sent")
_STATES_RU: Final = ("новое", "прочитано", "не отправлено", "отправлено")
STORAGES: Final[tuple[Storage, ...]] = ("SM", "ME")
CMS_INVALID_INDEX: Final = 321


@dataclass(frozen=True)
class ShownMessage:
    """A stored message in words. A delivery report has a status (TP-ST) and no text."""

    storage: Storage
    index: int
    state: int
    number: str
    text: str
    at: str | None
    part: tuple[int, int] | None = None
    status: int | None = None

    def as_json(self) -> dict[str, Json]:
        """For programs; `part` is [number, total] of a long message."""
        return {
            "storage": self.storage,
            "index": self.index,
            "state": _STATES[self.state] if self.state < len(_STATES) else str(self.state),
            "number": self.number,
            "at": self.at,
            "text": self.text,
            "part": None if self.part is None else list(self.part),
            "report_status": self.status,
        }


async def list_messages(out: Output, port: str, *, pin: str | None, baudrate: int) -> ExitCode:
    """Print the messages on the card and in the modem."""
    async with modem_client(out, port, pin, baudrate) as at:
        await at.send(sms_commands.pdu_mode())
        stored = await _stored(at)
    messages = [_decode(storage, each) for storage, each in stored]
    out.record({"port": port, "messages": [message.as_json() for message in messages]})
    if not messages:
        out.line(out.pick(en="No messages.", ru="Сообщений нет."))
    for message in messages:
        state = (_STATES_RU if out.lang == "ru" else _STATES)[message.state % len(_STATES)]
        part = "" if message.part is None else f"  ({message.part[0]}/{message.part[1]})"
        out.line(
            f"{message.storage} {message.index:>3}  {message.at or '-'}  {message.number}  {state}{part}"
        )
        text = message.text if message.status is None else status_in_words(message.status).in_(out.lang)
        out.line(f"     {text}")
    return ExitCode.DONE


async def _stored(at: AtClient) -> list[tuple[Storage, StoredPdu]]:
    """Of the card and of the modem, where it has a memory of its own."""
    found: list[tuple[Storage, StoredPdu]] = []
    for storage in STORAGES:
        try:
            await at.send(sms_commands.read_from(storage))
        except ReplyFormatError:
            pass  # it says OK and not how full
        except CommandFailedError:
            if storage != STORAGES[0]:
                continue  # there is no such memory; a modem that knows no choice has one all the same
        try:
            found += [(storage, each) for each in await at.send(sms_commands.list_pdus())]
        except CmsError as error:
            if error.code != CMS_INVALID_INDEX:  # how some say that there are none
                raise
    return found


async def send_message(
    out: Output,
    port: str,
    to: str,
    text: str,
    *,
    report_s: float | None,
    pin: str | None,
    baudrate: int,
) -> ExitCode:
    """Send a message, in parts if it is long; with `report_s`, wait so long for the centre's report."""
    wants_report = report_s is not None
    async with (
        modem_client(out, port, pin, baudrate) as at,
        Messages(at, reads=wants_report, keep=True) as messages,
    ):
        sent = await messages.send(to, text, report=wants_report)
        parts = len(sent.references)
        out.line(out.pick(en=f"Sent to {to}, parts: {parts}.", ru=f"Отправлено на {to}, частей: {parts}."))
        record: dict[str, Json] = {
            "port": port,
            "to": to,
            "parts": parts,
            "references": list(sent.references),
            "sent": True,
        }
        if report_s is None:
            out.record(record)
            return ExitCode.DONE
        try:
            reports = await messages.report(sent, timeout_s=report_s)
        except TimeoutError:
            out.record(record | {"delivered": None})
            out.line(out.pick(en="No report yet.", ru="Отчёта пока нет."))
            return ExitCode.GAVE_UP
    delivered = all(each.delivered for each in reports)
    out.record(record | {"delivered": delivered, "statuses": [each.status for each in reports]})
    for status in dict.fromkeys(each.status for each in reports):
        words = status_in_words(status).in_(out.lang)
        out.line(f"{words[0].upper()}{words[1:]}.")
    return ExitCode.DONE if delivered else ExitCode.FAILED


async def receive_messages(out: Output, port: str, *, keep: bool, pin: str | None, baudrate: int) -> None:
    """Print messages as they come, whole, and delete each when it was printed unless `keep`; until cancelled."""
    async with modem_client(out, port, pin, baudrate) as at, Messages(at, keep=keep) as messages:
        out.progress(
            out.pick(en="Waiting for messages; Ctrl-C ends it.", ru="Жду сообщений; завершить: Ctrl-C.")
        )
        async for message in messages:
            text = message.text or message.data.hex()
            out.record(
                {
                    "sender": message.sender,
                    "at": message.at.isoformat(),
                    "text": text,
                    "missing": list(message.missing),
                }
            )
            out.line(f"{message.at:%Y-%m-%d %H:%M:%S}  {message.sender}")
            out.line(f"     {text}")
            if message.missing:
                lost = ", ".join(map(str, message.missing))
                out.line(out.pick(en=f"     (parts {lost} never came)", ru=f"     (части {lost} не пришли)"))
            if not keep:
                await messages.delete(message)


async def delete_message(
    out: Output, port: str, storage: Storage, index: int, *, pin: str | None, baudrate: int
) -> ExitCode:
    """Delete one message."""
    async with modem_client(out, port, pin, baudrate) as at, at.transaction():
        try:
            await at.send(sms_commands.read_from(storage))
        except ReplyFormatError:
            pass  # it says OK and not how full
        except CommandFailedError:
            if storage != STORAGES[0]:
                raise  # as in listing: who knows no choice has one memory
        await at.send(sms_commands.delete_message(index))
    out.record({"port": port, "deleted": index, "storage": storage})
    out.line(out.pick(en=f"Message {index} is deleted.", ru=f"Сообщение {index} удалено."))
    return ExitCode.DONE


@contextlib.asynccontextmanager
async def modem_client(out: Output, port: str, pin: str | None, baudrate: int) -> AsyncIterator[AtClient]:
    """A client of a modem that answers, its card unlocked if that is needed."""
    if pin is not None:
        # Unlocking has rules of its own; the facade knows them.
        async with open_modem(out, port, pin=pin, baudrate=baudrate):
            pass
    async with open_client(port, baudrate) as at:
        yield at


def _decode(storage: Storage, stored: StoredPdu) -> ShownMessage:
    try:
        if stored.state >= 2:
            submitted = SubmitPdu.decode(stored.pdu)
            return ShownMessage(
                storage, stored.index, stored.state, submitted.destination, submitted.content.text, None
            )
        delivered = DeliverPdu.decode(stored.pdu)
    except SmsCodecError:
        return _decode_report(storage, stored)
    content = delivered.content
    text = content.text or content.data.hex()
    part = None if content.part is None else (content.part.number, content.part.total)
    at = delivered.timestamp.isoformat()
    return ShownMessage(storage, stored.index, stored.state, delivered.originator, text, at, part)


def _decode_report(storage: Storage, stored: StoredPdu) -> ShownMessage:
    try:
        report = StatusReportPdu.decode(stored.pdu)
    except SmsCodecError:
        return ShownMessage(storage, stored.index, stored.state, "?", stored.pdu, None)
    at = report.timestamp.isoformat()
    return ShownMessage(storage, stored.index, stored.state, report.recipient, "", at, status=report.status)
