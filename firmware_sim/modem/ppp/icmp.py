"""The answer to a ping (RFC 791, RFC 792)."""

from typing import Final

_ICMP: Final = 1
_ECHO: Final = 8
_TTL: Final = 64


def echo_reply(packet: bytes) -> bytes | None:
    """The reply to an echo request in an IPv4 packet; None to anything else, fragments among it."""
    if len(packet) < 20 or packet[0] >> 4 != 4:
        return None
    header_length = (packet[0] & 15) * 4
    length = int.from_bytes(packet[2:4], "big")
    fragment = int.from_bytes(packet[6:8], "big") & 0x3FFF
    if header_length < 20 or not header_length + 8 <= length <= len(packet) or fragment:
        return None
    message = packet[header_length:length]
    if packet[9] != _ICMP or message[0] != _ECHO:
        return None
    answer = b"\0\0\0\0" + message[4:]
    answer = answer[:2] + checksum(answer) + answer[4:]
    header = (
        b"\x45\0"
        + (20 + len(answer)).to_bytes(2, "big")
        + packet[4:6]
        + b"\0\0"
        + bytes([_TTL, _ICMP])
        + b"\0\0"
        + packet[16:20]
        + packet[12:16]
    )
    return header[:10] + checksum(header) + header[12:] + answer


def checksum(octets: bytes) -> bytes:
    """The internet checksum (RFC 1071)."""
    if len(octets) % 2:
        octets += b"\0"
    total = sum(int.from_bytes(octets[at : at + 2], "big") for at in range(0, len(octets), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return (~total & 0xFFFF).to_bytes(2, "big")
