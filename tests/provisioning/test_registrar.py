"""The registrar: one identity for one key, every message once, no acknowledgement too early."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from provisioning.intake import Reply
from provisioning.messages import (
    Ack,
    CommandResult,
    DeviceStatus,
    Event,
    Message,
    Reading,
    RegisterReason,
    RegisterRequest,
    RegisterResponse,
    RegisterStatus,
    Telemetry,
)
from provisioning.mqtt import MqttMessage
from provisioning.pki import CertificateAuthority, DeviceKey, claim_hmac, claim_key
from provisioning.registrar import Registrar, RegistrarError
from provisioning.registration import Approval, InventoryRecord, RegistrationPolicy, decide
from provisioning.store import Database
from provisioning.topics import TopicError, TopicKind, Topics

SERIAL, CODE = "ZONT-0001", "ABCD-1234"
TOPICS = Topics()
CA = CertificateAuthority.create(now=1_800_000_000.0)
CLAIM_KEY = claim_key(CODE, SERIAL)


@pytest.fixture
def key(tmp_path: Path) -> DeviceKey:
    return DeviceKey.load_or_create(tmp_path / "device.key")


@pytest.fixture
def other_key(tmp_path: Path) -> DeviceKey:
    return DeviceKey.load_or_create(tmp_path / "other.key")


@pytest.fixture
def registrar(any_db: Database, hand_clock: Any) -> Registrar:
    policy = RegistrationPolicy(retry_after_s=100, broker="mqtts://broker.example")
    return Registrar(any_db, ca=CA, clock=hand_clock, random=random.Random(1), policy=policy)


def ask(key: DeviceKey, *, op_id: str = "op-00001", serial: str = SERIAL, **changes: Any) -> RegisterRequest:
    fields: dict[str, Any] = {
        "imei": "490154203237518",
        "iccid": "8970101234567890123",
        "model": "H-1",
        "hardware": "1",
        "firmware": "1.0",
        "csr": key.csr(serial),
    } | changes
    fields.setdefault(
        "claim",
        claim_hmac(
            CLAIM_KEY, serial=serial, fingerprint=key.fingerprint, imei=fields["imei"], iccid=fields["iccid"]
        ),
    )
    return RegisterRequest(op_id=op_id, serial=serial, **fields)


def telemetry(op_id: str, value: float = 1.0) -> bytes:
    return Telemetry(op_id=op_id, readings=(Reading(name="t", value=value, at=1.0),)).to_payload()


async def online(registrar: Registrar, key: DeviceKey) -> str:
    await registrar.add_device(SERIAL, model="H-1", claim_code=CODE)
    answer = await registrar.handle_register(ask(key))
    assert answer.device_id is not None
    return answer.device_id


def acked(replies: list[Reply]) -> list[str]:
    return [op_id for reply in replies for op_id in Ack.from_payload(reply.payload).op_ids]


# --- the decision ---

RECORD = InventoryRecord(serial=SERIAL, model="H-1", claim_key=CLAIM_KEY, device_id="tg-1")


def verdict(request: RegisterRequest, record: InventoryRecord | None) -> tuple[str, str | None]:
    decision = decide(
        request, record, policy=RegistrationPolicy(), now=5.0, spread=0.5, sign=lambda csr, device: "cert"
    )
    assert decision.response.op_id == request.op_id
    if decision.response.status in {RegisterStatus.FAILED, RegisterStatus.DISABLED}:
        assert decision.record is None, "a refusal changes nothing"
        assert decision.response.certificate is None
    return decision.response.status, decision.response.reason


def test_the_table_of_decisions(key: DeviceKey, other_key: DeviceKey) -> None:
    manual = replace(RECORD, approval=Approval.MANUAL)
    bound = replace(RECORD, key_fingerprint=key.fingerprint, certificate="cert")
    wrong_claim = ask(key, claim="0" * 64)
    assert verdict(ask(key), None) == ("failed", RegisterReason.UNKNOWN_SERIAL)
    assert verdict(ask(key, csr="x"), RECORD) == ("failed", RegisterReason.BAD_CSR)
    assert verdict(wrong_claim, RECORD) == ("failed", RegisterReason.BAD_CLAIM)
    assert verdict(wrong_claim, replace(bound, disabled=True)) == ("failed", RegisterReason.BAD_CLAIM)
    assert verdict(ask(key, csr=other_key.csr(SERIAL)), RECORD) == ("failed", RegisterReason.BAD_CLAIM)
    assert verdict(ask(key), replace(bound, disabled=True)) == ("disabled", RegisterReason.DISABLED)
    assert verdict(ask(other_key), bound) == ("failed", RegisterReason.KEY_MISMATCH)
    assert verdict(ask(other_key), replace(bound, rearmed=True)) == ("assigned", None)
    assert verdict(ask(key), manual) == ("pending", RegisterReason.AWAITING_APPROVAL)
    assert verdict(ask(key), replace(manual, approved=True)) == ("assigned", None)
    assert verdict(ask(key), RECORD) == ("assigned", None)


def test_a_claim_is_bound_to_the_modem_and_the_card(key: DeviceKey) -> None:
    overheard = ask(key).claim
    assert verdict(ask(key, imei="490154203237519", claim=overheard), RECORD)[1] == RegisterReason.BAD_CLAIM
    assert (
        verdict(ask(key, iccid="8970101234567890124", claim=overheard), RECORD)[1] == RegisterReason.BAD_CLAIM
    )


# --- registering ---


async def test_the_same_key_gets_the_same_identity_at_any_time(
    registrar: Registrar, key: DeviceKey, hand_clock: Any
) -> None:
    await registrar.add_device(SERIAL, model="H-1", claim_code=CODE)
    answers = []
    for number in range(3):
        answers.append(
            await registrar.handle_register(ask(key, op_id=f"op-{number:05}", firmware=f"1.{number}"))
        )
        hand_clock.advance(86400)
    assert {answer.op_id for answer in answers} == {"op-00000", "op-00001", "op-00002"}
    assert len({(a.device_id, a.certificate, a.broker, a.status) for a in answers}) == 1
    assert answers[0].broker == "mqtts://broker.example"
    record = await registrar.device(SERIAL)
    assert (record.registrations, record.firmware) == (3, "1.2")
    assert record.last_registered_at == record.first_registered_at + 2 * 86400


async def test_another_key_is_refused_until_the_claim_is_armed_again(
    registrar: Registrar, key: DeviceKey, other_key: DeviceKey
) -> None:
    device_id = await online(registrar, key)
    refused = await registrar.handle_register(ask(other_key))
    assert (refused.status, refused.reason) == ("failed", "key_mismatch")
    await registrar.rearm(SERIAL)
    granted = await registrar.handle_register(ask(other_key))
    assert (granted.status, granted.device_id) == ("assigned", device_id)
    assert granted.certificate != (await registrar.handle_register(ask(key))).certificate
    assert (await registrar.handle_register(ask(key))).reason == "key_mismatch", "armed for one key only"
    assert (await registrar.handle_register(ask(other_key))).certificate == granted.certificate


async def test_manual_approval_is_pending_with_a_time_to_ask_again(
    registrar: Registrar, key: DeviceKey
) -> None:
    await registrar.add_device(SERIAL, model="H-1", claim_code=CODE, approval=Approval.MANUAL)
    waits = set()
    for _ in range(5):
        pending = await registrar.handle_register(ask(key))
        assert (pending.status, pending.reason) == ("pending", "awaiting_approval")
        assert pending.retry_after_s is not None
        waits.add(pending.retry_after_s)
    assert all(80 <= wait <= 120 for wait in waits)
    assert len(waits) > 1, "devices must not all ask in the same second"
    await registrar.approve(SERIAL)
    assert (await registrar.handle_register(ask(key))).status == "assigned"


async def test_a_pending_device_holds_its_serial(
    registrar: Registrar, key: DeviceKey, other_key: DeviceKey
) -> None:
    await registrar.add_device(SERIAL, model="H-1", claim_code=CODE, approval=Approval.MANUAL)
    await registrar.handle_register(ask(key))
    assert (await registrar.handle_register(ask(other_key))).reason == "key_mismatch"


async def test_the_inventory(registrar: Registrar) -> None:
    first = await registrar.add_device(SERIAL, model="H-1", claim_code=CODE)
    again = await registrar.add_device(SERIAL, model="other", claim_code="OTHER")
    assert again == first
    assert await registrar.devices() == [first]
    assert CODE not in repr(first)
    with pytest.raises(TopicError):
        await registrar.add_device("a/b", model="H-1", claim_code=CODE)
    for change in (registrar.approve, registrar.rearm, registrar.disable, registrar.device):
        with pytest.raises(RegistrarError):
            await change("nobody")


# --- messages ---


async def test_each_op_id_is_processed_once_and_acknowledged_each_time(
    registrar: Registrar, key: DeviceKey
) -> None:
    device_id = await online(registrar, key)
    topic = TOPICS.telemetry(device_id)
    batch = [MqttMessage(topic, telemetry(op_id)) for op_id in ("op-00001", "op-00002", "op-00001")]
    assert acked(await registrar.process(batch)) == ["op-00001", "op-00002"]
    assert acked(await registrar.process(batch[:1])) == ["op-00001"]
    assert [message.op_id for message in await registrar.received(device_id)] == ["op-00001", "op-00002"]
    assert registrar.counts["processed"] == 2
    assert registrar.counts["repeated"] == 2


async def test_events_and_results_are_acknowledged_like_telemetry(
    registrar: Registrar, key: DeviceKey
) -> None:
    device_id = await online(registrar, key)
    messages = [
        MqttMessage(TOPICS.event(device_id), Event(op_id="op-00001", name="boot", at=1.0).to_payload()),
        MqttMessage(
            TOPICS.result(device_id), CommandResult(op_id="cmd-0001", status="accepted", at=1.0).to_payload()
        ),
        MqttMessage(
            TOPICS.result(device_id), CommandResult(op_id="cmd-0001", status="done", at=2.0).to_payload()
        ),
    ]
    assert acked(await registrar.process(messages)) == ["op-00001", "cmd-0001.accepted", "cmd-0001.done"]
    assert await registrar.received_counts() == {"event": 1, "result": 2}


async def test_two_devices_may_use_the_same_op_id(any_db: Database, hand_clock: Any, tmp_path: Path) -> None:
    registrar = Registrar(any_db, ca=CA, clock=hand_clock, random=random.Random(1))
    ids = []
    for number in range(2):
        serial = f"ZONT-{number}"
        await registrar.add_device(serial, model="H-1", claim_code=CODE)
        key = DeviceKey.load_or_create(tmp_path / f"{number}.key")
        request = ask(key, serial=serial)
        claim = claim_hmac(
            claim_key(CODE, serial),
            serial=serial,
            fingerprint=key.fingerprint,
            imei=request.imei,
            iccid=request.iccid,
        )
        answer = await registrar.handle_register(request.model_copy(update={"claim": claim}))
        assert answer.device_id
        ids.append(answer.device_id)
    replies = await registrar.process(
        [MqttMessage(TOPICS.telemetry(device_id), telemetry("op-00001")) for device_id in ids]
    )
    assert [reply.topic for reply in replies] == [TOPICS.ack(device_id) for device_id in ids]
    assert registrar.counts["processed"] == 2


async def test_an_unknown_or_disabled_device_is_not_acknowledged(
    registrar: Registrar, key: DeviceKey
) -> None:
    device_id = await online(registrar, key)
    foreign = MqttMessage(TOPICS.telemetry("tg-unknown"), telemetry("op-00001"))
    assert await registrar.process([foreign]) == []
    await registrar.disable(SERIAL)
    own = MqttMessage(TOPICS.telemetry(device_id), telemetry("op-00001"))
    assert await registrar.process([own]) == []
    assert registrar.counts["unknown_device"] == 2
    await registrar.disable(SERIAL, False)
    assert acked(await registrar.process([own])) == ["op-00001"]


async def test_the_last_report_is_kept(registrar: Registrar, key: DeviceKey) -> None:
    device_id = await online(registrar, key)
    for status in ("online", "lost"):
        payload = DeviceStatus(status=status, boot_id="1", at=1.0).to_payload()
        assert await registrar.process([MqttMessage(TOPICS.status(device_id), payload, True)]) == []
        assert await registrar.last_report(device_id, TopicKind.STATUS) == payload
    assert await registrar.last_report(device_id, TopicKind.PROVISIONING) is None


GARBAGE = [b"", b"{", b"\xff\xfe", b"null", b"[]", b'{"op_id": 1}', b"[" * 100_000, b'{"op_id":"op-00009"}']


@pytest.mark.parametrize("payload", GARBAGE, ids=range(len(GARBAGE)))
async def test_garbage_is_counted_and_its_neighbours_are_processed(
    registrar: Registrar, key: DeviceKey, payload: bytes
) -> None:
    device_id = await online(registrar, key)
    topics = [
        TOPICS.telemetry(device_id),
        TOPICS.event(device_id),
        TOPICS.status(device_id),
        TOPICS.claim_request("ZONT-0002"),
        TOPICS.firmware(device_id, "chunk"),
        TOPICS.ack(device_id),
        "tg/v1/elsewhere",
    ]
    batch = [MqttMessage(topic, payload) for topic in topics]
    batch.insert(3, MqttMessage(TOPICS.telemetry(device_id), telemetry("op-00001")))
    replies = await registrar.process(batch)
    assert acked([reply for reply in replies if reply.topic == TOPICS.ack(device_id)]) == ["op-00001"]
    assert sum(registrar.counts[kind] for kind in ("malformed", "oversized", "unknown")) == 6
    assert registrar.counts["foreign_topic"] == 1


async def test_a_malformed_request_with_a_readable_op_id_is_answered(
    registrar: Registrar, key: DeviceKey
) -> None:
    await registrar.add_device(SERIAL, model="H-1", claim_code=CODE)
    fields = json.loads(ask(key).to_payload()) | {"imei": "not digits"}
    [reply] = await registrar.process(
        [MqttMessage(TOPICS.claim_request(SERIAL), json.dumps(fields).encode())]
    )
    assert reply.topic == TOPICS.claim_response(SERIAL)
    answer = RegisterResponse.from_payload(reply.payload)
    assert (answer.status, answer.reason, answer.op_id) == ("failed", "malformed", "op-00001")


async def test_nobody_can_ask_in_anothers_name(registrar: Registrar, key: DeviceKey) -> None:
    await registrar.add_device(SERIAL, model="H-1", claim_code=CODE)
    [reply] = await registrar.process([MqttMessage(TOPICS.claim_request("OTHER"), ask(key).to_payload())])
    assert reply.topic == TOPICS.claim_response("OTHER")
    assert RegisterResponse.from_payload(reply.payload).certificate is None


async def test_a_handler_shares_the_transaction_and_its_failure_concerns_its_message_only(
    any_db: Database, hand_clock: Any, key: DeviceKey
) -> None:
    handled: list[str] = []

    def handler(connection: Connection, device_id: str, message: Message) -> None:
        assert isinstance(message, Telemetry)
        if message.op_id == "op-00002" and "mended" not in handled:
            raise LookupError("no such zone")
        handled.append(message.op_id)

    registrar = Registrar(any_db, ca=CA, clock=hand_clock, random=random.Random(1), handler=handler)
    device_id = await online(registrar, key)
    batch = [MqttMessage(TOPICS.telemetry(device_id), telemetry(f"op-0000{n}")) for n in (1, 2, 3)]
    assert acked(await registrar.process(batch)) == ["op-00001", "op-00003"]
    assert registrar.counts["failed"] == 1
    handled.append("mended")
    assert acked(await registrar.process(batch)) == ["op-00001", "op-00002", "op-00003"]
    assert len(await registrar.received(device_id)) == 3


async def test_the_identity_survives_a_restart(store_url: str, hand_clock: Any, key: DeviceKey) -> None:
    async with Database(store_url) as db:
        registrar = Registrar(db, ca=CA, clock=hand_clock, random=random.Random(1))
        device_id = await online(registrar, key)
        first = await registrar.handle_register(ask(key))
    async with Database(store_url) as db:
        registrar = Registrar(db, ca=CA, clock=hand_clock, random=random.Random(2))
        again = await registrar.handle_register(ask(key))
    assert (again.device_id, again.certificate) == (device_id, first.certificate)
