"""The messages of the MQTT contract, v1: one model for both ends.

What one end encodes the other parses. Models are strict (no "12" for 12), frozen and bounded: a payload over
`MAX_BYTES` is refused before it is parsed. Unknown fields are ignored, so that a newer cloud does not break a
device in the field. Times are UTC epoch seconds.
"""

from __future__ import annotations

import uuid
from enum import StrEnum
from random import Random
from typing import Annotated, ClassVar, Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from provisioning.topics import TopicKind

# Signs that survive in a topic, a file name and a URL. 64 is enough for a UUID with a suffix.
OpId = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.:-]+$")]
EpochSeconds = Annotated[float, Field(ge=0, le=1e11)]
# No control characters: these end up in logs, on terminals and in text columns (PostgreSQL takes no NUL).
ShortText = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
LongText = Annotated[str, Field(max_length=1000)]
Pem = Annotated[str, Field(min_length=1, max_length=8192)]
Scalar = bool | int | float | ShortText | None

MAX_READINGS: Final = 256
MAX_ACKS: Final = 500


MessageErrorKind = Literal["oversized", "malformed", "unknown"]


class MessageError(ValueError):
    """A payload that is not a message of the contract. `kind` is stable: oversized, malformed, unknown."""

    def __init__(
        self, kind: Literal["oversized", "malformed", "unknown"], message: str, problem: str
    ) -> None:
        super().__init__(f"{message}: {problem}")
        self.kind: Final = kind
        self.message: Final = message
        self.problem: Final = problem


class Message(BaseModel):
    """Base of all messages. `MAX_BYTES` bounds the encoded payload, both when sending and when receiving."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False)
    MAX_BYTES: ClassVar[int] = 16 * 1024

    def to_payload(self) -> bytes:
        """Encode as compact UTF-8 JSON without empty fields. Raises MessageError("oversized")."""
        payload = self.__pydantic_serializer__.to_json(self, exclude_none=True)
        if len(payload) > self.MAX_BYTES:
            raise _oversized(type(self), payload)
        return payload

    @classmethod
    def from_payload(cls, payload: bytes) -> Self:
        """Parse. Raises MessageError naming the field that is wrong; never another exception."""
        if len(payload) > cls.MAX_BYTES:
            raise _oversized(cls, payload)
        try:
            return cls.model_validate_json(payload)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "payload"
            raise MessageError("malformed", cls.__name__, f"{where}: {first['msg']}") from None


def _oversized(model: type[Message], payload: bytes) -> MessageError:
    return MessageError("oversized", model.__name__, f"{len(payload)} bytes, at most {model.MAX_BYTES}")


class RegisterStatus(StrEnum):
    PENDING = "pending"
    ASSIGNED = "assigned"
    FAILED = "failed"
    DISABLED = "disabled"


class RegisterReason(StrEnum):
    """Why a registration is not (yet) granted."""

    AWAITING_APPROVAL = "awaiting_approval"
    UNKNOWN_SERIAL = "unknown_serial"
    BAD_CLAIM = "bad_claim"
    BAD_CSR = "bad_csr"
    KEY_MISMATCH = "key_mismatch"
    DISABLED = "disabled"
    MALFORMED = "malformed"


class RegisterRequest(Message):
    """claim/{serial}/request. `claim` is `pki.claim_hmac(...)` in hex; `csr` is PEM."""

    op_id: OpId
    serial: Name
    imei: Annotated[str, Field(pattern=r"^[0-9]{0,16}$")]
    iccid: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{0,22}$")]
    model: ShortText
    hardware: ShortText
    firmware: ShortText
    csr: Pem
    claim: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    attempt: Annotated[int, Field(ge=1)] = 1


class RegisterResponse(Message):
    """claim/{serial}/response. `op_id` repeats the request's; `reason` a RegisterReason or a newer one."""

    MAX_BYTES: ClassVar[int] = 32 * 1024

    op_id: OpId
    status: RegisterStatus
    retry_after_s: Annotated[float, Field(ge=0, le=7 * 86400)] | None = None
    reason: ShortText | None = None
    device_id: Name | None = None
    certificate: Pem | None = None
    broker: Annotated[str, Field(max_length=500)] | None = None
    config_version: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.status is RegisterStatus.PENDING and self.retry_after_s is None:
            raise ValueError("pending needs retry_after_s")
        if self.status is RegisterStatus.ASSIGNED and (self.device_id is None or self.certificate is None):
            raise ValueError("assigned needs device_id and certificate")
        return self


