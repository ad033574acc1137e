"""What the registrar does with a batch of messages, inside one transaction and without a connection to a
broker.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from provisioning import inventory
from provisioning.inventory import ReceivedMessage
from provisioning.messages import (
    MAX_ACKS,
    Ack,
    CommandResult,
    Event,
    Message,
    MessageError,
    RegisterReason,
    RegisterRequest,
    RegisterResponse,
    RegisterStatus,
    Telemetry,
    parse_message,
)
from provisioning.mqtt import MqttMessage
from provisioning.pki import CertificateAuthority
from provisioning.registration import RegistrationPolicy, decide
from provisioning.topics import TopicError, TopicKind, Topics

log: Final = logging.getLogger(__name__)

# Kinds that are stored once per op_id and acknowledged.
ACKNOWLEDGED_KINDS: Final = (TopicKind.TELEMETRY, TopicKind.EVENT, TopicKind.RESULT)
# Kinds of which the last word is kept.
REPORT_KINDS: Final = (TopicKind.STATUS, TopicKind.PROVISIONING)

# Called in the transaction for each message that is processed for the first time: (connection, device_id,
# message).
Handler = Callable[[Connection, str, Message], None]


@dataclass(frozen=True, slots=True)
class Reply:
    """A message to publish once the transaction is on disk."""

    topic: str
    payload: bytes


@dataclass(slots=True)
class Outcome:
    """Replies of a batch, and what happened in it by name:

    processed, repeated, malformed, unknown_device, …
    """

    replies: list[Reply] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


class Intake:
    """Processes batches; holds no state of its own, so running one twice is the same as running it once."""

    def __init__(
        self,
        *,
        topics: Topics,
        ca: CertificateAuthority,
        policy: RegistrationPolicy,
        handler: Handler | None = None,
    ) -> None:
        self._topics = topics
        self._ca = ca
        self._policy = policy
        self._handler = handler

    def process(
        self, connection: Connection, messages: Sequence[MqttMessage], now: float, spread: float
    ) -> Outcome:
        """Process `messages` at wall time `now`; `spread` (0 to 1) spreads the retries of pending devices."""
        outcome = Outcome()
        arrivals: list[tuple[ReceivedMessage, Message]] = []
        reports: dict[tuple[str, str], ReceivedMessage] = {}
        for raw in messages:
            try:
                topic = self._topics.parse(raw.topic)
            except TopicError:
                outcome.counts["foreign_topic"] += 1
                continue
            try:
                message = parse_message(topic.kind, raw.payload)
            except MessageError as error:
                outcome.counts[error.kind] += 1
                log.warning("a message on %s was dropped: %s", raw.topic, error)
                if topic.kind is TopicKind.CLAIM_REQUEST:
                    self._answer_malformed(outcome, topic.subject, raw.payload)
                continue
            if isinstance(message, RegisterRequest):
                self._answer(outcome, connection, topic.subject, message, now, spread)
            elif isinstance(message, Telemetry | Event | CommandResult):
                op_id = message.ack_id if isinstance(message, CommandResult) else message.op_id
                stored = ReceivedMessage(topic.subject, op_id, topic.kind.value, now, raw.payload)
                arrivals.append((stored, message))
            elif topic.kind in REPORT_KINDS:
                key = (topic.subject, topic.kind.value)
                reports[key] = ReceivedMessage(topic.subject, "", topic.kind.value, now, raw.payload)
            else:
                outcome.counts["not_for_us"] += 1
        self._store(outcome, connection, arrivals, reports)
        return outcome

    def register(
        self, connection: Connection, request: RegisterRequest, now: float, spread: float
    ) -> RegisterResponse:
        """Decide on a register request and save the decision."""
        decision = decide(
            request,
            inventory.find(connection, request.serial),
            policy=self._policy,
            now=now,
            spread=spread,
            sign=lambda csr, device_id: self._ca.sign_csr(csr, device_id=device_id, now=now),
        )
        if decision.record is not None:
            inventory.save(connection, decision.record)
        return decision.response

    def _answer(
        self,
        outcome: Outcome,
        connection: Connection,
        serial: str,
        request: RegisterRequest,
        now: float,
        spread: float,
    ) -> None:
        if request.serial != serial:
            # Somebody speaks in another's name: the answer goes to where the request came from, and to
            # nobody else.
            response = _failed(request.op_id)
        else:
            response = self.register(connection, request, now, spread)
        outcome.counts[f"register_{response.status}"] += 1
        outcome.replies.append(Reply(self._topics.claim_response(serial), response.to_payload()))

    def _answer_malformed(self, outcome: Outcome, serial: str, payload: bytes) -> None:
        """Tell the device that its request is wrong, if at least its op_id can be read."""
        if len(payload) > RegisterRequest.MAX_BYTES:
            return
        try:
            reply = _failed(json.loads(payload)["op_id"]).to_payload()
        except (ValueError, TypeError, KeyError, RecursionError):
            return
        outcome.replies.append(Reply(self._topics.claim_response(serial), reply))

    def _store(
        self,
        outcome: Outcome,
        connection: Connection,
        arrivals: Sequence[tuple[ReceivedMessage, Message]],
        reports: dict[tuple[str, str], ReceivedMessage],
    ) -> None:
        senders = {stored.device_id for stored, _ in arrivals} | {device_id for device_id, _ in reports}
        if not senders:
            return
        known = inventory.assigned_devices(connection, senders)
        accepted = [(stored, message) for stored, message in arrivals if stored.device_id in known]
        outcome.counts["unknown_device"] += len(arrivals) - len(accepted)
        if accepted:
            new = inventory.receive(connection, [stored for stored, _ in accepted])
            outcome.counts["processed"] += len(new)
            outcome.counts["repeated"] += len(accepted) - len(new)
            if self._handler is not None:
                for stored, message in accepted:
                    key = (stored.device_id, stored.op_id)
                    if key in new:
                        new.remove(key)  # the same message may stand twice in one batch
                        self._handler(connection, stored.device_id, message)
        for stored in reports.values():
            if stored.device_id in known:
                inventory.report(connection, stored)
        self._acknowledge(outcome, [stored for stored, _ in accepted])

    def _acknowledge(self, outcome: Outcome, stored: Sequence[ReceivedMessage]) -> None:
        by_device: dict[str, dict[str, None]] = {}
        for message in stored:
            by_device.setdefault(message.device_id, {})[message.op_id] = None
        for device_id, op_ids in by_device.items():
            ordered = tuple(op_ids)
            for start in range(0, len(ordered), MAX_ACKS):
                ack = Ack(op_ids=ordered[start : start + MAX_ACKS])
                outcome.replies.append(Reply(self._topics.ack(device_id), ack.to_payload()))


def _failed(op_id: str) -> RegisterResponse:
    return RegisterResponse(op_id=op_id, status=RegisterStatus.FAILED, reason=RegisterReason.MALFORMED)
