"""Runs the commissioning state machine: its events come from the modem and the cloud, its effects are carried out here.

    modem, SIM, radio ─┐                       ┌─► modem jobs, one after the other
    cloud link ────────┼─► event ─► step() ─► save ─► effects ─┼─► cloud link
    timers, hints ─────┘                       └─► timers

The invariant: a snapshot is on disk before any of its effects runs, so a program that dies between the two repeats
effects that are harmless to repeat, and never forgets an attempt that it made.

Work of a modem or a connection that has been given up may still report something; such events carry the number of
the life they belong to and are dropped when that life is over.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from at_commands.errors import AtError
from provisioning import lifecycle
from provisioning.backoff import WaitingPolicy
from provisioning.clock import Clock
from provisioning.device_store import DeviceStore
from provisioning.lifecycle import Commissioning, Effect, Event, State

from gateway.cloud_link import CloudLink
from gateway.modem import Modem
from gateway.uplink import Uplink

log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """What an observer is told after each event: where commissioning stands, and why it came there."""

    event: Event
    snapshot: Commissioning
    effects: tuple[Effect, ...]
    at: float


Observer = Callable[[Progress], None]


class CommissioningRunner:
    """Commissions one device.

    Args:
        modem: not opened yet.
        uplink, cloud: None for pre-activation, which ends with a registered SIM and never opens a data session.
        pin: of the SIM card, None: none is known.
        poll_s: between two looks at the registration; they cost the network nothing.
        observer: called after each event, in order; must not block.
        bench_on_real_modem: lets the `bench` policy drive a modem that is not our emulator.
    """

    def __init__(
        self,
        modem: Modem,
        store: DeviceStore,
        *,
        policy: WaitingPolicy,
        clock: Clock,
        random: Random,
        uplink: Uplink | None = None,
        cloud: CloudLink | None = None,
        pin: str | None = None,
        poll_s: float = 10.0,
        observer: Observer | None = None,
        bench_on_real_modem: bool = False,
    ) -> None: ...

    @property
    def snapshot(self) -> Commissioning:
        """Where commissioning stands."""
        raise NotImplementedError

    async def run(self) -> Commissioning:
        """Until stopped; returns the last snapshot. On cancellation everything is closed all the same.

        Raises:
            StoreError: the store failed; going on would break the invariant.
            BenchRefusedError: the bench policy met a real modem.
        """
        raise NotImplementedError

    async def wait_for(self, *states: State) -> Commissioning:
        """Return when commissioning is in one of the states. Raises nothing; give it a deadline."""
        raise NotImplementedError

    def hint(self, source: str) -> None:
        """Somebody believes that the SIM is active now: one attempt at once, if the rolling hour has room."""
        raise NotImplementedError

    def stop(self) -> None:
        """Ask for a graceful end: status `offline`, everything closed. `run` returns then."""
        raise NotImplementedError
