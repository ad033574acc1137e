"""Short messages as PDUs (3GPP TS 23.040 clause 9, data coding of TS 23.038 clause 4).

A PDU on the AT interface is the service centre's address followed by the TPDU, in hex; ``+CMGS=<length>``
counts the TPDU only. Lengths here are in octets unless a name says septets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from at_commands.sms_content import Alphabet, Content, Part, data_coding, split_content
from at_commands.sms_fields import (
    Reader,
    SmsCodecError,
    decode_timestamp,
    encode_address,
    encode_timestamp,
    split_pdu,
    with_service_centre,
)

__all__ = [
    "Alphabet",
    "Content",
    "DeliverPdu",
    "Part",
    "SmsCodecError",
    "StatusReportPdu",
    "SubmitPdu",
    "data_coding",
    "split_content",
    "split_pdu",
    "validity_s",
]


def validity_s(octet: int | None) -> float | None:
    """Seconds of a relative TP-VP (9.2.3.12.1); None for none."""
    if octet is None:
        return None
    if octet < 144:
        return (octet + 1) * 300.0
    if octet < 168:
        return 43_200.0 + (octet - 143) * 1800.0
    return (octet - 166) * 86_400.0 if octet < 197 else (octet - 192) * 604_800.0


@dataclass(frozen=True)
class SubmitPdu:
    """SMS-SUBMIT, from the phone to the service centre (9.2.2.2)."""

    destination: str
    content: Content
    service_centre: str | None = None  # None: the one stored by +CSCA
    reference: int = 0
    relative_validity: int | None = None  # TP-VP octet, 9.2.3.12.1; 167 is a day, 173 a week
    status_report: bool = False
    reject_duplicates: bool = False
    protocol_id: int = 0

    def encode_tpdu(self) -> bytes:
        """The TPDU's octets.

        Raises:
            SmsCodecError: A value does not fit its field.
        """
        try:
            return self._encoded()
        except SmsCodecError:
            raise
        except (OverflowError, ValueError):  # of bytes()
            numbers = {"TP-MR": self.reference, "TP-PID": self.protocol_id, "TP-VP": self.relative_validity}
            raise _too_large(numbers) from None

    def _encoded(self) -> bytes:
        first = (
            0x01
            | (0x04 if self.reject_duplicates else 0)
            | (0x10 if self.relative_validity is not None else 0)
        )
        first |= (0x20 if self.status_report else 0) | (0x40 if self.content.header else 0)
        validity = b"" if self.relative_validity is None else bytes([self.relative_validity])
        return (
            bytes([first, self.reference])
            + encode_address(self.destination, "TP-DA")
            + bytes([self.protocol_id, self.content.dcs])
            + validity
            + self.content.encode()
        )

    @classmethod
    def decode_tpdu(cls, tpdu: bytes, service_centre: str | None = None) -> "SubmitPdu":
        """An absolute or enhanced validity period is read over."""
        read = Reader(tpdu)
        first = read.octet("TP-MTI")
        if first & 3 != 1:
            raise SmsCodecError("not an SMS-SUBMIT", "TP-MTI")
        reference = read.octet("TP-MR")
        destination = read.address("TP-DA")
        protocol_id, dcs = read.octet("TP-PID"), read.octet("TP-DCS")
        validity = None
        if first >> 3 & 3 == 2:
            validity = read.octet("TP-VP")
        elif first >> 3 & 3:
            read.octets(7, "TP-VP")
        content = Content.decode(dcs, bool(first & 0x40), read.octet("TP-UDL"), read.rest())
        return cls(
            destination,
            content,
            service_centre,
            reference,
            validity,
            bool(first & 0x20),
            bool(first & 4),
            protocol_id,
        )

    def encode(self) -> tuple[str, int]:
        """The PDU in hex, and the TPDU's length for ``+CMGS=<length>``."""
        return with_service_centre(self.service_centre, self.encode_tpdu())

    @classmethod
    def decode(cls, pdu: str) -> "SubmitPdu":
        """From hex.

        Raises:
            SmsCodecError: It is something else, or cut short.
        """
        service_centre, tpdu = split_pdu(pdu)
        return cls.decode_tpdu(tpdu, service_centre)


