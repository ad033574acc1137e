"""From received characters to command lines (ITU-T V.250 clause 5.2).

    idle ── A|a ──► mark ── T|t (same case) ──► body ── S3 ──► a line, idle
      ▲               │ /  → the line before once more, at once, without S3 (5.2.4)
      └─── else ──────┘

What stands before the mark is ignored and not echoed: ESC, Ctrl-Z, bare CRs and line noise cost nothing. LF
is ignored everywhere, as clients on sockets end lines with CR LF.
"""

import re
from dataclasses import dataclass

MAX_BODY = 556
"""Characters of a line's body that a SIM800 takes."""

_BS, _LF, _CR = 0x08, 0x0A, 0x0D
_DEL = 0x7F
_PLAIN_LINE = re.compile(rb"(?:AT|at)([\x20-\x7e\x80-\xff]*)\r")
"""A line that came in one piece with nothing to edit, as programs send them: no need to look at each byte."""


@dataclass
class LineEditor:
    """Collects one command line at a time out of a receive buffer."""

    terminator: int = 13  # S3
    backspace: int = 8  # S5
    last: str | None = None
    _mark: int = 0
    _body: bytearray | None = None

    @property
    def typing(self) -> bool:
        """A line has begun and is not finished."""
        return self._body is not None or self._mark != 0

    def reset(self) -> None:
        """Forget a line half typed (its client left)."""
        self._mark, self._body = 0, None

    def feed(self, buffer: bytearray) -> tuple[bytes, str | None]:
        """Take bytes off the front, up to the end of a line if there is one.

        Returns:
            What to echo, and the line's body. A line longer than :data:`MAX_BODY` comes back with its first
            ``MAX_BODY + 1`` characters.
        """
        if self._body is None and not self._mark and self.terminator == _CR and self.backspace == _BS:
            plain = _PLAIN_LINE.match(buffer)
            if plain is not None and plain.end() - plain.start(1) <= MAX_BODY:
                self.last = plain[1].decode("latin-1")
                echo_all = plain[0]
                del buffer[: plain.end()]
                return bytes(echo_all), self.last
        echo = bytearray()
        for at, octet in enumerate(buffer):
            line = self._take(octet, echo)
            if line is not None:
                del buffer[: at + 1]
                return bytes(echo), line
        buffer.clear()
        return bytes(echo), None

    def _take(self, octet: int, echo: bytearray) -> str | None:
        body = self._body
        if octet == _LF and octet != self.terminator:
            return None
        if body is not None:
            if octet == self.terminator:
                echo.append(octet)
                self.last = body.decode("latin-1")
                self.reset()
                return self.last
            if octet in (self.backspace, _DEL):
                if body:
                    del body[-1]
                    echo += bytes([self.backspace, 0x20, self.backspace])
            elif octet >= 0x20:
                echo.append(octet)
                if len(body) <= MAX_BODY:
                    body.append(octet)
            return None
        if self._mark:
            if octet == self._mark + (ord("T") - ord("A")):
                self._body = bytearray()
                echo.append(octet)
                return None
            if octet == ord("/"):
                self._mark = 0
                echo.append(octet)
                return self.last if self.last is not None else ""
            self._mark = 0
        if octet in b"Aa":
            self._mark = octet
            echo.append(octet)
        return None
