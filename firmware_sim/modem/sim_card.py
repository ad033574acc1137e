"""A SIM card: its identity, its PIN and PUK counters, its own store of messages.

    ready ◄── verify ok ── pin ── 3rd wrong ──► puk ── 10th wrong ──► dead
      ▲                                          │
      └────────── unblock ok (new PIN) ──────────┘

The counters live on the card (3GPP TS 11.11 8.9-8.12): taking it out or rebooting the modem does not refill
them.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from firmware_sim.modem.message_store import MessageStore

PIN_TRIES = 3
PUK_TRIES = 10


class SimStatus(StrEnum):
    """What ``+CPIN?`` says of a card; ``DEAD`` is a card whose PUK tries are spent."""

    READY = "READY"
    PIN = "SIM PIN"
    PUK = "SIM PUK"
    DEAD = "SIM BLOCKED"


@dataclass
class SimCard:
    """One card. Survives modems, reboots and being carried to another slot.

    Attributes:
        iccid: 19 or 20 digits as printed; the modem shows 20 places, the last ``f`` where there are 19.
        imsi: 14 or 15 digits.
        msisdn: Own number in EF-MSISDN, ``""`` on cards that were never given one.
        pin: ``None`` when the PIN is switched off.
        puk: Eight digits.
    """

    iccid: str
    imsi: str
    msisdn: str = ""
    pin: str | None = None
    puk: str = "12345678"
    pin_tries: int = PIN_TRIES
    puk_tries: int = PUK_TRIES
    service_centre: str = "+79168999100"
    messages: MessageStore = field(default_factory=lambda: MessageStore("SM", 30))
    verified: bool = False  # since power-up
    stored_pin: str = "0000"  # what the PIN becomes when the lock is switched on

    @property
    def status(self) -> SimStatus:
        """See the picture above."""
        if self.puk_tries == 0:
            return SimStatus.DEAD
        if self.pin_tries == 0:
            return SimStatus.PUK
        if self.pin is not None and not self.verified:
            return SimStatus.PIN
        return SimStatus.READY

    @property
    def ready(self) -> bool:
        """May be read and may register."""
        return self.status is SimStatus.READY

    def power_up(self) -> None:
        """The card forgets that it was verified; nothing else."""
        self.verified = False

    def verify(self, pin: str) -> bool:
        """VERIFY CHV: false costs a try, the third blocks the PIN. True refills the tries."""
        if self.pin_tries == 0:
            return False
        if pin != (self.pin if self.pin is not None else self.stored_pin):
            self.pin_tries -= 1
            return False
        self.pin_tries = PIN_TRIES
        self.verified = True
        return True

    def unblock(self, puk: str, new_pin: str) -> bool:
        """UNBLOCK CHV: false costs one of ten tries; the last one kills the card."""
        if self.puk_tries == 0:
            return False
        if puk != self.puk:
            self.puk_tries -= 1
            return False
        self.pin_tries, self.puk_tries = PIN_TRIES, PUK_TRIES
        self.pin = self.stored_pin = new_pin
        self.verified = True
        return True

    def change(self, old: str, new: str) -> bool:
        """CHANGE CHV: as :meth:`verify` with the old one; needs the lock on."""
        if self.pin is None or not self.verify(old):
            return False
        self.pin = self.stored_pin = new
        return True

    def lock(self, on: bool, pin: str) -> bool:
        """ENABLE/DISABLE CHV: as :meth:`verify`."""
        if not self.verify(pin):
            return False
        if on:
            self.pin = pin
        elif self.pin is not None:
            self.stored_pin, self.pin = self.pin, None
        return True
