"""The files of an emulated card: 3GPP TS 51.011 clause 10 and, for its USIM, TS 31.102 clause 4.2.

    3F00 MF ── 2FE2 ICCID, 2F00 DIR, 2F05 PL
     ├── 7F10 TELECOM ── phone book, own number, message parameters
     ├── 7F20 GSM ────── IMSI, networks, services
     └── 7FFF USIM ───── the same as a 3G modem looks for it

A file that may be written has its octets on the card from the first writing on (``SimCard.files``); before, and for all
others, they follow from what the card is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from at_commands.sim_files import (
    Ef,
    encode_iccid,
    encode_imsi,
    encode_name,
    encode_plmn,
)
from firmware_sim.modem.message_store import MessageState
from firmware_sim.modem.sim_card import DIALLING_RECORD, SimCard

MF, TELECOM, GSM, USIM = 0x3F00, 0x7F10, 0x7F20, 0x7FFF
DIRECTORIES: Final = {MF: MF, TELECOM: MF, GSM: MF, USIM: MF}
"""Each with its parent."""

_SERVICE_OCTETS: Final = 16
_MESSAGE: Final = 176

USIM_AID: Final = bytes.fromhex("A0000000871002FFFFFFFF8903020000")


class Structure(IntEnum):
    """Octet 14 of a SIM's answer (51.011 9.2.1)."""

    TRANSPARENT = 0
    LINEAR_FIXED = 1


class Access(IntEnum):
    """Who may (51.011 9.3)."""

    ALWAYS = 0
    CHV1 = 1
    CHV2 = 2
    ADM = 4
    NEVER = 15

    def allows(self, card: SimCard) -> bool:
        """Was the secret given that it asks for? Nobody at a modem is the administrator."""
        match self:
            case Access.ALWAYS:
                return True
            case Access.CHV1:
                return card.chv1.satisfied
            case Access.CHV2:
                return card.chv2.satisfied
        return False


@dataclass(frozen=True, slots=True)
class ElementaryFile:
    """One EF.

    Attributes:
        content: Its octets as long as nobody wrote it: ``size`` of them.
        record: Octets in a record, 0 for a transparent file.
    """

    number: int
    directories: frozenset[int]
    size: int
    content: Callable[[SimCard], bytes]
    read: Access = Access.CHV1
    update: Access = Access.ADM
    record: int = 0

    @property
    def structure(self) -> Structure:
        """Octets, or records of them."""
        return Structure.LINEAR_FIXED if self.record else Structure.TRANSPARENT

    def octets(self, card: SimCard) -> bytes:
        """What stands in it now."""
        written = card.files.get(self.number)
        return (self.content(card) if written is None else written).ljust(self.size, b"\xff")[: self.size]

    def write(self, card: SimCard, at: int, octets: bytes) -> None:
        """Change a part of it."""
        before = self.octets(card)
        card.files[self.number] = before[:at] + octets + before[at + len(octets) :]


def find(number: int, directory: int) -> ElementaryFile | None:
    """The EF of a directory."""
    return _BY_PLACE.get((directory, number))


def _blank(card: SimCard) -> bytes:
    return b""


def _fixed(content: str) -> Callable[[SimCard], bytes]:
    octets = bytes.fromhex(content)
    return lambda card: octets


def _services(*available: int, bits: int) -> Callable[[SimCard], bytes]:
    """A service table: `bits` for each service, all of them set where it is available (2: allocated and activated)."""
    number = sum(((1 << bits) - 1) << bits * (service - 1) for service in available)
    octets = number.to_bytes(_SERVICE_OCTETS, "little")
    return lambda card: octets


def _messages(card: SimCard) -> bytes:
    """A record for each place of the store: its state (51.011 10.5.3), then the message with its service centre."""
    states = {
        MessageState.REC_READ: 1,
        MessageState.REC_UNREAD: 3,
        MessageState.STO_SENT: 5,
        MessageState.STO_UNSENT: 7,
    }
    records = []
    for place in range(1, card.messages.capacity + 1):
        message = card.messages.messages.get(place)
        record = b"\x00" if message is None else bytes([states[message.state]]) + bytes.fromhex(message.pdu)
        records.append(record.ljust(_MESSAGE, b"\xff")[:_MESSAGE])
    return b"".join(records)


def _access_class(card: SimCard) -> bytes:
    return (1 << int(card.imsi[-1])).to_bytes(2, "big")


def _provider(card: SimCard) -> bytes:
    # octet 1: the network's name is not needed beside it at home
    return b"\x01" + encode_name(card.provider, 16) if card.provider else b""


def _network_name(card: SimCard) -> bytes:
    """Full name for network, IEI 43 (24.008 10.5.3.5a), in UCS2."""
    name = card.provider.encode("utf-16-be")[:20]
    return bytes([0x43, 1 + len(name), 0x90]) + name if name else b""


def _operator_list(card: SimCard) -> bytes:
    # any location area of the home network has the first of the names
    return encode_plmn(card.home_plmn) + b"\x00\x00\xff\xfe\x01" if card.provider else b""


