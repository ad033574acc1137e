"""The far end of a packet call: it agrees on a link, gives an address, answers pings, and counts what goes through.

    data mode ─► frames ─► LCP ─► IPCP ─► IP packets
                           │       │        └─ ICMP echo is answered for every address; the rest ends here
                           │       └─ the address of the PDP context, two name servers
                           └─ no authentication is asked for: the APN's user and password were looked at before

There is no way on into the world: a simulator that forwarded packets would put this machine's network into the hands of
whoever dials. What a modem's own TCP stack may reach is in ``ModemSettings.allowed_hosts``.
"""

from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Final

from firmware_sim.modem.ppp.frames import ALL_CONTROLS, IP, IPCP, LCP, FrameReader, encode_frame
from firmware_sim.modem.ppp.icmp import echo_reply
from firmware_sim.modem.ppp.negotiation import CODE_REJECT, Negotiation, Options, State

OUR_ADDRESS: Final = IPv4Address("10.64.64.64")
NAME_SERVERS: Final = (IPv4Address("10.64.64.53"), IPv4Address("10.64.64.54"))

_MRU, _ACCM, _MAGIC, _PFC, _ACFC = 1, 2, 5, 7, 8
_IP_ADDRESS, _DNS1, _DNS2 = 3, 129, 131
_PROTOCOL_REJECT, _ECHO_REQUEST, _ECHO_REPLY, _DISCARD_REQUEST = 8, 9, 10, 11


class _LinkPolicy:
    """LCP (RFC 1661 clause 6): framing is as the far end likes it, authentication and quality reports are refused."""

    def __init__(self, magic: int) -> None:
        self.magic = magic
        self.escaped_controls = ALL_CONTROLS  # of the far end, when what we send
        self._wanted: Options = [(_ACCM, bytes(4)), (_MAGIC, magic.to_bytes(4, "big"))]

    def wanted(self) -> Options:
        return self._wanted

    def judge(self, options: Options) -> tuple[Options, Options]:
        sizes = {_MRU: 2, _ACCM: 4, _MAGIC: 4, _PFC: 0, _ACFC: 0}
        return [(kind, value) for kind, value in options if sizes.get(kind) != len(value)], []

    def accepted(self, options: Options) -> None:
        for kind, value in options:
            if kind == _ACCM:
                self.escaped_controls = int.from_bytes(value, "big")

    def refused(self, options: Options, *, suggested: bool) -> None:
        kinds = {kind for kind, _ in options}
        self._wanted = [option for option in self._wanted if option[0] not in kinds]


class _AddressPolicy:
    """IPCP (RFC 1332, and RFC 1877 for the name servers)."""

    def __init__(self, address: IPv4Address) -> None:
        self._given = {_IP_ADDRESS: address, _DNS1: NAME_SERVERS[0], _DNS2: NAME_SERVERS[1]}
        self._wanted: Options = [(_IP_ADDRESS, OUR_ADDRESS.packed)]

    def wanted(self) -> Options:
        return self._wanted

    def judge(self, options: Options) -> tuple[Options, Options]:
        rejected = [(kind, value) for kind, value in options if kind not in self._given]
        changed = [
            (kind, self._given[kind].packed)
            for kind, value in options
            if kind in self._given and value != self._given[kind].packed
        ]
        return rejected, changed

    def accepted(self, options: Options) -> None:
        """There is nothing that the far end may choose."""

    def refused(self, options: Options, *, suggested: bool) -> None:
        if not suggested:
            self._wanted = []


class PppPeer:
    """One call.

    Args:
        address: What the far end is given.
        magic: A random number, to tell a looped line.
        send: Takes bytes for the line.
        count: Told the length of each IP packet that goes either way.
        ended: The far end said goodbye, or never answered.
    """

    def __init__(
        self,
        address: str,
        magic: int,
        *,
        send: Callable[[bytes], None],
        count: Callable[[int], object],
        ended: Callable[[], None],
    ) -> None:
        self._send = send
        self._count = count
        self._reader = FrameReader()
        self._link_policy = _LinkPolicy(magic)
        self._rejects = 0
        self._link = Negotiation(
            self._link_policy,
            send=lambda packet: self._transmit(LCP, packet),
            opened=lambda: self._address.open(),
            closed=ended,
        )
        self._address = Negotiation(
            _AddressPolicy(IPv4Address(address)),
            send=lambda packet: self._transmit(IPCP, packet),
            opened=lambda: None,
            closed=ended,
        )

    @property
    def up(self) -> bool:
        """IP packets may go."""
        return self._address.state is State.OPEN

    def begin(self) -> None:
        """The line is in data mode."""
        self._link.open()

    def tick(self) -> None:
        """To be called each :data:`RESTART_S`."""
        self._link.time_out()
        self._address.time_out()

    def hang_up(self) -> None:
        """The network ends the call."""
        self._link.close()

    def receive(self, data: bytes) -> None:
        """Bytes from the line, in any pieces."""
        for protocol, packet in self._reader.feed(data):
            if protocol == LCP:
                self._take_lcp(packet)
            elif self._link.state is not State.OPEN:
                continue  # RFC 1661 3.4: silently discarded before the link stands
            elif protocol == IPCP:
                self._take_ipcp(packet)
            elif protocol == IP:
                self._take_ip(packet)
            else:
                self._reject(protocol, packet)

    def _take_lcp(self, packet: bytes) -> None:
        read = _control_packet(packet)
        if read is None:
            return
        code, identifier, data = read
        if self._link.receive(code, identifier, data) or code in (
            _PROTOCOL_REJECT,
            _ECHO_REPLY,
            _DISCARD_REQUEST,
        ):
            return
        if code == _ECHO_REQUEST and len(data) >= 4:
            magic = self._link_policy.magic.to_bytes(4, "big")
            self._control(LCP, _ECHO_REPLY, identifier, magic + data[4:])
        else:
            self._control(LCP, CODE_REJECT, self._next_reject(), packet)

    def _take_ipcp(self, packet: bytes) -> None:
        read = _control_packet(packet)
        if read is not None and not self._address.receive(*read):
            self._control(IPCP, CODE_REJECT, self._next_reject(), packet)

    def _take_ip(self, packet: bytes) -> None:
        if not self.up:
            return
        self._count(len(packet))
        reply = echo_reply(packet)
        if reply is not None:
            self._count(len(reply))
            self._transmit(IP, reply)

    def _reject(self, protocol: int, packet: bytes) -> None:
        self._control(LCP, _PROTOCOL_REJECT, self._next_reject(), protocol.to_bytes(2, "big") + packet[:64])

    def _next_reject(self) -> int:
        self._rejects = (self._rejects + 1) % 256
        return self._rejects

    def _control(self, protocol: int, code: int, identifier: int, data: bytes) -> None:
        self._transmit(protocol, bytes([code, identifier]) + (len(data) + 4).to_bytes(2, "big") + data)

    def _transmit(self, protocol: int, packet: bytes) -> None:
        # RFC 1662 7.1: LCP goes with all control characters escaped, whatever was agreed.
        escaped = ALL_CONTROLS if protocol == LCP else self._link_policy.escaped_controls
        self._send(encode_frame(protocol, packet, escaped))


def _control_packet(packet: bytes) -> tuple[int, int, bytes] | None:
    """Code, identifier and data; None where the length is wrong (RFC 1661 5)."""
    if len(packet) < 4:
        return None
    length = int.from_bytes(packet[2:4], "big")
    return (packet[0], packet[1], packet[4:length]) if 4 <= length <= len(packet) else None
