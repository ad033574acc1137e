"""Bytes to items: the split into chunks never matters, and nothing makes it crash or grow."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from at_commands.framer import MAX_DATA, MAX_LINE, Data, Framer, Item, Noise, Prompt


def items(chunks: Iterable[bytes], *, prompt: bool = False, echo: bytes = b"") -> list[Item]:
    """All items; a line `D<n>` is the header of a block of n bytes, and the payload's echo follows its prompt."""
    framer = Framer()
    if prompt:
        framer.expect_prompt()
    out: list[Item] = []
    for chunk in chunks:
        framer.receive(chunk)
        while (item := framer.next_item()) is not None:
            out.append(item)
            if isinstance(item, str) and item[0] == "D" and item[1:].isdecimal() and 0 < int(item[1:]) < 1000:
                framer.expect_data(int(item[1:]))
            if item == Prompt() and echo:
                framer.expect_echo(echo)
    return out


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"\r\n+CSQ: 18,0\r\n\r\nOK\r\n", ["+CSQ: 18,0", "OK"]),
        (b"AT+CSQ\r\r\n+CSQ: 18,0\r\n\r\nOK\r\n", ["AT+CSQ", "+CSQ: 18,0", "OK"]),  # echo on
        (b"+CSQ: 18,0\r\n0\r", ["+CSQ: 18,0", "0"]),  # V0
        (b"OK\nOK\rOK\r\n", ["OK", "OK", "OK"]),
        (b"\0\0\r\nRDY\r\n", ["RDY"]),  # the glitch of a UART that is switched on
        (b"\r\n  OK \r\n", ["OK"]),
        (b"\r\n> no prompt was asked for\r\n", ["> no prompt was asked for"]),
        (b"\xff\xfe\r\n", ["\xff\xfe"]),
        (b"OK", []),
    ],
)
def test_lines(data: bytes, lines: list[str]) -> None:
    assert items([data]) == lines


@pytest.mark.parametrize("data", [b"\r\n> ", b"\r\n>", b"> ", b"AT+CMGS=5\r> ", b"AT+CMGS=5\r\r\n> \r\n"])
def test_prompt_with_and_without_its_end_of_line(data: bytes) -> None:
    assert [item for item in items([data], prompt=True) if not isinstance(item, str)] == [Prompt()]


def test_a_prompt_is_taken_once() -> None:
    assert items([b"\r\n> ", b"\r\n> quoted\r\n"], prompt=True) == [Prompt(), "> quoted"]


def test_echo_of_a_payload_is_dropped_whatever_it_is() -> None:
    payload = b"\r\nOK\r\nERROR\r\n> \x1a"
    got = items([b"\r\n> ", payload[:7], payload[7:] + b"\r\nSEND OK\r\n"], prompt=True, echo=payload)
    assert got == [Prompt(), "SEND OK"]


def test_an_echo_that_does_not_come_costs_nothing() -> None:
    assert items([b"\r\n> \r\nSEND OK\r\n"], prompt=True, echo=b"payload") == [Prompt(), "SEND OK"]


def test_block_is_taken_by_length_though_it_looks_like_lines() -> None:
    block = b"\r\nOK\r\n\x00> \xff"
    assert items([b"\r\nD%d\r\n" % len(block) + block + b"\r\nOK\r\n"]) == [
        f"D{len(block)}",
        Data(block),
        "OK",
    ]


def test_lines_again_when_a_block_is_given_up() -> None:
    framer = Framer()
    framer.receive(b"head\r\n12\r\nOK\r\n")
    assert framer.next_item() == "head"
    framer.expect_data(100)
    assert framer.next_item() is None
    framer.disarm()
    assert [framer.next_item(), framer.next_item(), framer.next_item()] == ["12", "OK", None]


@pytest.mark.parametrize("length", [0, -1, MAX_DATA + 1])
def test_no_block_without_bound(length: int) -> None:
    with pytest.raises(ValueError, match="block"):
        Framer().expect_data(length)


def test_an_endless_line_is_noise_and_costs_no_memory() -> None:
    framer = Framer()
    tracemalloc.start()
    try:
        for _ in range(4000):
            framer.receive(b"U" * 1000)
            assert framer.next_item() is None
        assert tracemalloc.get_traced_memory()[1] < 20 * MAX_LINE
    finally:
        tracemalloc.stop()
    framer.receive(b"\r\nOK\r\n")
    assert [framer.next_item(), framer.next_item()] == [Noise(4_000_000), "OK"]


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({min(at, len(data)) for at in cuts} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(places)]


speech = st.lists(
    st.sampled_from(
        [b"\r", b"\n", b"\r\n", b">", b"> ", b" ", b"\0", b"OK", b"D3", b"D12", b"\xff", b"+CSQ: 1", b"echo"]
    )
    | st.binary(max_size=4),
    max_size=40,
).map(b"".join)


@given(
    data=speech,
    cuts=st.lists(st.integers(0, 120), max_size=30),
    prompt=st.booleans(),
    echo=st.sampled_from([b"", b"echo", b"\r\nOK\r\n", b" x"]),
)
def test_chunks_do_not_matter(data: bytes, cuts: list[int], prompt: bool, echo: bytes) -> None:
    whole = items([data], prompt=prompt, echo=echo)
    assert items(cut(data, cuts), prompt=prompt, echo=echo) == whole
    assert items([bytes([octet]) for octet in data], prompt=prompt, echo=echo) == whole


@given(
    before=st.integers(0, 3),
    length=st.integers(MAX_LINE - 3, MAX_LINE + 3),
    cuts=st.lists(st.integers(0, MAX_LINE + 10), max_size=5),
)
def test_chunks_do_not_matter_at_the_limit_of_a_line(before: int, length: int, cuts: list[int]) -> None:
    data = b"\r\n \0"[:before] + b"x" * length + b"\r\nOK\r\n"
    assert items(cut(data, cuts)) == items([data])


@given(st.lists(st.binary(max_size=200), max_size=50))
def test_garbage_gives_items_and_nothing_else(chunks: list[bytes]) -> None:
    for item in items(chunks, prompt=True):
        assert isinstance(item, str | Prompt | Data | Noise)
        if isinstance(item, str):
            assert item
            assert not set(item) & {"\r", "\n"}