def _files() -> tuple[ElementaryFile, ...]:
    def ef(
        number: Ef,
        *directories: int,
        size: int,
        content: Callable[[SimCard], bytes] = _blank,
        read: Access = Access.CHV1,
        update: Access = Access.ADM,
        record: int = 0,
    ) -> ElementaryFile:
        return ElementaryFile(number, frozenset(directories), size, content, read, update, record)

    def written(
        number: Ef, *directories: int, size: int, content: str = "", record: int = 0
    ) -> ElementaryFile:
        return ef(number, *directories, size=size, content=_fixed(content), update=Access.CHV1, record=record)

    always = Access.ALWAYS
    no_location = "FFFFFFFF FFFFFF 0000 FF 01"  # TMSI, location area, time, "not updated"
    no_ps_location = "FFFFFFFF FFFFFF FFFFFF 0000 FF 01"
    application = bytes([0x61, len(USIM_AID) + 2, 0x4F, len(USIM_AID)]) + USIM_AID
    return (
        ef(Ef.ICCID, MF, size=10, content=lambda c: encode_iccid(c.iccid), read=always, update=Access.NEVER),
        ef(Ef.APPLICATIONS, MF, size=32, content=lambda _: application, read=always, record=32),
        ef(Ef.LANGUAGES, MF, size=4, content=_fixed("7275656E"), read=always),
        ef(Ef.PHASE, GSM, size=1, content=_fixed("03"), read=always),
        ef(Ef.LANGUAGE_PREFERENCE, GSM, size=4, content=_fixed("2301FFFF"), read=always, update=Access.CHV1),
        ef(Ef.LANGUAGE_PREFERENCE, USIM, size=4, content=_fixed("7275656E"), read=always, update=Access.CHV1),
        ef(Ef.IMSI, GSM, USIM, size=9, content=lambda c: encode_imsi(c.imsi)),
        ef(
            Ef.ADMINISTRATIVE,
            GSM,
            USIM,
            size=4,
            content=lambda c: bytes([0, 0, 0, c.mnc_digits]),
            read=always,
        ),
        ef(
            Ef.SERVICES,
            GSM,
            size=16,
            content=_services(1, 2, 4, 7, 9, 12, 17, 38, 43, 51, 52, 53, 56, bits=2),
        ),
        ef(
            Ef.SERVICES,
            USIM,
            size=10,
            content=_services(1, 10, 12, 19, 20, 21, 27, 43, 45, 46, 47, 51, 71, bits=1),
        ),
        ef(Ef.ENABLED_SERVICES, USIM, size=1, content=_fixed("00"), update=Access.CHV2),
        ef(Ef.SERVICE_PROVIDER, GSM, USIM, size=17, content=_provider, read=always),
        ef(Ef.ACCESS_CLASSES, GSM, USIM, size=2, content=_access_class),
        ef(Ef.FORBIDDEN_PLMNS, GSM, USIM, size=12, content=lambda c: c.forbidden, update=Access.CHV1),
        ef(Ef.EMERGENCY_CODES, GSM, size=15, content=_fixed("11F2FF 01F1FF"), read=always),
        ef(Ef.EMERGENCY_CODES, USIM, size=20, content=_fixed("11F2FF 00"), read=always, record=20),
        ef(Ef.HOME_SEARCH_PERIOD, GSM, USIM, size=1, content=_fixed("05")),
        ef(Ef.HOME_PLMNS, GSM, USIM, size=5, content=lambda c: encode_plmn(c.home_plmn) + b"\xc0\x80"),
        ef(Ef.EQUIVALENT_HOME_PLMNS, USIM, size=12, content=lambda c: encode_plmn(c.home_plmn)),
        ef(Ef.OPERATOR_PLMNS, GSM, USIM, size=20),
        ef(Ef.PLMN_NAMES, GSM, USIM, size=24, content=_network_name, read=always, record=24),
        ef(Ef.OPERATOR_LIST, GSM, USIM, size=8, content=_operator_list, read=always, record=8),
        ef(Ef.PROVIDER_DISPLAY, GSM, USIM, size=12, content=_fixed("A3020080")),
        ef(Ef.GROUP_1, GSM, USIM, size=4),
        ef(Ef.GROUP_2, GSM, USIM, size=4),
        written(Ef.CIPHERING_KEY, GSM, size=9, content="FFFFFFFFFFFFFFFF07"),
        written(Ef.PLMN_SELECTOR, GSM, size=24),
        written(Ef.USER_PLMNS, GSM, USIM, size=40),
        written(Ef.LOCATION, GSM, USIM, size=11, content=no_location),
        written(Ef.GPRS_LOCATION, GSM, size=14, content=no_ps_location),
        written(Ef.PS_LOCATION, USIM, size=14, content=no_ps_location),
        written(Ef.MAILBOXES, GSM, USIM, size=2 * DIALLING_RECORD, record=DIALLING_RECORD),
        written(Ef.PHONE_BOOK, TELECOM, size=50 * DIALLING_RECORD, record=DIALLING_RECORD),
        ef(
            Ef.FIXED_DIALLING,
            TELECOM,
            USIM,
            size=10 * DIALLING_RECORD,
            update=Access.CHV2,
            record=DIALLING_RECORD,
        ),
        # Messages are written with +CMGW only.
        ef(Ef.MESSAGES, TELECOM, USIM, size=30 * _MESSAGE, content=_messages, record=_MESSAGE),
        written(Ef.MSISDN, TELECOM, USIM, size=DIALLING_RECORD, record=DIALLING_RECORD),
        written(Ef.SMS_PARAMETERS, TELECOM, USIM, size=40, record=40),
        written(Ef.SMS_STATUS, TELECOM, USIM, size=2),
    )


FILES: Final = _files()
_BY_PLACE: Final = {(place, each.number): each for each in FILES for place in each.directories}
