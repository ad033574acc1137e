"""From bytes to lines, prompts and data blocks (ITU-T V.250 5.7; 3GPP TS 27.005 3.5.1 and 4.3 for the
prompt).

Theory of operation. A modem's bytes are lines, ended by CR, LF or CR LF; empty lines mean nothing, since
verbose framing puts CR LF on both sides of a line. Two things break the rule, and only the one who sent the
command can know when:

* the prompt ``> `` has no end of line. It is looked for only while armed with `expect_prompt`;
* a data block follows its header line and has as many bytes as the header says. `expect_data` must be called
  between the header and the next item, which is why items are pulled one at a time.

The split of the input into chunks never changes the items. Memory is bounded: a line longer than MAX_LINE is
noise and is dropped as one Noise item.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

MAX_LINE: Final = 8192
"""Longest line seen from real modems is a CLAC or CMGL line below 2 kB."""

_CR: Final = 0x0D
_LF: Final = 0x0A


@dataclass(frozen=True, slots=True)
class Line:
    """One non-empty line without its end; bytes outside of ASCII are kept one to one as Latin-1."""

    text: str


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


Item: TypeAlias = Line | Prompt | Data | Noise


class Framer:
    """The receiving half of the DTE. Feed with `receive`, then pull `next_item` until it gives None."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what is incomplete and disarm."""
        self._buffer = bytearray()
        self._at = 0  # everything before was consumed
        self._scanned = 0  # no end of line before
        self._skip_lf = False
        self._dropped = 0
        self._prompt = False
        self._data_length: int | None = None

    def receive(self, data: bytes) -> None:
        """Take bytes from the link."""
        if self._at:
            del self._buffer[: self._at]
            self._scanned -= self._at
            self._at = 0
        self._buffer += data

    def expect_prompt(self, armed: bool = True) -> None:
        """From now on a line that begins with ``>`` is a prompt."""
        self._prompt = armed

    def expect_data(self, length: int) -> None:
        """The next `length` bytes (8-bit) are a block, not lines."""
        self._data_length = length

    def next_item(self) -> Item | None:
        """The next complete item, None when more bytes are needed."""
        buffer = self._buffer
        if self._skip_lf and self._at < len(buffer):
            # The LF of a CR LF whose CR has already ended the line.
            self._skip_lf = False
            if buffer[self._at] == _LF:
                self._at += 1
        if self._data_length is not None:
            return self._take_data(self._data_length)
        while True:
            while self._at < len(buffer) and buffer[self._at] in (_CR, _LF) and not self._dropped:
                self._at += 1
            self._scanned = max(self._scanned, self._at)
            if self._prompt and not self._dropped and buffer[self._at : self._at + 1] == b">":
                self._at += 1
                self._prompt = False
                return Prompt()
            end = self._line_end()
            if end is None:
                self._drop_if_too_long()
                return None
            raw = bytes(buffer[self._at : end])
            self._at = self._scanned = end + 1
            self._skip_lf = buffer[end] == _CR and not self._swallow_lf()
            if self._dropped or len(raw) > MAX_LINE:
                noise = Noise(self._dropped + len(raw))
                self._dropped = 0
                return noise
            if text := raw.decode("latin-1").strip(" \0"):
                return Line(text)

    def _swallow_lf(self) -> bool:
        """Take the LF behind a CR. False if it is not there yet and may still come."""
        if self._at < len(self._buffer):
            if self._buffer[self._at] == _LF:
                self._at = self._scanned = self._at + 1
            return True
        return False

    def _line_end(self) -> int | None:
        cr = self._buffer.find(_CR, self._scanned)
        lf = self._buffer.find(_LF, self._scanned, None if cr < 0 else cr)
        end = lf if lf >= 0 else cr
        if end < 0:
            self._scanned = len(self._buffer)
            return None
        return end

    def _take_data(self, length: int) -> Data | None:
        if len(self._buffer) - self._at < length:
            return None
        block = bytes(self._buffer[self._at : self._at + length])
        self._at += length
        self._scanned = self._at
        self._data_length = None
        return Data(block)

    def _drop_if_too_long(self) -> None:
        if len(self._buffer) - self._at > MAX_LINE:
            self._dropped += len(self._buffer) - self._at
            self._at = self._scanned = len(self._buffer)
