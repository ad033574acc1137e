"""``+CMUX``: from commands to frames (3GPP TS 27.007 5.7). The frames themselves are ``muxed_line``'s."""

from dataclasses import replace
from typing import ClassVar, Final

from at_commands.cmux_dlc import MuxParameters
from firmware_sim.modem.commands import Arguments, Command, Table
from firmware_sim.modem.device import Device
from firmware_sim.modem.mux_offer import MuxOffer
from firmware_sim.modem.outcomes import CmeRefusedError, Multiplex, Outcome, info

OPERATION_NOT_ALLOWED: Final = 3

T1, N2, T2, T3, K = 10, 3, 30, 10, 2
"""Defaults of the standard: 10 ms steps, times, 10 ms steps, seconds, frames."""


class Multiplexing:
    """The command; the state is the line's."""

    def __init__(self, device: Device) -> None:
        self.device = device
        own = device.settings.advanced_mux
        offer = device.personality.multiplexer
        self._offer: MuxOffer = offer if own is None else replace(offer, advanced=own)
        self.reset()

    def reset(self) -> None:
        """The defaults."""
        self._values = (0, 0, 5, self._offer.n1, T1, N2, T2, T3, K)

    def _test(self) -> Outcome:
        # Each list begins with its lowest value as a range or alone: programs read no further than that.
        offer = self._offer
        modes = "0-1" if offer.advanced else "0"
        return info(
            f"+CMUX: ({modes}),(0),(1-{offer.max_speed}),(1-{offer.max_n1}),(1-255),(0-100),(2-255),(1-255),(1-7)"
        )

    def _read(self) -> Outcome:
        return info(f"+CMUX: {','.join(map(str, self._values))}")

    def _set(self, arguments: Arguments) -> Outcome:
        offer = self._offer
        if not self.device.terminal.can_multiplex:
            raise CmeRefusedError(OPERATION_NOT_ALLOWED)
        mode = arguments.number(0, allowed=range(1 + offer.advanced))
        subset = arguments.number(1, 0, allowed=range(1))
        speed = arguments.number(2, 5, allowed=range(1, offer.max_speed + 1))
        n1 = arguments.number(3, offer.n1, allowed=range(1, offer.max_n1 + 1))
        t1 = arguments.number(4, T1, allowed=range(1, 256))
        n2 = arguments.number(5, N2, allowed=range(101))
        t2 = arguments.number(6, T2, allowed=range(2, 256))
        t3 = arguments.number(7, T3, allowed=range(1, 256))
        k = arguments.number(8, K, allowed=range(1, 8))
        self._values = (mode, subset, speed, n1, t1, n2, t2, t3, k)
        return Multiplex(
            MuxParameters(
                advanced=bool(mode),
                n1=1 if offer.octet_by_octet else n1,
                t1_s=t1 / 100,
                n2=n2,
                t2_s=t2 / 100,
                t3_s=float(t3),
                channels=offer.channels,
                first_sabm_s=offer.first_sabm_s,
            )
        )

    table: ClassVar[Table["Multiplexing"]] = {"+CMUX": Command(_test, _read, _set)}
