"""The SIM card at the AT interface: its secrets, identity and own number (3GPP TS 27.007 clause 8, 7.4, 7.5, 7.1)."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import ClassVar, Final

from firmware_sim.modem import chv, timing
from firmware_sim.modem.character_sets import show
from firmware_sim.modem.chv import Chv
from firmware_sim.modem.commands import Arguments, Command, Table
from firmware_sim.modem.device import Device
from firmware_sim.modem.outcomes import CmeRefusedError, Later, Outcome, info
from firmware_sim.modem.sim_card import SimCard, SimStatus

NOT_ALLOWED, NOT_SUPPORTED = 3, 4
PIN_REQUIRED, PUK_REQUIRED, SIM_FAILURE, INCORRECT_PASSWORD = 11, 12, 13, 16
PIN2_REQUIRED, PUK2_REQUIRED = 17, 18

PERSONALISATIONS: Final = ("PF", "PN", "PU", "PP", "PC")
"""Locks of the phone to a card or network: open, and there is no key to close them with."""
CALL_BARRINGS: Final = ("AO", "OI", "OX", "AI", "IR")
ALL_BARRINGS: Final = ("AB", "AG", "AC")
"""Several services at once: these can be switched off only, and have no state of their own."""

_VOICE_DATA_FAX = 7
_PIN_DIGITS = range(4, 9)
_FACILITIES = ",".join(f'"{each}"' for each in ("SC", "FD", *PERSONALISATIONS, *CALL_BARRINGS, *ALL_BARRINGS))


class SimAccess:
    """``+CPIN`` and its kin. ``on_ready`` is called when a secret opened the card."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.on_ready: Callable[[], None] = lambda: None
        self._pin2_wanted = False  # the last command that needs PIN2 failed for it (27.007 8.3)

    def reset(self) -> None:
        """The card's state is the card's."""
        self._pin2_wanted = False

    # -- entering

    def _cpin(self) -> Outcome:
        card = self.device.card()
        if card.status is SimStatus.DEAD:
            raise CmeRefusedError(SIM_FAILURE)
        if card.ready and self._pin2_wanted:
            return info(f"+CPIN: SIM {'PUK2' if card.chv2.blocked else 'PIN2'}")
        return info(f"+CPIN: {card.status}")

    def _enter_pin(self, arguments: Arguments) -> Outcome:
        card = self.device.card()
        first, second = arguments.string(0), arguments.string(1, "")
        if card.status is SimStatus.DEAD:
            raise CmeRefusedError(SIM_FAILURE)
        if card.ready and not self._pin2_wanted:
            raise CmeRefusedError(NOT_ALLOWED)
        asked = card.chv2 if card.ready else card.chv1
        if not _is_pin(first) or asked.blocked != bool(second) or (second and not _is_pin(second)):
            raise CmeRefusedError(_refusal(card, asked))

        def check() -> Outcome:
            accepted = asked.unblock(first, second) if second else asked.verify(first)
            if not accepted:  # a wrong PUK is 16, too: only the PIN's last try changes what is asked
                wrong_puk = second and asked.unblock_tries
                raise CmeRefusedError(INCORRECT_PASSWORD if wrong_puk else _refusal(card, asked))
            if asked is card.chv2:
                self._pin2_wanted = False
                return info()
            self.device.urc(f"+CPIN: {card.status}")
            self.on_ready()
            return info()

        return Later(self.device.latency(timing.SIM_ACCESS), check)

    # -- facilities

    def _clck(self, arguments: Arguments) -> Outcome:
        facility, mode = arguments.string(0).upper(), arguments.number(1, allowed=range(3))
        card = self.device.card()
        if facility == "SC":
            return self._lock_card(card, mode, arguments)
        card = self.device.ready_card()
        if facility == "FD":
            return self._fix_dialling(card, mode, arguments)
        if facility in PERSONALISATIONS:
            if mode == 2:
                return info("+CLCK: 0")
            raise CmeRefusedError(NOT_SUPPORTED)
        if facility in CALL_BARRINGS and mode == 2:
            return info(f"+CLCK: 0,{_VOICE_DATA_FAX}")
        # the subscription has no call barring, so no password of it is right
        raise CmeRefusedError(NOT_ALLOWED if facility in (*CALL_BARRINGS, *ALL_BARRINGS) else NOT_SUPPORTED)

    def _lock_card(self, card: SimCard, mode: int, arguments: Arguments) -> Outcome:
        if mode == 2:
            return info(f"+CLCK: {int(card.chv1.enabled)}")
        pin = arguments.string(2)
        if card.status in (SimStatus.PUK, SimStatus.DEAD):
            raise CmeRefusedError(_refusal(card, card.chv1))
        was_ready = card.ready
        if not card.chv1.enable(mode == 1, pin):
            raise CmeRefusedError(_refusal(card, card.chv1))
        if not was_ready:
            self.on_ready()
        return info()

    def _fix_dialling(self, card: SimCard, mode: int, arguments: Arguments) -> Outcome:
        if mode == 2:
            return info(f"+CLCK: {int(card.fixed_dialling)}")
        if card.chv2.blocked or len(arguments) < 3:
            self._pin2_wanted = True
            raise CmeRefusedError(PUK2_REQUIRED if card.chv2.blocked else PIN2_REQUIRED)
        if not card.chv2.verify(arguments.string(2)):
            self._pin2_wanted = True
            raise CmeRefusedError(_refusal(card, card.chv2))
        self._pin2_wanted = False
        card.fixed_dialling = mode == 1
        return info()

    def _cpwd(self, arguments: Arguments) -> Outcome:
        facility, old, new = (arguments.string(place) for place in range(3))
        card = self.device.card()
        secret = {"SC": card.chv1, "P2": card.chv2}.get(facility.upper())
        if secret is None:
            raise CmeRefusedError(NOT_SUPPORTED)
        if not _is_pin(new) or not secret.enabled:
            raise CmeRefusedError(NOT_ALLOWED)
        if not secret.change(old, new):
            raise CmeRefusedError(_refusal(card, secret))
        return info()

    # -- tries left

    def _cpinr(self, pattern: str = "*") -> Outcome:
        """27.007 8.65; ``*`` in the name stands for any characters."""
        card = self.device.card()
        tries = {
            "SIM PIN": (card.chv1.tries, chv.TRIES),
            "SIM PUK": (card.chv1.unblock_tries, chv.UNBLOCK_TRIES),
            "SIM PIN2": (card.chv2.tries, chv.TRIES),
            "SIM PUK2": (card.chv2.unblock_tries, chv.UNBLOCK_TRIES),
        }
        return info(
            *(
                f"+CPINR: {name},{left},{of}"
                for name, (left, of) in tries.items()
                if fnmatchcase(name, pattern)
            )
        )

    # -- own number

    def _cnum(self) -> Outcome:
        card = self.device.ready_card()
        if not card.msisdn:
            return info()
        number = show(card.msisdn, self.device.character_set)
        return info(f'+CNUM: "","{number}",{145 if card.msisdn.startswith("+") else 129},7,4')

    table: ClassVar[Table["SimAccess"]] = {
        "+CPIN": Command("", _cpin, _enter_pin),
        "+CPINR": Command("", None, lambda f, a: f._cpinr(a.string(0)), lambda f: f._cpinr()),
        "+CLCK": Command(f"({_FACILITIES})", None, _clck),
        "+CPWD": Command('("SC",8),("P2",8)', None, _cpwd),
        "+CIMI": Command("", execute=lambda f: info(f.device.ready_card().imsi)),
        "+CNUM": Command("", execute=_cnum),
    }


def printed_iccid(card: SimCard) -> str:
    """Twenty places; a card of 19 digits shows its filler."""
    return card.iccid.ljust(20, "f")


def _refusal(card: SimCard, secret: Chv) -> int:
    """What is left to try: the same again, its PUK, or nothing."""
    if secret.unblock_tries == 0:
        return SIM_FAILURE
    if not secret.blocked:
        return INCORRECT_PASSWORD
    return PUK2_REQUIRED if secret is card.chv2 else PUK_REQUIRED


def _is_pin(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) in _PIN_DIGITS
