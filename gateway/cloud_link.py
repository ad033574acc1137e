"""The device's side of the MQTT contract, over connections that live once.

`CloudLink.run` is one life: open the uplink, connect, do what it is asked to, and end with an event that
says why. Reconnecting, and when to register, is decided by the lifecycle. Two kinds of connection:

* claiming: the device has no identity yet; it may only ask for one (client id `claim-{serial}`, no will);
* assigned: client id is the device id, the will says `lost`, and data, acks and commands flow.

When a claim is granted the link changes over to the second kind by itself, within the same life.

The invariants: nothing leaves the outbox before the cloud's ack; the response topic is subscribed before
the request is sent; whatever arrives malformed is counted and dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Final, Literal

from pydantic import JsonValue

from at_commands.errors import AtError
from gateway.commands import CommandDesk, CommandHandler
from gateway.first_of import first_of
from gateway.identity import Identity
from gateway.uplink import Uplink
from provisioning.clock import Clock
from provisioning.device_store import DeviceStore
from provisioning.journey import (
    BrokerConnected,
    BrokerLost,
    BrokerRefused,
    RegisterAnswered,
    RegisterTimedOut,
)
from provisioning.journey import (
    Event as LifecycleEvent,
)
from provisioning.messages import (
    Ack,
    CommandRequest,
    DeviceStatus,
    Event,
    MessageError,
    ProvisioningReport,
    Reading,
    RegisterResponse,
    RegisterStatus,
    Telemetry,
    new_op_id,
    parse_message,
)
from provisioning.mqtt import (
    BrokerSettings,
    BrokerUrlError,
    MqttConnection,
    MqttConnector,
    MqttPortError,
    MqttRefusedError,
    PublishRefusedError,
    PublishTimeoutError,
    SubscribeRefusedError,
    Will,
)
from provisioning.outbox import Outbox, Priority
from provisioning.outbox_pump import pump
from provisioning.topics import TopicError, Topics

log: Final = logging.getLogger(__name__)

# From the request's PUBACK to the answer; a registrar answers in a second, a 2G link adds some.
REGISTER_TIMEOUT_S: Final = 60.0
# Saying goodbye must not hold up a stop.
FAREWELL_TIMEOUT_S: Final = 5.0
# Op ids of requests that an answer may still come for.
REMEMBERED_REQUESTS: Final = 32
MAX_READINGS_PER_MESSAGE: Final = 64

Emit = Callable[[LifecycleEvent], None]


class CloudLink:
    """The link of one device.

    Args:
        settings: of the configured broker; the cloud may assign another, which is then tried first.
        boot_id: tells runs of the program apart in the retained status.
        handlers: what executes commands beside `ping`; more with `add_commands`.

    Attributes:
        counts: what happened since the start: connections, published, telemetry_put, telemetry_acked,
            malformed, …
        problem: why the last connection ended, None while it lives or after a polite end.
    """

    def __init__(
        self,
        connector: MqttConnector,
        settings: BrokerSettings,
        *,
        topics: Topics,
        identity: Identity,
        store: DeviceStore,
        outbox: Outbox,
        clock: Clock,
        random: Random,
        boot_id: str,
        handlers: Mapping[str, CommandHandler] | None = None,
    ) -> None:
        self._connector = connector
        self._settings = settings
        self._topics = topics
        self._identity = identity
        self._outbox = outbox
        self._clock = clock
        self._random = random
        self._boot_id = boot_id
        self._desk = CommandDesk(store, outbox, topics, clock, {"ping": _pong, **(handlers or {})})
        self._wanted: asyncio.Queue[tuple[str, str, int]] = asyncio.Queue()
        self._asked: dict[str, None] = {}
        self._answered = asyncio.Event()
        self._telemetry_on, self._telemetry_off = asyncio.Event(), asyncio.Event()
        self._report: ProvisioningReport | None = None
        self._report_changed = asyncio.Event()
        self._assigned_broker_failed = False
        self.counts: Counter[str] = Counter()
        self.problem: Exception | None = None

    def add_commands(self, handlers: Mapping[str, CommandHandler]) -> None:
        """Commands that this device knows from now on."""
        self._desk.handlers.update(handlers)

    async def load(self) -> None:
        """Take up identity, outbox and commands of an earlier run. Raises StoreError."""
        await self._identity.load()
        await self._outbox.start()
        if self.device_id is not None:
            await self._desk.load(self.device_id)

    @property
    def device_id(self) -> str | None:
        """Who the cloud says we are; None before the first registration."""
        return self._identity.device_id

    # --- what the device has to say; durable, whether connected or not ---

    async def put_telemetry(self, readings: Sequence[Reading]) -> bool:
        """Put readings into the outbox. False: without an identity there is nowhere to send them."""
        if self.device_id is None:
            return False
        topic = self._topics.telemetry(self.device_id)
        for start in range(0, len(readings), MAX_READINGS_PER_MESSAGE):
            op_id = f"t-{new_op_id(self._random)}"
            batch = tuple(readings[start : start + MAX_READINGS_PER_MESSAGE])
            await self._outbox.put(topic, Telemetry(op_id=op_id, readings=batch).to_payload(), op_id)
            self.counts["telemetry_put"] += 1
        return True

    async def put_event(self, event: Event) -> bool:
        """Put an event into the outbox; alarms go first. False: no identity yet."""
        if self.device_id is None:
            return False
        priority = Priority.ALARM if event.severity == "alarm" else Priority.EVENT
        await self._outbox.put(self._topics.event(self.device_id), event.to_payload(), event.op_id, priority)
        return True

    def report(self, report: ProvisioningReport) -> None:
        """Where commissioning stands: published, retained, once there is a connection; the newest wins."""
        self._report = report
        self._report_changed.set()

    # --- what the lifecycle asks for ---

    def register(self, *, imei: str, iccid: str, attempt: int) -> None:
        """Send a register request; RegisterAnswered or RegisterTimedOut follows."""
        self._wanted.put_nowait((imei, iccid, attempt))

    def start_telemetry(self) -> None:
        self._telemetry_off.clear()
        self._telemetry_on.set()

    def stop_telemetry(self) -> None:
        self._telemetry_on.clear()
        self._telemetry_off.set()

    async def execute_commands(self) -> None:
        """Execute commands as they come, until cancelled; outlives connections. Raises StoreError."""
        await self._desk.run()

    async def run(self, uplink: Uplink, emit: Emit) -> None:
        """One life, from dialling to the end; cancel it for a polite end (retained status `offline`).

        Emits BrokerConnected once, then what happens, and BrokerLost or BrokerRefused last. Raises
        StoreError.
        """
        self.problem = None
        while not self._wanted.empty():
            self._wanted.get_nowait()
        granted: RegisterAnswered | None = None
        try:
            while True:
                granted = await self._connected(uplink, emit, granted)
        except (MqttRefusedError, PublishRefusedError, SubscribeRefusedError) as error:
            self.problem = error
            log.warning("%s", error)
            emit(BrokerRefused(error.code))
        except (MqttPortError, AtError, OSError) as error:
            self.problem = error
            log.warning("%s", error)
            emit(BrokerLost(getattr(error, "kind", "uplink")))

    # --- one connection ---

    async def _connected(
        self, uplink: Uplink, emit: Emit, granted: RegisterAnswered | None
    ) -> RegisterAnswered:
        """Returns only when a claim was granted: then connect anew as who we are now."""
        device_id = self.device_id
        assigned = self._assigned_settings()
        settings = assigned or self._settings
        # Until this connection stands, assume that it will not.
        self._assigned_broker_failed = assigned is not None
        will = None if device_id is None else Will(self._topics.status(device_id), self._status("lost"))
        client_id = f"claim-{self._identity.serial}" if device_id is None else device_id
        if device_id is None:
            settings = replace(settings, session_expiry_s=0)
        async with (
            uplink.open(settings.host, settings.port) as address,
            self._connector.connect(settings, client_id=client_id, will=will, address=address) as connection,
        ):
            self._assigned_broker_failed = False
            self.counts["connections"] += 1
            if device_id is None:
                emit(BrokerConnected())
                return await self._claim(connection, emit)
            await self._desk.load(device_id)
            await connection.subscribe(*self._topics.to_device(device_id))
            await connection.publish(self._topics.status(device_id), self._status("online"), retain=True)
            emit(BrokerConnected() if granted is None else granted)
            try:
                await first_of(
                    self._read(connection, device_id, emit),
                    self._ask(connection, emit),
                    self._publish_reports(connection, device_id),
                    self._pump(connection),
                )
            except asyncio.CancelledError:
                with contextlib.suppress(MqttPortError):
                    await connection.publish(
                        self._topics.status(device_id),
                        self._status("offline"),
                        retain=True,
                        timeout_s=FAREWELL_TIMEOUT_S,
                    )
                raise
        raise AssertionError("a connection ends with an error")

    async def _claim(self, connection: MqttConnection, emit: Emit) -> RegisterAnswered:
        """Until the claim is granted; every other answer is emitted."""
        granted: asyncio.Future[RegisterAnswered] = asyncio.get_running_loop().create_future()

        def take(event: LifecycleEvent) -> None:
            if isinstance(event, RegisterAnswered) and event.status == RegisterStatus.ASSIGNED:
                if not granted.done():
                    granted.set_result(event)
            else:
                emit(event)

        async def until_granted() -> None:
            await granted

        await first_of(self._read(connection, None, take), self._ask(connection, take), until_granted())
        return granted.result()

    async def _ask(self, connection: MqttConnection, emit: Emit) -> None:
        """Send register requests as they are wanted."""
        subscribed = False
        while True:
            imei, iccid, attempt = await self._wanted.get()
            if not subscribed:
                # Before the first request, or the answer could pass us by.
                await connection.subscribe(self._topics.claim_response(self._identity.serial))
                subscribed = True
            request = self._identity.request(imei=imei, iccid=iccid, attempt=attempt)
            self._asked[request.op_id] = None
            for op_id in list(self._asked)[:-REMEMBERED_REQUESTS]:
                del self._asked[op_id]
            self._answered.clear()
            topic = self._topics.claim_request(self._identity.serial)
            try:
                async with asyncio.timeout(REGISTER_TIMEOUT_S):
                    await connection.publish(topic, request.to_payload(), timeout_s=REGISTER_TIMEOUT_S)
                    await self._answered.wait()
            except (TimeoutError, PublishTimeoutError):
                emit(RegisterTimedOut())

    async def _read(self, connection: MqttConnection, device_id: str | None, emit: Emit) -> None:
        async for message in connection.messages():
            try:
                kind = self._topics.parse(message.topic).kind
                parsed = parse_message(kind, message.payload)
            except (TopicError, MessageError) as error:
                self.counts["malformed"] += 1
                log.warning("a message on %s was dropped: %s", message.topic[:200], error)
                continue
            match parsed:
                case RegisterResponse():
                    await self._take_answer(parsed, emit)
                case Ack() if device_id is not None:
                    await self._outbox.acknowledged(parsed.op_ids)
                    self.counts["acked"] += len(parsed.op_ids)
                    self.counts["telemetry_acked"] += sum(op_id.startswith("t-") for op_id in parsed.op_ids)
                case CommandRequest() if device_id is not None:
                    await self._desk.receive(device_id, parsed)
                case _:
                    self.counts["unexpected"] += 1

    async def _take_answer(self, response: RegisterResponse, emit: Emit) -> None:
        if response.op_id not in self._asked:
            # Answers for this serial that somebody else asked for, or a run before this one.
            self.counts["foreign_answers"] += 1
            return
        self._asked.clear()
        if response.status is RegisterStatus.ASSIGNED:
            await self._identity.accept(response)
        self._answered.set()
        emit(
            RegisterAnswered(
                status=response.status,
                retry_after_s=response.retry_after_s,
                reason=response.reason,
                device_id=response.device_id,
            )
        )

    async def _publish_reports(self, connection: MqttConnection, device_id: str) -> None:
        topic = self._topics.provisioning(device_id)
        while True:
            # Cleared before it is read: a change while publishing is published next.
            self._report_changed.clear()
            if self._report is not None:
                with contextlib.suppress(PublishTimeoutError):
                    await connection.publish(topic, self._report.to_payload(), retain=True)
            await self._report_changed.wait()

    async def _pump(self, connection: MqttConnection) -> None:
        while True:
            await self._telemetry_on.wait()
            await first_of(pump(self._outbox, connection, clock=self._clock), self._telemetry_off.wait())

    def _status(self, status: Literal["online", "offline", "lost"]) -> bytes:
        return DeviceStatus(status=status, boot_id=self._boot_id, at=self._clock.now()).to_payload()

    def _assigned_settings(self) -> BrokerSettings | None:
        """The broker that the cloud assigned, unless the last connection to it failed."""
        url = self._identity.broker
        if self.device_id is None or url is None or self._assigned_broker_failed:
            self._assigned_broker_failed = False
            return None
        try:
            parsed = BrokerSettings.parse(url)
        except BrokerUrlError as error:
            log.warning("the cloud assigned a broker that cannot be: %s", error)
            return None
        return replace(
            self._settings,
            host=parsed.host,
            port=parsed.port,
            tls=parsed.tls,
            username=parsed.username or self._settings.username,
            password=parsed.password or self._settings.password,
        )


async def _pong(_: Mapping[str, JsonValue]) -> str:
    return "pong"
