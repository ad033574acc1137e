"""A kit card in the vendor's service: its states and what moves it, beside the operator's own (S0.24, S0.28).

Theory. Two machines run side by side and never share a state. The operator's knows stock, activity and end
(`cards.py`); this one knows whether the user has paid. They touch at three points only: a paid card is seen by the
operator's sweep (`Subscriber.paid`), an unpaid one is held at the operator (`Hold.PERIOD`), and what the operator's
staff or network does for good (misuse, release, termination) is followed here. So a card may be active here and in
stock there for hours, which is what puzzles installers.

    added ── PAID ──► active ── RAN_OUT ──► expired ── PAID ──► active
      any but terminated ── MISUSED ──► blocked ── RELEASED ──► where its period stands
      any ── TERMINATED ──► terminated

`blocked` lies over the others: the period runs on behind it, unprolonged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum, auto
from typing import Final

from firmware_sim.operator import agenda
from firmware_sim.operator.books import Draft
from firmware_sim.operator.records import DueKind, NoticeKind, VendorCard, VendorNotice
from firmware_sim.operator.records import VendorCardState as State


class Event(Enum):
    """What happens to a kit card."""

    PAID = auto()
    """A period was bought."""
    RAN_OUT = auto()
    """The period is over and nothing prolongs it."""
    MISUSED = auto()
    """A data session from a foreign device (S0.1, S0.2)."""
    RELEASED = auto()
    """Support lifts the block (S0.3)."""
    TERMINATED = auto()


_BY_PERIOD: Final = None
"""Back to where the period stands."""

TABLE: Final[Mapping[tuple[State, Event], State | None]] = {
    (State.ADDED, Event.PAID): State.ACTIVE,
    (State.ADDED, Event.MISUSED): State.BLOCKED,
    (State.ADDED, Event.TERMINATED): State.TERMINATED,
    (State.ACTIVE, Event.PAID): State.ACTIVE,
    (State.ACTIVE, Event.RAN_OUT): State.EXPIRED,
    (State.ACTIVE, Event.MISUSED): State.BLOCKED,
    (State.ACTIVE, Event.TERMINATED): State.TERMINATED,
    (State.EXPIRED, Event.PAID): State.ACTIVE,
    (State.EXPIRED, Event.MISUSED): State.BLOCKED,
    (State.EXPIRED, Event.TERMINATED): State.TERMINATED,
    (State.BLOCKED, Event.RAN_OUT): State.BLOCKED,
    (State.BLOCKED, Event.MISUSED): State.BLOCKED,
    (State.BLOCKED, Event.RELEASED): _BY_PERIOD,
    (State.BLOCKED, Event.TERMINATED): State.TERMINATED,
}
"""Where each event leads; what is not here cannot happen in that state."""

NOTICES: Final = {
    Event.PAID: NoticeKind.PERIOD_BEGAN,
    Event.RAN_OUT: NoticeKind.PERIOD_OVER,
    Event.MISUSED: NoticeKind.BLOCKED,
    Event.RELEASED: NoticeKind.UNBLOCKED,
    Event.TERMINATED: NoticeKind.TERMINATED,
}
"""What the user is told of it."""


def permits(state: State, event: Event) -> bool:
    """Can this happen in this state?"""
    return (state, event) in TABLE


def happen(draft: Draft, kit: VendorCard, event: Event) -> VendorCard:
    """Take an event in; KeyError when the state does not permit it: the rule above should have refused."""
    state = TABLE[kit.state, event]
    if state is _BY_PERIOD:
        state = _where_the_period_stands(draft, kit)
    if event is Event.TERMINATED:
        agenda.unplan(draft, DueKind.PERIOD_ENDS, kit.imsi)
    tell(draft, kit, NOTICES[event])
    return draft.put(replace(kit, state=state))


def follow(draft: Draft, imsi: str, event: Event) -> None:
    """What has happened to a card at the operator happens to its kit in the service too, if it is one."""
    kit = draft.get(VendorCard, imsi)
    if kit is not None and permits(kit.state, event):
        happen(draft, kit, event)


def tell(draft: Draft, kit: VendorCard, kind: NoticeKind) -> None:
    """Write a message for its user."""
    draft.put(
        VendorNotice(id=draft.next_id(VendorNotice), at=draft.now, login=kit.login, imsi=kit.imsi, kind=kind)
    )


def _where_the_period_stands(draft: Draft, kit: VendorCard) -> State:
    if kit.paid_until is None:
        return State.ADDED
    return State.ACTIVE if kit.paid_until > draft.now else State.EXPIRED
