"""What a card tells of a file when it is selected: the answers of GET RESPONSE and STATUS.

A SIM has a row of fixed octets (3GPP TS 51.011 9.2.1), a UICC a tree of tags, the FCP template (ETSI TS 102 221
11.1.1.3).
"""

from typing import Final

from firmware_sim.modem.chv import Chv
from firmware_sim.modem.sim_card import SimCard
from firmware_sim.modem.sim_files import DIRECTORIES, FILES, MF, USIM, USIM_AID, Access, ElementaryFile

_INITIALISED: Final = 0x80
_FREE_OCTETS: Final = 0x1000


def describe_file(file: ElementaryFile) -> bytes:
    """A SIM's 15 octets of an EF."""
    update = min(file.update, Access.NEVER)
    return bytes(
        [
            *(0, 0, *file.size.to_bytes(2, "big"), *file.number.to_bytes(2, "big")),
            *(4, 0),  # an EF; no INCREASE
            *(file.read << 4 | update, Access.NEVER << 4 | 0xF, Access.ADM << 4 | Access.ADM),
            *(1, 2, file.structure, file.record),  # not invalidated; two octets follow
        ]
    )


def describe_directory(directory: int, card: SimCard) -> bytes:
    """A SIM's 22 octets of MF or DF."""
    children = [each for each, parent in DIRECTORIES.items() if parent == directory != each]
    inside = [each for each in FILES if directory in each.directories]
    return bytes(
        [
            *(0, 0, *_FREE_OCTETS.to_bytes(2, "big"), *directory.to_bytes(2, "big")),
            *(1 if directory == MF else 2, 0, 0, 0, 0, 0, 9),
            (0 if card.chv1.enabled else 0x80) | 0x13,  # the clock may stop, high preferred
            *(len(children), len(inside), 4, 0),
            *_tries(card.chv1),
            *_tries(card.chv2),
        ]
    )


def fcp_of_file(file: ElementaryFile) -> bytes:
    """A UICC's template for an EF."""
    shape = bytes([0x41, 0x21])
    if file.record:
        shape = bytes([0x42, 0x21, 0, file.record, file.size // file.record])
    return _tag(
        0x62,
        _tag(0x82, shape),
        _tag(0x83, file.number.to_bytes(2, "big")),
        _tag(0x8A, b"\x05"),  # operational, activated
        _tag(0x8B, bytes([0x6F, 0x06, file.read << 4 | min(file.update, Access.NEVER)])),  # a rule in EF-ARR
        _tag(0x80, file.size.to_bytes(2, "big")),
        _tag(0x88),  # no short number
    )


def fcp_of_directory(directory: int, card: SimCard) -> bytes:
    """A UICC's template for MF, DF or ADF, with the states of its PINs."""
    name = _tag(0x84, USIM_AID) if directory == USIM else _tag(0x83, directory.to_bytes(2, "big"))
    enabled = 0x80 * card.chv1.enabled | 0x40 * card.chv2.enabled
    pins = (_tag(0x90, bytes([enabled])), _tag(0x83, b"\x01"), _tag(0x83, b"\x81"))
    return _tag(
        0x62,
        _tag(0x82, bytes([0x78, 0x21])),
        name,
        _tag(0xA5, _tag(0x80, b"\x71"), _tag(0x83, _FREE_OCTETS.to_bytes(2, "big"))),
        _tag(0x8A, b"\x05"),
        _tag(0x8B, bytes([0x2F, 0x06, 0x02])),
        _tag(0xC6, *pins),
    )


def _tries(chv: Chv) -> tuple[int, int]:
    return _INITIALISED | chv.tries, _INITIALISED | chv.unblock_tries


def _tag(tag: int, *values: bytes) -> bytes:
    value = b"".join(values)
    return bytes([tag, len(value)]) + value
