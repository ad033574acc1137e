"""The card's files at the AT interface: ``+CRSM`` and ``+CSIM`` (3GPP TS 27.007 8.18, 8.17).

``+CRSM`` names a file, and the modem does the selecting: each one is a conversation of its own. ``+CSIM`` hands APDUs
through: one conversation until the card loses its power. No further logical channel can be had (``+CCHO``).
"""

import re
from collections.abc import Callable
from typing import ClassVar, Final

from firmware_sim.modem import card_session, timing
from firmware_sim.modem.card_session import Apdu, CardSession
from firmware_sim.modem.commands import INCORRECT_PARAMETERS, Arguments, Command, Table
from firmware_sim.modem.device import Device
from firmware_sim.modem.outcomes import CmeRefusedError, Later, Outcome, info
from firmware_sim.modem.sim_files import DIRECTORIES, GSM, MF, TELECOM, USIM, find
from firmware_sim.modem.sim_status import SUCCESS, CardRefusedError, CardTrouble

OPERATION_NOT_SUPPORTED: Final = 4

_COMMANDS: Final = {
    176: card_session.READ_BINARY,
    178: card_session.READ_RECORD,
    192: card_session.GET_RESPONSE,
    214: card_session.UPDATE_BINARY,
    220: card_session.UPDATE_RECORD,
    242: card_session.STATUS,
}
_SEARCHED: Final = {False: (GSM, TELECOM, MF), True: (USIM, TELECOM, MF, GSM)}
_RIGHT_LENGTH: Final = (0x67, 0x6C)
_HEX: Final = re.compile("(?:[0-9A-Fa-f]{2})*")


class CardAccess:
    """``on_opened`` is called when the PIN came in an APDU."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.on_opened: Callable[[], None] = lambda: None
        self._session: CardSession | None = None
        self._of_power_up = 0

    def reset(self) -> None:
        """The card forgets with its power."""
        self._session = None

    def _crsm(self, arguments: Arguments) -> Outcome:
        card = self.device.card()
        instruction = _COMMANDS.get(arguments.number(0))
        if instruction is None:
            raise CmeRefusedError(INCORRECT_PARAMETERS)
        number = arguments.number(
            1, MF if instruction == card_session.STATUS else None, allowed=range(0x10000)
        )
        p1, p2, p3 = (arguments.number(place, 0, allowed=range(256)) for place in (2, 3, 4))
        data, path = _octets(arguments.string(5, "")), _octets(arguments.string(6, ""))
        if instruction in (card_session.UPDATE_BINARY, card_session.UPDATE_RECORD) and len(data) != p3:
            raise CmeRefusedError(INCORRECT_PARAMETERS)
        apdu = Apdu(instruction, p1, p2, p3, data)
        session = CardSession(card, uicc=self.device.personality.uicc)

        def carry_out() -> Outcome:
            try:
                _select(session, number, path)
                answer, word = _run(session, apdu)
            except CardRefusedError as refused:
                answer, word = b"", refused.word(session.uicc)
            shown = f',"{answer.hex().upper()}"' if answer else ""
            return info(f"+CRSM: {word >> 8},{word & 0xFF}{shown}")

        return Later(self.device.latency(timing.CARD_FILE), carry_out)

    def _csim(self, arguments: Arguments) -> Outcome:
        card = self.device.card()
        length, text = arguments.number(0), arguments.string(1)
        apdu = _octets(text)
        if length != len(text):
            raise CmeRefusedError(INCORRECT_PARAMETERS)
        if self._session is None or self._session.card is not card or self._of_power_up != card.power_ups:
            self._session, self._of_power_up = CardSession(card), card.power_ups
        session = self._session

        def carry_out() -> Outcome:
            was_open = card.ready
            answer = session.transmit(apdu).hex().upper()
            if card.ready and not was_open:
                self.device.urc(f"+CPIN: {card.status}")
                self.on_opened()
            return info(f'+CSIM: {len(answer)},"{answer}"')

        return Later(self.device.latency(timing.CARD_FILE), carry_out)

    def _no_channel(self, _: Arguments) -> Outcome:
        self.device.card()
        raise CmeRefusedError(OPERATION_NOT_SUPPORTED)

    table: ClassVar[Table["CardAccess"]] = {
        "+CRSM": Command("", None, _crsm),
        "+CSIM": Command("", None, _csim),
        "+CCHO": Command("", None, _no_channel),
        "+CCHC": Command("", None, _no_channel),
        "+CGLA": Command("", None, _no_channel),
    }


def _select(session: CardSession, number: int, path: bytes) -> None:
    """What a modem does before a restricted access: down the path, or to where the file is known to be."""
    steps = [int.from_bytes(path[at : at + 2], "big") for at in range(0, len(path), 2)]
    if steps and steps[-1] == number:  # some give the file's own place as its path
        steps.pop()
    if len(path) % 2 or any(step not in DIRECTORIES for step in steps):
        raise CardRefusedError(CardTrouble.FILE_NOT_FOUND)
    if not steps and number not in DIRECTORIES:
        places = (place for place in _SEARCHED[session.uicc] if find(number, place))
        steps = [next(places, MF)]
    for step in (*steps, number):
        session.select(step)


def _run(session: CardSession, apdu: Apdu) -> tuple[bytes, int]:
    """GET RESPONSE has already been given by the selection. Without a length the card is asked for it."""
    if apdu.instruction == card_session.GET_RESPONSE:
        return session.description(), SUCCESS
    try:
        return session.run(apdu)
    except CardRefusedError as refused:
        word = refused.word(session.uicc)
        if apdu.p3 or apdu.data or word >> 8 not in _RIGHT_LENGTH or not word & 0xFF:
            raise
    return session.run(Apdu(apdu.instruction, apdu.p1, apdu.p2, word & 0xFF))


def _octets(text: str) -> bytes:
    if not _HEX.fullmatch(text):
        raise CmeRefusedError(INCORRECT_PARAMETERS)
    return bytes.fromhex(text)
