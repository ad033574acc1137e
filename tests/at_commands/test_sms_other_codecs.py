"""Our short messages read by somebody else's decoder (smspdudecoder); python-gsmmodem-new's is in test_sms.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from io import StringIO

import gsmmodem.pdu
from hypothesis import given
from hypothesis import strategies as st
from smspdudecoder.fields import SMSDeliver, SMSSubmit

from at_commands.sms import Alphabet, Content, DeliverPdu, Part, SubmitPdu, split_content

GSM = "£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCXYZÄÖÑÜ§¿abcxyzäöñüà^{}\\[~]|€@"

texts = st.one_of(
    st.text(st.sampled_from(GSM), min_size=1, max_size=400),
    st.text("Привет, котёл 65 °C №", min_size=1, max_size=200),
)
numbers = st.text("0123456789", min_size=3, max_size=15)
moments = st.builds(
    lambda moment, quarters: moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=15 * quarters))),
    st.datetimes(datetime(2000, 1, 2), datetime(2068, 12, 30)),  # noqa: DTZ001  # the zone is put in above
    st.integers(-48, 56),
)


def parts(text: str, reference: int) -> list[Content]:
    return split_content(Content.of(text), reference)


def shown(text: str) -> str:
    """The other decoder does not count septets: fill bits may look like a last @ to it."""
    return text.rstrip("@")


@given(texts, numbers, moments, st.integers(0, 255))
def test_what_comes(text: str, number: str, at: datetime, reference: int) -> None:
    pieces = parts(text, reference)
    read = [
        SMSDeliver.decode(StringIO(DeliverPdu(f"+{number}", piece, at, "+79168999100").encode()[0]))
        for piece in pieces
    ]
    assert [shown(each["user_data"]["data"]) for each in read] == [shown(piece.text) for piece in pieces]
    assert {each["sender"]["number"] for each in read} == {number}
    assert {each["smsc"]["number"] for each in read} == {"79168999100"}
    assert {each["scts"] for each in read} == {at.astimezone(UTC)}
    if len(pieces) > 1:
        headers = [each["user_data"]["header"]["elements"][0]["data"] for each in read]
        assert [(h["reference"], h["parts_count"], h["part_number"]) for h in headers] == [
            (reference, len(pieces), number) for number in range(1, len(pieces) + 1)
        ]


@given(st.binary(min_size=1, max_size=133), st.integers(0, 65535), st.integers(2, 255))
def test_octets_and_wide_references(data: bytes, reference: int, total: int) -> None:
    content = Content(data=data, alphabet=Alphabet.DATA8, part=Part(reference, total, 2, wide=True))
    at = datetime(2026, 1, 15, tzinfo=UTC)
    pdu, length = DeliverPdu("+79161234567", content, at, "+79168999100").encode()
    read = SMSDeliver.decode(StringIO(pdu))["user_data"]
    assert read["data"] == data
    header = read["header"]["elements"][0]["data"]
    assert (header["reference"], header["parts_count"], header["part_number"]) == (reference, total, 2)
    theirs = gsmmodem.pdu.decodeSmsPdu(pdu)
    assert theirs["tpdu_length"] == length
    (concatenation,) = theirs["udh"]
    assert (concatenation.reference, concatenation.parts, concatenation.number) == (reference, total, 2)


@given(texts, numbers, st.integers(0, 255), st.integers(0, 255))
def test_what_goes(text: str, number: str, reference: int, validity: int) -> None:
    for piece in parts(text, reference):
        pdu = SubmitPdu(f"+{number}", piece, None, reference, validity, status_report=True)
        read = SMSSubmit.decode(StringIO(pdu.encode()[0]))
        assert shown(read["user_data"]["data"]) == shown(piece.text)
        assert read["recipient"]["number"] == number
        assert (read["message-ref"], read["vp"], read["header"]["srr"]) == (reference, validity, True)


@given(st.text("MTSRUinfo42", min_size=1, max_size=11))
def test_a_name_as_sender(name: str) -> None:
    at = datetime(2026, 1, 15, tzinfo=UTC)
    read = SMSDeliver.decode(StringIO(DeliverPdu(name, Content.of("x"), at, "+79168999100").encode()[0]))
    if name.isdecimal():  # then it is a number
        assert read["sender"]["toa"]["ton"] == "unknown"
    assert shown(read["sender"]["number"]) == name
