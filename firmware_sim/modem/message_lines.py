"""A stored or arriving message as the terminal sees it (3GPP TS 27.005: 3.1, 3.4.1, 4.1-4.2 and Annex on PDU mode).

In text mode the fields depend on where the line appears: ``+CMGL`` has few, ``+CMGR`` and ``+CMT`` have more, and
``+CSDH=1`` adds those that a program can do without. What is no text (8-bit data, UCS2) is two hex digits an octet
whatever ``+CSCS`` says (3.1, ``<data>``); UCS2 text is kept readable only where ``+CSCS`` is UCS2, which is the same.
"""

from collections.abc import Sequence
from datetime import datetime

from at_commands.sms import (
    Alphabet,
    Content,
    DeliverPdu,
    SmsCodecError,
    StatusReportPdu,
    SubmitPdu,
    split_pdu,
)
from firmware_sim.modem.character_sets import show

INTERNATIONAL, UNKNOWN = 145, 129
ALPHANUMERIC = 208


def pdu_length(pdu: str) -> int:
    """``<length>``: the octets of the TPDU, without the service centre."""
    return len(split_pdu(pdu)[1])


def pdu_line(pdu: str) -> str:
    """``<alpha>,<length>`` and the PDU below; nobody is in the phone book."""
    return f'"",{pdu_length(pdu)}\r\n{pdu}'


def listed(pdu: str, character_set: str, *, details: bool) -> str:
    """Text mode, what stands behind ``<stat>`` in ``+CMGL``."""
    report = report_fields(pdu, character_set)
    if report is not None:
        return report
    number, content, moment = _essentials(pdu)
    fields = [_quoted(number, character_set), '""', _stamp(moment) if moment else ""]
    if details:
        fields += [str(_type_of(number)), str(_length(content))]
    return _line(fields) + "\r\n" + _text(content, character_set)


def shown(pdu: str, character_set: str, *, details: bool) -> str:
    """Text mode, what stands behind ``<stat>`` in ``+CMGR``, and the whole of a ``+CMT``."""
    report = report_fields(pdu, character_set)
    if report is not None:
        return report
    number, content, moment = _essentials(pdu)
    fields = [_quoted(number, character_set), '""']
    if moment:
        fields.append(_stamp(moment))
    if details:
        service_centre, tpdu = split_pdu(pdu)
        centre = service_centre or ""
        fields += [str(_type_of(number)), str(tpdu[0]), *map(str, _protocol_and_coding(pdu))]
        if not moment:
            validity = SubmitPdu.decode(pdu).relative_validity
            fields.append("" if validity is None else str(validity))
        fields += [_quoted(centre, character_set), str(_type_of(centre)), str(_length(content))]
    return _line(fields) + "\r\n" + _text(content, character_set)


def report_fields(pdu: str, character_set: str) -> str | None:
    """``<fo>,<mr>,<ra>,<tora>,<scts>,<dt>,<st>`` of a status report; ``None`` for another message."""
    try:
        report = StatusReportPdu.decode(pdu)
    except SmsCodecError:
        return None
    fields = [
        str(split_pdu(pdu)[1][0]),
        str(report.reference),
        _quoted(report.recipient, character_set),
        str(_type_of(report.recipient)),
        _stamp(report.timestamp),
        _stamp(report.discharged),
        str(report.status),
    ]
    return ",".join(fields)


def _essentials(pdu: str) -> tuple[str, Content, datetime | None]:
    """Number, content, and when it came if it came from somewhere."""
    try:
        delivered = DeliverPdu.decode(pdu)
    except SmsCodecError:
        submitted = SubmitPdu.decode(pdu)
        return submitted.destination, submitted.content, None
    return delivered.originator, delivered.content, delivered.timestamp


def _protocol_and_coding(pdu: str) -> bytes:
    """TP-PID and TP-DCS as they stand in the TPDU: behind the address, which a SUBMIT has one octet later."""
    tpdu = split_pdu(pdu)[1]
    address = 1 if tpdu[0] & 3 == 0 else 2
    behind = address + 2 + (tpdu[address] + 1) // 2
    return tpdu[behind : behind + 2]


def _line(fields: Sequence[str]) -> str:
    return ",".join(fields).rstrip(",")


def _quoted(text: str, character_set: str) -> str:
    return f'"{show(text, character_set)}"'


def _type_of(number: str) -> int:
    if number.startswith("+"):
        return INTERNATIONAL
    return UNKNOWN if all(c in "0123456789*#abc" for c in number) else ALPHANUMERIC


def _stamp(at: datetime) -> str:
    offset = at.utcoffset()
    quarters = round(offset.total_seconds() / 900) if offset else 0
    return f'"{at:%y/%m/%d,%H:%M:%S}{quarters:+03d}"'


def _length(content: Content) -> int:
    return len(content.data) if content.alphabet is Alphabet.DATA8 else len(content.text)


def _text(content: Content, character_set: str) -> str:
    if content.alphabet is Alphabet.DATA8:
        return content.data.hex().upper()
    if content.alphabet is Alphabet.UCS2:
        return content.text.encode("utf-16-be").hex().upper()
    return show(content.text.replace("\n", "\r\n"), character_set)
