"""Files of the SIM card through the modem: `+CRSM`, restricted access (3GPP TS 27.007, 8.18).

The card is asked for a file's shape before its contents (GET RESPONSE), since sizes differ between cards. It answers as
a SIM (3GPP TS 51.011, 9.2.1) or as a UICC (ETSI TS 102 221, 11.1.1.3), whatever the modem makes of it. A refusal comes
with OK behind it, as a status word; here it is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from at_commands.command import Command, Reply
from at_commands.errors import ReplyFormatError, SimFileError, SimFileLockedError, SimFileNotFoundError
from at_commands.grammar import join_arguments, parse_arguments
from at_commands.sim_files import (
    Ef,
    decode_dialling_record,
    decode_iccid,
    decode_imsi,
    decode_name,
    decode_plmns,
    mnc_digits,
)

if TYPE_CHECKING:
    from at_commands.client import AtClient

T = TypeVar("T")

READ_BINARY, READ_RECORD, GET_RESPONSE, UPDATE_BINARY = 176, 178, 192, 214

_MOST_OCTETS: Final = 255
_ABSOLUTE: Final = 4
_CARD_TIMEOUT_S: Final = 15.0

_DONE: Final = frozenset({0x90, 0x91, 0x9E, 0x9F})
"""SW1 of success; 91 and 9F only announce more, 9E a failed download to the card."""
_NOT_FOUND: Final = frozenset({0x9404, 0x6A82})
_LOCKED: Final = frozenset({0x9802, 0x9804, 0x9808, 0x9840, 0x6982, 0x6983, 0x6984})


@dataclass(frozen=True, slots=True)
class FileShape:
    """How large a file is, in octets. `record`: of one record, None for a file without."""

    size: int
    record: int | None = None


@dataclass(frozen=True, slots=True)
class SimIdentity:
    """Whose card it is. `mnc_digits`: None on a card that does not say how long its network's code is."""

    imsi: str
    mnc_digits: int | None

    def is_home(self, plmn: str) -> bool:
        """Did this network issue the card?"""
        if self.mnc_digits is None:
            return self.imsi.startswith(plmn)
        return plmn == self.imsi[: 3 + self.mnc_digits]


def restricted_access(
    command: int, file: int, p1: int = 0, p2: int = 0, p3: int = 0, data: bytes = b""
) -> Command[bytes]:
    """One `+CRSM`; `file` is an Ef or another number. Its answer is what the card gives.

    Raises, when it is sent, SimFileError: the card refuses.
    """
    arguments = f"{command},{int(file)},{p1},{p2},{p3}"
    if data:
        arguments = f"{arguments},{join_arguments(data.hex().upper())}"

    def parse(reply: Reply) -> bytes:
        sw1, sw2, *rest = parse_arguments(reply.value("+CRSM:"))
        word = int(sw1 or "") << 8 | int(sw2 or "")
        if word >> 8 in _DONE:
            return bytes.fromhex(rest[0]) if rest and rest[0] else b""
        kind = (
            SimFileNotFoundError
            if word in _NOT_FOUND
            else SimFileLockedError
            if word in _LOCKED
            else SimFileError
        )
        raise kind(Ef(file).name if file in set(Ef) else f"{file:04X}", f"{word:04X}")

    return Command(f"AT+CRSM={arguments}", parse, prefixes=("+CRSM:",), timeout_s=_CARD_TIMEOUT_S)


def file_shape(file: int) -> Command[FileShape]:
    """Ask for it. Raises SimFileError."""
    asking = restricted_access(GET_RESPONSE, file)
    return Command(
        asking.line,
        lambda reply: parse_shape(asking.parse(reply)),
        prefixes=asking.prefixes,
        timeout_s=asking.timeout_s,
    )


def parse_shape(octets: bytes) -> FileShape:
    """From a SIM's octets or a UICC's template. Raises ValueError: it is neither, or of a directory."""
    if octets[:1] == b"\x62":
        return _of_template(dict(_tags(next(_tags(octets))[1])))
    if len(octets) < 14 or octets[6] != 4:
        raise ValueError(f"no file is described by {octets.hex()}")
    size = int.from_bytes(octets[2:4], "big")
    if octets[13] == 0:
        return FileShape(size)
    return FileShape(size, octets[14])


def _of_template(tags: dict[int, bytes]) -> FileShape:
    kind, size = tags.get(0x82, b""), tags.get(0x80)
    if not kind or size is None:
        raise ValueError("a template without descriptor or size")
    records = kind[0] & 7 in (2, 6)
    return FileShape(int.from_bytes(size, "big"), int.from_bytes(kind[2:4], "big") if records else None)


