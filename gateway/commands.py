"""Commands from the cloud: each executed at most once, each answered.

    received ─► (known op_id) ─► its recorded result again
             ─► expired, unknown, no room ─► failed
             ─► accepted ─► executed ─► done | failed

A command is recorded as accepted before it is executed. One that was accepted by an earlier run and has no
result was cut short; whether it took effect nobody knows, so it is reported as failed and never repeated.
Results travel through the outbox, as readings do.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import JsonValue

from provisioning.clock import Clock
from provisioning.device_store import DeviceStore
from provisioning.messages import CommandRequest, CommandResult
from provisioning.outbox import Outbox, Priority
from provisioning.topics import Topics

log: Final = logging.getLogger(__name__)

# Commands whose results are remembered, so that a repetition is recognised; the oldest is forgotten first.
REMEMBERED: Final = 64
# Commands waiting for their turn; more are refused.
MAX_WAITING: Final = 8
# A command that takes longer has failed for all practical purposes.
EXECUTION_TIMEOUT_S: Final = 60.0

_RECORD: Final = "commands"

CommandHandler = Callable[[Mapping[str, JsonValue]], Awaitable[str]]
"""Executes a command with its arguments; returns what to tell the cloud. Raises CommandRefusedError."""


class CommandRefusedError(Exception):
    """A command that cannot be carried out; the text goes to the cloud."""

    kind: Final = "command_refused"


@dataclass(frozen=True, slots=True)
class _Record:
    """What became of a command."""

    op_id: str
    status: Literal["accepted", "done", "failed"]
    reason: str
    at: float


class CommandDesk:
    """Takes the commands of one device.

    Args:
        handlers: command name to what executes it; may be added to.
    """

    def __init__(
        self,
        store: DeviceStore,
        outbox: Outbox,
        topics: Topics,
        clock: Clock,
        handlers: Mapping[str, CommandHandler],
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._topics = topics
        self._clock = clock
        self.handlers = dict(handlers)
        self._records: dict[str, _Record] = {}
        self._waiting: asyncio.Queue[tuple[str, CommandRequest]] = asyncio.Queue(MAX_WAITING)
        self._unfinished: set[str] = set()
        self._ready = asyncio.Event()

    async def load(self, device_id: str) -> None:
        """Take up the records of an earlier run, and report what it left undone. Raises StoreError."""
        if self._ready.is_set():
            return
        text = await self._store.load_value(_RECORD)
        if text is not None:
            self._records = {fields[0]: _Record(*fields) for fields in json.loads(text)}
        for record in list(self._records.values()):
            if record.status == "accepted":
                await self._finish(device_id, record.op_id, "failed", "cut short by a restart; not repeated")
        self._ready.set()

    async def receive(self, device_id: str, request: CommandRequest) -> None:
        """Take a command. Returns when it is recorded, so the broker may forget it. Raises StoreError."""
        known = self._records.get(request.op_id)
        if known is not None:
            if request.op_id not in self._unfinished:
                await self._report(device_id, known)
            return
        problem = self._problem(request)
        if problem is not None:
            await self._finish(device_id, request.op_id, "failed", problem)
            return
        self._unfinished.add(request.op_id)
        await self._record(_Record(request.op_id, "accepted", "", self._clock.now()))
        await self._report(device_id, self._records[request.op_id])
        self._waiting.put_nowait((device_id, request))

    async def run(self) -> None:
        """Execute what was accepted, one after the other, until cancelled. Raises StoreError."""
        while True:
            device_id, request = await self._waiting.get()
            try:
                await self._execute(device_id, request)
            finally:
                self._unfinished.discard(request.op_id)

    def _problem(self, request: CommandRequest) -> str | None:
        if request.name not in self.handlers:
            known = ", ".join(sorted(self.handlers))
            return f"unknown command {request.name}; this device knows {known}"
        if self._expired(request):
            return "expired before it arrived"
        if self._waiting.full():
            return f"{MAX_WAITING} commands are waiting already"
        return None

    def _expired(self, request: CommandRequest) -> bool:
        return request.expires_at is not None and self._clock.now() > request.expires_at

    async def _execute(self, device_id: str, request: CommandRequest) -> None:
        if self._expired(request):
            await self._finish(device_id, request.op_id, "failed", "expired while it waited for its turn")
            return
        try:
            async with asyncio.timeout(EXECUTION_TIMEOUT_S):
                answer = await self.handlers[request.name](request.arguments)
        except CommandRefusedError as error:
            await self._finish(device_id, request.op_id, "failed", str(error))
        except TimeoutError:
            problem = f"not finished after {EXECUTION_TIMEOUT_S:g} s"
            await self._finish(device_id, request.op_id, "failed", problem)
        else:
            await self._finish(device_id, request.op_id, "done", answer)

    async def _finish(
        self, device_id: str, op_id: str, status: Literal["done", "failed"], reason: str
    ) -> None:
        record = _Record(op_id, status, reason[:1000], self._clock.now())
        await self._record(record)
        await self._report(device_id, record)

    async def _record(self, record: _Record) -> None:
        self._records.pop(record.op_id, None)
        self._records[record.op_id] = record
        for op_id in list(self._records)[:-REMEMBERED]:
            del self._records[op_id]
        rows = [[kept.op_id, kept.status, kept.reason, kept.at] for kept in self._records.values()]
        await self._store.save_value(_RECORD, json.dumps(rows))

    async def _report(self, device_id: str, record: _Record) -> None:
        result = CommandResult(op_id=record.op_id, status=record.status, reason=record.reason, at=record.at)
        await self._outbox.put(
            self._topics.result(device_id), result.to_payload(), result.ack_id, Priority.EVENT
        )
