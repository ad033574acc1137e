"""What the operator knows of one SIM card."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class SubscriberState(StrEnum):
    """State of a SIM in the operator's records (S0.28, S0.29).

    It is not the vendor's: a kit SIM may be paid for and "active" there and still be in stock here (S0.28).
    """

    IN_STOCK = "in_stock"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    BLOCKED = "blocked"
    TERMINATED = "terminated"


@dataclass(frozen=True)
class StateChange:
    """One line of a subscriber's history. `at` is the network's monotonic time in seconds."""

    at: float
    state: SubscriberState
    reason: str


MAX_HISTORY = 100
"""State changes kept for one subscriber; the oldest go first."""


@dataclass
class Subscriber:
    """A SIM card as the operator sees it. Only `Network` changes it.

    Args:
        imsi: 14 or 15 digits.
        iccid: 19 or 20 digits.
        msisdn: number with leading +, or "" for a card that never got one.
        state: at the operator.
        paid: active in the vendor's service; only a paid card is swept from stock to active (S0.29).
        bound_imei: the device that the vendor's account binds the card to (S0.10), or None: any may use
            data, and the first session does not bind it, because binding is the account's business.
        traffic_limit_bytes: a month's quota (S0.35), None for no limit.
        traffic_used_bytes: used in the month so far, both directions.
        data_allowed: False refuses data sessions (no package, Internet switched off).
        balance_kopecks: what the balance request answers.
    """

    imsi: str
    iccid: str = ""
    msisdn: str = ""
    state: SubscriberState = SubscriberState.IN_STOCK
    paid: bool = False
    bound_imei: str | None = None
    traffic_limit_bytes: int | None = None
    traffic_used_bytes: int = 0
    data_allowed: bool = True
    balance_kopecks: int = 15_000
    tariff: str = "M2M"
    latin_answers: bool = False
    history: list[StateChange] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not (self.imsi.isascii() and self.imsi.isdigit() and 14 <= len(self.imsi) <= 15):
            raise ValueError(f"IMSI {self.imsi!r} is not 14 or 15 digits")

    @property
    def quota_used_up(self) -> bool:
        """True when the month's traffic is spent."""
        return self.traffic_limit_bytes is not None and self.traffic_used_bytes >= self.traffic_limit_bytes

    @property
    def activated_at(self) -> float | None:
        """Network time of the latest change into `ACTIVE`, or None."""
        return next((c.at for c in reversed(self.history) if c.state is SubscriberState.ACTIVE), None)


@dataclass(frozen=True)
class Provision:
    """All that an operator's own books say of a card: what `Network.provision` puts in the place of what was."""

    state: SubscriberState
    paid: bool
    msisdn: str
    bound_imei: str | None
    data_allowed: bool
    traffic_limit_bytes: int | None
    traffic_used_bytes: int
    balance_kopecks: int
    tariff: str
    latin_answers: bool
