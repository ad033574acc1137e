"""Register maps: what is written is what is read, and a mistake in a map is named."""

import contextlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from provisioning.controller_profile import (
    ControllerProfile,
    ProfileError,
    Register,
    RegisterType,
    RegisterValueError,
    blocks,
    load_profile,
    parse_profile,
    profile_names,
)

TEMPERATURE = Register("t", 0, RegisterType.INT16, scale=0.1, unit="°C", sentinel=0x7FFF)


def test_every_profile_of_the_package_loads() -> None:
    assert "thermogate_h1v" in profile_names()
    for name in profile_names():
        assert isinstance(load_profile(name), ControllerProfile)


@pytest.mark.parametrize(
    ("words", "value"),
    [([0x00D7], 21.5), ([0xFF38], -20.0), ([0x7FFF], None), ([0x0000], 0.0), ([0x8000], -3276.8)],
)
def test_temperatures(words: list[int], value: float | None) -> None:
    assert TEMPERATURE.decode(words) == value
    assert TEMPERATURE.encode(value) == words


@given(st.integers(-0x8000, 0x7FFE))
def test_every_temperature_survives_the_wire(raw: int) -> None:
    words = [raw & 0xFFFF]
    value = TEMPERATURE.decode(words)
    assert value == pytest.approx(raw / 10)
    assert TEMPERATURE.encode(value) == words


@given(st.integers(0, 0xFFFF_FFFF))
def test_every_counter_survives_the_wire(raw: int) -> None:
    counter = Register("c", 0, RegisterType.UINT32, words=2)
    assert counter.encode(raw) == [raw >> 16, raw & 0xFFFF]
    assert counter.decode([raw >> 16, raw & 0xFFFF]) == raw


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12))
def test_every_text_survives_the_wire(text: str) -> None:
    assume(text == text.rstrip(" "))
    register = Register("s", 0, RegisterType.STRING, words=6)
    assert register.decode(register.encode(text)) == text


@given(st.lists(st.integers(0, 0xFFFF), max_size=4), st.sampled_from(list(RegisterType)))
def test_any_words_give_a_value_or_a_typed_error(words: list[int], kind: RegisterType) -> None:
    register = Register("x", 0, kind, words=2 if kind is RegisterType.UINT32 else 1, choices={0: "no"})
    with contextlib.suppress(RegisterValueError):
        register.decode(words)


@pytest.mark.parametrize("value", [40_000.0, 3276.7, float("nan"), float("inf"), "warm"])
def test_what_a_register_cannot_hold_is_refused(value: float | str) -> None:
    with pytest.raises(RegisterValueError):
        TEMPERATURE.encode(value)


class TestSetpoints:
    profile = load_profile("thermogate_h1v")

    def test_within_the_limits(self) -> None:
        assert self.profile["air_setpoint"].check_setpoint(21.5) == [215]
        assert self.profile["heating_mode"].check_setpoint("curve") == [2]
        assert self.profile["heating_mode"].check_setpoint(1) == [1]

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("air_setpoint", 4.9, "below 5"),
            ("air_setpoint", 36, "above 35"),
            ("air_setpoint", None, "needs a value"),
            ("air_temp", 20.0, "cannot be written"),
            ("heating_mode", "turbo", "none of off, air, curve"),
            ("heating_mode", 7, "none of"),
        ],
    )
    def test_beyond_them(self, name: str, value: float | str | None, words: str) -> None:
        with pytest.raises(RegisterValueError, match=words):
            self.profile[name].check_setpoint(value)

    def test_flags_have_names(self) -> None:
        assert self.profile["alarms"].flag_names(0b1_0000_0101) == (
            "air_sensor_fault",
            "boiler_fault",
            "bit_8",
        )
        assert self.profile["alarms"].flag_names(None) == ()


