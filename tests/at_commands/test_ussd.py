"""USSD strings in the five shapes seen from modems."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from at_commands.ussd import UssdEncoding, decode_ussd, encode_ussd, pack_ussd, unpack_ussd


@pytest.mark.parametrize(
    ("field", "dcs", "character_set", "text"),
    [
        ("04110430043B0430043D0441003A0031", 72, "IRA", "Баланс:1"),
        ("Balance: 1 rub", 15, "IRA", "Balance: 1 rub"),
        ("AA180C3602", 15, "IRA", "*100#"),
        ("00420061006C", 15, "UCS2", "Bal"),
        ("00420061006C", 15, "IRA", "Bal"),
        ("42616C", 68, "IRA", "Bal"),
        ("42616C", 0xF4, "IRA", "Bal"),
        ("0411", 17, "IRA", "Б"),
        ("150", 15, "IRA", "150"),
        ("1500", 15, "IRA", "1500"),
        ("", 15, "IRA", ""),
        ("*100#", 15, "GSM", "*100#"),
        ("\x00 \x11 \x02", 15, "GSM", "@ _ $"),
        ("Solde: 3\xe9", 15, "GSM", "Solde: 3\xe9"),
        ("AA180C3602", 15, "UCS2", "*100#"),
        ("CF25", 15, "UCS2", "OK"),
        ("064506310645062D", 15, "UCS2", "مرمح"),
        ("00420061006C", 15, "HEX", "Bal"),
        ("31", 15, "HEX", "1"),
    ],
)
def test_shapes_seen(field: str, dcs: int, character_set: str, text: str) -> None:
    assert decode_ussd(field, dcs, character_set=character_set) == text


LEGIBLE = [
    (encoding, character_set) for encoding in UssdEncoding for character_set in ("IRA", "GSM", "UCS2", "HEX")
]


@pytest.mark.parametrize(("encoding", "character_set"), LEGIBLE)
@given(body=st.text("abcxyz ABC0123456789*#:.,\n", max_size=60))
def test_there_and_back(encoding: UssdEncoding, character_set: str, body: str) -> None:
    text = f"Balans: {body}"  # a readable answer: digits alone are ambiguous by nature
    field, dcs = encode_ussd(text, encoding)
    assert decode_ussd(field, dcs, character_set=character_set) == text


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_ucs2_takes_any_text(text: str) -> None:
    field, dcs = encode_ussd(text, UssdEncoding.UCS2_HEX)
    assert decode_ussd(field, dcs) == text


@given(st.text("abc*#1@", max_size=40))
def test_packing_leaves_no_stray_character(text: str) -> None:
    assert unpack_ussd(pack_ussd(text)) == text


@pytest.mark.parametrize("encoding", [each for each in UssdEncoding if each is not UssdEncoding.UCS2_HEX])
def test_cyrillic_fits_into_ucs2_only(encoding: UssdEncoding) -> None:
    with pytest.raises(ValueError):
        encode_ussd("Баланс", encoding)


@given(
    st.text(st.characters(max_codepoint=255)),
    st.integers(0, 255),
    st.sampled_from(["IRA", "GSM", "UCS2", "HEX"]),
)
def test_nothing_a_modem_prints_is_an_error(field: str, dcs: int, character_set: str) -> None:
    decode_ussd(field, dcs, character_set=character_set)
