"""Short-message PDUs: there and back, and against somebody else's codec."""

import string
from datetime import UTC, datetime, timedelta, timezone

import gsmmodem.pdu as foreign
import pytest
from hypothesis import given
from hypothesis import strategies as st

from at_commands.gsm7 import gsm7_decode, gsm7_encode, pack_septets, unpack_septets
from at_commands.sms import (
    Alphabet,
    Content,
    DeliverPdu,
    Part,
    SmsCodecError,
    StatusReportPdu,
    SubmitPdu,
    split_content,
    split_pdu,
)
from at_commands.sms_reassembly import Reassembly

GSM = "@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCXYZÄÖÑÜ§¿abcxyzäöñüà^{}\\[~]|€"
BOTH_CODECS_AGREE_ON = GSM.replace("§", "")  # the other one has ` in its place

gsm_text = st.text(st.sampled_from(GSM))
any_text = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.builds(
    "{}{}".format, st.sampled_from(["", "+"]), st.text(string.digits, min_size=1, max_size=15)
)
parts = st.one_of(
    st.none(),
    st.builds(Part, st.integers(0, 255), st.integers(1, 255), st.integers(1, 255)),
    st.builds(Part, st.integers(0, 65535), st.integers(1, 255), st.integers(1, 255), st.just(True)),
)
classes = st.one_of(st.none(), st.integers(0, 3))
elements = st.sampled_from([b"", bytes.fromhex("05040B8423F0"), bytes.fromhex("01020304")])
contents = st.one_of(
    st.builds(
        Content,
        text=st.text(st.sampled_from(GSM), max_size=60),
        message_class=classes,
        part=parts,
        elements=elements,
    ),
    st.builds(
        Content,
        text=st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
        alphabet=st.just(Alphabet.UCS2),
        message_class=classes,
        part=parts,
        elements=elements,
    ),
    st.builds(
        Content,
        data=st.binary(max_size=100),
        alphabet=st.just(Alphabet.DATA8),
        message_class=classes,
        part=parts,
        elements=elements,
    ),
)
moments = st.builds(
    lambda moment, quarters: moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=15 * quarters))),
    st.datetimes(
        datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None),
        datetime(2068, 12, 30, tzinfo=UTC).replace(
            tzinfo=None
        ),  # later is the last century to the other codec
    ),
    st.integers(-48, 56),
)
octets = st.integers(0, 255)


@given(gsm_text)
def test_gsm_alphabet_there_and_back(text: str) -> None:
    assert gsm7_decode(gsm7_encode(text)) == text


@given(st.binary(max_size=160).map(lambda raw: bytes(b & 0x7F for b in raw)), st.integers(0, 6))
def test_septets_there_and_back(septets: bytes, fill_bits: int) -> None:
    assert unpack_septets(pack_septets(septets, fill_bits), len(septets), fill_bits) == septets


@given(
    st.builds(
        SubmitPdu,
        numbers,
        contents,
        st.one_of(st.none(), numbers),
        octets,
        st.one_of(st.none(), octets),
        st.booleans(),
        st.booleans(),
        octets,
    )
)
def test_submit_there_and_back(pdu: SubmitPdu) -> None:
    encoded, tpdu_length = pdu.encode()
    assert SubmitPdu.decode(encoded) == pdu
    assert len(split_pdu(encoded)[1]) == tpdu_length


@given(
    st.builds(
        DeliverPdu,
        st.one_of(
            numbers, st.text("MTSRUinfo ", min_size=1, max_size=11).filter(lambda s: not s.endswith(" "))
        ),
        contents,
        moments,
        st.one_of(st.none(), numbers),
        st.booleans(),
        st.booleans(),
        octets,
    )
)
def test_deliver_there_and_back(pdu: DeliverPdu) -> None:
    assert DeliverPdu.decode(pdu.encode()[0]) == pdu


@given(st.builds(StatusReportPdu, octets, numbers, moments, moments, octets, st.one_of(st.none(), numbers)))
def test_status_report_there_and_back(pdu: StatusReportPdu) -> None:
    assert StatusReportPdu.decode(pdu.encode()[0]) == pdu


