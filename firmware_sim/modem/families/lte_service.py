"""What 3GPP TS 27.007 gives an LTE modem beyond the older ones: signal in LTE's measures, modes, time reports."""

from typing import ClassVar

from firmware_sim.modem.commands import Command, Table
from firmware_sim.modem.number_settings import numbers
from firmware_sim.modem.outcomes import Outcome, info
from firmware_sim.modem.parts import Parts

SUBCARRIERS_DB = 27
"""RSSI is of all the subcarriers of a band, RSRP of one (3GPP TS 36.214, 5.1.1)."""
_UNKNOWN_RSRQ_RSRP = (255, 255)


class LteService:
    """``+CESQ``, ``+CEMODE``, ``+WS46``, ``+CTZU``, ``+CTZR``."""

    def __init__(self, parts: Parts) -> None:
        self.device = parts.device
        self._radio = parts.radio

    def reset(self) -> None:
        """Nothing volatile."""

    def _cesq(self) -> Outcome:
        """RSRQ in half dB from -19.5 dB on, RSRP in dB from -140 dBm on (27.007 8.69)."""
        rssi = self._radio.rssi_dbm
        rsrq, rsrp = (
            _UNKNOWN_RSRQ_RSRP if rssi is None else (17, min(97, max(0, rssi - SUBCARRIERS_DB + 141)))
        )
        return info(f"+CESQ: 99,99,255,255,{rsrq},{rsrp}")

    table: ClassVar[Table["LteService"]] = {
        "+CESQ": Command("(0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)", execute=_cesq),
        "+CEMODE": numbers("+CEMODE", range(4), start=(1,)),
        "+WS46": numbers("+WS46", (12, 22, 25, 28, 29), start=(25,), bare=True),
        "+CTZU": numbers("+CTZU", (0, 1), start=(0,)),
        "+CTZR": numbers("+CTZR", (0, 1, 2), start=(0,)),
    }
