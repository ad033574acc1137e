"""A SIM card: its secrets, its files, its own store of messages.

    ready ◄── verify ok ── pin ── 3rd wrong ──► puk ── 10th wrong ──► dead
      ▲                                          │
      └────────── unblock ok (new PIN) ──────────┘

All of it lives on the card (3GPP TS 51.011): taking it out or rebooting the modem changes nothing but that it was
verified. What can be written is kept as the octets of its file, here only; ``sim_files`` says which files there are.
"""

from enum import StrEnum

from at_commands.sim_files import (
    Ef,
    Located,
    decode_dialling_record,
    decode_number,
    encode_dialling_record,
    encode_location,
    encode_number,
    encode_plmn,
)
from firmware_sim.modem.chv import Chv
from firmware_sim.modem.message_store import MessageStore

FORBIDDEN_PLACES = 4
"""PLMNs in EF-FPLMN, the least that TS 31.102 asks for."""

DIALLING_RECORD = 28
_SMS_PARAMETERS = 40
_CENTRE = slice(-15, -3)
_ONLY_CENTRE_PRESENT = 0xFD
_NO_PLMN = b"\xff\xff\xff"


class SimStatus(StrEnum):
    """What ``+CPIN?`` says of a card; ``DEAD`` is a card whose PUK tries are spent."""

    READY = "READY"
    PIN = "SIM PIN"
    PUK = "SIM PUK"
    DEAD = "SIM BLOCKED"


class SimCard:
    """One card. Survives modems, reboots and being carried to another slot.

    Attributes:
        iccid: 19 or 20 digits as printed; the modem shows 20 places, the last ``f`` where there are 19.
        imsi: 14 or 15 digits.
        mnc_digits: How many of them, behind the first three, name the network.
        provider: Name in EF-SPN, ``""`` for none.
        chv1, chv2: PIN and PIN2 with their PUKs.
        fixed_dialling: Only numbers in EF-FDN may be called; kept, and nothing here holds to it.
        power_ups: How often it was powered; what was selected before is forgotten.
        files: Contents that were written, by the file's number.
    """

    def __init__(
        self,
        iccid: str,
        imsi: str,
        msisdn: str = "",
        pin: str | None = None,
        puk: str = "12345678",
        *,
        pin2: str = "5678",
        puk2: str = "87654321",
        mnc_digits: int = 2,
        provider: str = "",
        service_centre: str = "+79168999100",
    ) -> None:
        self.iccid = iccid
        self.imsi = imsi
        self.mnc_digits = mnc_digits
        self.provider = provider
        self.chv1 = Chv(pin if pin is not None else "0000", puk, enabled=pin is not None)
        self.chv2 = Chv(pin2, puk2)
        self.fixed_dialling = False
        self.power_ups = 0
        self.messages = MessageStore("SM", 30)
        self.files: dict[int, bytes] = {Ef.MSISDN: encode_dialling_record("", msisdn, DIALLING_RECORD)}
        self.service_centre = service_centre

    # -- the PIN

    @property
    def status(self) -> SimStatus:
        """See the picture above."""
        if self.chv1.unblock_tries == 0:
            return SimStatus.DEAD
        if self.chv1.blocked:
            return SimStatus.PUK
        return SimStatus.READY if self.chv1.satisfied else SimStatus.PIN

    @property
    def ready(self) -> bool:
        """May be read and may register."""
        return self.chv1.satisfied

    @property
    def pin(self) -> str | None:
        """``None`` when the card does not ask for it."""
        return self.chv1.code if self.chv1.enabled else None

    @pin.setter
    def pin(self, pin: str | None) -> None:
        self.chv1.enabled = pin is not None
        self.chv1.code = pin or self.chv1.code

    @property
    def pin_tries(self) -> int:
        """Before the card asks for the PUK."""
        return self.chv1.tries

    @pin_tries.setter
    def pin_tries(self, tries: int) -> None:
        self.chv1.tries = tries

    @property
    def puk_tries(self) -> int:
        """Before the card is lost."""
        return self.chv1.unblock_tries

    def power_up(self) -> None:
        """The card forgets what was verified; nothing else."""
        self.chv1.verified = self.chv2.verified = False
        self.power_ups += 1

    # -- what its files say

    @property
    def home_plmn(self) -> str:
        """The network that issued it."""
        return self.imsi[: 3 + self.mnc_digits]

    @property
    def msisdn(self) -> str:
        """Own number in EF-MSISDN; ``""`` on a card that was never given one, and where it can't be read."""
        try:
            return decode_dialling_record(self.files[Ef.MSISDN])[1]
        except ValueError:
            return ""

    @property
    def service_centre(self) -> str:
        """Number in EF-SMSP; ``""`` for none."""
        try:
            return decode_number(self.files[Ef.SMS_PARAMETERS][_CENTRE])
        except ValueError:
            return ""

    @service_centre.setter
    def service_centre(self, number: str) -> None:
        record = bytearray(self.files.get(Ef.SMS_PARAMETERS, b"\xff" * _SMS_PARAMETERS))
        record[_CENTRE] = encode_number(number)
        record[-28] &= _ONLY_CENTRE_PRESENT
        self.files[Ef.SMS_PARAMETERS] = bytes(record)

    def located(self, plmn: str, lac: int, status: Located) -> None:
        """The modem notes where it was registered last (EF-LOCI)."""
        self.files[Ef.LOCATION] = encode_location(plmn, lac, status)

    # -- networks that turned it away (EF-FPLMN, 3GPP TS 23.122 3.1)

    @property
    def forbidden(self) -> bytes:
        """EF-FPLMN as it is."""
        return self.files.get(Ef.FORBIDDEN_PLMNS, _NO_PLMN * FORBIDDEN_PLACES)

    def forbids(self, plmn: str) -> bool:
        """Not to be tried automatically."""
        return encode_plmn(plmn) in _places(self.forbidden)

    def forbid(self, plmn: str) -> None:
        """Enter it; when all places are taken the oldest, the first one, is given up (TS 31.102 4.2.16)."""
        places, entry = _places(self.forbidden), encode_plmn(plmn)
        if entry in places:
            return
        if _NO_PLMN in places:
            places[places.index(_NO_PLMN)] = entry
        else:
            places = [*places[1:], entry]
        self.files[Ef.FORBIDDEN_PLMNS] = b"".join(places)

    def forgive(self, plmn: str) -> None:
        """Take it out."""
        entry = encode_plmn(plmn)
        places = [_NO_PLMN if place == entry else place for place in _places(self.forbidden)]
        if entry in _places(self.forbidden):
            self.files[Ef.FORBIDDEN_PLMNS] = b"".join(places)


def _places(content: bytes) -> list[bytes]:
    return [content[at : at + 3] for at in range(0, len(content), 3)]
