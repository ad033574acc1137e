"""The SIM card at the AT interface: PIN and PUK, identity, own number, elementary files."""

from collections.abc import Callable
from typing import ClassVar

from firmware_sim.modem import timing
from firmware_sim.modem.character_sets import show
from firmware_sim.modem.commands import Arguments, Command, Table
from firmware_sim.modem.device import Device
from firmware_sim.modem.outcomes import CmeRefusedError, Later, Outcome, info
from firmware_sim.modem.sim_card import SimCard, SimStatus

_PIN_DIGITS = range(4, 9)
_EF_ICCID, _EF_IMSI, _EF_AD = 0x2FE2, 0x6F07, 0x6FAD


class SimAccess:
    """``+CPIN`` and its kin (3GPP TS 27.007 clause 8)."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.on_ready: Callable[[], None] = lambda: None

    def reset(self) -> None:
        """The card's state is the card's."""

    def _cpin(self) -> Outcome:
        card = self.device.card()
        if card.status is SimStatus.DEAD:
            raise CmeRefusedError(13)
        return info(f"+CPIN: {card.status}")

    def _enter_pin(self, arguments: Arguments) -> Outcome:
        card = self.device.card()
        first, second = arguments.string(0), arguments.string(1, "")
        if card.status is SimStatus.READY:
            raise CmeRefusedError(3)
        if card.status is SimStatus.DEAD:
            raise CmeRefusedError(13)
        if (
            not _is_pin(first)
            or (card.status is SimStatus.PUK) != bool(second)
            or (second and not _is_pin(second))
        ):
            raise CmeRefusedError(12 if card.status is SimStatus.PUK else 16)

        def check() -> Outcome:
            accepted = card.unblock(first, second) if second else card.verify(first)
            if not accepted:  # a wrong PUK is 16, too: only the PIN's last try changes what is asked
                raise CmeRefusedError(16 if second and card.puk_tries else _refusal(card))
            self.device.urc(f"+CPIN: {card.status}")
            self.on_ready()
            return info()

        return Later(self.device.latency(timing.SIM_ACCESS), check)

    def _clck(self, arguments: Arguments) -> Outcome:
        facility, mode = arguments.string(0).upper(), arguments.number(1, allowed=range(3))
        card = self.device.card()
        if facility != "SC":
            raise CmeRefusedError(4)
        if mode == 2:
            return info(f"+CLCK: {int(card.pin is not None)}")
        pin = arguments.string(2)
        if card.status in (SimStatus.PUK, SimStatus.DEAD):
            raise CmeRefusedError(_refusal(card))
        was_ready = card.ready
        if not card.lock(mode == 1, pin):
            raise CmeRefusedError(_refusal(card))
        if not was_ready:
            self.on_ready()
        return info()

    def _cpwd(self, arguments: Arguments) -> Outcome:
        facility, old, new = (arguments.string(place) for place in range(3))
        card = self.device.card()
        if facility.upper() != "SC":
            raise CmeRefusedError(4)
        if not _is_pin(new) or card.pin is None:
            raise CmeRefusedError(3)
        if not card.change(old, new):
            raise CmeRefusedError(_refusal(card))
        return info()

    def _cnum(self) -> Outcome:
        card = self.device.ready_card()
        if not card.msisdn:
            return info()
        number = show(card.msisdn, self.device.character_set)
        return info(f'+CNUM: "","{number}",{145 if card.msisdn.startswith("+") else 129},7,4')

    def _crsm(self, arguments: Arguments) -> Outcome:
        """READ BINARY and GET RESPONSE of the files which clients look into; others: 6A82, file not found."""
        command, file = arguments.number(0), arguments.number(1, 0)
        card = self.device.card()
        contents = {
            _EF_ICCID: _swapped(printed_iccid(card).upper()),
            _EF_IMSI: f"08{_swapped('9' + card.imsi.ljust(15, 'F'))}",
            _EF_AD: "00000002",
        }
        content = contents.get(file)
        if content is None or command not in (176, 192):
            return info('+CRSM: 106,130,""')
        if command == 192:
            size, name = len(content) // 2, f"{file:04X}"
            return info(f'+CRSM: 144,0,"0000{size:04X}{name}040000FFFF01020000"')
        return info(f'+CRSM: 144,0,"{content}"')

    table: ClassVar[Table["SimAccess"]] = {
        "+CPIN": Command("", _cpin, _enter_pin),
        "+CLCK": Command('("SC")', None, _clck),
        "+CPWD": Command('("SC",8)', None, _cpwd),
        "+CIMI": Command("", execute=lambda f: info(f.device.ready_card().imsi)),
        "+CNUM": Command("", execute=_cnum),
        "+CRSM": Command("", None, _crsm),
    }


def printed_iccid(card: SimCard) -> str:
    """Twenty places; a card of 19 digits shows its filler."""
    return card.iccid.ljust(20, "f")


def _refusal(card: SimCard) -> int:
    """27.007: 16 wrong; 12 that was the last try; 13 nothing left."""
    return {SimStatus.PUK: 12, SimStatus.DEAD: 13}.get(card.status, 16)


def _is_pin(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) in _PIN_DIGITS


def _swapped(digits: str) -> str:
    return "".join(high + low for low, high in zip(digits[::2], digits[1::2], strict=True))
