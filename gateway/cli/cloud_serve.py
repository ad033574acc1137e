"""The registrar as a program: reads the list of controllers, serves, reports what it does."""

from __future__ import annotations

import asyncio
import csv
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Final

from provisioning.clock import SystemClock
from provisioning.mqtt import BrokerSettings, ProtocolVersion
from provisioning.mqtt_aiomqtt import AiomqttConnector
from provisioning.pki import CertificateAuthority
from provisioning.registrar import Registrar
from provisioning.registration import Approval
from provisioning.store import Database
from provisioning.topics import Topics

if TYPE_CHECKING:
    from gateway.cli.output import Output

REPORT_INTERVAL_S: Final = 1.0
REQUIRED_COLUMNS: Final = ("serial", "model", "claim_code")


class DeviceListError(Exception):
    """The list of controllers cannot be used; the message names the line."""

    kind = "device_list"

    def __init__(self, file: Path, problem: str) -> None:
        super().__init__(f"{file}: {problem}")


@dataclass(frozen=True)
class CloudOptions:
    """Options of `thermogate cloud serve`, checked."""

    broker: str
    store: str
    devices: Path | None
    approval: str
    ca_dir: Path
    root: str
    protocol: ProtocolVersion
    ca_file: Path | None


@dataclass(frozen=True)
class ListedDevice:
    """A line of the list. The claim code is a secret: it is not in the repr."""

    serial: str
    model: str
    claim_code: str
    approval: Approval

    def __repr__(self) -> str:
        return f"ListedDevice({self.serial!r}, {self.model!r})"


def read_devices(file: Path, default: Approval) -> list[ListedDevice]:
    """Read the list of controllers.

    Raises:
        DeviceListError: naming the line and what is wrong with it.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) and error.strerror else "is not a UTF-8 text"
        raise DeviceListError(file, problem) from error
    lines = csv.DictReader(line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    if missing := [name for name in REQUIRED_COLUMNS if name not in (lines.fieldnames or ())]:
        raise DeviceListError(file, f"the first line must name the columns; missing: {', '.join(missing)}")
    return [_listed(file, number, line, default) for number, line in enumerate(lines, start=1)]


def _listed(file: Path, number: int, line: dict[str, str | None], default: Approval) -> ListedDevice:
    values = {name: (value or "").strip() for name, value in line.items() if isinstance(value, str | None)}
    for name in REQUIRED_COLUMNS:
        if not values.get(name):
            raise DeviceListError(file, f"device {number}: no {name}")
    approval = values.get("approval") or default.value
    if approval not in tuple(Approval):
        raise DeviceListError(file, f"device {number}: approval is auto or manual, not {approval!r}")
    return ListedDevice(values["serial"], values["model"], values["claim_code"], Approval(approval))


async def serve_cloud(out: Output, options: CloudOptions) -> None:
    """Serve until cancelled.

    Raises:
        BrokerUrlError, DeviceListError, StoreError, PkiError, TopicError: something given cannot be used.
    """
    topics = Topics(options.root)
    ca_file = None if options.ca_file is None else str(options.ca_file)
    settings = BrokerSettings.parse(options.broker, protocol=options.protocol, ca_file=ca_file)
    listed = [] if options.devices is None else read_devices(options.devices, Approval(options.approval))
    clock = SystemClock()
    ca = await asyncio.to_thread(CertificateAuthority.load_or_create, options.ca_dir, now=clock.now())
    async with Database(options.store) as db:
        registrar = Registrar(db, ca=ca, clock=clock, random=SystemRandom(), topics=topics)
        for device in listed:
            await registrar.add_device(
                device.serial, model=device.model, claim_code=device.claim_code, approval=device.approval
            )
        known = len(await registrar.devices())
        serving = asyncio.create_task(registrar.serve(AiomqttConnector(), settings), name="registrar")
        reporting = asyncio.create_task(_report(out, registrar, settings, known), name="report")
        try:
            await asyncio.wait((serving, reporting), return_when=asyncio.FIRST_COMPLETED)
            for task in (serving, reporting):
                if task.done():
                    task.result()
        finally:
            serving.cancel()
            reporting.cancel()
            await asyncio.gather(serving, reporting, return_exceptions=True)


async def approve_device(store: str, serial: str) -> None:
    """Let a device in that waits.

    Raises:
        RegistrarError: the serial is not known.
        StoreError: the store cannot be used.
    """
    clock = SystemClock()
    async with Database(store) as db:
        # Approving signs nothing, so a passing authority will do.
        ca = CertificateAuthority.create(now=clock.now())
        await Registrar(db, ca=ca, clock=clock, random=SystemRandom()).approve(serial)


async def _report(out: Output, registrar: Registrar, settings: BrokerSettings, known: int) -> None:
    out.progress(
        out.pick(
            en=f"Registrar: {known} controllers known; connecting to {settings.url} …",
            ru=f"Регистратор: известно контроллеров: {known}; подключаюсь к {settings.url} …",
        )
    )
    await registrar.wait_connected()
    out.record({"kind": "registrar", "broker": settings.url, "devices": known, "connected": True})
    out.line(
        out.pick(
            en=f"Registrar serves at {settings.url}. Ctrl-C ends it.",
            ru=f"Регистратор работает на {settings.url}. Завершить: Ctrl-C.",
        )
    )
    before: dict[str, int] = {}
    while True:
        counts = {name: count for name, count in registrar.counts.items() if count}
        if counts != before:
            out.record({"event": "counts", "counts": counts})
            out.line(", ".join(f"{name}: {count}" for name, count in sorted(counts.items())))
            before = counts
        await asyncio.sleep(REPORT_INTERVAL_S)
