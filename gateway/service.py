"""The gateway as a whole: parts made from the configuration, run together, closed together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from random import Random
from typing import Final

from at_commands.audit import AuditFile
from at_commands.transcript import Transcript
from gateway.cloud_link import CloudLink
from gateway.commissioning import CommissioningRunner, Observer
from gateway.config import GatewayConfig
from gateway.controllers.driver import ControllerDriver
from gateway.controllers.from_url import controller_at
from gateway.first_of import first_of
from gateway.identity import DeviceLabel, Identity
from gateway.modem import Modem, OpenLink
from gateway.telemetry import TelemetryLoop
from gateway.uplink import HostUplink, ModemUplink, Uplink
from provisioning.backoff import POLICIES
from provisioning.clock import Clock, SystemClock
from provisioning.device_store import DeviceStore
from provisioning.journey import Commissioning
from provisioning.messages import Reading, new_op_id
from provisioning.mqtt import MqttConnector
from provisioning.outbox import Outbox
from provisioning.store import Database
from provisioning.topics import Topics


class GatewayService:
    """One gateway: `await GatewayService(config).run()`.

    Everything that a test or the demo wants to be different can be given.

    Args:
        clock: of waiting and telemetry; sockets and MQTT live in the loop's time.
        random: of jitter and ids; seed it for runs that repeat.
        connector: MQTT client, the aiomqtt one by default.
        open_link: how to reach the modem, `[modem] port` by default.
        uplink: made from `[uplink]` by default; given the modem.
        driver: of the controller, made from `[controller]` by default.
        hold: see provisioning.store.Database.
        observer: told of every step of commissioning; must not block.
        transcript: of the modem's line; by default a bounded one that also fills `[modem] audit_file`.
        bench_on_real_modem: as in `[waiting]`, for the command line.

    Raises:
        BrokerUrlError, ControllerUrlError, ProfileError: what the configuration names cannot be.

    Attributes:
        modem: with its transcript, masked.
        cloud: with its counts.
        runner: with its snapshot.
    """

    def __init__(
        self,
        config: GatewayConfig,
        *,
        clock: Clock | None = None,
        random: Random | None = None,
        connector: MqttConnector | None = None,
        open_link: OpenLink | None = None,
        uplink: Callable[[Modem], Uplink] | None = None,
        driver: ControllerDriver | None = None,
        hold: Callable[[], AbstractContextManager[object]] = nullcontext,
        observer: Observer | None = None,
        transcript: Transcript | None = None,
        bench_on_real_modem: bool = False,
    ) -> None:
        self._clock = clock or SystemClock()
        random = random or Random()
        self._db = Database(config.store_url, hold=hold)
        store = DeviceStore(self._db)
        self._audit = _audit(config)
        transcript = transcript or Transcript(
            clock=self._clock.now, listener=None if self._audit is None else self._audit.write
        )
        if open_link is not None:
            self.modem = Modem(open_link, clock=self._clock, store=store, transcript=transcript)
        else:
            self.modem = Modem.at(
                config.modem.port,
                baudrate=config.modem.baudrate,
                clock=self._clock,
                store=store,
                transcript=transcript,
            )
        self.uplink: Final = uplink(self.modem) if uplink is not None else _uplink(config, self.modem)
        self.cloud: Final = CloudLink(
            connector or _connector(),
            config.cloud.settings(),
            topics=Topics(config.cloud.root),
            identity=_identity(config, store, random),
            store=store,
            outbox=Outbox(self._db, clock=self._clock),
            clock=self._clock,
            random=random,
            boot_id=new_op_id(random),
        )
        self._telemetry = TelemetryLoop(
            self.cloud,
            driver or _driver(config, self._clock),
            link_readings=self._link_readings,
            period_s=config.telemetry.period_s,
            clock=self._clock,
            random=random,
            allow_setpoints=config.controller is not None and config.controller.allow_setpoints,
        )
        self.cloud.add_commands(self._telemetry.handlers)
        self.runner: Final = CommissioningRunner(
            self.modem,
            store,
            policy=POLICIES[config.waiting.policy],
            clock=self._clock,
            random=random,
            uplink=self.uplink,
            cloud=self.cloud,
            pin=None if config.modem.pin is None else config.modem.pin.get_secret_value(),
            poll_s=config.modem.poll_s,
            observer=observer,
            bench_on_real_modem=bench_on_real_modem or config.waiting.bench_on_real_modem,
        )

    async def run(self) -> Commissioning:
        """Until `stop`, or until something fails that waiting cannot mend; all is closed on return.

        Raises:
            StoreError, PkiError, BenchRefusedError.
        """
        try:
            async with self._db:
                await self.cloud.load()
                await first_of(self.runner.run(), self.cloud.execute_commands(), self._telemetry.run())
                return self.runner.snapshot
        finally:
            if self._audit is not None:
                self._audit.close()

    def hint(self, source: str) -> None:
        """Somebody believes that the SIM is active now: see CommissioningRunner.hint."""
        self.runner.hint(source)

    def stop(self) -> None:
        """Ask for a graceful end; `run` returns when all is closed. Safe to call at any time, and twice."""
        self.runner.stop()

    def _link_readings(self, at: float) -> list[Reading]:
        radio = self.runner.radio
        if radio is None or radio.rssi_dbm is None:
            return [Reading(name="gsm.rssi", value=None, unit="dBm", at=at, quality="bad")]
        return [Reading(name="gsm.rssi", value=radio.rssi_dbm, unit="dBm", at=at)]


def _audit(config: GatewayConfig) -> AuditFile | None:
    if config.modem.audit_file is None:
        return None
    return AuditFile(config.modem.audit_file, max_bytes=config.modem.audit_max_bytes)


def _identity(config: GatewayConfig, store: DeviceStore, random: Random) -> Identity:
    label = DeviceLabel(
        serial=config.device.serial,
        model=config.device.model,
        claim_code=config.device.claim_code.get_secret_value(),
        hardware=config.device.hardware,
        firmware=config.device.firmware,
    )
    certificate_file = config.key_file.with_suffix(".crt")
    return Identity(store, config.key_file, label, random=random, certificate_file=certificate_file)


def _connector() -> MqttConnector:
    # Heavy to import, and not needed where a connector is given.
    from provisioning.mqtt_aiomqtt import AiomqttConnector

    return AiomqttConnector()


def _uplink(config: GatewayConfig, modem: Modem) -> Uplink:
    if config.uplink.kind == "host":
        return HostUplink()
    settings = config.modem
    return ModemUplink(
        modem, apn=settings.apn, user=settings.apn_user, password=settings.apn_password.get_secret_value()
    )


def _driver(config: GatewayConfig, clock: Clock) -> ControllerDriver | None:
    settings = config.controller
    if settings is None:
        return None
    return controller_at(
        settings.url,
        user=settings.user,
        password=settings.password.get_secret_value(),
        profile=settings.profile,
        names={general: own for own, general in settings.names.items()},
        clock=clock,
    )
