"""USSD menus as data: what the network says, and what each choice leads to (3GPP TS 22.090)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from firmware_sim.network.subscriber import Subscriber

Words: TypeAlias = str | Callable[[Subscriber], str]


@dataclass(frozen=True)
class Says:
    """The last word: the session is over."""

    text: Words


@dataclass(frozen=True)
class Asks:
    """A question. A choice that is not listed goes to `other`; without one the code is unknown."""

    text: Words
    choices: Mapping[str, Node] = field(default_factory=dict)
    other: Node | None = None


@dataclass(frozen=True)
class Back:
    """The menu before."""


@dataclass(frozen=True)
class Releases:
    """The network ends the session without a word of an answer."""


@dataclass(frozen=True)
class IsSilent:
    """Nothing comes; the modem gives up."""


Node: TypeAlias = Says | Asks | Back | Releases | IsSilent


def words(text: Words, subscriber: Subscriber) -> str:
    """For this subscriber."""
    return text if isinstance(text, str) else text(subscriber)


def both(cyrillic: str, latin: str) -> Callable[[Subscriber], str]:
    """A text in the letters that the subscriber has chosen."""
    return lambda subscriber: latin if subscriber.latin_answers else cyrillic
