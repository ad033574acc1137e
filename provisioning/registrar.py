"""The cloud's side of the contract: gives devices their identity, takes their messages, acknowledges them.

Theory. Messages are taken off the connection in batches; a batch is decided on and written in one
transaction, and only then are answers and acks published. Killed before the commit, nothing has happened and
the devices send again; killed after it, the repetition is recognised by its op_id and only acknowledged. So
each op_id is processed exactly once and no acknowledgement is ever early. What is wrong with a payload
concerns that payload only: it is counted and dropped (a register request gets an answer when it can be read
that far), and the loop goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from functools import partial
from random import Random
from typing import Final

from provisioning import inventory
from provisioning.clock import Clock
from provisioning.intake import ACKNOWLEDGED_KINDS, REPORT_KINDS, Handler, Intake, Reply
from provisioning.inventory import ReceivedMessage
from provisioning.messages import CommandRequest, RegisterRequest, RegisterResponse
from provisioning.mqtt import (
    BrokerSettings,
    MqttConnection,
    MqttConnector,
    MqttMessage,
    MqttPortError,
    PublishRefusedError,
    PublishTimeoutError,
)
from provisioning.pki import CertificateAuthority, claim_key
from provisioning.reconnecting import reconnecting
from provisioning.registration import Approval, InventoryRecord, RegistrationPolicy
from provisioning.store import Database, StoreError, StoreUnavailableError
from provisioning.topics import TopicKind, Topics, shared

log: Final = logging.getLogger(__name__)

CLIENT_ID: Final = "thermogate-registrar"
# Messages taken in while the batch before is written; at this bound the broker is made to wait.
MAX_BACKLOG: Final = 1000
MAX_BATCH: Final = 500
DAY_S: Final = 86400.0

# How long a batch waits when the store cannot take it now (disk full, locked, server away).
STORE_PAUSE_S: Final = 5.0
# Replies published but not yet taken over by the broker.
REPLIES_IN_FLIGHT: Final = 50


class RegistrarError(Exception):
    """A request to the registrar's inventory that cannot be met. `kind` is a stable machine name."""

    def __init__(self, kind: str, problem: str) -> None:
        super().__init__(problem)
        self.kind: Final = kind


