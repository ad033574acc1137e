"""The injector alone: nothing without faults, the same again with the same seed, bounded, exact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.faults import FaultSpecError, Injector, Record, parse_fault, read_record
from firmware_sim.faults.byte_line import MAX_ON_THE_WAY
from firmware_sim.faults.happenings import (
    CardBack,
    CardLost,
    OrderRejects,
    PowerBack,
    PowerLost,
    Sag,
    SayUrc,
    SignalBack,
    SignalLost,
)
from firmware_sim.faults.injector import MAX_FAULTS, MAX_REMEMBERED
from firmware_sim.faults.record import MAX_STRIKES
from firmware_sim.faults.timed import MAX_BURST
from firmware_sim.faults.uart import misheard

BYTE_SPECS = (
    "drop:p=0.1,dir=both",
    "duplicate:p=0.1",
    "flip:p=0.1,dir=both",
    "noise:p=0.1",
    "baud:p=0.3,heard=57600",
    "split:p=0.5,size=2,gap=10ms,dir=both",
    "delay:p=0.5,by=1s",
    "drop:every=3,after=4,times=2",
)
LINE_SPECS = (
    "lost_ok:p=0.5",
    "echo_flip:every=3",
    "wrong_answer:p=0.5,text=X",
    "late_answer:p=0.2,by=2s",
    "busy:every=2,command=+CSQ",
    "slow_sim",
    "hang:after=3,for=2s",
    "urc_inside:p=0.5",
    "urc_inside:p=0.5,where=echo",
    "boot_line:every=4",
    "reboot:after=5",
)
TIME_SPECS = (
    "urc_storm:rate=2,for=3s",
    "brownout:at=2s",
    "sim_gone:at=1s,for=3s",
    "no_signal:at=1s",
    "reject:at=2s,times=3",
    "detach:at=1s",
)
SPECS = BYTE_SPECS + LINE_SPECS + TIME_SPECS

happening = st.one_of(
    st.tuples(st.just("tx"), st.binary(max_size=30)),
    st.tuples(st.just("rx"), st.binary(max_size=30)),
    st.tuples(st.just("line"), st.sampled_from(["", "+CSQ", "+CPIN?", "+CREG?;+CSQ", "E0"])),
    st.tuples(st.just("echo"), st.integers(1, 10)),
    st.tuples(st.just("wait"), st.floats(0, 3).map(lambda value: round(value, 2))),
)


def play(injector: Injector, happenings, now: float = 50.0) -> list:
    """All that comes out of an injector."""
    heard = []
    wires = {name: injector.wire(name) for name in ("tx", "rx")}
    for kind, value in happenings:
        if kind == "wait":
            now += value
        elif kind == "line":
            heard.append((now, injector.fate(value, now)))
        elif kind == "echo":
            heard.append((now, tuple(injector.news_in_echo(value, now))))
        else:
            wires[kind].put(value, now)
        heard.append((now, tuple(injector.due(now))))
        heard += [(now, name, piece) for name, wire in wires.items() for piece in wire.take(now)]
    return heard


def sabotaged(*specs: str, seed: int = 1, now: float = 50.0) -> Injector:
    injector = Injector(seed=seed, now=now)
    for spec in specs:
        injector.add(parse_fault(spec), now)
    return injector


@given(st.lists(happening, max_size=40))
def test_without_faults_the_stream_is_untouched(happenings) -> None:
    injector = Injector(seed=1, now=50.0)
    for heard in play(injector, happenings):
        assert len(heard) == 3 or not heard[1]
    pieces = [heard[1:] for heard in play(Injector(now=50.0), happenings) if len(heard) == 3]
    assert pieces == [(kind, value) for kind, value in happenings if kind in ("tx", "rx") and value]


@given(st.lists(happening, max_size=40), st.lists(st.sampled_from(SPECS), max_size=6), st.integers(0, 5))
def test_the_same_seed_and_input_give_the_same_faults(happenings, specs, seed) -> None:
    one, other = sabotaged(*specs, seed=seed), sabotaged(*specs, seed=seed)
    assert play(one, happenings) == play(other, happenings)
    assert one.record() == other.record()


@given(st.lists(happening, max_size=40), st.lists(st.sampled_from(SPECS), max_size=6))
def test_a_replay_does_the_same_again(happenings, specs) -> None:
    first = sabotaged(*specs)
    played = play(first, happenings)
    record = Record.model_validate_json(first.record().model_dump_json(by_alias=True))
    again = Injector(seed=99, now=50.0)
    again.replay(record, 50.0)
    assert play(again, happenings) == played
    assert again.record().strikes == record.strikes


@given(st.lists(happening, max_size=30), st.sampled_from(SPECS), st.sampled_from(SPECS))
def test_one_more_fault_does_not_change_the_chance_of_another(happenings, spec, added) -> None:
    """Seen where neither can touch the other's opportunities."""
    if (spec in BYTE_SPECS) == (added in BYTE_SPECS) or "hang" in spec + added:
        return
    alone, together = sabotaged(spec), sabotaged(spec, added)
    play(alone, happenings)
    play(together, happenings)
    assert alone.record().strikes == tuple(s for s in together.record().strikes if s.id == 1)


