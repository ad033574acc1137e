"""Finding ZONT controllers on a local network: `#F` is broadcast by UDP, each answers `#I<serial>:<model>`.

The search is sent from port 49079 to port 49080, every 10 s while somebody looks. A serial is 12 hex digits.

Source: the maker's PC utility, as described in PROTOCOL.md of zont-local and by its users; the text form only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

DISCOVERY_PORT: Final = 49080
SEARCH_FROM_PORT: Final = 49079
SEARCH_EVERY_S: Final = 10.0
SEARCH: Final = b"#F"
SIMULATOR_MARK: Final = "'thermogate-simulator'"
"""What the emulated controller says to `#S219?`: a client that must know asks for it."""

_ANSWER: Final = re.compile(r"#I([0-9A-Fa-f]{12}):([^\x00-\x1f\x7f]{1,64})")


@dataclass(frozen=True, slots=True)
class FoundController:
    """A controller that answered from `host`."""

    host: str
    serial: str
    model: str


def answer_to_search(datagram: bytes, serial: str, model: str) -> bytes | None:
    """What a controller answers; None: it was no search."""
    if datagram.rstrip(b"\r\n\0") != SEARCH:
        return None
    return f"#I{serial}:{model}".encode("cp1251", errors="replace")


def found_in(datagram: bytes, host: str) -> FoundController | None:
    """The controller that sent this; None: it is no answer to a search."""
    try:
        text = datagram.decode("cp1251").rstrip("\r\n\0")
    except UnicodeDecodeError:
        return None
    found = _ANSWER.fullmatch(text)
    return None if found is None else FoundController(host, found[1].upper(), found[2].strip())
