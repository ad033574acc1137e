"""Rejections that somebody asked for: faults of the network for a number of procedures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from firmware_sim.network.answers import Domain


@dataclass(eq=False)
class _Order:
    cause: int
    imsi: str | None
    domain: Domain | None
    left: int


class InjectedRejects:
    """Orders to reject, first come first served."""

    def __init__(self) -> None:
        self._orders: list[_Order] = []

    def add(
        self, cause: int, times: int, imsi: str | None, domain: Domain | None = None
    ) -> Callable[[], None]:
        """Reject `times` procedures of this card and domain (None: of any). Returns what takes the order back."""
        order = _Order(cause, imsi, domain, times)
        if times > 0:
            self._orders.append(order)

        def withdraw() -> None:
            if order in self._orders:
                self._orders.remove(order)

        return withdraw

    def take(self, imsi: str, domain: Domain | None = None) -> int | None:
        """The cause for this procedure, counted off its order; None: nobody asked for a rejection."""
        for order in self._orders:
            if order.imsi in (None, imsi) and order.domain in (None, domain):
                order.left -= 1
                if not order.left:
                    self._orders.remove(order)
                return order.cause
        return None