@given(st.lists(happening, max_size=30), st.lists(st.sampled_from(SPECS), max_size=6))
def test_once_faults_are_removed_all_is_as_if_there_never_were_any(happenings, specs) -> None:
    injector = sabotaged(*specs)
    play(injector, happenings)
    injector.clear(500.0)
    injector.due(500.0)
    assert injector.faults == ()
    assert injector.next_at() is None
    assert play(injector, happenings, 600.0) == play(Injector(now=600.0), happenings, 600.0)


def test_it_never_grows() -> None:
    injector = sabotaged("noise:dir=both", "delay:by=1h,dir=both", "urc_storm:rate=1000", "lost_ok")
    wire = injector.wire("tx")
    now = 50.0
    for _ in range(100):
        wire.put(b"x" * 1000, now)
        injector.fate("", now)
        now += 100.0
        assert len(injector.due(now)) <= MAX_BURST + 2
    assert sum(len(piece) for piece in wire.take(1e9)) == MAX_ON_THE_WAY
    assert wire.overruns == 100 * 2000 - MAX_ON_THE_WAY
    assert len(injector.record().strikes) == MAX_STRIKES
    assert injector.record().forgotten > 50_000
    for _ in range(MAX_REMEMBERED + 10):
        injector.remove(injector.add(parse_fault("drop"), now).id, now)
    assert len(injector.record().faults) == MAX_REMEMBERED


def test_there_is_room_for_so_many_faults_only() -> None:
    injector = sabotaged(*["drop"] * MAX_FAULTS)
    with pytest.raises(FaultSpecError, match="remove one first"):
        injector.add(parse_fault("drop"), 50.0)


def test_counts_are_exact() -> None:
    assert spoilt("drop:every=3", b"abcdefgh") == b"abdegh"
    assert spoilt("drop:after=2,times=1", b"abcdef") == b"abdef"
    assert spoilt("duplicate:every=4", b"abcd") == b"abcdd"
    assert spoilt("flip:bit=0,every=2", b"aaaa") == b"a`a`"
    assert spoilt("drop:dir=rx", b"abc") == b"abc"
    assert spoilt("drop:at=1s", b"abc") == b"abc"


def spoilt(spec: str, data: bytes) -> bytes:
    wire = sabotaged(spec).wire("tx")
    for octet in data:
        wire.put(bytes([octet]), 50.0)
    return b"".join(wire.take(1e9))


def test_a_chance_is_what_it_says() -> None:
    assert 430 < len(spoilt("noise:p=0.01", b"x" * 50_000)) - 50_000 < 570