class Registrar:
    """The reference registrar.

    Args:
        clock: wall time for certificates and records, sleeping between reconnections.
        random: device ids and jitter.
        handler: called in the transaction for each new telemetry, event and result with (connection,
        device_id,
            message); it must only use the connection.
        shared_group: use shared subscriptions of this name, for several registrars on one PostgreSQL store.
        retention_s: for how long processed messages, and with them the protection from repetitions, are kept.
    """

    def __init__(
        self,
        db: Database,
        *,
        ca: CertificateAuthority,
        clock: Clock,
        random: Random,
        topics: Topics | None = None,
        policy: RegistrationPolicy | None = None,
        handler: Handler | None = None,
        shared_group: str | None = None,
        retention_s: float = 90 * DAY_S,
    ) -> None:
        self._db = db
        self._clock = clock
        self._random = random
        self._topics = topics or Topics()
        self._intake = Intake(
            topics=self._topics, ca=ca, policy=policy or RegistrationPolicy(), handler=handler
        )
        self._shared_group = shared_group
        self._retention_s = retention_s
        self._connection: MqttConnection | None = None
        self._connected = asyncio.Event()
        self.counts: Counter[str] = Counter()

    # --- the inventory ---

    async def add_device(
        self,
        serial: str,
        *,
        model: str,
        claim_code: str,
        approval: Approval = Approval.AUTO,
    ) -> InventoryRecord:
        """Make a controller known. The same serial again is left as it is and returned.

        Raises:
            TopicError: the serial cannot be a level of a topic.
        """
        self._topics.claim_request(serial)
        record = InventoryRecord(
            serial=serial,
            model=model,
            claim_key=claim_key(claim_code, serial),
            device_id=f"tg-{self._random.getrandbits(64):016x}",
            approval=approval,
        )
        await self._db.write(lambda connection: inventory.add(connection, record))
        return await self.device(serial)

    async def device(self, serial: str) -> InventoryRecord:
        """Raises RegistrarError("unknown_serial")."""
        record = await self._db.read(lambda connection: inventory.find(connection, serial))
        if record is None:
            raise RegistrarError("unknown_serial", f"no controller with serial {serial}")
        return record

    async def devices(self) -> list[InventoryRecord]:
        return await self._db.read(inventory.every)

    async def approve(self, serial: str) -> None:
        """Let a device in that is pending. It learns so when it asks again."""
        await self._change(serial, approved=True)

    async def rearm(self, serial: str) -> None:
        """Accept another key for this serial, once (a controller whose memory was lost or replaced)."""
        await self._change(serial, rearmed=True)

    async def disable(self, serial: str, disabled: bool = True) -> None:
        """Switch a device off, or on again: no identity, no acks."""
        await self._change(serial, disabled=disabled)

    async def received(self, device_id: str, kind: TopicKind = TopicKind.TELEMETRY) -> list[ReceivedMessage]:
        """Messages processed, each once, in the order of their arrival."""
        return await self._db.read(lambda connection: inventory.messages(connection, device_id, kind.value))

    async def received_counts(self) -> dict[str, int]:
        """Processed messages by kind, all devices."""
        return await self._db.read(inventory.count_received)

    async def last_report(self, device_id: str, kind: TopicKind) -> bytes | None:
        """Payload of the last status or provisioning report."""
        return await self._db.read(
            lambda connection: inventory.last_report(connection, device_id, kind.value)
        )

    # --- the work, without a connection ---

    async def handle_register(self, request: RegisterRequest) -> RegisterResponse:
        """Decide on a request and save what was decided. The same request gives the same answer."""
        now, spread = self._clock.now(), self._random.random()
        return await self._db.write(
            lambda connection: self._intake.register(connection, request, now, spread)
        )

    async def process(self, messages: Sequence[MqttMessage]) -> list[Reply]:
        """Process a batch in one transaction; returns what is to be published now that it is on disk.

        Raises:
            StoreError: nothing of the batch was processed.
        """
        now, spread = self._clock.now(), self._random.random()
        try:
            outcome = await self._db.write(
                lambda connection: self._intake.process(connection, messages, now, spread)
            )
        except StoreError:
            raise
        except Exception:
            if len(messages) == 1:
                # A handler, or a database, that chokes on this message must not stop the others. No ack: it
                # will come again, perhaps to a better program.
                log.exception("a message on %s cannot be processed", messages[0].topic)
                self.counts["failed"] += 1
                return []
            return [reply for message in messages for reply in await self.process([message])]
        self.counts.update(outcome.counts)
        return outcome.replies

    # --- serving ---

    async def serve(
        self, connector: MqttConnector, settings: BrokerSettings, *, client_id: str = CLIENT_ID
    ) -> None:
        """Serve until cancelled; reconnects with jitter whatever the broker does.

        Raises:
            StoreError: the store has failed; there is nothing sensible left to do.
        """
        await reconnecting(
            lambda: connector.connect(settings, client_id=client_id),
            self._serve_connection,
            clock=self._clock,
            random=self._random,
        )

    async def wait_connected(self) -> None:
        """Return when the registrar has a connection and its subscriptions are in place."""
        await self._connected.wait()

    async def send_command(self, device_id: str, command: CommandRequest) -> None:
        """Publish a command;

        results are received like telemetry. Raises MqttPortError when there is no broker.
        """
        if self._connection is None:
            raise MqttPortError("the registrar has no connection to the broker")
        await self._connection.publish(self._topics.command(device_id), command.to_payload())

    async def _serve_connection(self, connection: MqttConnection) -> None:
        filters = [self._topics.every_claim_request()]
        filters += [self._topics.every_device(kind) for kind in (*ACKNOWLEDGED_KINDS, *REPORT_KINDS)]
        if self._shared_group is not None:
            filters = [shared(self._shared_group, topic_filter) for topic_filter in filters]
        await connection.subscribe(*filters)
        self._connection = connection
        self._connected.set()
        try:
            async with asyncio.TaskGroup() as tasks:
                backlog: asyncio.Queue[MqttMessage] = asyncio.Queue(MAX_BACKLOG)
                tasks.create_task(self._process_backlog(connection, backlog, tasks))
                tasks.create_task(self._prune_daily())
                async for message in connection.messages():
                    await backlog.put(message)
        except ExceptionGroup as group:
            # All of them say the same: the connection, or the store, is gone.
            raise group.exceptions[0] from None
        finally:
            self._connection = None
            self._connected.clear()

    async def _process_backlog(
        self, connection: MqttConnection, backlog: asyncio.Queue[MqttMessage], tasks: asyncio.TaskGroup
    ) -> None:
        in_flight = asyncio.Semaphore(REPLIES_IN_FLIGHT)

        async def publish(reply: Reply) -> None:
            try:
                await connection.publish(reply.topic, reply.payload)
            except (PublishRefusedError, PublishTimeoutError) as error:
                # The device will ask or send again.
                self.counts["reply_refused"] += 1
                log.warning("an answer was not delivered: %s", error)
            finally:
                in_flight.release()

        while True:
            batch = [await backlog.get()]
            while len(batch) < MAX_BATCH and not backlog.empty():
                batch.append(backlog.get_nowait())
            for reply in await self._process_patiently(batch):
                await in_flight.acquire()
                tasks.create_task(publish(reply))

    async def _process_patiently(self, batch: Sequence[MqttMessage]) -> list[Reply]:
        while True:
            try:
                return await self.process(batch)
            except StoreUnavailableError as error:
                log.error("the store does not work, trying again in %.0f s: %s", STORE_PAUSE_S, error)
                await self._clock.sleep(STORE_PAUSE_S)

    async def _prune_daily(self) -> None:
        while True:
            before = self._clock.now() - self._retention_s
            await self._db.write(partial(inventory.prune, before=before))
            await self._clock.sleep(DAY_S)

    async def _change(self, serial: str, **columns: bool) -> None:
        if not await self._db.write(lambda connection: inventory.change(connection, serial, **columns)):
            raise RegistrarError("unknown_serial", f"no controller with serial {serial}")
