"""What a UART makes of bytes that were sent at another baud rate (8N1, the idle line is high)."""

from bisect import bisect_right

FRAME_BITS = 10


def misheard(data: bytes, *, sent: int, heard: int) -> bytes:
    """The bytes that a receiver at `heard` baud reads out of a burst sent at `sent` baud.

    It does what hardware does: waits for a falling edge, samples the middles of its own bit times, and takes up
    again after the middle of its stop bit, whatever stood there.
    """
    if sent == heard or not data:
        return data
    # The times, in sent bits, at which the level changes; it begins high, so the even ones fall.
    edges: list[int] = []
    level = 1
    for place, octet in enumerate(data):
        frame = 0x200 | octet << 1  # start bit 0, the octet from its lowest bit on, stop bit 1
        for bit in range(FRAME_BITS):
            if (frame >> bit & 1) != level:
                level ^= 1
                edges.append(place * FRAME_BITS + bit)
    bit_time = sent / heard
    found, next_edge = bytearray(), 0
    while next_edge < len(edges):
        start = edges[next_edge]
        octet = sum((1 - bisect_right(edges, start + bit_time * (bit + 1.5)) % 2) << bit for bit in range(8))
        found.append(octet)
        next_edge = bisect_right(edges, start + bit_time * (FRAME_BITS - 0.5))
        next_edge += next_edge % 2  # a start bit falls
    return bytes(found)