class DeviceStatus(Message):
    """dev/{id}/status, retained. `lost` is the will; `offline` a farewell. `boot_id` tells runs apart."""

    status: Literal["online", "offline", "lost"]
    boot_id: Annotated[str, Field(max_length=64)]
    at: EpochSeconds


class BilingualText(Message):
    ru: LongText
    en: LongText


class ProvisioningReport(Message):
    """dev/{id}/provisioning, retained: where commissioning stands, for a person and for a machine."""

    state: Name
    reason: Name | None = None
    since: EpochSeconds
    attempts: Annotated[int, Field(ge=0)] = 0
    next_attempt_at: EpochSeconds | None = None
    who: Name | None = None
    explanation: BilingualText


class Reading(Message):
    """One value of one point. `value` None with quality "bad" = could not be read."""

    name: Name
    value: Scalar = None
    unit: Annotated[str, Field(max_length=16)] = ""
    at: EpochSeconds
    quality: Literal["good", "uncertain", "bad"] = "good"


class Telemetry(Message):
    """dev/{id}/telemetry: a batch of readings."""

    MAX_BYTES: ClassVar[int] = 64 * 1024

    op_id: OpId
    readings: Annotated[tuple[Reading, ...], Field(min_length=1, max_length=MAX_READINGS)]


class Event(Message):
    """dev/{id}/event: something happened. `data` holds at most 32 facts."""

    op_id: OpId
    name: Name
    severity: Literal["info", "warning", "alarm"] = "info"
    at: EpochSeconds
    text: LongText = ""
    data: Annotated[dict[Name, Scalar], Field(max_length=32)] = {}


class Ack(Message):
    """dev/{id}/ack: the cloud has processed these for good; the outbox may forget them."""

    MAX_BYTES: ClassVar[int] = 64 * 1024

    op_ids: Annotated[tuple[OpId, ...], Field(min_length=1, max_length=MAX_ACKS)]


class CommandRequest(Message):
    """dev/{id}/command. Not to be started after `expires_at`."""

    op_id: Annotated[str, Field(min_length=8, max_length=48, pattern=r"^[A-Za-z0-9_-]+$")]
    name: Name
    arguments: Annotated[dict[Name, JsonValue], Field(max_length=32)] = {}
    expires_at: EpochSeconds | None = None


class CommandResult(Message):
    """dev/{id}/result. `op_id` is the command's, shared by its results; acks and outbox use `ack_id`."""

    op_id: Annotated[str, Field(min_length=8, max_length=48, pattern=r"^[A-Za-z0-9_-]+$")]
    status: Literal["accepted", "done", "failed"]
    reason: LongText = ""
    at: EpochSeconds

    @property
    def ack_id(self) -> str:
        return f"{self.op_id}.{self.status}"


MODELS: Final[dict[TopicKind, type[Message]]] = {
    TopicKind.CLAIM_REQUEST: RegisterRequest,
    TopicKind.CLAIM_RESPONSE: RegisterResponse,
    TopicKind.STATUS: DeviceStatus,
    TopicKind.PROVISIONING: ProvisioningReport,
    TopicKind.TELEMETRY: Telemetry,
    TopicKind.EVENT: Event,
    TopicKind.ACK: Ack,
    TopicKind.COMMAND: CommandRequest,
    TopicKind.RESULT: CommandResult,
}

M = TypeVar("M", bound=Message)


def parse_message(kind: TopicKind, payload: bytes) -> Message:
    """Parse what arrived on a topic of `kind`. Raises MessageError (kind "unknown": v1 has no model)."""
    model = MODELS.get(kind)
    if model is None:
        raise MessageError("unknown", kind.value, "this version has no model for it")
    return model.from_payload(payload)


def new_op_id(random: Random) -> str:
    """A fresh operation id. Give a seeded generator where a run must be repeatable."""
    return uuid.UUID(int=random.getrandbits(128), version=4).hex
