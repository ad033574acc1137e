"""Descriptions of devices: what they may say, and how their values are written in registers."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.modbus_master import (
    DescriptionError,
    DeviceDescription,
    Signal,
    SignalType,
    SignalValueError,
    Table,
    config_devices,
)
from provisioning.zont.config_text import ConfigText
from provisioning.zont.object_types import ObjectType
from provisioning.zont.object_values import object_line, read_objects

FLOW = Signal("flow_temp", 100, Table.INPUT, SignalType.INT16, 0.1, unit="°C", sentinel=0x7FFF)
SETPOINT = Signal(
    "setpoint", 10, type=SignalType.INT16, scale=0.1, unit="°C", writable=True, minimum=30, maximum=80
)
ENERGY = Signal("energy", 11, type=SignalType.UINT32, low_word_first=True)
PUMP = Signal("pump", 3, Table.COIL, SignalType.BIT, writable=True)
BOILER = DeviceDescription("Pellet boiler", 5, (FLOW, SETPOINT, ENERGY, PUMP))


def test_a_description_says_what_stands_where() -> None:
    assert FLOW.decode([0xFFF6]) == -1.0
    assert FLOW.decode([0x7FFF]) is None
    assert SETPOINT.encode(45.55) in {(455,), (456,)}
    assert ENERGY.decode([0x0001, 0x0002]) == 0x0002_0001
    assert PUMP.decode([1]) is True


def test_signals_side_by_side_are_one_request() -> None:
    blocks = BOILER.blocks()
    assert [[signal.name for signal in block] for block in blocks] == [
        ["pump"],
        ["setpoint", "energy"],
        ["flow_temp"],
    ]


@given(
    addresses=st.lists(st.integers(0, 600), min_size=1, max_size=200, unique=True),
    kind=st.sampled_from([SignalType.UINT16, SignalType.FLOAT32]),
)
def test_blocks_hold_each_signal_once_and_ask_for_no_more_than_allowed(
    addresses: list[int], kind: SignalType
) -> None:
    signals = tuple(Signal(f"s{n}", n, type=kind) for n in addresses)
    blocks = DeviceDescription("d", 1, signals).blocks()
    assert sorted(s.name for block in blocks for s in block) == sorted(s.name for s in signals)
    for block in blocks:
        assert max(s.end for s in block) - block[0].address <= 125
        covered = {place for s in block for place in range(s.address, s.end)}
        assert covered == set(range(block[0].address, max(s.end for s in block)))


WHOLE = [SignalType.UINT16, SignalType.INT16, SignalType.UINT32, SignalType.INT32]


@given(raw=st.lists(st.integers(0, 0xFFFF), min_size=2, max_size=2), low_first=st.booleans())
@pytest.mark.parametrize("kind", WHOLE)
def test_whole_numbers_come_back_as_written(kind: SignalType, raw: list[int], low_first: bool) -> None:
    signal = Signal("s", 0, type=kind, low_word_first=low_first, writable=True)
    words = raw[: signal.places]
    value = signal.decode(words)
    assert value is not None
    assert signal.encode(value) == tuple(words)


@given(value=st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float_comes_back_as_written(value: float) -> None:
    signal = Signal("s", 0, type=SignalType.FLOAT32, writable=True)
    assert signal.decode(signal.encode(value)) == value


@given(value=st.floats(-3276, 3276), offset=st.sampled_from([0.0, -273.0, 40.0]))
def test_scaling_is_right_to_half_a_step(value: float, offset: float) -> None:
    signal = Signal("s", 0, type=SignalType.INT32, scale=0.1, offset=offset, writable=True)
    back = signal.decode(signal.encode(value))
    assert back is not None
    assert abs(back - value) <= 0.0500011


@pytest.mark.parametrize("sentinel", [-1, 0xFFFF])
def test_no_value_is_known_as_a_number_and_as_bare_words(sentinel: int) -> None:
    signal = Signal("s", 0, type=SignalType.INT16, scale=0.1, sentinel=sentinel)
    assert signal.decode([0xFFFF]) is None
    assert signal.decode([0xFFFE]) == -0.2


@pytest.mark.parametrize(
    ("low_word", "low_byte", "words"),
    [
        (False, False, [0x4148, 0x0001]),
        (True, False, [0x0001, 0x4148]),
        (False, True, [0x4841, 0x0100]),
        (True, True, [0x0100, 0x4841]),
    ],
)
def test_the_four_orders_of_four_bytes(low_word: bool, low_byte: bool, words: list[int]) -> None:
    signal = Signal(
        "s", 0, type=SignalType.UINT32, low_word_first=low_word, low_byte_first=low_byte, writable=True
    )
    assert signal.decode(words) == 0x4148_0001
    assert signal.encode(0x4148_0001) == tuple(words)


def test_what_was_written_is_recognised_though_a_device_reckons_in_floats_of_its_own() -> None:
    signal = Signal("s", 0, type=SignalType.FLOAT32, writable=True)
    assert signal.reads_as(signal.encode(61.500001), signal.encode(61.5))
    assert signal.reads_as(signal.encode(0.0), signal.encode(-0.0))
    assert not signal.reads_as(signal.encode(61.6), signal.encode(61.5))
    assert not signal.reads_as([0x7FC0, 0], signal.encode(61.5))


@pytest.mark.parametrize("words", [[0x7FC0, 0], [0x7F80, 0], [0xFF80, 0]])
def test_not_a_number_and_infinity_are_no_value(words: list[int]) -> None:
    assert Signal("s", 0, type=SignalType.FLOAT32, scale=0.1).decode(words) is None


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("flow_temp", 50, "cannot be written"),
        ("setpoint", 20, "below 30"),
        ("setpoint", 90, "above 80"),
        ("setpoint", float("nan"), "not a number"),
        ("pump", 2, "neither 0 nor 1"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(name: str, value: float, problem: str) -> None:
    signal = next(s for s in BOILER.signals if s.name == name)
    with pytest.raises(SignalValueError, match=problem):
        signal.encode(value)


def test_a_value_beyond_the_type_is_refused() -> None:
    with pytest.raises(SignalValueError, match="does not fit uint16"):
        Signal("s", 0, writable=True).encode(70_000)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: replace(BOILER, unit=0), "unit: not within 1"),
        (lambda: replace(BOILER, unit=248), "unit: not within 1"),
        (lambda: replace(BOILER, signals=()), "signals: 1 to 1000"),
        (lambda: replace(BOILER, signals=(FLOW, FLOW)), "two have one name"),
        (lambda: replace(BOILER, period_s=0), "period_s: not within"),
        (lambda: replace(PUMP, type=SignalType.INT16), "of type bit"),
        (lambda: replace(FLOW, writable=True), "cannot be written"),
        (lambda: replace(FLOW, address=65536), "address: not within"),
        (lambda: replace(ENERGY, address=65535), "address: not within"),
        (lambda: replace(SETPOINT, minimum=90), "above the maximum"),
        (lambda: replace(FLOW, scale=0), "scale: a number other than 0"),
    ],
)
def test_a_wrong_description_is_refused_by_name(make: Callable[[], object], problem: str) -> None:
    with pytest.raises(DescriptionError, match=problem):
        make()


def config(**signal: int) -> ConfigText:
    text = ConfigText()
    text.set_object(
        8500, object_line(8500, ObjectType.MODBUS_DEVICE, name="Счётчик", unit=7, signals=(8501, 8502)).values
    )
    text.set_object(
        8501, object_line(8501, ObjectType.MODBUS_SIGNAL, name="Мощность", address=4, scale_x1000=100).values
    )
    text.set_object(8502, object_line(8502, ObjectType.MODBUS_SIGNAL, name="Уставка", **signal).values)
    return text


def test_a_configuration_describes_devices_too() -> None:
    text = ConfigText.parse(
        config(address=9, type=4, length=2, flags=3, minimum_x1000=-5000, maximum_x1000=35000).to_bytes()
    )
    assert read_objects(text)[1] == []
    (device,), problems = config_devices(read_objects(text)[0])
    assert problems == []
    assert (device.name, device.title, device.unit) == ("8500", "Счётчик", 7)
    assert device.signals == (
        Signal("8501", 4, scale=0.1, title="Мощность"),
        Signal(
            "8502",
            9,
            type=SignalType.FLOAT32,
            low_word_first=True,
            writable=True,
            minimum=-5.0,
            maximum=35.0,
            title="Уставка",
        ),
    )


@pytest.mark.parametrize(
    ("signal", "key", "problem"),
    [({"type": 4}, "length", "takes 2 registers"), ({"table": 2}, "type", "of type bit")],
)
def test_a_signal_that_cannot_be_right_is_named_and_left_out(
    signal: dict[str, int], key: str, problem: str
) -> None:
    (device,), (told,) = config_devices(read_objects(config(address=9, **signal))[0])
    assert [each.name for each in device.signals] == ["8501"]
    assert (told.line, told.place) == (3, f"#Z8502 {key}")
    assert problem in told.what.en


def test_what_a_line_may_say_of_odd_devices() -> None:
    text = config(address=9, flags=12, sentinel=-1, type=1, offset_x1000=-40_000, scale_x1000=500)
    values = {"name": "Счётчик", "unit": 7, "signals": (8501, 8502), "flags": 1}
    text.set_object(8500, object_line(8500, ObjectType.MODBUS_DEVICE, **values).values)
    (device,), problems = config_devices(read_objects(text)[0])
    assert problems == []
    assert device.write_multiple
    assert device.signals[1] == Signal(
        "8502",
        9,
        type=SignalType.INT16,
        scale=0.5,
        offset=-40.0,
        low_byte_first=True,
        sentinel=-1,
        title="Уставка",
    )


def test_two_devices_of_one_unit_and_a_signal_of_two_and_of_none() -> None:
    text = config(address=9)
    for device_id, signals in ((8510, (8502, 8511)), (8511, ())):
        kind = ObjectType.MODBUS_DEVICE if device_id == 8510 else ObjectType.MODBUS_SIGNAL
        more = {"unit": 7, "signals": signals} if device_id == 8510 else {"address": 1}
        text.set_object(device_id, object_line(device_id, kind, name="Второй", **more).values)
    text.set_object(8512, object_line(8512, ObjectType.MODBUS_SIGNAL, name="Ничей").values)
    (device,), problems = config_devices(read_objects(text)[0])
    assert device.name == "8500"
    assert [(each.place, each.what.en) for each in problems] == [
        ("#Z8510 signals", "signal 8502 is that of #Z8500"),
        ("#Z8510 unit", "7 is that of #Z8500"),
        ("#Z8512", "no device has this signal"),
    ]
