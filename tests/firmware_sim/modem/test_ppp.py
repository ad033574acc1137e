"""PPP from the dialler's side: an own small client of RFC 1661, 1332 and 1877 against the peer."""

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.modem.ppp import PppPeer
from firmware_sim.modem.ppp.frames import IP, IPCP, LCP, FrameReader, encode_frame, fcs16
from firmware_sim.modem.ppp.icmp import checksum, echo_reply
from firmware_sim.modem.ppp.peer import OUR_ADDRESS

ADDRESS = "10.64.0.7"


def control(code: int, identifier: int, data: bytes = b"") -> bytes:
    return bytes([code, identifier]) + (len(data) + 4).to_bytes(2, "big") + data


class Dialler:
    """Says packets, keeps what it hears, and acknowledges each request as a willing end does."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, bytes]] = []
        self.counted: list[int] = []
        self.ended = 0
        self._line = bytearray()
        self._reader = FrameReader()
        self.peer = PppPeer(
            ADDRESS, 0x1234_5678, send=self._line.extend, count=self.counted.append, ended=self._end
        )

    def _end(self) -> None:
        self.ended += 1

    def listen(self) -> list[tuple[int, bytes]]:
        packets = self._reader.feed(bytes(self._line))
        self._line.clear()
        for protocol, packet in packets:
            if packet[0] == 1:
                self.say(protocol, control(2, packet[1], packet[4:]))
        return packets

    def say(self, protocol: int, packet: bytes) -> list[tuple[int, bytes]]:
        self.peer.receive(encode_frame(protocol, packet))
        return self.listen()

    def connect(self) -> None:
        self.peer.begin()
        self.listen()
        assert self.say(LCP, control(1, 1, bytes.fromhex("0206000000000506aabbccdd07020802")))[0][1][0] == 2
        # an address is asked for, and then taken as it is given
        nak = self.say(IPCP, control(1, 1, bytes.fromhex("030600000000810600000000")))[-1][1]
        assert nak[:2] == b"\x03\x01"
        assert str(IPv4Address(nak[6:10])) == ADDRESS
        assert self.say(IPCP, control(1, 2, nak[4:]))[-1][1] == control(2, 2, nak[4:])
        assert self.peer.up


def test_the_check_sequence_is_the_standards() -> None:
    assert fcs16(b"123456789") == 0x906E


def test_a_dialler_gets_its_address_and_is_pinged_back() -> None:
    dialler = Dialler()
    dialler.connect()
    message = b"\x08\0\0\0\0\x01\0\x02payload"
    message = message[:2] + checksum(message) + message[4:]
    packet = (
        b"\x45\0"
        + (20 + len(message)).to_bytes(2, "big")
        + bytes.fromhex("00010000400100000a4000070a404040")
        + message
    )
    ((protocol, reply),) = dialler.say(IP, packet)
    assert protocol == IP
    assert reply[12:20] == OUR_ADDRESS.packed + IPv4Address(ADDRESS).packed
    assert reply[20] == 0
    assert reply[28:] == b"payload"
    assert checksum(reply[:20]) == checksum(reply[20:]) == b"\0\0"
    assert dialler.counted == [len(packet), len(reply)]


def test_options_that_it_does_not_know_are_rejected_and_unknown_protocols_too() -> None:
    dialler = Dialler()
    dialler.peer.begin()
    dialler.listen()
    (answer,) = dialler.say(LCP, control(1, 7, bytes.fromhex("0304c0230506aabbccdd")))
    assert answer == (LCP, control(4, 7, bytes.fromhex("0304c023")))
    dialler.connect()
    (answer,) = dialler.say(0x80FD, control(1, 1))  # CCP
    assert answer[1][0] == 8
    assert answer[1][4:6] == b"\x80\xfd"


def test_an_echo_is_answered_and_a_goodbye_acknowledged() -> None:
    dialler = Dialler()
    dialler.connect()
    ((_, reply),) = dialler.say(LCP, control(9, 3, bytes(4) + b"hi"))
    assert reply == control(10, 3, bytes.fromhex("12345678") + b"hi")
    ((_, reply),) = dialler.say(LCP, control(5, 4, b"bye"))
    assert reply == control(6, 4, b"bye")
    assert dialler.ended == 1


def test_a_far_end_that_never_answers_is_given_up() -> None:
    dialler = Dialler()
    dialler.peer.begin()
    for _ in range(12):
        dialler.peer.tick()
    assert dialler.ended == 1


@given(st.binary(max_size=300), st.integers(0, 0xFFFF_FFFF), st.integers(1, 20))
def test_a_frame_comes_back_at_any_chunking(information, controls, chunk) -> None:
    frame = encode_frame(LCP, information, controls)
    reader = FrameReader()
    packets = [p for at in range(0, len(frame), chunk) for p in reader.feed(frame[at : at + chunk])]
    assert packets == [(LCP, information)]


@given(st.lists(st.binary(max_size=80), max_size=20))
def test_it_lives_through_anything(pieces) -> None:
    dialler = Dialler()
    dialler.peer.begin()
    for piece in pieces:
        dialler.peer.receive(b"\x7e" + piece + fcs16(piece).to_bytes(2, "little") + b"\x7e")
        dialler.peer.receive(piece)
    dialler.listen()


@given(st.binary(max_size=120))
def test_only_a_ping_is_answered(packet) -> None:
    reply = echo_reply(packet)
    if reply is not None:
        assert packet[9] == 1
        assert len(reply) <= len(packet)


@pytest.mark.parametrize("length", [0, 1, 3])
def test_a_short_packet_is_no_packet(length) -> None:
    dialler = Dialler()
    dialler.peer.begin()
    dialler.listen()
    assert dialler.say(LCP, bytes(length)) == []
