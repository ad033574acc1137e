"""Voice calls at the AT interface, without a voice (V.250 6.3; 3GPP TS 27.007 6.11, 7.18).

    IDLE ── ATD…; ──► OK ─► CALLING ── the other picks up ─► TALKING
     │                        └ busy: BUSY; refused: NO CARRIER; nobody within S7 seconds: NO ANSWER
     └── RING, again and again ─► RINGING ── ATA ─► OK ─► TALKING
                                     └ the other gives up: NO CARRIER

``ATH`` and ``+CHUP`` end any of them. ``OK`` says that dialling has begun, as most products say it; who picked up says
``+CLCC`` alone. A call that cannot even begin is refused with its result at once.
"""

from enum import Enum
from typing import ClassVar

from firmware_sim.modem.commands import Command, Table
from firmware_sim.modem.device import Device
from firmware_sim.modem.outcomes import Done, Outcome, info
from firmware_sim.modem.radio import DomainRegistration, Radio
from firmware_sim.modem.registration import Camp
from firmware_sim.modem.terminal import NO_CARRIER
from firmware_sim.modem.timers import Timer
from firmware_sim.network import CallAnswered, CallArrived, CallEnded

RING_EACH_S = 5.0
PATIENCE_REGISTER = 7
BUSY, NO_ANSWER, RING = "BUSY", "NO ANSWER", "RING"
INTERNATIONAL, NATIONAL = 145, 129


class Stage(Enum):
    """Of the one call; the value is ``+CLCC``'s <stat>."""

    IDLE = -1
    TALKING = 0
    CALLING = 3
    RINGING = 4


_ACTIVITY = {Stage.IDLE: 0, Stage.TALKING: 4, Stage.CALLING: 4, Stage.RINGING: 3}  # +CPAS


class VoiceCalls:
    """At most one call."""

    def __init__(self, device: Device, radio: Radio) -> None:
        self.device = device
        self._radio = radio
        self._stage = Stage.IDLE
        self._number = ""
        self._incoming = False
        self._timer: Timer | None = None
        radio.on_call = self._noted
        radio.on_moved.append(self._registration_moved)

    def reset(self) -> None:
        """The power went: so did the call, and the network notices."""
        if self._stage is not Stage.IDLE and (card := self.device.sim) is not None:
            self.device.network.hang_up(card.imsi, self.device.now)
        self._stage, self._timer = Stage.IDLE, None

    def dial(self, number: str) -> Outcome:
        """``OK`` when it begins to ring there."""
        card = self.device.ready_card()
        if self._stage is not Stage.IDLE or not self._radio.cs.camp.registered:
            return Done(final=NO_CARRIER)
        refused = self.device.network.dial(card.imsi, number, self.device.now)
        if refused is not None:
            return Done(final=BUSY if refused.busy else NO_CARRIER)
        self._begin(Stage.CALLING, number)
        self._timer = self.device.after(self.device.profile.s[PATIENCE_REGISTER], self._nobody_answers)
        return info()

    def answer(self) -> Outcome:
        """``ATA``."""
        card = self.device.sim
        if (
            self._stage is not Stage.RINGING
            or card is None
            or not self.device.network.answer_call(card.imsi, self.device.now)
        ):
            return Done(final=NO_CARRIER)
        self._stop_timer()
        self._stage = Stage.TALKING
        return info()

    def hang_up(self) -> Outcome:
        """``ATH`` and ``+CHUP``: harmless without a call."""
        card = self.device.sim
        if self._stage is not Stage.IDLE and card is not None:
            self._over()
            self.device.network.hang_up(card.imsi, self.device.now)
        return info()

    def _begin(self, stage: Stage, number: str) -> None:
        self._stage, self._number, self._incoming = stage, number, stage is Stage.RINGING

    def _over(self) -> None:
        self._stop_timer()
        self._stage = Stage.IDLE

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _noted(self, notice: CallArrived | CallAnswered | CallEnded) -> None:
        match notice:
            case CallArrived(number):
                self._begin(Stage.RINGING, number)
                self._ring()
            case CallAnswered():
                self._stop_timer()
                self._stage = Stage.TALKING
            case CallEnded(busy) if self._stage is not Stage.IDLE:
                self._over()
                self.device.urc(BUSY if busy else NO_CARRIER)

    def _ring(self) -> None:
        self.device.urc(RING)
        if self.device.remembered.get("+CLIP") == "1":
            self.device.urc(f'+CLIP: "{self._number}",{_kind(self._number)},"",0,"",0')
        self._timer = self.device.after(RING_EACH_S, self._ring)

    def _nobody_answers(self) -> None:
        self._timer = None
        self.hang_up()
        self.device.urc(NO_ANSWER)

    def _registration_moved(self, domain: DomainRegistration, _left: Camp) -> None:
        if domain is self._radio.cs and not domain.camp.registered and self._stage is not Stage.IDLE:
            self._over()
            self.device.urc(NO_CARRIER)

    def _calls(self) -> Outcome:
        if self._stage is Stage.IDLE:
            return info()
        number = f'"{self._number}",{_kind(self._number)}'
        return info(f"+CLCC: 1,{int(self._incoming)},{self._stage.value},0,0,{number}")

    table: ClassVar[Table["VoiceCalls"]] = {
        "+CHUP": Command("", execute=lambda f: f.hang_up()),
        "+CLCC": Command("(0,1)", lambda f: info("+CLCC: 0"), lambda f, _: info(), lambda f: f._calls()),
        "+CPAS": Command("(0,2,3,4)", execute=lambda f: info(f"+CPAS: {_ACTIVITY[f._stage]}")),
    }


def _kind(number: str) -> int:
    return INTERNATIONAL if number.startswith("+") else NATIONAL
