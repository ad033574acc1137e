"""A message on its way out: what was typed as a PDU, and a PDU as the message centre takes it (3GPP TS 23.040
9.2.2.2, 9.2.3.12).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from at_commands.sms import Alphabet, Content, SmsCodecError, SubmitPdu, data_coding, split_pdu, validity_s
from at_commands.sms_fields import Reader, decode_timestamp
from firmware_sim.modem.character_sets import take
from firmware_sim.network import UserData

_HEX = frozenset("0123456789abcdefABCDEF")


@dataclass(frozen=True)
class TextModeParameters:
    """``+CSMP``: what text mode does not ask of each message (27.005 3.1: fo, vp, pid, dcs)."""

    first_octet: int = 17
    validity: int = 167
    protocol_id: int = 0
    dcs: int = 0

    def pdu(self, number: str, entered: str, character_set: str) -> str:
        """The SMS-SUBMIT of a text as it was typed, in hex.

        Raises:
            SmsCodecError: It does not fit into one message.
        """
        pdu = SubmitPdu(
            number,
            self._content(entered, character_set),
            relative_validity=self.validity if self.first_octet & 0x18 == 0x10 else None,
            status_report=bool(self.first_octet & 0x20),
            reject_duplicates=bool(self.first_octet & 0x04),
            protocol_id=self.protocol_id,
        )
        return pdu.encode()[0]

    def _content(self, entered: str, character_set: str) -> Content:
        """8-bit and UCS2 data are hex, two digits an octet, as is all that has a header (27.005 3.1, ``<data>``).
        UCS2 that is no hex is taken as text: clients are seen to send that too.
        """
        alphabet, message_class = data_coding(self.dcs)
        has_header = bool(self.first_octet & 0x40)
        if (alphabet is not Alphabet.GSM7 or has_header) and _is_hex(entered):
            body = bytes.fromhex(entered)
            if alphabet is Alphabet.DATA8 or len(body) % 2 == 0:
                return Content.decode(self.dcs, has_header, len(body), body)
        if alphabet is Alphabet.DATA8:
            raise SmsCodecError("8-bit data that is no hex", "TP-UD")
        text = take(entered, character_set)
        content = replace(Content.of(text), message_class=message_class)
        return replace(content, alphabet=Alphabet.UCS2) if alphabet is Alphabet.UCS2 else content


@dataclass(frozen=True)
class Submission:
    """What the centre is told."""

    destination: str
    content: str | UserData
    wants_report: bool
    validity_s: float | None

    @classmethod
    def of(cls, pdu: str, wall_s: float) -> "Submission":
        """From a PDU in hex at a time of the centre's wall clock; the user data is handed on untouched.

        Raises:
            SmsCodecError: It is no SMS-SUBMIT, or cut short.
        """
        submit = SubmitPdu.decode(pdu)
        read = Reader(split_pdu(pdu)[1])
        first = read.octet("TP-MTI")
        read.octet("TP-MR")
        read.address("TP-DA")
        protocol_id, dcs = read.octet("TP-PID"), read.octet("TP-DCS")
        valid_s = _VALIDITY[first >> 3 & 3](read, wall_s)
        data = UserData(dcs, read.octet("TP-UDL"), read.rest(), bool(first & 0x40), protocol_id)
        return cls(submit.destination, _readable(data, submit.content), bool(first & 0x20), valid_s)


def _none(read: Reader, wall_s: float) -> None:
    return None


def _enhanced(read: Reader, wall_s: float) -> None:
    """Taken, and left to the centre: hardly any device uses it."""
    read.octets(7, "TP-VP")


def _relative(read: Reader, wall_s: float) -> float | None:
    return validity_s(read.octet("TP-VP"))


def _absolute(read: Reader, wall_s: float) -> float:
    until: datetime = decode_timestamp(read.octets(7, "TP-VP"))
    return max(0.0, until.timestamp() - wall_s)


_VALIDITY: tuple[Callable[[Reader, float], float | None], ...] = (_none, _enhanced, _relative, _absolute)
"""By TP-VPF, 9.2.3.3."""


def _readable(data: UserData, content: Content) -> str | UserData:
    """Plain text where it is just that, so that the operator's services can read it; else as it stands."""
    plain = Content.of(content.text)
    if content != plain or data.coding_scheme != plain.dcs or data.has_header or data.protocol_id:
        return data
    return content.text if plain.encode() == bytes([data.length]) + data.octets else data


def _is_hex(text: str) -> bool:
    return len(text) % 2 == 0 and set(text) <= _HEX