def test_pieces_come_one_after_the_other() -> None:
    wire = sabotaged("split:size=2,gap=100ms", "delay:times=1,by=1s").wire("tx")
    wire.put(b"abcde", 50.0)
    wire.put(b"f", 50.5)
    arrivals = []
    while (at := wire.next_at()) is not None:
        arrivals += [(round(at, 3), piece) for piece in wire.take(at)]
    assert arrivals == [(51.0, b"ab"), (51.1, b"cd"), (51.2, b"e"), (51.3, b"f")]


def test_a_hang_is_silent_in_both_directions_for_its_time() -> None:
    injector = sabotaged("hang:after=1,for=30s")
    wire = injector.wire("tx")
    assert not injector.fate("+CSQ", 50.0).unheard
    assert injector.fate("+CSQ", 51.0).unheard
    wire.put(b"lost", 80.9)
    wire.put(b"said", 81.0)
    assert wire.take(81.0) == [b"said"]
    assert not injector.silent(81.0)


def test_a_hang_without_an_end_lasts_until_a_reset() -> None:
    injector = sabotaged("hang")
    injector.fate("", 50.0)
    assert injector.silent(1e6)
    injector.was_reset()
    assert not injector.silent(1e6)


def test_faults_of_time_happen_in_their_order_and_are_made_good() -> None:
    injector = sabotaged(
        "brownout:at=2s,text=LOW",
        "sim_gone:at=1s,for=3s",
        'urc_storm:at=4s,rate=1,for=2s,text="A, B"',
        "no_signal:at=5s",
    )
    happened = []
    while (at := injector.next_at()) is not None:
        happened += [(round(at - 50.0, 2), each) for each in injector.due(at)]
    assert happened == [
        (1.0, CardLost()),
        (2.0, Sag("LOW")),
        (2.1, PowerLost()),
        (2.6, PowerBack()),
        (4.0, CardBack()),
        (4.0, SayUrc("A, B")),
        (5.0, SayUrc("A, B")),
        (5.0, SignalLost()),
    ]
    injector.remove(4, 70.0)
    assert injector.due(70.0) == [SignalBack()]


def test_an_order_to_the_network_is_taken_back_with_its_fault() -> None:
    injector = sabotaged("reject:cause=22,times=3,domain=ps")
    assert injector.due(50.0) == [OrderRejects(1, "registration", 22, 3, "ps")]
    injector.remove(1, 60.0)
    assert injector.due(60.0) == [OrderRejects(1, "registration", 22, 0, "ps")]


def test_a_storm_that_slept_does_not_come_at_once() -> None:
    injector = sabotaged("urc_storm:rate=1000")
    assert len(injector.due(50.0 + 86_400)) == MAX_BURST + 1


@given(
    st.binary(max_size=50),
    st.sampled_from([300, 9600, 19_200, 57_600, 115_200, 921_600]),
    st.sampled_from([9600, 115_200]),
)
def test_a_uart_at_another_rate(data: bytes, sent: int, heard: int) -> None:
    read = misheard(data, sent=sent, heard=heard)
    assert len(read) <= max(len(data), 5 * len(data) * heard // sent + 1)
    if sent == heard:
        assert read == data


def test_a_uart_bears_a_few_per_cent() -> None:
    assert misheard(b"AT+CSQ\r", sent=115_200, heard=112_000) == b"AT+CSQ\r"
    assert misheard(b"U" * 8, sent=9600, heard=4800) != b"U" * 8


def test_a_record_that_is_none_is_refused(tmp_path) -> None:
    with pytest.raises(FaultSpecError, match="No such file"):
        read_record(tmp_path / "none")
    for text, words in (
        ("x", "JSON"),
        ('{"seed": 1, "faults": [], "strikes": [], "forgotten": 2}', "2 strikes"),
    ):
        (tmp_path / "record").write_text(text)
        with pytest.raises(FaultSpecError, match=words):
            read_record(tmp_path / "record")
