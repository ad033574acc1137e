"""The gateway as a program: runs the service and tells each step of commissioning."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.cli.failures import log_to_stderr
from gateway.cli.output import Json, Language, Output, explanation_json
from gateway.cli.state_words import state_words
from gateway.service import GatewayService
from provisioning.explanations import explain_state

if TYPE_CHECKING:
    from gateway.commissioning import Progress
    from gateway.config import GatewayConfig
    from provisioning.journey import Commissioning


async def run_gateway(out: Output, config: GatewayConfig, *, owns_network: bool) -> None:
    """Run until cancelled; then say goodbye to the cloud and close everything.

    Raises:
        StoreError, PkiError, ProfileError, ControllerUrlError, BenchRefusedError: it cannot run.
    """
    log_to_stderr()
    teller = _Teller(out)
    service = GatewayService(config, observer=teller.follow, bench_on_real_modem=owns_network)
    serial, port, broker = config.device.serial, config.modem.port, config.cloud.settings().url
    out.progress(
        out.pick(
            en=f"Gateway for {serial}: modem at {port}, broker {broker}",
            ru=f"Шлюз для {serial}: модем {port}, брокер {broker}",
        )
    )
    running = asyncio.create_task(service.run(), name="gateway")
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        service.stop()
        await running
        raise


class _Teller:
    """Tells each new state with its explanation, and each attempt in a line."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._state: tuple[object, ...] = ()
        self._attempts = 0

    def follow(self, progress: Progress) -> None:
        snapshot = progress.snapshot
        state = (snapshot.state, snapshot.reason)
        if state == self._state and snapshot.attempts == self._attempts:
            return
        explanation = explain_state(snapshot.state, snapshot.reason)
        self._out.record(_record(snapshot, explanation_json(explanation, self._out.lang)))
        if not self._out.as_json:
            self._out.line(f"{_stamp(progress.at)}  {_line(snapshot, self._out.lang)}")
            if state != self._state:
                self._out.line(f"    {explanation.render(self._out.lang)}")
        self._state, self._attempts = state, snapshot.attempts


def _record(snapshot: Commissioning, explanation: dict[str, Json]) -> dict[str, Json]:
    return {
        "state": snapshot.state.value,
        "reason": None if snapshot.reason is None else snapshot.reason.value,
        "since": snapshot.since,
        "attempts": snapshot.attempts,
        "next_attempt_at": snapshot.next_attempt_at,
        "device_id": snapshot.device_id,
        "simulated_modem": snapshot.simulated,
        "explanation": explanation,
    }


def _line(snapshot: Commissioning, lang: Language) -> str:
    words = state_words(snapshot.state.value, lang)
    if snapshot.attempts:
        words += f", попыток: {snapshot.attempts}" if lang == "ru" else f", attempts: {snapshot.attempts}"
    return words


def _stamp(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC).astimezone():%Y-%m-%d %H:%M:%S}"
