"""Who the device is, and how it proves that to the cloud.

In: a key file, the controller's label (serial, claim code), the cloud's answers. Out: register requests.
The invariant: key and CSR are on disk before the first request can be made, so that asking again after a
power cut is asking as the same device.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Final

from provisioning.device_store import DeviceIdentity, DeviceStore
from provisioning.messages import RegisterRequest, RegisterResponse, new_op_id
from provisioning.pki import DeviceKey, claim_hmac, claim_key

log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeviceLabel:
    """What is printed on the controller, and what else the cloud's inventory shows of it."""

    serial: str
    model: str
    claim_code: str = field(repr=False)
    hardware: str = ""
    firmware: str = ""


class Identity:
    """The device's identity: a key from the start, a device id once the cloud has assigned one.

    Args:
        key_file: made when it is missing, never replaced.
        certificate_file: where the assigned certificate goes, for brokers that ask for one.
    """

    def __init__(
        self,
        store: DeviceStore,
        key_file: Path,
        label: DeviceLabel,
        *,
        random: Random,
        certificate_file: Path | None = None,
    ) -> None:
        self._store = store
        self._key_file = key_file
        self._label = label
        self._random = random
        self._certificate_file = certificate_file
        self._claim_key = ""
        self._known = DeviceIdentity("", "")

    async def load(self) -> None:
        """Take up what key file and store know, or start anew and save that. Raises PkiError, StoreError."""
        key = await asyncio.to_thread(DeviceKey.load_or_create, self._key_file)
        self._claim_key = await asyncio.to_thread(claim_key, self._label.claim_code, self._label.serial)
        known = await self._store.load_identity()
        if known is not None and known.key_fingerprint == key.fingerprint:
            self._known = known
            self._write_certificate()
            return
        if known is not None:
            log.warning("the device key was replaced: the cloud has to assign an identity anew")
        self._known = DeviceIdentity(key.fingerprint, key.csr(self._label.serial))
        await self._store.save_identity(self._known)

    @property
    def serial(self) -> str:
        return self._label.serial

    @property
    def device_id(self) -> str | None:
        """None until the cloud has assigned one."""
        return self._known.device_id

    @property
    def broker(self) -> str | None:
        """The broker's URL that the cloud assigned, None: the configured one."""
        return self._known.broker

    @property
    def certificate_file(self) -> Path | None:
        """The assigned certificate (PEM), for brokers that want one; None: there is none."""
        return self._certificate_file if self._known.certificate is not None else None

    def request(self, *, imei: str, iccid: str, attempt: int) -> RegisterRequest:
        """A register request under a fresh op_id."""
        return RegisterRequest(
            op_id=new_op_id(self._random),
            serial=self._label.serial,
            imei=imei,
            iccid=iccid,
            model=self._label.model,
            hardware=self._label.hardware,
            firmware=self._label.firmware,
            csr=self._known.csr,
            claim=claim_hmac(
                self._claim_key,
                serial=self._label.serial,
                fingerprint=self._known.key_fingerprint,
                imei=imei,
                iccid=iccid,
            ),
            attempt=attempt,
        )

    async def accept(self, response: RegisterResponse) -> None:
        """Keep what an `assigned` answer gives. Raises StoreError."""
        if self._known.device_id not in {None, response.device_id}:
            log.warning("the cloud assigned another device id: %s", response.device_id)
        self._known = replace(
            self._known,
            device_id=response.device_id,
            certificate=response.certificate,
            broker=response.broker,
            config_version=response.config_version,
        )
        await self._store.save_identity(self._known)
        self._write_certificate()

    def _write_certificate(self) -> None:
        """The store has the certificate; TLS wants it in a file."""
        if self._certificate_file is not None and self._known.certificate is not None:
            self._certificate_file.write_text(self._known.certificate, encoding="ascii")
