"""The gateway as a whole: parts made from the configuration, run together, closed together."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from random import Random

from provisioning.clock import Clock, SystemClock
from provisioning.lifecycle import Commissioning
from provisioning.mqtt import MqttConnector

from gateway.commissioning import CommissioningRunner, Observer
from gateway.cloud_link import CloudLink
from gateway.config import GatewayConfig
from gateway.modem import Modem, OpenLink
from gateway.uplink import Uplink


class GatewayService:
    """One gateway. Everything that a test or the demo wants to be different can be given.

    Args:
        clock: of waiting and telemetry; sockets and MQTT live in the loop's time.
        random: of jitter and ids; seed it for runs that repeat.
        connector: MQTT client, the aiomqtt one by default.
        open_link: how to reach the modem, `[modem] port` by default.
        uplink: made from `[uplink]` by default; given the modem.
        hold: see provisioning.store.Database.
        observer: told of every step of commissioning.
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
        hold: Callable[[], AbstractContextManager[object]] = nullcontext,
        observer: Observer | None = None,
    ) -> None: ...

    runner: CommissioningRunner
    cloud: CloudLink
    modem: Modem

    async def run(self) -> Commissioning:
        """Until `stop`. Raises StoreError, PkiError, ControllerUrlError, ProfileError, BenchRefusedError."""
        raise NotImplementedError

    def hint(self, source: str) -> None:
        """See CommissioningRunner.hint."""

    def stop(self) -> None:
        """Ask for a graceful end; `run` returns when all is closed."""
