"""PPP packets in HDLC-like frames on an asynchronous line (RFC 1662)."""

from dataclasses import dataclass, field
from typing import Final

FLAG: Final = 0x7E
ESCAPE: Final = 0x7D
MAX_FRAME: Final = 2048
"""Octets between two flags; the default MRU is 1500."""

ALL_CONTROLS: Final = 0xFFFF_FFFF
"""The async control character map before negotiation: all 32 are escaped."""

LCP: Final = 0xC021
IPCP: Final = 0x8021
IP: Final = 0x0021


def fcs16(octets: bytes) -> int:
    """The frame check sequence (RFC 1662 C.2), reflected CCITT."""
    fcs = 0xFFFF
    for octet in octets:
        fcs ^= octet
        for _ in range(8):
            fcs = fcs >> 1 ^ (0x8408 if fcs & 1 else 0)
    return fcs ^ 0xFFFF


def encode_frame(protocol: int, information: bytes, escaped_controls: int = ALL_CONTROLS) -> bytes:
    """One packet with its flags; ``escaped_controls`` is the far end's map."""
    body = b"\xff\x03" + protocol.to_bytes(2, "big") + information
    body += fcs16(body).to_bytes(2, "little")
    out = bytearray([FLAG])
    for octet in body:
        if octet in (FLAG, ESCAPE) or (octet < 0x20 and escaped_controls >> octet & 1):
            out += bytes([ESCAPE, octet ^ 0x20])
        else:
            out.append(octet)
    out.append(FLAG)
    return bytes(out)


@dataclass
class FrameReader:
    """Finds the packets in a stream; what is no frame, or damaged, is dropped."""

    _octets: bytearray = field(default_factory=bytearray)
    _escaped: bool = False
    _skipping: bool = True  # until the first flag

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """The packets that these bytes complete: protocol and information."""
        packets = []
        for octet in data:
            if octet == FLAG:
                if not self._skipping and not self._escaped and (packet := _packet(bytes(self._octets))):
                    packets.append(packet)
                self._octets.clear()
                self._escaped = self._skipping = False
            elif octet == ESCAPE:
                self._escaped = True
            elif not self._skipping:
                self._octets.append(octet ^ 0x20 if self._escaped else octet)
                self._escaped = False
                if len(self._octets) > MAX_FRAME:
                    self._octets.clear()
                    self._skipping = True
        return packets


def _packet(body: bytes) -> tuple[int, bytes] | None:
    """Address and control may be left out, and the first octet of the protocol (RFC 1661 6.5, 6.6)."""
    if len(body) < 4 or fcs16(body[:-2]) != int.from_bytes(body[-2:], "little"):
        return None
    body = body[:-2].removeprefix(b"\xff\x03")
    if not body:
        return None
    if body[0] & 1:
        return body[0], body[1:]
    return (int.from_bytes(body[:2], "big"), body[2:]) if len(body) > 1 else None
