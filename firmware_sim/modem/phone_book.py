"""The phone books: ``+CPBS``, ``+CPBR``, ``+CPBF``, ``+CPBW`` (3GPP TS 27.007, 8.11 to 8.14).

Each is a file of dialling records, as the card has them (3GPP TS 51.011, 10.5): what is written here is read with
``+CRSM`` there, and the other way round. The modem's own book has the same shape.

    "SM"  EF-ADN of the card      "ME"  the modem's own, which stays when the card goes
    "FD"  EF-FDN of the card      "ON"  EF-MSISDN: own numbers
"""

from collections.abc import Iterator
from typing import ClassVar

from at_commands.sim_files import Ef, decode_dialling_record, encode_dialling_record
from firmware_sim.modem.character_sets import show, take
from firmware_sim.modem.commands import Arguments, Command, Table
from firmware_sim.modem.device import Device
from firmware_sim.modem.outcomes import CmeRefusedError, Outcome, info
from firmware_sim.modem.sim_card import DIALLING_RECORD

NAME_OCTETS = DIALLING_RECORD - 14
NUMBER_DIGITS = 20
_BOOKS = {"SM": (Ef.PHONE_BOOK, 50), "ME": (None, 100), "FD": (Ef.FIXED_DIALLING, 10), "ON": (Ef.MSISDN, 1)}
_INTERNATIONAL, _NATIONAL = 145, 129
_MEMORY_FULL, _INVALID_INDEX, _NOT_FOUND, _TEXT_TOO_LONG = 20, 21, 22, 24
_NUMBER_TOO_LONG, _WRONG_DIGITS, _PIN2_NEEDED = 26, 27, 17
_EMPTY = b"\xff" * DIALLING_RECORD


class PhoneBook:
    """One book is chosen at a time; a fresh modem has the card's."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self._chosen = "SM"
        self._own = b""

    def reset(self) -> None:
        """The card's book again."""
        self._chosen = "SM"

    # -- the records of the chosen book

    @property
    def _capacity(self) -> int:
        return _BOOKS[self._chosen][1]

    def _content(self) -> bytes:
        file, places = _BOOKS[self._chosen]
        card = self.device.ready_card()
        content = self._own if file is None else card.files.get(file, b"")
        return content.ljust(places * DIALLING_RECORD, b"\xff")

    def _entries(self, first: int, last: int) -> Iterator[tuple[int, str, str]]:
        """Place, name and number of those in use."""
        content = self._content()
        for place in range(first, last + 1):
            record = content[(place - 1) * DIALLING_RECORD : place * DIALLING_RECORD]
            try:
                name, number = decode_dialling_record(record)
            except ValueError:
                continue
            if record != _EMPTY and (name or number):
                yield place, name, number

    def _put(self, place: int, record: bytes) -> None:
        file, _ = _BOOKS[self._chosen]
        card = self.device.ready_card()
        if file is Ef.FIXED_DIALLING and not card.chv2.satisfied:
            raise CmeRefusedError(_PIN2_NEEDED)
        content = bytearray(self._content())
        content[(place - 1) * DIALLING_RECORD : place * DIALLING_RECORD] = record
        if file is None:
            self._own = bytes(content)
        else:
            card.files[file] = bytes(content)

    def _place(self, arguments: Arguments, at: int, default: int | None = None) -> int:
        place = arguments.number(at, default)
        if not 1 <= place <= self._capacity:
            raise CmeRefusedError(_INVALID_INDEX)
        return place

    # -- commands

    def _cpbs(self) -> Outcome:
        used = sum(1 for _ in self._entries(1, self._capacity))
        return info(f'+CPBS: "{self._chosen}",{used},{self._capacity}')

    def _set_cpbs(self, arguments: Arguments) -> Outcome:
        name = arguments.string(0)
        self.device.ready_card()
        if name not in _BOOKS:
            raise CmeRefusedError(_NOT_FOUND)
        self._chosen = name
        return info()

    def _test_cpbr(self) -> Outcome:
        self.device.ready_card()
        return info(f"+CPBR: (1-{self._capacity}),{NUMBER_DIGITS},{NAME_OCTETS}")

    def _cpbr(self, arguments: Arguments) -> Outcome:
        first = self._place(arguments, 0)
        last = self._place(arguments, 1, first)
        return self._listed("+CPBR", list(self._entries(first, last)))

    def _test_cpbf(self) -> Outcome:
        self.device.ready_card()
        return info(f"+CPBF: {NUMBER_DIGITS},{NAME_OCTETS}")

    def _cpbf(self, arguments: Arguments) -> Outcome:
        wanted = take(arguments.string(0, ""), self.device.character_set).casefold()
        found = [
            entry for entry in self._entries(1, self._capacity) if entry[1].casefold().startswith(wanted)
        ]
        if not found:
            raise CmeRefusedError(_NOT_FOUND)
        return self._listed("+CPBF", found)

    def _listed(self, name: str, entries: list[tuple[int, str, str]]) -> Outcome:
        if not entries:
            return info()
        code = self.device.character_set
        lines = (
            f'{name}: {place},"{number}",{_INTERNATIONAL if number.startswith("+") else _NATIONAL},'
            f'"{show(text, code)}"'
            for place, text, number in entries
        )
        return info("\r\n".join(lines))

    def _test_cpbw(self) -> Outcome:
        self.device.ready_card()
        return info(
            f"+CPBW: (1-{self._capacity}),{NUMBER_DIGITS},({_NATIONAL},{_INTERNATIONAL}),{NAME_OCTETS}"
        )

    def _cpbw(self, arguments: Arguments) -> Outcome:
        """An index alone deletes; no index takes the first free place."""
        if not arguments.string(0, ""):
            taken = {place for place, _, _ in self._entries(1, self._capacity)}
            free = next((n for n in range(1, self._capacity + 1) if n not in taken), None)
            if free is None:
                raise CmeRefusedError(_MEMORY_FULL)
            place = free
        else:
            place = self._place(arguments, 0)
            if len(arguments) == 1:
                self._put(place, _EMPTY)
                return info()
        number = arguments.string(1)
        international = number.startswith("+") or arguments.number(2, _NATIONAL) == _INTERNATIONAL
        digits = number.removeprefix("+")
        if len(digits) > NUMBER_DIGITS:
            raise CmeRefusedError(_NUMBER_TOO_LONG)
        name = take(arguments.string(3, ""), self.device.character_set)
        try:
            record = encode_dialling_record(name, "+" * international + digits, DIALLING_RECORD)
        except ValueError:
            raise CmeRefusedError(_WRONG_DIGITS) from None
        if decode_dialling_record(record)[0] != name:
            raise CmeRefusedError(_TEXT_TOO_LONG)
        self._put(place, record)
        return info()

    table: ClassVar[Table["PhoneBook"]] = {
        "+CPBS": Command('("SM","ME","FD","ON")', _cpbs, _set_cpbs),
        "+CPBR": Command(_test_cpbr, None, _cpbr),
        "+CPBF": Command(_test_cpbf, None, _cpbf),
        "+CPBW": Command(_test_cpbw, None, _cpbw),
    }