@given(st.one_of(st.text(st.sampled_from(BOTH_CODECS_AGREE_ON)), st.text("Привет, котёл 20°")), octets)
def test_the_other_codec_encodes_the_same(text: str, reference: int) -> None:
    theirs = foreign.encodeSmsSubmitPdu(
        "+79161234567", text, reference=reference, smsc="+79168999100", requestStatusReport=False
    )
    ours = [
        SubmitPdu("+79161234567", content, "+79168999100", reference)
        for content in split_content(Content.of(text), reference)
    ]
    if len(ours) == 1:
        assert [pdu.encode()[0] for pdu in ours] == [str(their) for their in theirs]
    decoded = [SubmitPdu.decode(str(their)) for their in theirs]
    assert "".join(pdu.content.text for pdu in decoded) == text


@given(st.text(st.sampled_from(BOTH_CODECS_AGREE_ON + "Привет"), max_size=60), moments)
def test_the_other_codec_reads_what_we_deliver(text: str, at: datetime) -> None:
    text = text.rstrip("@")  # septet 0: the other one takes it for fill bits where it ends an octet
    pdu, tpdu_length = DeliverPdu("+79161234567", Content.of(text), at, "+79168999100").encode()
    read = foreign.decodeSmsPdu(pdu)
    assert (read["number"], read["text"], read["smsc"]) == ("+79161234567", text, "+79168999100")
    assert read["tpdu_length"] == tpdu_length
    assert read["time"] == at


@given(st.one_of(gsm_text, any_text), octets, st.randoms())
def test_a_long_text_is_whole_again_whatever_the_order(text: str, reference: int, order: object) -> None:
    pieces = split_content(Content.of(text * 7), reference)
    for piece in pieces:
        piece.encode()
    shuffled = pieces[:]
    order.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis' Random
    reassembly = Reassembly[int]()
    whole = [each for at, piece in enumerate(shuffled) for each in reassembly.add("+7916", piece, at, 0.0)]
    assert [(each.content.text, each.missing) for each in whole] == [(text * 7, ())]
    assert sorted(whole[0].sources) == list(range(len(pieces)))
    assert reassembly.next_expiry() is None


def test_a_part_twice_or_of_another_sender_does_not_complete_a_message() -> None:
    first, second = split_content(Content.of("x" * 200), 9)
    reassembly = Reassembly[str](timeout_s=60)
    assert reassembly.add("A", first, "a", 0) == []
    assert reassembly.add("A", first, "b", 1) == []
    assert reassembly.add("B", second, "c", 2) == []
    (whole,) = reassembly.add("A", second, "d", 3)
    assert (len(whole.content.text), whole.sources) == (200, ("a", "b", "d"))


def test_what_stays_unfinished_is_given_out_as_it_is() -> None:
    first, second, third = split_content(Content.of("ж" * 180), 9)
    reassembly = Reassembly[int](timeout_s=60)
    assert reassembly.add("A", third, 3, 5) == []
    assert reassembly.add("A", first, 1, 30) == []
    assert reassembly.next_expiry() == 90
    assert reassembly.expire(89.9) == []
    (torso,) = reassembly.expire(90)
    assert (torso.missing, torso.content.text) == ((2,), first.text + third.text)
    assert reassembly.add("A", second, 2, 100) == [], "a new beginning"


def test_reassembly_is_bounded() -> None:
    first, _ = split_content(Content.of("x" * 200), 9)
    reassembly = Reassembly[None](capacity=2)
    given_out = [reassembly.add(sender, first, None, 0) for sender in "ABCD"]
    assert [[each.originator for each in gone] for gone in given_out] == [[], [], ["A"], ["B"]]


@given(st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 1)), min_size=30, max_size=60))
def test_parts_repeated_for_ever_take_no_more_room_than_allowed(repeated: list[tuple[str, int]]) -> None:
    pieces = split_content(Content.of("x" * 400), 9)
    reassembly = Reassembly[int](max_octets=10 * 140)
    given_out = [
        len(whole.sources)
        for at, (sender, number) in enumerate(repeated)
        for whole in reassembly.add(sender, pieces[number], at, float(at))
    ]
    kept = sum(len(whole.sources) for whole in reassembly.expire(1e6))
    assert kept <= 10
    assert sum(given_out) + kept == len(repeated), "none is forgotten in silence"


def test_a_part_that_cannot_be_is_a_message_of_its_own() -> None:
    odd = Content("x", part=Part(1, 2, 3))
    (alone,) = Reassembly[None]().add("A", odd, None, 0)
    assert alone.content.text == "x"


@pytest.mark.parametrize("pdu", ["", "zz", "00", "0001", "0791", "07919761989901F004", "0003"])
def test_what_is_no_pdu_is_refused(pdu: str) -> None:
    for kind in (SubmitPdu, DeliverPdu, StatusReportPdu):
        with pytest.raises(SmsCodecError):
            kind.decode(pdu)


