"""Settings of one terminal that ``AT&W`` keeps and ``ATZ`` brings back (V.250 clause 6)."""

from dataclasses import dataclass, field

_S_DEFAULTS = {0: 0, 2: 43, 3: 13, 4: 10, 5: 8, 6: 2, 7: 60, 8: 2, 10: 15, 12: 50}


@dataclass
class Profile:
    """One profile. Plain data: copy with ``copy.deepcopy``."""

    echo: bool = True
    verbose: bool = True
    quiet: bool = False
    cmee: int = 0
    character_set: str = "IRA"  # +CSCS
    dtr: int = 1  # &D: 0 ignored, 1 to command mode, 2 hang up
    s: dict[int, int] = field(default_factory=lambda: dict(_S_DEFAULTS))

    def info(self, content: str | bytes) -> bytes:
        """An information response in its frame (V.250 5.7.1)."""
        raw = content.encode("latin-1", "replace") if isinstance(content, str) else content
        end = self.line_end
        return end + raw + end if self.verbose else raw + end

    def result(self, text: str, number: int | None) -> bytes:
        """A result code in its frame; ``number`` is its short form where it has one (V.250 5.7.1, table
        1).
        """
        if self.quiet:
            return b""
        if self.verbose or number is None:
            return self.info(text)
        return str(number).encode() + bytes([self.s[3]])

    @property
    def line_end(self) -> bytes:
        """S3 S4."""
        return bytes([self.s[3], self.s[4]])
