"""The declarative form: text and JSON say the same, and what is wrong is told with its place and a way out."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.faults import FaultSpecError, Wrong, fault_table, format_fault, parse_fault
from firmware_sim.faults.model import FAULT, FAULTS
from firmware_sim.faults.text import MAX_SPEC

seconds = st.floats(0, 1000).map(lambda value: round(value, 3))
printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
KNOWN = {
    "at": seconds,
    "for": st.none() | seconds,
    "p": st.floats(1e-6, 1),
    "every": st.integers(1, 10_000),
    "after": st.integers(0, 10_000),
    "times": st.integers(1, 1000),
    "command": printable,
    "dir": st.sampled_from(["tx", "rx", "both"]),
    "bit": st.none() | st.integers(0, 7),
    "sent": st.integers(300, 4_000_000),
    "heard": st.integers(300, 4_000_000),
    "size": st.integers(1, 4096),
    "gap": seconds,
    "by": seconds,
    "text": printable,
    "cme": st.integers(0, 999),
    "where": st.sampled_from(["answer", "echo"]),
    "rate": st.floats(0.001, 1000),
    "each": st.none() | st.floats(1, 1000).map(lambda value: round(value, 3)),
    "warned": seconds,
    "off": seconds,
    "cause": st.integers(2, 111),
    "domain": st.none() | st.sampled_from(["cs", "ps"]),
}


@st.composite
def faults(draw):
    name = draw(st.sampled_from(sorted(FAULTS)))
    keys = [f.alias or key for key, f in FAULTS[name].model_fields.items() if key != "fault"]
    return FAULT.validate_python(
        {"fault": name} | {key: draw(KNOWN[key]) for key in keys if draw(st.booleans())}
    )


@given(faults())
def test_text_and_json_both_carry_every_fault(fault) -> None:
    assert parse_fault(format_fault(fault)) == fault
    assert FAULT.validate_json(FAULT.dump_json(fault, by_alias=True)) == fault


@pytest.mark.parametrize(
    ("spec", "json"),
    [
        ("drop:p=0.001,dir=tx", {"fault": "drop", "p": 0.001, "dir": "tx"}),
        ("lost_ok:every=7", {"fault": "lost_ok", "every": 7}),
        ("hang:after=20,for=30s", {"fault": "hang", "after": 20, "for": 30}),
        (
            'urc_storm:rate=50,for=10s,text="+CSQ: 20,0"',
            {"fault": "urc_storm", "rate": 50, "for": 10, "text": "+CSQ: 20,0"},
        ),
        ("brownout:at=1m", {"fault": "brownout", "at": 60}),
        (" split : size = 3 , gap = 20ms ", {"fault": "split", "size": 3, "gap": 0.02}),
        (r'boot_line:text="a\"b\\c"', {"fault": "boot_line", "text": 'a"b\\c'}),
        ("brownout", {"fault": "brownout"}),
    ],
)
def test_a_spec_means_its_json(spec: str, json: dict) -> None:
    assert parse_fault(spec) == FAULT.validate_python(json)


@pytest.mark.parametrize(
    ("spec", "wrong", "words"),
    [
        ("drp:p=1", Wrong.FAULT, ("drp", "did you mean 'drop'")),
        ("", Wrong.FAULT, ("there are: drop, ",)),
        ("lost_ok:evry=3", Wrong.PARAMETER, ("lost_ok", "did you mean 'every'")),
        ("detach:bit=1", Wrong.PARAMETER, ("detach takes: at, cause",)),
        ("drop:p=2", Wrong.VALUE, ("drop:p", "less than or equal to 1")),
        ("drop:p=nan", Wrong.VALUE, ("drop:p",)),
        ("drop:dir=up", Wrong.VALUE, ("drop:dir", "'tx', 'rx' or 'both'")),
        ("hang:for=3y", Wrong.VALUE, ("hang:for", "30s")),
        ("hang:for=-1", Wrong.VALUE, ("hang:for",)),
        ("boot_line:text=привет", Wrong.VALUE, ("boot_line:text",)),
        ("hang:for", Wrong.SYNTAX, ("KEY=VALUE",)),
        ('urc_storm:text="a', Wrong.SYNTAX, ("urc_storm:",)),
        ("drop:p=1,p=1", Wrong.SYNTAX, ("once",)),
        ("drop:" + "p=1," * MAX_SPEC, Wrong.SYNTAX, (str(MAX_SPEC),)),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_a_way_out(spec, wrong, words) -> None:
    with pytest.raises(FaultSpecError) as caught:
        parse_fault(spec)
    assert caught.value.wrong is wrong
    for word in words:
        assert word in str(caught.value)


@given(st.text(max_size=60) | st.from_regex(r"[a-z_]{3,12}:([a-z]{1,6}=[^,]{0,8},?){0,4}", fullmatch=True))
def test_no_text_breaks_the_parser(spec: str) -> None:
    with contextlib.suppress(FaultSpecError):
        assert parse_fault(format_fault(parse_fault(spec))) == parse_fault(spec)


def test_the_table_has_every_fault_and_parameter() -> None:
    table = fault_table()
    for name, kind in FAULTS.items():
        section = table.split(f"\n  {name}: ", 1)[1].split("\n  ", 1)[0]
        assert kind.__doc__.split(".")[0] in " ".join(section.split())
        for key, field in kind.model_fields.items():
            assert key == "fault" or (field.alias or key) in table