def _tags(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Tags of one octet, each with its value."""
    at = 0
    while at < len(octets):
        tag, length, at = octets[at], octets[at + 1], at + 2
        if length == 0x81:  # the length has an octet of its own
            length, at = octets[at], at + 1
        if at + length > len(octets):
            raise ValueError(f"the template ends within tag {tag:02X}")
        yield tag, octets[at : at + length]
        at += length


async def read_file(at: AtClient, file: Ef) -> bytes:
    """All of a transparent file.

    Raises:
        SimFileError: the card refuses. AtError.
    """
    shape = await at.send(file_shape(file))
    content = b""
    while len(content) < shape.size:
        length = min(_MOST_OCTETS, shape.size - len(content))
        part = await at.send(restricted_access(READ_BINARY, file, *divmod(len(content), 256), length))
        if not part:
            raise ReplyFormatError(file.name, (content.hex(),))  # shorter than it says
        content += part
    return content


async def read_records(at: AtClient, file: Ef) -> tuple[bytes, ...]:
    """All records of a linear file, at most 255. Raises SimFileError, AtError."""
    shape = await at.send(file_shape(file))
    if not shape.record:
        raise ReplyFormatError(file.name, (f"{shape.size} octets without records",))
    return tuple(
        [
            await at.send(restricted_access(READ_RECORD, file, number, _ABSOLUTE, shape.record))
            for number in range(1, min(shape.size // shape.record, _MOST_OCTETS) + 1)
        ]
    )


async def write_file(at: AtClient, file: Ef, content: bytes) -> None:
    """From its beginning on. Raises SimFileError, AtError."""
    for start in range(0, len(content), _MOST_OCTETS):
        part = content[start : start + _MOST_OCTETS]
        await at.send(restricted_access(UPDATE_BINARY, file, *divmod(start, 256), len(part), part))


async def read_iccid(at: AtClient) -> str:
    """The card's number; needs no PIN. Raises SimFileError, AtError."""
    return _decoded(Ef.ICCID, decode_iccid, await read_file(at, Ef.ICCID))


async def read_identity(at: AtClient) -> SimIdentity:
    """Raises SimFileError, AtError."""
    imsi = _decoded(Ef.IMSI, decode_imsi, await read_file(at, Ef.IMSI))
    return SimIdentity(imsi, mnc_digits(await read_file(at, Ef.ADMINISTRATIVE)))


async def read_provider(at: AtClient) -> str | None:
    """The name that the card's issuer gave himself, None where there is none. Raises SimFileError, AtError."""
    try:
        content = await read_file(at, Ef.SERVICE_PROVIDER)
    except SimFileNotFoundError:
        return None
    return _decoded(Ef.SERVICE_PROVIDER, decode_name, content[1:]) or None


async def read_own_numbers(at: AtClient) -> tuple[tuple[str, str], ...]:
    """Name and number of each entry that has a number. Raises SimFileError, AtError."""
    records = await read_records(at, Ef.MSISDN)
    entries = (_decoded(Ef.MSISDN, decode_dialling_record, record) for record in records)
    return tuple((name, number) for name, number in entries if number)


async def read_forbidden(at: AtClient) -> tuple[str, ...]:
    """The networks that the modem does not try by itself, as MCC and MNC. Raises SimFileError, AtError."""
    return _decoded(Ef.FORBIDDEN_PLMNS, decode_plmns, await read_file(at, Ef.FORBIDDEN_PLMNS))


async def erase_forbidden(at: AtClient) -> None:
    """Empty that list. A modem may have read it already: it goes by the new one after `CFUN=0`, `CFUN=1`.

    Raises:
        SimFileError: the card refuses. ReplyFormatError: it agreed, and the list is not empty. AtError.
    """
    shape = await at.send(file_shape(Ef.FORBIDDEN_PLMNS))
    await write_file(at, Ef.FORBIDDEN_PLMNS, b"\xff" * shape.size)
    if (left := await read_file(at, Ef.FORBIDDEN_PLMNS)).strip(b"\xff"):
        raise ReplyFormatError(Ef.FORBIDDEN_PLMNS.name, (left.hex(),))


def _decoded(file: Ef, decode: Callable[[bytes], T], content: bytes) -> T:
    try:
        return decode(content)
    except ValueError as error:
        raise ReplyFormatError(file.name, (content.hex(),)) from error
