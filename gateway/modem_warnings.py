"""What the modem complains of, told once an episode: in the log, and to the cloud as an event.

A modem on a weak supply warns at every transmission, and loses its life in between. So episodes outlive the modem's
lives: they end when it has not complained for EPISODE_S.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from random import Random
from typing import Final

from gateway.explain import explain_kind
from gateway.modem_facts import Notice
from provisioning.clock import Clock
from provisioning.messages import Event, new_op_id

log: Final = logging.getLogger(__name__)

EPISODE_S: Final = 600.0

PutEvent = Callable[[Event], Awaitable[bool]]


class ModemWarnings:
    """Tells a complaint once an episode.

    Args:
        put_event: where events for the cloud go; None: there is no cloud.
    """

    def __init__(self, clock: Clock, random: Random, put_event: PutEvent | None = None) -> None:
        self._clock = clock
        self._random = random
        self._put_event = put_event
        self._last: dict[Notice, float] = {}

    async def tell(self, notice: Notice) -> None:
        """One complaint; a notice that is no complaint has no words and is not told. Raises StoreError."""
        now = self._clock.monotonic()
        last, self._last[notice] = self._last.get(notice), now
        explanation = explain_kind(notice.value)
        if explanation is None or (last is not None and now - last < EPISODE_S):
            return
        log.warning("%s", explanation.render("en"))
        if self._put_event is not None:
            await self._put_event(
                Event(
                    op_id=new_op_id(self._random),
                    name=f"modem.{notice.value}",
                    severity="warning",
                    at=self._clock.now(),
                    text=explanation.render("en"),
                )
            )
