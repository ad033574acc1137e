"""What a product's multiplexer can do."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class MuxOffer:
    """Limits of ``+CMUX`` (3GPP TS 27.007 5.7). The defaults are those of the SIM800 manual.

    Attributes:
        advanced: Mode 1, with transparency, is there too.
        n1: Longest frame if the client names none, octets.
        max_n1: And if it does.
        max_speed: Highest ``<port_speed>``: 5 is 115200, 6 is 230400. The line keeps its rate whatever is named.
        channels: Highest DLCI.
        first_sabm_s: After so long without a frame it is back to commands, as several manuals say; ``None``: never.
        octet_by_octet: Each octet goes out in a frame of its own, as from the MC60.
    """

    advanced: bool = False
    n1: int = 127
    max_n1: int = 255
    max_speed: int = 5
    channels: int = 4
    first_sabm_s: float | None = 5.0
    octet_by_octet: bool = False


STANDARD_OFFER: Final = MuxOffer()
