"""What became of messages that were sent (SMS-STATUS-REPORT; 3GPP TS 23.040, 9.2.2.3 and 9.2.3.15).

A report names its message by recipient and reference, and references go round after 256 messages. So a report belongs
to the message sent last under its name, unless it was here already when that one was sent: some modems hand over a
report before they say OK to the sending, and old ones lie in their stores.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from at_commands.sms import StatusReportPdu

MAX_REPORTS: Final = 500
"""Kept for who asks later; the oldest go first."""


@dataclass(frozen=True)
class Sent:
    """A message that the network took, by the references of its parts (TP-MR)."""

    to: str
    references: tuple[int, ...]


@dataclass(frozen=True)
class Report:
    """What became of a sent part. `status` is TP-ST."""

    reference: int
    recipient: str
    status: int
    at: datetime

    @property
    def delivered(self) -> bool:
        """It reached the recipient, or was replaced there."""
        return self.status < 0x20

    @property
    def final(self) -> bool:
        """The centre tries no more."""
        return not 0x20 <= self.status < 0x40


_Key: TypeAlias = tuple[str, int]
Mark: TypeAlias = dict[_Key, Report]


class Reports:
    """Reports in, answers out."""

    def __init__(self) -> None:
        self._reports: dict[_Key, Report] = {}
        self._awaited: dict[_Key, None] = {}
        self._changed = asyncio.Event()

    def mark(self) -> Mark:
        """What is here before something is sent; for `sent`."""
        return dict(self._reports)

    def sent(self, to: str, reference: int, before: Mark) -> None:
        """A part was sent and its report is wanted."""
        key = _key(to, reference)
        if key in before and self._reports.get(key) is before[key]:
            del self._reports[key]
        self._awaited[key] = None
        _bound(self._awaited)

    def awaits(self, read: StatusReportPdu) -> bool:
        """Whether it is on something that was sent here."""
        return _key(read.recipient, read.reference) in self._awaited

    def add(self, read: StatusReportPdu) -> None:
        """A report came."""
        report = Report(read.reference, read.recipient, read.status, read.discharged)
        self._reports[_key(read.recipient, read.reference)] = report
        _bound(self._reports)
        self.wake()

    def final(self, sent: Sent) -> tuple[Report, ...] | None:
        """Of all parts in their order; None as long as the centre has not done with one."""
        found = [self._reports.get(_key(sent.to, reference)) for reference in sent.references]
        final = tuple(report for report in found if report is not None and report.final)
        return final if len(final) == len(found) else None

    async def change(self) -> None:
        """Wait for the next report, or for `wake`."""
        await self._changed.wait()

    def wake(self) -> None:
        """Have everybody look again."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def _key(number: str, reference: int) -> _Key:
    """Centres give numbers back with or without their plus."""
    return number.removeprefix("+"), reference


def _bound(reports: dict[_Key, Report] | dict[_Key, None]) -> None:
    while len(reports) > MAX_REPORTS:
        del reports[next(iter(reports))]
