"""Lists of operators: names that the modem knows, and those the user prefers (3GPP TS 27.007, 7.19 to 7.21).

``+CPOL`` is EF-PLMNsel of a SIM, three octets an entry, or EF-PLMNwAcT of a USIM, five: the PLMN and its access
technologies (3GPP TS 31.102, 4.2.5).
"""

from typing import ClassVar

from at_commands.sim_files import Ef, decode_plmn, encode_plmn
from firmware_sim.modem.character_sets import take
from firmware_sim.modem.commands import Arguments, Command, Table
from firmware_sim.modem.device import Device
from firmware_sim.modem.network_service import OTHER_OPERATORS
from firmware_sim.modem.number_settings import numbers
from firmware_sim.modem.outcomes import CmeRefusedError, Outcome, info

PLACES = 8
_NUMERIC = 2
_MEMORY_FULL, _INVALID_INDEX, _NOT_FOUND = 20, 21, 22
_TECHNOLOGIES = ((0x00, 0x80), (0x00, 0x40), (0x80, 0x00), (0x40, 0x00))
"""GSM, GSM compact, UTRAN, E-UTRAN, in the order of ``+CPOL``: octets 4 and 5 of an entry."""


class OperatorLists:
    """Names, and preferences."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._format = 0

    def reset(self) -> None:
        """Long names again."""
        self._format = 0

    def _names(self) -> tuple[tuple[str, str, str], ...]:
        config = self.device.network.config
        home = (config.operator_name, config.operator_short_name, config.plmn)
        return home, *(other for other in OTHER_OPERATORS if other[2] != config.plmn)

    def _copn(self) -> Outcome:
        return info("\r\n".join(f'+COPN: "{plmn}","{name}"' for name, _, plmn in self._names()))

    # -- the preferred ones

    @property
    def _file(self) -> tuple[Ef, int]:
        """Which, and the octets of an entry."""
        return (Ef.USER_PLMNS, 5) if self.device.personality.uicc else (Ef.PLMN_SELECTOR, 3)

    def _entries(self) -> list[bytes]:
        file, size = self._file
        content = self.device.ready_card().files.get(file, b"").ljust(PLACES * size, b"\xff")
        return [content[at : at + size] for at in range(0, PLACES * size, size)]

    def _cpol(self) -> Outcome:
        lines = []
        for place, entry in enumerate(self._entries(), 1):
            try:
                plmn = decode_plmn(entry[:3])
            except ValueError:
                continue
            if plmn is None:
                continue
            known = next((names for names in self._names() if names[2] == plmn), (plmn, plmn, plmn))
            technologies = "".join(
                f",{int(bool(entry[3] & high or entry[4] & low))}" for high, low in _TECHNOLOGIES if entry[3:]
            )
            lines.append(f'+CPOL: {place},{self._format},"{known[self._format]}"{technologies}')
        return info("\r\n".join(lines)) if lines else info()

    def _set_cpol(self, arguments: Arguments) -> Outcome:
        """``=,<format>`` chooses how names are shown; an index alone deletes; no index takes the first free place."""
        place = arguments.number(0, 0)
        if place > PLACES:
            raise CmeRefusedError(_INVALID_INDEX)
        entries, (file, size) = self._entries(), self._file
        if len(arguments) < 3:
            if len(arguments) == 2:
                self._format = arguments.number(1, allowed=range(3))
                return info()
            if not place:
                raise CmeRefusedError(_INVALID_INDEX)
            entries[place - 1] = b"\xff" * size
        else:
            shape = arguments.number(1, _NUMERIC, allowed=range(3))
            name = take(arguments.string(2), self.device.character_set)
            plmn = next((names[2] for names in self._names() if names[shape] == name), name)
            if not (plmn.isascii() and plmn.isdigit() and len(plmn) in (5, 6)):
                raise CmeRefusedError(_NOT_FOUND)
            place = place or next((n for n, e in enumerate(entries, 1) if e[:3] == b"\xff\xff\xff"), 0)
            if not place:
                raise CmeRefusedError(_MEMORY_FULL)
            wanted = [octets for at, octets in enumerate(_TECHNOLOGIES) if arguments.number(3 + at, 0)]
            technologies = bytes(sum(pair) for pair in zip(*wanted, strict=True)) if wanted else b"\xc0\x80"
            entries[place - 1] = (encode_plmn(plmn) + technologies)[:size]
        self.device.ready_card().files[file] = b"".join(entries)
        return info()

    table: ClassVar[Table["OperatorLists"]] = {
        "+COPN": Command("", execute=_copn),
        "+CPOL": Command(f"(1-{PLACES}),(0-2)", _cpol, _set_cpol),
        "+CPLS": numbers("+CPLS", (0,), start=(0,)),
    }