@dataclass(frozen=True)
class DeliverPdu:
    """SMS-DELIVER, from the service centre to the phone (9.2.2.1)."""

    originator: str
    content: Content
    timestamp: datetime  # aware, whole seconds, zone in quarters of an hour
    service_centre: str | None = None
    status_report: bool = False
    more_to_send: bool = False
    protocol_id: int = 0

    def encode_tpdu(self) -> bytes:
        """The TPDU's octets.

        Raises:
            SmsCodecError: A value does not fit its field.
        """
        try:
            return self._encoded()
        except SmsCodecError:
            raise
        except (OverflowError, ValueError):
            raise _too_large({"TP-PID": self.protocol_id}) from None

    def _encoded(self) -> bytes:
        first = (0 if self.more_to_send else 0x04) | (0x20 if self.status_report else 0)
        first |= 0x40 if self.content.header else 0
        return (
            bytes([first])
            + encode_address(self.originator, "TP-OA")
            + bytes([self.protocol_id, self.content.dcs])
            + encode_timestamp(self.timestamp)
            + self.content.encode()
        )

    @classmethod
    def decode_tpdu(cls, tpdu: bytes, service_centre: str | None = None) -> "DeliverPdu":
        """From the TPDU's octets."""
        read = Reader(tpdu)
        first = read.octet("TP-MTI")
        if first & 3 != 0:
            raise SmsCodecError("not an SMS-DELIVER", "TP-MTI")
        originator = read.address("TP-OA")
        protocol_id, dcs = read.octet("TP-PID"), read.octet("TP-DCS")
        timestamp = decode_timestamp(read.octets(7, "TP-SCTS"))
        content = Content.decode(dcs, bool(first & 0x40), read.octet("TP-UDL"), read.rest())
        return cls(
            originator, content, timestamp, service_centre, bool(first & 0x20), not first & 4, protocol_id
        )

    def encode(self) -> tuple[str, int]:
        """The PDU in hex, and the TPDU's length."""
        return with_service_centre(self.service_centre, self.encode_tpdu())

    @classmethod
    def decode(cls, pdu: str) -> "DeliverPdu":
        """From hex.

        Raises:
            SmsCodecError: It is something else, or cut short.
        """
        service_centre, tpdu = split_pdu(pdu)
        return cls.decode_tpdu(tpdu, service_centre)


@dataclass(frozen=True)
class StatusReportPdu:
    """SMS-STATUS-REPORT: what became of a message sent (9.2.2.3)."""

    reference: int
    recipient: str
    timestamp: datetime
    discharged: datetime
    status: int = 0  # TP-ST: 0 delivered, 0x20… still trying, 0x40… gave up
    service_centre: str | None = None

    def encode(self) -> tuple[str, int]:
        """The PDU in hex, and the TPDU's length.

        Raises:
            SmsCodecError: A value does not fit its field.
        """
        for field, number in (("TP-MR", self.reference), ("TP-ST", self.status)):
            if not 0 <= number <= 255:
                raise _too_large({field: number})
        tpdu = (
            bytes([0x06, self.reference])
            + encode_address(self.recipient, "TP-RA")
            + encode_timestamp(self.timestamp)
            + encode_timestamp(self.discharged)
            + bytes([self.status])
        )
        return with_service_centre(self.service_centre, tpdu)

    @classmethod
    def decode(cls, pdu: str) -> "StatusReportPdu":
        """From hex.

        Raises:
            SmsCodecError: It is something else, or cut short.
        """
        service_centre, tpdu = split_pdu(pdu)
        read = Reader(tpdu)
        if read.octet("TP-MTI") & 3 != 2:
            raise SmsCodecError("not an SMS-STATUS-REPORT", "TP-MTI")
        reference, recipient = read.octet("TP-MR"), read.address("TP-RA")
        timestamp = decode_timestamp(read.octets(7, "TP-SCTS"))
        discharged = decode_timestamp(read.octets(7, "TP-DT"))
        return cls(reference, recipient, timestamp, discharged, read.octet("TP-ST"), service_centre)


def _too_large(numbers: Mapping[str, int | None]) -> SmsCodecError:
    """Which of these is no octet; if none is, what is left is in the header."""
    for field, number in numbers.items():
        if number is not None and not 0 <= number <= 255:
            return SmsCodecError(f"{number} is not in 0 to 255", field)
    return SmsCodecError("a reference, a part's number or an element is too large", "TP-UDH")
