"""The decision on a register request: pure, given what the inventory knows.

Theory. The reply may get lost on a GSM link any number of times, so asking again must be free: for the same
serial and the same key the answer is the same identity and the same certificate, at any time. Another key
for a known serial is somebody else, or the same device after its memory was lost; only a person can tell, so
it is refused until the claim is armed again. Nothing is bound to a serial before the claim has been proven,
and an unproven request learns nothing but that it is unproven.

    serial unknown ................................ failed   unknown_serial
    CSR unreadable, not self-signed, not P-256 .... failed   bad_csr
    claim does not fit ............................ failed   bad_claim
    device switched off ........................... disabled
    another key than the bound one, not re-armed .. failed   key_mismatch
    not approved yet .............................. pending  awaiting_approval, retry_after_s   (key is bound
    now) else .......................................... assigned device_id, certificate             (key is
    bound now)
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from provisioning.messages import RegisterReason, RegisterRequest, RegisterResponse, RegisterStatus
from provisioning.pki import PkiError, check_csr, claim_hmac


class Approval(StrEnum):
    """Who lets a proven device in: nobody needs to, or a person."""

    AUTO = "auto"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class InventoryRecord:
    """What the cloud knows of one controller.

    `key_fingerprint` is the key bound to the serial, None before the first.
    """

    serial: str
    model: str
    claim_key: str
    device_id: str
    approval: Approval = Approval.AUTO
    approved: bool = False
    disabled: bool = False
    rearmed: bool = False
    key_fingerprint: str | None = None
    certificate: str | None = None
    imei: str | None = None
    iccid: str | None = None
    firmware: str | None = None
    registrations: int = 0
    first_registered_at: float | None = None
    last_registered_at: float | None = None


@dataclass(frozen=True, slots=True)
class RegistrationPolicy:
    """What the registrar says beside yes and no. `retry_after_s` spreads pending devices by ±20 %."""

    retry_after_s: float = 300.0
    broker: str | None = None
    config_version: int = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, and the record to save before it is sent; `record` is None when nothing changes."""

    response: RegisterResponse
    record: InventoryRecord | None = None


def decide(
    request: RegisterRequest,
    record: InventoryRecord | None,
    *,
    policy: RegistrationPolicy,
    now: float,
    spread: float,
    sign: Callable[[str, str], str],
) -> Decision:
    """Decide on `request`, by the table above.

    Args:
        record: what the inventory holds under the request's serial.
        now: wall time.
        spread: a random number of 0 to 1, for retry_after_s.
        sign: (csr, device_id) -> certificate. Called once for a key; then the stored certificate is given
        again.
    """
    if record is None:
        return _failed(request, RegisterReason.UNKNOWN_SERIAL)
    try:
        fingerprint, _ = check_csr(request.csr)
    except PkiError:
        return _failed(request, RegisterReason.BAD_CSR)
    expected = claim_hmac(
        record.claim_key,
        serial=request.serial,
        fingerprint=fingerprint,
        imei=request.imei,
        iccid=request.iccid,
    )
    if not hmac.compare_digest(expected, request.claim):
        return _failed(request, RegisterReason.BAD_CLAIM)
    if record.disabled:
        response = RegisterResponse(
            op_id=request.op_id, status=RegisterStatus.DISABLED, reason=RegisterReason.DISABLED
        )
        return Decision(response)
    other_key = record.key_fingerprint not in {None, fingerprint}
    if other_key and not record.rearmed:
        return _failed(request, RegisterReason.KEY_MISMATCH)

    bound = replace(
        record,
        key_fingerprint=fingerprint,
        certificate=None if other_key else record.certificate,
        rearmed=record.rearmed and not other_key,
        imei=request.imei,
        iccid=request.iccid,
        firmware=request.firmware,
    )
    if bound.approval is Approval.MANUAL and not bound.approved:
        response = RegisterResponse(
            op_id=request.op_id,
            status=RegisterStatus.PENDING,
            reason=RegisterReason.AWAITING_APPROVAL,
            retry_after_s=round(policy.retry_after_s * (0.8 + 0.4 * spread), 1),
        )
        return Decision(response, bound)
    assigned = replace(
        bound,
        certificate=bound.certificate or sign(request.csr, bound.device_id),
        registrations=bound.registrations + 1,
        first_registered_at=bound.first_registered_at or now,
        last_registered_at=now,
    )
    response = RegisterResponse(
        op_id=request.op_id,
        status=RegisterStatus.ASSIGNED,
        device_id=assigned.device_id,
        certificate=assigned.certificate,
        broker=policy.broker,
        config_version=policy.config_version,
    )
    return Decision(response, assigned)


def _failed(request: RegisterRequest, reason: RegisterReason) -> Decision:
    return Decision(RegisterResponse(op_id=request.op_id, status=RegisterStatus.FAILED, reason=reason))
