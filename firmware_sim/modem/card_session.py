"""One conversation with a card, in APDUs: CLA INS P1 P2 P3 and data in; data, SW1 and SW2 out.

The selected directory, file and record belong to the conversation; secrets, counters and contents to the card. The
words and descriptions are a SIM's in class A0 (3GPP TS 51.011 clause 9), a UICC's in classes 00 and 80 (ETSI TS 102 221
clause 11); protocol T=0: what a SELECT has to tell waits for GET RESPONSE. No key is on this card: RUN GSM ALGORITHM
and AUTHENTICATE are instructions that it has not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from firmware_sim.modem.chv import Chv
from firmware_sim.modem.file_descriptions import (
    describe_directory,
    describe_file,
    fcp_of_directory,
    fcp_of_file,
)
from firmware_sim.modem.sim_card import SimCard
from firmware_sim.modem.sim_files import (
    DIRECTORIES,
    MF,
    USIM,
    USIM_AID,
    ElementaryFile,
    Structure,
    find,
)
from firmware_sim.modem.sim_status import SUCCESS, CardRefusedError, CardTrouble

SIM_CLASS: Final = 0xA0
UICC_CLASSES: Final = (0x00, 0x80)

SELECT, STATUS, GET_RESPONSE = 0xA4, 0xF2, 0xC0
READ_BINARY, READ_RECORD, UPDATE_BINARY, UPDATE_RECORD = 0xB0, 0xB2, 0xD6, 0xDC
VERIFY, CHANGE, DISABLE, ENABLE, UNBLOCK = 0x20, 0x24, 0x26, 0x28, 0x2C
MANAGE_CHANNEL, TERMINAL_PROFILE = 0x70, 0x10

_SENDING: Final = frozenset(
    {SELECT, UPDATE_BINARY, UPDATE_RECORD, VERIFY, CHANGE, DISABLE, ENABLE, UNBLOCK, TERMINAL_PROFILE}
)
"""Instructions whose P3 counts the data that come with them; of the others it counts what is wanted."""

_SECRET: Final = 8
_COUNTER: Final = 0x63C0


@dataclass(frozen=True, slots=True)
class Apdu:
    """A command to the card."""

    instruction: int
    p1: int = 0
    p2: int = 0
    p3: int = 0
    data: bytes = b""


class CardSession:
    """From the card's reset on; ``uicc`` is the class of the command under way."""

    def __init__(self, card: SimCard, *, uicc: bool = False) -> None:
        self.card = card
        self.uicc = uicc
        self.directory = MF
        self.file: ElementaryFile | None = None
        self._record = 0
        self._waiting = b""

    def transmit(self, octets: bytes) -> bytes:
        """Data and status word. Any octets get one."""
        try:
            data, word = self._carry_out(octets)
        except CardRefusedError as refused:
            data, word = b"", refused.word(self.uicc)
        return data + word.to_bytes(2, "big")

    def run(self, apdu: Apdu) -> tuple[bytes, int]:
        """Data and status word. Raises CardRefusedError."""
        handler = _INSTRUCTIONS.get(apdu.instruction)
        if handler is None:
            raise CardRefusedError(CardTrouble.UNKNOWN_INSTRUCTION)
        if apdu.instruction != GET_RESPONSE:
            self._waiting = b""
        return handler(self, apdu)

    def select(self, number: int) -> None:
        """A file of the current directory, or a directory. Raises CardRefusedError."""
        if number in DIRECTORIES and (self.uicc or number != USIM):
            self.directory, self.file = number, None
        elif (file := find(number, self.directory)) is not None:
            self.file = file
        else:
            raise CardRefusedError(CardTrouble.FILE_NOT_FOUND)
        self._record = 0

    def description(self) -> bytes:
        """Of what is selected."""
        if self.file is not None:
            return fcp_of_file(self.file) if self.uicc else describe_file(self.file)
        return self._directory_description()

    def _directory_description(self) -> bytes:
        describe = fcp_of_directory if self.uicc else describe_directory
        return describe(self.directory, self.card)

    def _carry_out(self, octets: bytes) -> tuple[bytes, int]:
        if len(octets) < 4:
            raise CardRefusedError(CardTrouble.WRONG_LENGTH)
        class_, instruction, p1, p2 = octets[:4]
        self.uicc = class_ != SIM_CLASS
        if self.uicc and class_ not in UICC_CLASSES:
            on_channel = class_ & 0x7F in (1, 2, 3)
            raise CardRefusedError(CardTrouble.NO_CHANNEL if on_channel else CardTrouble.UNKNOWN_CLASS)
        p3, data = octets[4] if len(octets) > 4 else 0, octets[5:]
        if instruction in _SENDING and self.uicc and len(data) == p3 + 1:
            data = data[:p3]  # behind the data stands how much answer is wanted
        if len(data) != (p3 if instruction in _SENDING else 0):
            raise CardRefusedError(CardTrouble.WRONG_LENGTH)
        return self.run(Apdu(instruction, p1, p2, p3, data))

    # -- files

    def _select(self, apdu: Apdu) -> tuple[bytes, int]:
        numbers = [int.from_bytes(apdu.data[at : at + 2], "big") for at in range(0, len(apdu.data), 2)]
        by_name = self.uicc and apdu.p1 == 0x04
        if not by_name and (len(apdu.data) % 2 or (apdu.p1 == 0 and len(numbers) > 1)):
            raise CardRefusedError(CardTrouble.WRONG_LENGTH)
        came_from = self.directory, self.file
        try:
            match apdu.p1 if self.uicc else apdu.p1 | apdu.p2:
                case 0x00:
                    self.select(numbers[0] if numbers else MF)
                case 0x03 if self.uicc:
                    self.select(DIRECTORIES[self.directory])
                case 0x04 if self.uicc:
                    if not apdu.data or not USIM_AID.startswith(apdu.data):
                        raise CardRefusedError(CardTrouble.FILE_NOT_FOUND)
                    self.select(USIM)
                case 0x08 | 0x09 if self.uicc:
                    self._walk(numbers, self.directory if apdu.p1 == 0x09 else MF)
                case _:
                    raise CardRefusedError(CardTrouble.WRONG_P1_P2)
        except CardRefusedError:
            self.directory, self.file = came_from
            raise
        if self.uicc and apdu.p2 & 0x0C == 0x0C:
            return b"", SUCCESS
        self._waiting = self.description()
        return b"", (0x6100 if self.uicc else 0x9F00) | len(self._waiting)

    def _walk(self, numbers: list[int], start: int) -> None:
        self.select(start)
        for number in numbers:
            if self.file is not None:  # nothing stands below a file
                raise CardRefusedError(CardTrouble.FILE_NOT_FOUND)
            self.select(number)

    def _get_response(self, apdu: Apdu) -> tuple[bytes, int]:
        if not self._waiting:
            raise CardRefusedError(CardTrouble.NO_FILE_SELECTED)
        return self._given(self._waiting, apdu.p3)

    def _status(self, apdu: Apdu) -> tuple[bytes, int]:
        if self.uicc and apdu.p2 == 0x0C:
            return b"", SUCCESS
        return self._given(self._directory_description(), apdu.p3)

    def _given(self, data: bytes, wanted: int, *, exactly: bool = False) -> tuple[bytes, int]:
        """As much as is wanted; the right length in the status word where that is more than there is."""
        wanted = wanted or 256
        if wanted > len(data) or (exactly and wanted != len(data)):
            raise CardRefusedError(
                CardTrouble.WRONG_LENGTH, (0x6C00 if self.uicc else 0x6700) | min(len(data), 255)
            )
        return data[:wanted], SUCCESS

    def _read_binary(self, apdu: Apdu) -> tuple[bytes, int]:
        file = self._opened(Structure.TRANSPARENT, update=False)
        return self._given(file.octets(self.card)[self._offset(apdu, file) :], apdu.p3)

    def _update_binary(self, apdu: Apdu) -> tuple[bytes, int]:
        file = self._opened(Structure.TRANSPARENT, update=True)
        at = self._offset(apdu, file)
        if not apdu.data or at + len(apdu.data) > file.size:
            raise CardRefusedError(CardTrouble.WRONG_LENGTH)
        file.write(self.card, at, apdu.data)
        return b"", SUCCESS

    def _read_record(self, apdu: Apdu) -> tuple[bytes, int]:
        file = self._opened(Structure.LINEAR_FIXED, update=False)
        at = self._record_offset(apdu, file)
        return self._given(file.octets(self.card)[at : at + file.record], apdu.p3, exactly=True)

    def _update_record(self, apdu: Apdu) -> tuple[bytes, int]:
        file = self._opened(Structure.LINEAR_FIXED, update=True)
        at = self._record_offset(apdu, file)
        if len(apdu.data) != file.record:
            raise CardRefusedError(CardTrouble.WRONG_LENGTH)
        file.write(self.card, at, apdu.data)
        return b"", SUCCESS

    def _opened(self, structure: Structure, *, update: bool) -> ElementaryFile:
        if self.file is None:
            raise CardRefusedError(CardTrouble.NO_FILE_SELECTED)
        if self.file.structure is not structure:
            raise CardRefusedError(CardTrouble.WRONG_STRUCTURE)
        if not (self.file.update if update else self.file.read).allows(self.card):
            raise CardRefusedError(CardTrouble.ACCESS_DENIED)
        return self.file

    def _offset(self, apdu: Apdu, file: ElementaryFile) -> int:
        if self.uicc and apdu.p1 & 0x80:  # by a short number; no file has one
            raise CardRefusedError(CardTrouble.FILE_NOT_FOUND)
        at = apdu.p1 << 8 | apdu.p2
        if at >= file.size:
            raise CardRefusedError(CardTrouble.BEYOND_THE_END)
        return at

    def _record_offset(self, apdu: Apdu, file: ElementaryFile) -> int:
        last = file.size // file.record
        match apdu.p2:
            case 0x04:  # by number; 0 is the current one
                number = apdu.p1 or self._record
            case 0x02:
                number = self._record + 1
            case 0x03:
                number = (self._record or last + 1) - 1
            case _:
                raise CardRefusedError(CardTrouble.WRONG_P1_P2)
        if not 1 <= number <= last:
            raise CardRefusedError(CardTrouble.NO_SUCH_RECORD)
        if apdu.p2 != 0x04:
            self._record = number
        return (number - 1) * file.record

    # -- secrets

    def _verify(self, apdu: Apdu) -> tuple[bytes, int]:
        chv = self._chv(apdu)
        if self.uicc and not apdu.data:
            return b"", _COUNTER | chv.tries
        (code,) = _secrets(apdu, 1)
        self._must_be(chv, enabled=True)
        return self._answered(chv.verify(code), chv.tries)

    def _change(self, apdu: Apdu) -> tuple[bytes, int]:
        chv = self._chv(apdu)
        old, new = _secrets(apdu, 2)
        self._must_be(chv, enabled=True)
        return self._answered(chv.change(old, _new(new)), chv.tries)

    def _enable(self, apdu: Apdu) -> tuple[bytes, int]:
        return self._switch(apdu, on=True)

    def _disable(self, apdu: Apdu) -> tuple[bytes, int]:
        return self._switch(apdu, on=False)

    def _switch(self, apdu: Apdu, *, on: bool) -> tuple[bytes, int]:
        chv = self._chv(apdu)
        if chv is self.card.chv2:
            raise CardRefusedError(CardTrouble.WRONG_P1_P2)  # PIN2 is always asked for
        (code,) = _secrets(apdu, 1)
        self._must_be(chv, enabled=not on)
        return self._answered(chv.enable(on, code), chv.tries)

    def _unblock(self, apdu: Apdu) -> tuple[bytes, int]:
        chv = self._chv(apdu)
        if self.uicc and not apdu.data:
            return b"", _COUNTER | chv.unblock_tries
        code, new = _secrets(apdu, 2)
        if chv.unblock_tries == 0:
            raise CardRefusedError(CardTrouble.CHV_BLOCKED)
        return self._answered(chv.unblock(code, _new(new)), chv.unblock_tries)

    def _chv(self, apdu: Apdu) -> Chv:
        """By P2. A SIM's UNBLOCK calls CHV1 0."""
        first = 1 if self.uicc or apdu.instruction != UNBLOCK else 0
        chv = {first: self.card.chv1, 0x81 if self.uicc else 2: self.card.chv2}.get(apdu.p2)
        if apdu.p1 or chv is None:
            raise CardRefusedError(CardTrouble.WRONG_P1_P2)
        return chv

    def _must_be(self, chv: Chv, *, enabled: bool) -> None:
        if chv.blocked or chv.unblock_tries == 0:
            raise CardRefusedError(CardTrouble.CHV_BLOCKED)
        if chv.enabled != enabled:
            raise CardRefusedError(CardTrouble.NOT_WITH_CHV_STATUS)

    def _answered(self, accepted: bool, tries_left: int) -> tuple[bytes, int]:
        if accepted:
            return b"", SUCCESS
        if self.uicc:
            return b"", _COUNTER | tries_left
        raise CardRefusedError(CardTrouble.ACCESS_DENIED if tries_left else CardTrouble.CHV_BLOCKED)

    # -- the rest

    def _manage_channel(self, apdu: Apdu) -> tuple[bytes, int]:
        raise CardRefusedError(CardTrouble.NO_CHANNEL)

    def _terminal_profile(self, apdu: Apdu) -> tuple[bytes, int]:
        return b"", SUCCESS  # no toolkit is there that would care