class TestBlocks:
    def test_the_map_needs_few_requests(self) -> None:
        groups = blocks(load_profile("thermogate_h1v").registers)
        assert [(group[0].address, group[-1].end) for group in groups] == [(0, 23), (100, 116), (200, 206)]

    @given(st.sets(st.integers(0, 400)), st.integers(1, 20))
    def test_all_registers_once_without_holes_and_not_too_long(self, addresses: set[int], limit: int) -> None:
        registers = [Register(f"r{address}", address, RegisterType.UINT16) for address in addresses]
        groups = blocks(registers, limit)
        assert sorted(r.address for group in groups for r in group) == sorted(addresses)
        for group in groups:
            assert group[-1].end - group[0].address == len(group) <= limit


HEAD = '[profile]\ntitle = "t"\nmodels = ["m"]\nversion = 1\nidentity = ["a", "a", "a"]\n'
GOOD = HEAD + '[[registers]]\nname = "a"\naddress = 0\ntype = "uint16"\n'


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[profile", "bad"),
        ("", "[profile]"),
        (HEAD, "bad"),
        (GOOD.replace("uint16", "uint17"), "a type"),
        (GOOD + 'acces = "rw"\n', "register 1 acces"),
        (GOOD + 'access = "w"\n', "a access"),
        (GOOD + "words = 3\n", "a words"),
        (GOOD + "scale = 0\n", "a scale"),
        (GOOD + 'min = "low"\n', "a min"),
        (GOOD + '[registers.choices]\nx = "y"\n', "a choices"),
        (GOOD.replace("address = 0", 'address = "0"'), "a address"),
        (GOOD.replace("address = 0", "address = 65536"), "a address"),
        (GOOD + '[[registers]]\nname = "b"\naddress = 0\ntype = "uint16"\n', "b address"),
        (GOOD + '[[registers]]\nname = "a"\naddress = 1\ntype = "uint16"\n', "a"),
        (GOOD.replace('["a", "a", "a"]', '["a", "b", "c"]'), "[profile] identity"),
        (GOOD.replace('["m"]', "[]"), "[profile] models"),
        (GOOD.replace('["m"]', '["m", 2]'), "[profile] models"),
        (GOOD.replace('["m"]', '"m"'), "[profile] models"),
    ],
)
def test_a_mistake_in_a_map_is_named(text: str, place: str) -> None:
    with pytest.raises(ProfileError) as error:
        parse_profile(text, "bad")
    assert error.value.place == place


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("type", 'type = "float99"'),
        ("address", "address = 5000"),
        ("scale", "scale = 0"),
        ("unit", "units = 1"),
    ],
)
def test_a_mistake_is_named_by_its_line(key: str, wrong: str) -> None:
    """In the maker's own map of hundreds of lines the name alone would have to be searched for."""
    register = (
        '[[registers]]\n# the second\nname = "b"\naddress = 9\ntype = "int16"\nscale = 0.1\nunit = "C"\n'
    )
    lines = (GOOD + "\n" + register).splitlines()
    first = len(lines) - 6
    assert lines[first - 1] == "[[registers]]"
    place = next(
        number for number, line in enumerate(lines, 1) if number > first and line.startswith(f"{key} =")
    )
    lines[place - 1] = wrong
    if key == "address":
        lines += register.replace('"b"', '"c"').replace("= 9", "= 5000").splitlines()
        place = len(lines) - 3
    with pytest.raises(ProfileError) as error:
        parse_profile("\n".join(lines), "bad")
    assert error.value.line == place
    assert f"line {place}" in str(error.value)


def test_an_unknown_profile_says_which_there_are() -> None:
    with pytest.raises(ProfileError, match="thermogate_h1v"):
        load_profile("h2v")


def test_a_profile_may_come_from_a_file(tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "own.toml"
    file.write_text(GOOD)
    assert load_profile(file).name == "own"
    with pytest.raises(ProfileError, match="cannot be read"):
        load_profile(str(tmp_path / "none.toml"))
