"""What the staff can do to a card, by name: for one card and for many alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller
from firmware_sim.operator.records import Hold, Life, Subscriber
from firmware_sim.operator.rules import cards

Action: TypeAlias = Callable[[Draft, Caller, str], Subscriber]


def _hold(hold: Hold, draft: Draft, caller: Caller, imsi: str) -> Subscriber:
    return cards.hold_by_clerk(draft, caller, imsi, hold)


def _release(hold: Hold, draft: Draft, caller: Caller, imsi: str) -> Subscriber:
    return cards.release_by_clerk(draft, caller, imsi, hold)


ACTIONS: Final[Mapping[str, Action]] = {
    "activate": cards.activate,
    "hold_clerk": partial(_hold, Hold.CLERK),
    "release_clerk": partial(_release, Hold.CLERK),
    "hold_lost": partial(_hold, Hold.LOST),
    "release_lost": partial(_release, Hold.LOST),
    "release_misuse": partial(_release, Hold.MISUSE),
    "terminate": cards.terminate,
}


def sensible(card: Subscriber) -> list[str]:
    """The actions that would change something for this card."""
    if card.life is Life.TERMINATED:
        return []
    offered = {
        "activate": card.life is Life.IN_STOCK,
        "hold_clerk": Hold.CLERK not in card.holds,
        "release_clerk": Hold.CLERK in card.holds,
        "hold_lost": Hold.LOST not in card.holds,
        "release_lost": Hold.LOST in card.holds,
        "release_misuse": Hold.MISUSE in card.holds,
        "terminate": True,
    }
    return [name for name in ACTIONS if offered[name]]
