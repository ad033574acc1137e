"""The messages: what one end encodes the other parses, and nothing malformed gets through or crashes."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.messages import (
    MAX_READINGS,
    MODELS,
    Ack,
    CommandRequest,
    CommandResult,
    DeviceStatus,
    Event,
    Message,
    MessageError,
    ProvisioningReport,
    Reading,
    RegisterRequest,
    RegisterResponse,
    RegisterStatus,
    Telemetry,
    new_op_id,
    parse_message,
)
from provisioning.topics import TopicKind

NAMES = st.from_regex(r"[A-Za-z0-9_.:-]{1,64}", fullmatch=True)
OP_IDS = st.from_regex(r"[A-Za-z0-9_.-]{8,64}", fullmatch=True)
COMMAND_IDS = st.from_regex(r"[A-Za-z0-9_-]{8,48}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=200)
TIMES = st.floats(0, 1e11)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
READINGS = st.builds(
    Reading,
    name=NAMES,
    value=SCALARS,
    unit=st.sampled_from(["", "°C", "bar"]),
    at=TIMES,
    quality=st.sampled_from(["good", "bad"]),
)
SAMPLES: dict[TopicKind, st.SearchStrategy[Any]] = {
    TopicKind.CLAIM_REQUEST: st.builds(
        RegisterRequest,
        op_id=OP_IDS,
        serial=NAMES,
        imei=st.from_regex(r"[0-9]{15}", fullmatch=True),
        iccid=st.from_regex(r"[0-9]{18,20}", fullmatch=True),
        model=TEXTS,
        hardware=TEXTS,
        firmware=TEXTS,
        csr=st.just("-----BEGIN…"),
        claim=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
        attempt=st.integers(1, 1000),
    ),
    TopicKind.CLAIM_RESPONSE: st.builds(
        RegisterResponse,
        op_id=OP_IDS,
        status=st.sampled_from([status for status in RegisterStatus if status != "assigned"]),
        retry_after_s=st.floats(0, 86400),
        reason=st.none() | TEXTS,
    ),
    TopicKind.STATUS: st.builds(
        DeviceStatus, status=st.sampled_from(["online", "offline", "lost"]), boot_id=NAMES, at=TIMES
    ),
    TopicKind.PROVISIONING: st.builds(
        ProvisioningReport,
        state=NAMES,
        reason=st.none() | NAMES,
        since=TIMES,
        attempts=st.integers(0, 200),
        next_attempt_at=st.none() | TIMES,
        explanation=st.fixed_dictionaries({"ru": TEXTS, "en": TEXTS}),
    ),
    TopicKind.TELEMETRY: st.builds(
        Telemetry, op_id=OP_IDS, readings=st.lists(READINGS, min_size=1, max_size=20).map(tuple)
    ),
    TopicKind.EVENT: st.builds(
        Event,
        op_id=OP_IDS,
        name=NAMES,
        severity=st.sampled_from(["info", "warning", "alarm"]),
        at=TIMES,
        text=TEXTS,
        data=st.dictionaries(NAMES, SCALARS, max_size=5),
    ),
    TopicKind.ACK: st.builds(Ack, op_ids=st.lists(OP_IDS, min_size=1, max_size=500).map(tuple)),
    TopicKind.COMMAND: st.builds(
        CommandRequest,
        op_id=COMMAND_IDS,
        name=NAMES,
        arguments=st.dictionaries(
            NAMES, st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3)), max_size=3
        ),
        expires_at=st.none() | TIMES,
    ),
    TopicKind.RESULT: st.builds(
        CommandResult,
        op_id=COMMAND_IDS,
        status=st.sampled_from(["accepted", "done", "failed"]),
        reason=TEXTS,
        at=TIMES,
    ),
}


def refusal(kind: TopicKind, payload: bytes) -> MessageError | None:
    try:
        parse_message(kind, payload)
    except MessageError as error:
        return error
    return None


def test_every_kind_but_firmware_has_a_model_and_a_sample() -> None:
    assert set(MODELS) == set(SAMPLES) == set(TopicKind) - {TopicKind.FIRMWARE}


@given(st.data())
def test_what_one_end_encodes_the_other_parses(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(SAMPLES)))
    message: Message = data.draw(SAMPLES[kind])
    assert parse_message(kind, message.to_payload()) == message


@given(kind=st.sampled_from(sorted(TopicKind)), payload=st.binary(max_size=300))
def test_any_bytes_are_a_message_or_a_message_error(kind: TopicKind, payload: bytes) -> None:
    error = refusal(kind, payload)
    assert error is None or error.kind in {"malformed", "unknown"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
)


@given(st.data())
def test_a_message_with_one_field_replaced_is_parsed_or_refused_by_name(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(SAMPLES)))
    fields = json.loads(data.draw(SAMPLES[kind]).to_payload())
    name = data.draw(st.sampled_from(sorted(fields)))
    fields[name] = data.draw(JSON)
    error = refusal(kind, json.dumps(fields).encode())
    assert error is None or error.kind == "malformed"
    assert error is None or name in error.problem or "payload" in error.problem


@pytest.mark.parametrize("kind", sorted(MODELS))
def test_an_oversized_payload_is_refused_unread(kind: TopicKind) -> None:
    with pytest.raises(MessageError) as caught:
        parse_message(kind, b"[" * (MODELS[kind].MAX_BYTES + 1))
    assert caught.value.kind == "oversized"


def test_deep_nesting_is_malformed_and_no_crash() -> None:
    payload = b'{"op_id":"12345678","name":"n","arguments":{"a":' + b"[" * 4000 + b"]" * 4000 + b"}}"
    with pytest.raises(MessageError):
        CommandRequest.from_payload(payload)


def test_an_oversized_message_is_not_sent() -> None:
    readings = tuple(Reading(name="n" * 64, value="v" * 200, at=1.0) for _ in range(MAX_READINGS))
    with pytest.raises(MessageError) as caught:
        Telemetry(op_id="12345678", readings=readings).to_payload()
    assert caught.value.kind == "oversized"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"op_id": "short"}, "op_id"),
        ({"op_id": "with space"}, "op_id"),
        ({"readings": []}, "readings"),
        ({"readings": [{"name": "t", "value": "NaN", "at": "1"}]}, "readings.0.at"),
        ({"readings": [{"name": "t", "value": 1.0, "at": 1.0, "quality": "fine"}]}, "readings.0.quality"),
        ({"readings": [{"name": "t", "value": {"deep": 1}, "at": 1.0}]}, "readings.0.value"),
        ({"readings": [{"name": "t", "value": 1.0, "at": 1.0}] * (MAX_READINGS + 1)}, "readings"),
    ],
)
def test_the_error_names_the_field(change: dict[str, Any], field: str) -> None:
    telemetry = {"op_id": "12345678", "readings": [{"name": "t", "value": 21.5, "at": 1.0}]}
    with pytest.raises(MessageError) as caught:
        Telemetry.from_payload(json.dumps(telemetry | change).encode())
    assert field in caught.value.problem


def test_not_a_number_is_no_reading() -> None:
    with pytest.raises(MessageError):
        Telemetry.from_payload(b'{"op_id":"12345678","readings":[{"name":"t","value":NaN,"at":1}]}')


def test_a_newer_end_may_add_fields() -> None:
    parsed = DeviceStatus.from_payload(b'{"status":"online","boot_id":"1","at":5,"added_in_v1_1":{"x":1}}')
    assert parsed == DeviceStatus(status="online", boot_id="1", at=5)


@pytest.mark.parametrize(
    "response",
    [
        {"status": "pending"},
        {"status": "assigned", "device_id": "d1"},
        {"status": "assigned", "certificate": "pem"},
    ],
)
def test_an_answer_must_hold_what_its_status_promises(response: dict[str, str]) -> None:
    with pytest.raises(MessageError):
        RegisterResponse.from_payload(json.dumps({"op_id": "12345678", **response}).encode())


def test_op_ids_are_unique_and_repeatable() -> None:
    generator = random.Random(7)
    made = [new_op_id(generator) for _ in range(100)]
    assert len(set(made)) == 100
    assert new_op_id(random.Random(7)) == made[0]
    Ack(op_ids=tuple(made))


def test_results_of_one_command_are_acknowledged_apart() -> None:
    accepted = CommandResult(op_id="12345678", status="accepted", at=1.0)
    done = CommandResult(op_id="12345678", status="done", at=2.0)
    assert accepted.ack_id != done.ack_id
    Ack(op_ids=(accepted.ack_id, done.ack_id))
