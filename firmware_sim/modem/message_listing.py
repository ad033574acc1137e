"""Reading and deleting stored messages: ``+CMGL``, ``+CMGR``, ``+CMGD``, ``+CMGDA`` (3GPP TS 27.005 3.4,
4.1-4.2).
"""

from collections.abc import Callable, Iterable
from typing import ClassVar, Protocol

from firmware_sim.modem.commands import Arguments, Command, Table
from firmware_sim.modem.device import Device
from firmware_sim.modem.message_lines import listed, pdu_line, shown
from firmware_sim.modem.message_store import MessageState, MessageStore, StoredMessage
from firmware_sim.modem.outcomes import CmsRefusedError, Outcome, info

ALL = 4
INVALID_PARAMETER, INVALID_INDEX = 302, 321

_STATES = {**{state.text: state.value for state in MessageState}, "ALL": ALL}

# +CMGD=<index>,<delflag>: which states go (27.005 3.5.4)
_DELETED_BY_FLAG = {
    1: {MessageState.REC_READ},
    2: {MessageState.REC_READ, MessageState.STO_SENT},
    3: {MessageState.REC_READ, MessageState.STO_SENT, MessageState.STO_UNSENT},
    4: set(MessageState),
}
_DELETED_BY_WORD = {
    "DEL READ": {MessageState.REC_READ},
    "DEL UNREAD": {MessageState.REC_UNREAD},
    "DEL SENT": {MessageState.STO_SENT},
    "DEL UNSENT": {MessageState.STO_UNSENT},
    "DEL INBOX": {MessageState.REC_READ, MessageState.REC_UNREAD},
    "DEL ALL": set(MessageState),
}


class TextLine(Protocol):
    """One of the two forms of a message in text mode."""

    def __call__(self, pdu: str, character_set: str, *, details: bool) -> str: ...


class MessageListing:
    """The commands on the first memory of ``+CPMS``."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.text_mode = False
        self.details = False
        self.store: Callable[[], MessageStore] = lambda: device.message_card().messages
        self.on_room: Callable[[], None] = lambda: None

    def reset(self) -> None:
        """PDU mode."""
        self.text_mode = self.details = False

    def _cmgl_test(self) -> Outcome:
        return info("+CMGL: " + ('("' + '","'.join(_STATES) + '")' if self.text_mode else "(0-4)"))

    def _cmgl(self, arguments: Arguments) -> Outcome:
        return self._list(arguments.string(0).upper())

    def _list(self, wanted: str) -> Outcome:
        """Both forms of the state are taken in both modes: clients mix them up and modems let them."""
        number = _STATES.get(wanted, int(wanted) if wanted in "01234" and wanted else None)
        if number is None:
            raise CmsRefusedError(INVALID_PARAMETER)
        lines: list[str] = []
        for index, message in sorted(self.store().messages.items()):
            if number in (ALL, message.state):
                lines.append(f"+CMGL: {index},{self._entry(message, listed)}")
                self._mark_read(message)
        return info(*lines)

    def _cmgr(self, arguments: Arguments) -> Outcome:
        store = self.store()
        index = arguments.number(0)
        if not 1 <= index <= store.capacity:
            raise CmsRefusedError(INVALID_INDEX)
        message = store.messages.get(index)
        if message is None:  # an empty place is no error on a SIM800
            return info()
        line = f"+CMGR: {self._entry(message, shown)}"
        if arguments.number(1, 0) == 0:
            self._mark_read(message)
        return info(line)

    def _entry(self, message: StoredMessage, line: TextLine) -> str:
        if not self.text_mode:
            return f"{message.state.value},{pdu_line(message.pdu)}"
        text = line(message.pdu, self.device.character_set, details=self.details)
        return f'"{message.state.text}",{text}'

    @staticmethod
    def _mark_read(message: StoredMessage) -> None:
        if message.state is MessageState.REC_UNREAD:
            message.state = MessageState.REC_READ

    def _cmgd_test(self) -> Outcome:
        indexes = ",".join(map(str, sorted(self.store().messages)))
        return info(f"+CMGD: ({indexes}),(0-4)")

    def _cmgd(self, arguments: Arguments) -> Outcome:
        store = self.store()
        index, flag = arguments.number(0), arguments.number(1, 0, allowed=range(5))
        if flag:
            self._delete(store, _DELETED_BY_FLAG[flag])
        elif 1 <= index <= store.capacity:
            store.messages.pop(index, None)
        else:
            raise CmsRefusedError(INVALID_INDEX)
        self.on_room()
        return info()

    def _cmgda(self, arguments: Arguments) -> Outcome:
        states = _DELETED_BY_WORD.get(arguments.string(0).upper())
        if states is None:
            raise CmsRefusedError(INVALID_PARAMETER)
        self._delete(self.store(), states)
        self.on_room()
        return info()

    @staticmethod
    def _delete(store: MessageStore, states: Iterable[MessageState]) -> None:
        gone = set(states)
        for index in [i for i, message in store.messages.items() if message.state in gone]:
            del store.messages[index]

    table: ClassVar[Table["MessageListing"]] = {
        "+CMGL": Command(_cmgl_test, None, _cmgl, lambda f: f._list("REC UNREAD")),
        "+CMGR": Command("", None, _cmgr),
        "+CMGD": Command(_cmgd_test, None, _cmgd),
        "+CMGDA": Command("", None, _cmgda),
    }
