"""Waits for the SIM cards of one or several modems.

No uplink exists here, so no data session can be opened.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Final, TypeAlias

from gateway.cli.activation_view import ActivationView
from gateway.cli.failures import explain_failure
from gateway.cli.output import ExitCode, Json, Output, explanation_json
from gateway.commissioning import CommissioningRunner, Progress
from gateway.modem import Modem
from provisioning.backoff import POLICIES
from provisioning.clock import SystemClock
from provisioning.device_store import DeviceStore
from provisioning.explanations import explain_state
from provisioning.journey import Reason
from provisioning.store import Database

if TYPE_CHECKING:
    from collections.abc import Callable

    from provisioning.explanations import Explanation
    from provisioning.journey import Commissioning

Told: TypeAlias = "Callable[[Station], None]"

POLL_S: Final = 5.0
BENCH_POLL_S: Final = 0.2
"""Between two looks at the registration; they cost the network nothing."""


@dataclass(frozen=True)
class ActivationOptions:
    """Options of `thermogate activate`, checked."""

    ports: tuple[str, ...]
    pin: str | None
    policy: str
    give_up_after_s: float | None
    owns_network: bool
    state_dir: Path | None
    baudrate: int


@dataclass
class Station:
    """One modem of the bench and where it stands."""

    port: str
    snapshot: Commissioning | None = None
    failure: Explanation | None = None
    code: ExitCode = ExitCode.GAVE_UP
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def activated(self) -> bool:
        """The network serves its card."""
        return self.code is ExitCode.DONE

    @property
    def explanation(self) -> Explanation | None:
        """Why it stands there."""
        if self.failure is not None:
            return self.failure
        return None if self.snapshot is None else explain_state(self.snapshot.state, self.snapshot.reason)

    def as_json(self, out: Output) -> dict[str, Json]:
        """For programs."""
        snapshot, explanation = self.snapshot, self.explanation
        return {
            "port": self.port,
            "activated": self.activated,
            "state": None if snapshot is None else snapshot.state.value,
            "imei": None if snapshot is None else snapshot.imei,
            "iccid": None if snapshot is None else snapshot.iccid,
            "simulated": snapshot is not None and snapshot.simulated,
            "attempts": 0 if snapshot is None else snapshot.attempts,
            "activation_wait_s": None if snapshot is None else snapshot.activation_wait_s,
            "explanation": None if explanation is None else explanation_json(explanation, out.lang),
        }


async def activate_all(out: Output, options: ActivationOptions) -> ExitCode:
    """Wait until all cards are served by their network, or have failed, or the waiting is given up."""
    stations = [Station(port) for port in dict.fromkeys(options.ports)]
    with ActivationView(out, stations) as view:
        waiting = [
            asyncio.create_task(_wait(station, options, view.told), name=f"activate {station.port}")
            for station in stations
        ]
        try:
            await asyncio.wait(waiting, timeout=options.give_up_after_s)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
    codes = {station.code for station in stations}
    code = next(
        (each for each in (ExitCode.USAGE, ExitCode.FAILED, ExitCode.GAVE_UP) if each in codes), ExitCode.DONE
    )
    out.record(
        {
            "activated": sum(station.activated for station in stations),
            "gave_up": ExitCode.GAVE_UP in codes,
            "results": [station.as_json(out) for station in stations],
        }
    )
    view.sum_up()
    return code


async def _wait(station: Station, options: ActivationOptions, told: Told) -> None:
    try:
        station.code = await _commission(station, options, told)
    except Exception as error:  # noqa: BLE001 one modem's failure must not stop the others
        station.failure, station.code = explain_failure(error)
        told(station)


async def _commission(station: Station, options: ActivationOptions, told: Told) -> ExitCode:
    state = _state_file(options.state_dir, station.port)
    async with Database(str(state)) as db:
        store = DeviceStore(db)
        modem = Modem.at(station.port, baudrate=options.baudrate, store=store)
        await _check(modem)

        def follow(progress: Progress) -> None:
            station.snapshot = progress.snapshot
            told(station)

        policy = POLICIES[options.policy]
        runner = CommissioningRunner(
            modem,
            store,
            policy=policy,
            clock=SystemClock(),
            random=SystemRandom(),
            pin=options.pin,
            poll_s=POLL_S if policy.real_modem else BENCH_POLL_S,
            observer=follow,
            bench_on_real_modem=options.owns_network,
        )
        station.snapshot = await runner.run()
    return ExitCode.DONE if station.snapshot.reason is Reason.ACTIVATED else ExitCode.FAILED


async def _check(modem: Modem) -> None:
    """A port that is wrong from the start is an error; one that fails later is waited for.

    Raises:
        AtError.
    """
    try:
        await modem.open()
    finally:
        await modem.close()


def _state_file(directory: Path | None, port: str) -> Path:
    if directory is None:
        base = os.environ.get("XDG_STATE_HOME")
        directory = (Path(base) if base else Path.home() / ".local" / "state") / "thermogate" / "activate"
    directory.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(str(Path(port).absolute() if "://" not in port else port).encode()).hexdigest()[:16]
    return directory / f"{name}.db"