def _secrets(apdu: Apdu, count: int) -> tuple[str, ...]:
    """Digits behind which FF fills eight octets. Anything else is a wrong secret."""
    if len(apdu.data) != count * _SECRET:
        raise CardRefusedError(CardTrouble.WRONG_LENGTH, 0x6700 | count * _SECRET)
    fields = (apdu.data[at : at + _SECRET] for at in range(0, len(apdu.data), _SECRET))
    return tuple(field.rstrip(b"\xff").decode("latin-1") for field in fields)


def _new(code: str) -> str:
    if not (code.isascii() and code.isdigit() and 4 <= len(code) <= _SECRET):
        raise CardRefusedError(CardTrouble.WRONG_DATA)
    return code


_INSTRUCTIONS: Final[Mapping[int, Callable[[CardSession, Apdu], tuple[bytes, int]]]] = {
    SELECT: CardSession._select,
    STATUS: CardSession._status,
    GET_RESPONSE: CardSession._get_response,
    READ_BINARY: CardSession._read_binary,
    READ_RECORD: CardSession._read_record,
    UPDATE_BINARY: CardSession._update_binary,
    UPDATE_RECORD: CardSession._update_record,
    VERIFY: CardSession._verify,
    CHANGE: CardSession._change,
    ENABLE: CardSession._enable,
    DISABLE: CardSession._disable,
    UNBLOCK: CardSession._unblock,
    MANAGE_CHANNEL: CardSession._manage_channel,
    TERMINAL_PROFILE: CardSession._terminal_profile,
}