AT = datetime(2026, 1, 15, 12, 34, 56, tzinfo=UTC)
TORN = Content("котёл", alphabet=Alphabet.UCS2, part=Part(7, 2, 1))
FIELDS = {
    SubmitPdu: ("TP-MTI", "TP-MR", "TP-DA", "TP-PID", "TP-DCS", "TP-VP", "TP-UDL", "TP-UD"),
    DeliverPdu: ("TP-MTI", "TP-OA", "TP-PID", "TP-DCS", "TP-SCTS", "TP-UDL", "TP-UD"),
    StatusReportPdu: ("TP-MTI", "TP-MR", "TP-RA", "TP-SCTS", "TP-DT", "TP-ST"),
}


@pytest.mark.parametrize(
    "pdu",
    [
        SubmitPdu("+79161234567", TORN, relative_validity=167),
        DeliverPdu("Bank", TORN, AT),
        StatusReportPdu(7, "+79161234567", AT, AT),
    ],
    ids=lambda pdu: type(pdu).__name__,
)
def test_wherever_it_is_torn_the_error_names_the_field(
    pdu: SubmitPdu | DeliverPdu | StatusReportPdu,
) -> None:
    encoded = pdu.encode()[0]
    named = []
    for end in range(2, len(encoded), 2):
        with pytest.raises(SmsCodecError) as torn:
            type(pdu).decode(encoded[:end])
        named.append(torn.value.field)
    assert tuple(dict.fromkeys(named)) == FIELDS[type(pdu)], "each, in the order of the TPDU"


@pytest.mark.parametrize(
    ("pdu", "field"),
    [
        (SubmitPdu("+7916", Content("x"), reference=256), "TP-MR"),
        (SubmitPdu("+7916", Content("x"), protocol_id=-1), "TP-PID"),
        (SubmitPdu("+7916", Content("x"), relative_validity=256), "TP-VP"),
        (SubmitPdu("1" * 21, Content("x")), "TP-DA"),
        (SubmitPdu("Компания", Content("x")), "TP-DA"),
        (SubmitPdu("twelve chars", Content("x")), "TP-DA"),
        (SubmitPdu("+7916", Content("x"), "centre"), "SMSC"),
        (SubmitPdu("+7916", Content("ж")), "TP-UD"),
        (SubmitPdu("+7916", Content("x", message_class=4)), "TP-DCS"),
        (SubmitPdu("+7916", Content("x", part=Part(65536, 1, 1, wide=True))), "TP-UDH"),
        (DeliverPdu("+7916", Content("x", part=Part(1, 256, 1)), AT), "TP-UDH"),
        (DeliverPdu("+7916", Content("x"), AT, protocol_id=256), "TP-PID"),
        (DeliverPdu("+7916", Content("x"), AT.replace(tzinfo=None)), "TP-SCTS"),
        (StatusReportPdu(1, "+7916", AT, AT, 256), "TP-ST"),
    ],
)
def test_what_fits_no_field_is_refused_by_its_name(
    pdu: SubmitPdu | DeliverPdu | StatusReportPdu, field: str
) -> None:
    with pytest.raises(SmsCodecError) as refused:
        pdu.encode()
    assert refused.value.field == field


def test_a_header_longer_than_the_message_is_refused_by_its_name() -> None:
    with pytest.raises(SmsCodecError) as refused:
        Content.decode(0x04, True, 3, bytes.fromhex("050003"))
    assert refused.value.field == "TP-UDH"


@given(st.binary(max_size=60))
def test_noise_is_refused_or_read_never_worse(noise: bytes) -> None:
    for kind in (SubmitPdu, DeliverPdu, StatusReportPdu):
        try:
            kind.decode(noise.hex())
        except SmsCodecError:
            continue


def test_too_much_for_one_message_is_refused() -> None:
    with pytest.raises(SmsCodecError):
        SubmitPdu("+7916", Content("x" * 161)).encode()
    with pytest.raises(SmsCodecError):
        SubmitPdu("+7916", Content("Привет")).encode()


def test_a_stamp_that_is_no_date_does_not_hide_the_message() -> None:
    pdu, _ = DeliverPdu("+7916", Content("hi"), datetime(2026, 1, 1, tzinfo=UTC)).encode()
    at = pdu.index("62101000000000")
    assert DeliverPdu.decode(pdu[:at] + "00000000000000" + pdu[at + 14 :]).content.text == "hi"
