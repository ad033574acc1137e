"""From bytes to lines, prompts and data blocks (ITU-T V.250 5.7; 3GPP TS 27.005 3.5.1 and 4.3 for the prompt).

Theory of operation. A modem's bytes are lines, ended by CR, LF or CR LF; empty lines mean nothing, since verbose
framing puts CR LF on both sides of a line. Three things break the rule, and only the one who sent the command can know
when, so each is armed from outside:

* the prompt ``> `` has no end of line (`expect_prompt`);
* a data block follows its header line and has as many bytes as the header says. `expect_data` must be called between
  the header and the next item, which is why items are pulled one at a time;
* with echo on, what is sent behind a prompt comes back byte by byte, whatever it is (`expect_echo`).

And some modems print received data unasked within a line, behind its length (`+TCPRECV:0,5,hello`). Such heads are
known beforehand (`heads`); head and block then make one Pushed item.

The split of the input into chunks never changes the items. Memory is bounded: a line longer than MAX_LINE is noise and
is dropped as one Noise item, and no block is longer than MAX_DATA.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

MAX_LINE: Final = 8192
"""Longest line seen from real modems is a CLAC or CMGL line below 2 kB."""

MAX_DATA: Final = 65_536
"""Largest block that a header may announce; modems' own limits are near 1500."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """``> ``: the modem waits for text or data."""


@dataclass(frozen=True, slots=True)
class Data:
    """A whole announced block."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class Noise:
    """So many bytes without an end of line were dropped."""

    length: int


@dataclass(frozen=True, slots=True)
class Pushed:
    """An unsolicited head with the block that stands behind it in the same line."""

    head: str
    octets: bytes


Item: TypeAlias = str | Prompt | Data | Noise | Pushed
"""A `str` is a non-empty line without its end; bytes outside of ASCII are kept one to one as Latin-1."""

_LF: Final = 0x0A
_CR: Final = 0x0D
_SPACE: Final = 0x20

_BLANK: Final = re.compile(rb"[\r\n \0]*")
_LINE: Final = re.compile(rb"[\r\n \0]*([^\r\n]+)(?:\r\n?|\n)")
_PROMPT: Final = re.compile(rb"[\r\n \0]*>")
_END: Final = re.compile(rb"[\r\n]")


class Framer:
    """The receiving half of the DTE. Feed with `receive`, then pull `next_item` until it gives None."""

    def __init__(self) -> None:
        self._buffer = b""
        self._at = 0  # everything before was consumed
        self._ends = False  # an end of line may stand behind _at
        self._skip: int | None = None  # this byte is dropped if it comes next
        self._dropped = 0  # bytes of the present line that are gone as noise
        self._prompt = False
        self._echo = b""
        self._data_length: int | None = None
        self._heads: re.Pattern[bytes] | None = None
        self._within_push = False  # a head is there, not yet all of its block

    @property
    def heads(self) -> re.Pattern[bytes] | None:
        """Heads of pushed data, without what may stand before a line; group 1 is the length. None: no such thing."""
        return self._heads

    @heads.setter
    def heads(self, pattern: re.Pattern[bytes] | None) -> None:
        self._heads = pattern
        self._ends = True

    def receive(self, data: bytes) -> None:
        """Take bytes from the link."""
        self._buffer = data if self._at == len(self._buffer) else self._buffer[self._at :] + data
        self._at = 0
        self._ends = self._ends or b"\n" in data or b"\r" in data

    def expect_prompt(self) -> None:
        """From now on a line that begins with ``>`` is a prompt."""
        self._prompt = True

    def expect_echo(self, sent: bytes) -> None:
        """Drop these bytes if they come next, up to the first that differs."""
        self._echo = sent

    def expect_data(self, length: int) -> None:
        """The next `length` bytes (8-bit, at most MAX_DATA) are a block, not lines. Raises ValueError."""
        if not 0 < length <= MAX_DATA:
            raise ValueError(f"a block of {length} bytes")
        self._data_length = length
        if self._buffer[self._at - 1] == _CR:
            self._skip = _LF  # the other half of the header's CR LF is still to come

    def disarm(self) -> None:
        """Lines only from here on, also what is left of a block."""
        self._prompt = False
        self._echo = b""
        self._data_length = None
        self._skip = None
        self._ends = True
        if self._within_push:  # its block has holes
            self._within_push = False
            self._dropped = 0
            self._at = len(self._buffer)

    def next_item(self) -> Item | None:
        """The next complete item, None when more bytes are needed."""
        if self._at == len(self._buffer):
            return None
        if self._skip is not None:
            self._at += self._buffer[self._at] == self._skip
            self._skip = None
        if self._data_length is not None:
            return self._take_data(self._data_length)
        if self._echo and not self._past_echo():
            return None
        if self._dropped:
            return self._end_of_noise()
        if self._prompt and (prompt := _PROMPT.match(self._buffer, self._at)):
            self._at = prompt.end()
            self._skip = _SPACE
            self._prompt = False
            return Prompt()
        if self._heads is not None and (pushed := self._take_pushed(self._heads)) is not None:
            return pushed
        if self._within_push:
            return None
        while self._ends and (line := _LINE.match(self._buffer, self._at)):
            self._at = line.end()
            raw = line[1]
            if len(raw) > MAX_LINE:
                return Noise(len(raw))
            if text := raw.decode("latin-1").rstrip(" \0"):
                return text
        self._ends = False
        self._drop_if_too_long()
        return None

    def _take_data(self, length: int) -> Data | None:
        end = self._at + length
        if len(self._buffer) < end:
            return None
        block = bytes(self._buffer[self._at : end])
        self._at = end
        self._data_length = None
        self._ends = True
        return Data(block)

    def _take_pushed(self, heads: re.Pattern[bytes]) -> Pushed | None:
        """None when no head comes next, or (`_within_push`) when its block is not complete."""
        self._within_push = False
        blank = _BLANK.match(self._buffer, self._at)
        head = heads.match(self._buffer, self._at if blank is None else blank.end())
        if head is None or not 0 < int(head[1]) <= MAX_DATA:
            return None
        end = head.end() + int(head[1])
        if len(self._buffer) < end:
            self._within_push = True
            return None
        self._at = end
        self._ends = True
        return Pushed(head[0].decode("latin-1"), self._buffer[head.end() : end])

    def _past_echo(self) -> bool:
        """Drop what has come of the echo. False: the rest may still come."""
        for expected in self._echo:
            if self._at == len(self._buffer):
                return False
            if self._buffer[self._at] != expected:
                break
            self._at += 1
            self._echo = self._echo[1:]
        self._echo = b""
        return True

    def _drop_if_too_long(self) -> None:
        blank = _BLANK.match(self._buffer, self._at)
        if blank is not None:
            self._at = blank.end()
        if len(self._buffer) - self._at > MAX_LINE:
            self._dropped = len(self._buffer) - self._at
            self._at = len(self._buffer)

    def _end_of_noise(self) -> Noise | None:
        end = _END.search(self._buffer, self._at)
        at = len(self._buffer) if end is None else end.start()
        self._dropped += at - self._at
        self._at = at
        if end is None:
            return None
        noise = Noise(self._dropped)
        self._dropped = 0
        self._ends = True
        return noise
