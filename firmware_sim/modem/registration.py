"""Registration of one domain, CS or PS: the mobile's side of 3GPP TS 24.008 4.4.4.7 and 4.7.3.1.4,
simplified.

Theory of operation. When the radio is on and the card is ready, the modem looks for a cell and asks to be
registered. A reject is one of four kinds by its cause:

* **for good** (2, 3, 5, 6, 7, 8): the card counts as invalid, in both domains (7: for packet data only).
  Nothing but OFF leads out of DENIED: no timer, no better signal, no change of heart at the operator. That is
  why a card activated while its modem is on stays denied until the radio is cycled.
* **by this network** (11): its PLMN is entered in EF-FPLMN on the card, for both domains (3GPP TS 23.122 3.1). It is
  never tried again by itself, not by another modem either, until the entry is erased, or until the user chooses that
  network (``+COPS=1``) and is accepted, which takes the entry out. With no other network around the modem is left
  with LIMITED service.
* **here** (12 to 15): this area is forbidden; it is looked at again after T3302.
* **for now** (any other, as 17, 22): the modem asks again by itself after T3211, four times, then after
  T3212.

The table is all there is; an event that a state does not list changes nothing.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from at_commands.sim_files import Located


class Camp(Enum):
    """Where a domain stands; the value is ``<stat>`` of ``+CREG``, ``+CGREG``."""

    OFF = "0 radio off, or no usable card"
    UNATTACHED = "0 by the user's wish"
    SEARCHING = "2 looking for a cell"
    ASKING = "2 a registration is under way"
    BACKING_OFF = "2 rejected for now"
    HOME = "1 registered"
    ROAMING = "5 registered, roaming"
    DENIED = "3 rejected for good"
    BARRED = "3 rejected by this network"
    LIMITED = "2 only a network that the card forbids"
    FORBIDDEN = "3 rejected here"

    @property
    def stat(self) -> int:
        """``<stat>`` (27.007 7.2)."""
        return int(self.value[0])

    @property
    def registered(self) -> bool:
        """Service, at home or roaming."""
        return self in (Camp.HOME, Camp.ROAMING)


class Event(Enum):
    """What happens to a domain."""

    ON = "radio on and card ready"
    OFF = "radio off, or the card gone"
    CELL = "a cell was found"
    CELL_LOST = "no signal"
    HOME = "accepted"
    ROAMING = "accepted, roaming"
    FOR_GOOD = "rejected or put off for good"
    BY_NETWORK = "rejected by this network"
    ON_LIST = "the cell's network is forbidden by the card"
    HERE = "rejected in this area"
    FOR_NOW = "rejected for now"
    RETRY = "its timer ran out"
    DETACH = "the user wants none"
    ATTACH = "the user wants it again"


TABLE: Final[Mapping[Camp, Mapping[Event, Camp]]] = {
    Camp.OFF: {
        Event.ON: Camp.SEARCHING,
    },
    Camp.UNATTACHED: {
        Event.OFF: Camp.OFF,
        Event.ATTACH: Camp.SEARCHING,
    },
    Camp.SEARCHING: {
        Event.OFF: Camp.OFF,
        Event.DETACH: Camp.UNATTACHED,
        Event.CELL: Camp.ASKING,
        Event.ON_LIST: Camp.LIMITED,
        Event.FOR_GOOD: Camp.DENIED,
        Event.BY_NETWORK: Camp.BARRED,
    },
    Camp.ASKING: {
        Event.OFF: Camp.OFF,
        Event.DETACH: Camp.UNATTACHED,
        Event.CELL_LOST: Camp.SEARCHING,
        Event.HOME: Camp.HOME,
        Event.ROAMING: Camp.ROAMING,
        Event.FOR_GOOD: Camp.DENIED,
        Event.BY_NETWORK: Camp.BARRED,
        Event.HERE: Camp.FORBIDDEN,
        Event.FOR_NOW: Camp.BACKING_OFF,
    },
    Camp.BACKING_OFF: {
        Event.OFF: Camp.OFF,
        Event.DETACH: Camp.UNATTACHED,
        Event.CELL_LOST: Camp.SEARCHING,
        Event.RETRY: Camp.ASKING,
        Event.FOR_GOOD: Camp.DENIED,
        Event.BY_NETWORK: Camp.BARRED,
    },
    Camp.BARRED: {
        Event.OFF: Camp.OFF,
        Event.DETACH: Camp.UNATTACHED,
        Event.ATTACH: Camp.SEARCHING,
        Event.CELL_LOST: Camp.SEARCHING,
        Event.RETRY: Camp.SEARCHING,
        Event.FOR_GOOD: Camp.DENIED,
    },
    Camp.LIMITED: {
        Event.OFF: Camp.OFF,
        Event.DETACH: Camp.UNATTACHED,
        Event.ATTACH: Camp.SEARCHING,
        Event.CELL_LOST: Camp.SEARCHING,
        Event.RETRY: Camp.SEARCHING,
        Event.FOR_GOOD: Camp.DENIED,
    },
    Camp.FORBIDDEN: {
        Event.OFF: Camp.OFF,
        Event.DETACH: Camp.UNATTACHED,
        Event.CELL_LOST: Camp.SEARCHING,
        Event.RETRY: Camp.ASKING,
        Event.FOR_GOOD: Camp.DENIED,
        Event.BY_NETWORK: Camp.BARRED,
    },
    Camp.HOME: {
        Event.OFF: Camp.OFF,
        Event.DETACH: Camp.UNATTACHED,
        Event.CELL_LOST: Camp.SEARCHING,
        Event.FOR_GOOD: Camp.DENIED,
        Event.BY_NETWORK: Camp.BARRED,
        Event.HERE: Camp.FORBIDDEN,
        Event.FOR_NOW: Camp.BACKING_OFF,
    },
    Camp.ROAMING: {
        Event.OFF: Camp.OFF,
        Event.DETACH: Camp.UNATTACHED,
        Event.CELL_LOST: Camp.SEARCHING,
        Event.FOR_GOOD: Camp.DENIED,
        Event.BY_NETWORK: Camp.BARRED,
        Event.HERE: Camp.FORBIDDEN,
        Event.FOR_NOW: Camp.BACKING_OFF,
    },
    Camp.DENIED: {
        Event.OFF: Camp.OFF,
    },
}

CAUSES_FOR_GOOD: Final = frozenset({2, 3, 5, 6, 7, 8})
CAUSES_FOR_BOTH_DOMAINS: Final = frozenset({2, 3, 5, 6, 8, 11})
"""2 names CS alone in the standard; a card the register does not know is not asked for by packet either."""
CAUSES_HERE: Final = frozenset({12, 13, 14, 15})
PLMN_NOT_ALLOWED: Final = 11


def reject_event(cause: int) -> Event:
    """The kind of a reject; see the theory above."""
    if cause in CAUSES_FOR_GOOD:
        return Event.FOR_GOOD
    if cause == PLMN_NOT_ALLOWED:
        return Event.BY_NETWORK
    return Event.HERE if cause in CAUSES_HERE else Event.FOR_NOW


def location_status(cause: int) -> Located:
    """What the modem writes into EF-LOCI behind a reject of CS (24.008 4.4.4.7)."""
    if cause == PLMN_NOT_ALLOWED or cause in CAUSES_FOR_GOOD:
        return Located.PLMN_NOT_ALLOWED
    return Located.AREA_NOT_ALLOWED if cause in CAUSES_HERE else Located.NOT_UPDATED
