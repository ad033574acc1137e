"""Short messages at the AT interface (3GPP TS 27.005): settings, writing and sending.

Reading and deleting are in ``message_listing``, messages coming in in ``message_reception``; all work on the stores of
the card (SM) and of the modem (ME).
"""

from collections.abc import Callable
from typing import ClassVar

from at_commands.sms import (
    DeliverPdu,
    SmsCodecError,
    SubmitPdu,
    split_pdu,
)
from firmware_sim.modem.character_sets import show, take
from firmware_sim.modem.commands import Arguments, Command, Table, remembered
from firmware_sim.modem.device import Device
from firmware_sim.modem.message_listing import MessageListing
from firmware_sim.modem.message_reception import MessageReception
from firmware_sim.modem.message_store import MessageState, MessageStore, StoredMessage
from firmware_sim.modem.outcomes import CmsRefusedError, Later, Outcome, Prompt, info
from firmware_sim.modem.radio import Radio
from firmware_sim.modem.submission import Submission, TextModeParameters
from firmware_sim.network import SmsRefusedError

INVALID_PDU, INVALID_TEXT = 304, 305
NO_NETWORK = 331
MEMORY_FULL = 322
NO_SUCH_MEMORY = 302
INVALID_INDEX = 321

_STATES = {name: state for state in MessageState for name in (str(state.value), state.text)}


class ShortMessages:
    """``+CMGF`` to ``+CMSS``, ``+CPMS``."""

    def __init__(self, device: Device, radio: Radio) -> None:
        self.device = device
        self._radio = radio
        self._own_store = MessageStore("ME", 40)
        self.listing = MessageListing(device)
        self.reception = MessageReception(device, self.listing, self._store_for_new)
        radio.on_message = self.reception.arrived
        self.listing.on_room = self.reception.room
        self.listing.store = lambda: self._store(0)
        self.reset()

    def reset(self) -> None:
        """PDU mode, the card's store. What is stored stays."""
        self.listing.reset()
        self._memories = ["SM", "SM", "SM"]  # read and delete; write and send; received
        self._parameters = TextModeParameters()

    # -- settings

    def _csms(self, arguments: Arguments) -> Outcome:
        """Which phase of the standard is spoken; all three kinds of message are supported in each."""
        self.reception.direct.acknowledged = bool(arguments.number(0, allowed=range(2)))
        return info("+CSMS: 1,1,1")

    def _store(self, place: int) -> MessageStore:
        card = self.device.message_card()
        return card.messages if self._memories[place] == "SM" else self._own_store

    def _store_for_new(self) -> MessageStore:
        """Open before ``SMS Ready`` too: the network does not ask for that."""
        card = self.device.sim
        return card.messages if card is not None and self._memories[2] == "SM" else self._own_store

    def _cmgf(self, arguments: Arguments) -> Outcome:
        self.listing.text_mode = bool(arguments.number(0, 0, allowed=range(2)))
        return info()

    def _csdh(self, arguments: Arguments) -> Outcome:
        self.listing.details = bool(arguments.number(0, 0, allowed=range(2)))
        return info()

    def _cpms(self) -> Outcome:
        stores = [self._store(place) for place in range(3)]
        return info("+CPMS: " + ",".join(f'"{s.name}",{len(s.messages)},{s.capacity}' for s in stores))

    def _set_cpms(self, arguments: Arguments) -> Outcome:
        names = [arguments.string(place, "").upper() for place in range(len(arguments))]
        if any(name not in ("SM", "ME", "MT", "") for name in names) or len(names) > 3:
            raise CmsRefusedError(NO_SUCH_MEMORY)
        self.device.message_card()
        for place, name in enumerate(names):
            if name:
                self._memories[place] = "ME" if name == "ME" else "SM"
        self.reception.room()
        stores = [self._store(place) for place in range(3)]
        return info("+CPMS: " + ",".join(f"{len(s.messages)},{s.capacity}" for s in stores))

    def _csca(self) -> Outcome:
        number = self.device.ready_card().service_centre
        shown = show(number, self.device.character_set)
        return info(f'+CSCA: "{shown}",{145 if number.startswith("+") else 129}')

    def _set_csca(self, arguments: Arguments) -> Outcome:
        number = take(arguments.string(0), self.device.character_set)
        if arguments.number(1, 129) == 145 and not number.startswith("+"):
            number = "+" + number
        self.device.ready_card().service_centre = number
        return info()

    def _csmp(self) -> Outcome:
        p = self._parameters
        return info(f"+CSMP: {p.first_octet},{p.validity},{p.protocol_id},{p.dcs}")

    def _set_csmp(self, arguments: Arguments) -> Outcome:
        p, octet = self._parameters, range(256)
        self._parameters = TextModeParameters(
            arguments.number(0, p.first_octet, allowed=octet),
            arguments.number(1, p.validity, allowed=octet),
            arguments.number(2, p.protocol_id, allowed=octet),
            arguments.number(3, p.dcs, allowed=octet),
        )
        return info()

    # -- out

    def _number(self, arguments: Arguments, place: int, default: str | None = None) -> str:
        """<da>,<toda>: a type of 145 is another way to write +."""
        number = take(arguments.string(place, default), self.device.character_set)
        international = arguments.number(place + 1, 129, allowed=range(256)) == 145
        return "+" + number if international and number and not number.startswith("+") else number

    def _cmgs(self, arguments: Arguments) -> Outcome:
        self.device.message_card()
        if not self.listing.text_mode:
            length = arguments.number(0)
            return self._prompt(lambda data: self._send(_submitted(_entered_pdu(data, length)), "+CMGS"))
        number = self._number(arguments, 0)
        return self._prompt(lambda data: self._send(self._text_pdu(number, data), "+CMGS"))

    @staticmethod
    def _prompt(then: Callable[[bytes], Outcome]) -> Prompt:
        return Prompt(then, lines=True)

    def _text_pdu(self, number: str, data: bytes) -> str:
        entered = data.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
        try:
            return self._parameters.pdu(number, entered, self.device.character_set)
        except SmsCodecError:
            raise CmsRefusedError(INVALID_TEXT) from None

    def _send(self, pdu: str, name: str, to: str = "", on_sent: Callable[[], None] = lambda: None) -> Outcome:
        device = self.device
        imsi = device.message_card().imsi
        if not self._radio.cs.camp.registered:
            raise CmsRefusedError(NO_NETWORK)

        def submit() -> Outcome:
            network, now = device.network, device.now
            sent = Submission.of(pdu, network.wall(now))
            try:
                reference = network.submit_sms(
                    imsi,
                    to or sent.destination,
                    sent.content,
                    now,
                    report=sent.wants_report,
                    validity_s=sent.validity_s,
                )
            except SmsRefusedError as refused:
                raise CmsRefusedError(refused.cause) from None
            on_sent()
            return info(f"{name}: {reference}")

        return Later(device.latency(device.network.config.sms_delay_s), submit)

    def _cmgw(self, arguments: Arguments) -> Outcome:
        """In PDU mode a message that came may be written, too; in text mode there are no words for it."""
        self.device.message_card()
        if self.listing.text_mode:
            state = self._state(arguments, 2)
            if state in (MessageState.REC_UNREAD, MessageState.REC_READ):
                raise CmsRefusedError(NO_SUCH_MEMORY)
            number = self._number(arguments, 0, "")
            return self._prompt(lambda data: self._keep(self._text_pdu(number, data), state))
        length, state = arguments.number(0), self._state(arguments, 1)
        return self._prompt(lambda data: self._keep_pdu(_entered_pdu(data, length), state))

    @staticmethod
    def _state(arguments: Arguments, place: int) -> MessageState:
        state = _STATES.get(arguments.string(place, MessageState.STO_UNSENT.text).upper())
        if state is None:
            raise CmsRefusedError(NO_SUCH_MEMORY)
        return state

    def _write_without_number(self) -> Outcome:
        self.device.message_card()
        if not self.listing.text_mode:
            raise CmsRefusedError(INVALID_PDU)
        return self._prompt(lambda data: self._keep(self._text_pdu("", data), MessageState.STO_UNSENT))

    def _keep_pdu(self, pdu: str, state: MessageState) -> Outcome:
        if state in (MessageState.REC_UNREAD, MessageState.REC_READ):
            try:
                DeliverPdu.decode(pdu)
            except SmsCodecError:
                raise CmsRefusedError(INVALID_PDU) from None
            return self._keep(pdu, state)
        return self._keep(_submitted(pdu), state)

    def _keep(self, pdu: str, state: MessageState) -> Outcome:
        index = self._store(1).add(StoredMessage(state, pdu))
        if index is None:
            raise CmsRefusedError(MEMORY_FULL)
        return info(f"+CMGW: {index}")

    def _cmss(self, arguments: Arguments) -> Outcome:
        message = self._store(1).messages.get(arguments.number(0))
        if message is None:
            raise CmsRefusedError(INVALID_INDEX)

        def sent() -> None:
            message.state = MessageState.STO_SENT

        to = self._number(arguments, 1) if len(arguments) > 1 else ""
        return self._send(_submitted(message.pdu), "+CMSS", to, sent)

    table: ClassVar[Table["ShortMessages"]] = {
        "+CMGF": Command("(0,1)", lambda f: info(f"+CMGF: {int(f.listing.text_mode)}"), _cmgf),
        "+CSMS": Command(
            "(0,1)", lambda f: info(f"+CSMS: {int(f.reception.direct.acknowledged)},1,1,1"), _csms
        ),
        "+CPMS": Command('("SM","ME"),("SM","ME"),("SM","ME")', _cpms, _set_cpms),
        "+CSCA": Command("", _csca, _set_csca),
        "+CSMP": Command("", _csmp, _set_csmp),
        "+CSDH": Command("(0,1)", lambda f: info(f"+CSDH: {int(f.listing.details)}"), _csdh),
        "+CMGS": Command("", None, _cmgs),
        "+CMGW": Command("", None, _cmgw, _write_without_number),
        "+CMSS": Command("", None, _cmss),
        "+CSAS": remembered("+CSAS"),
        "+CRES": remembered("+CRES"),
        "+CMMS": remembered("+CMMS", test="(0-2)"),
        "+CSCB": remembered("+CSCB", '0,"",""', "(0,1)"),
    }


def _entered_pdu(data: bytes, length: int) -> str:
    """What was typed, in hex, if its TPDU is as long as was said before."""
    text = data.decode("latin-1").replace("\r", "").replace("\n", "").strip()
    try:
        _, tpdu = split_pdu(text)
    except SmsCodecError:
        raise CmsRefusedError(INVALID_PDU) from None
    if len(tpdu) != length:
        raise CmsRefusedError(INVALID_PDU)
    return text.upper()


def _submitted(pdu: str) -> str:
    """The PDU, if it is an SMS-SUBMIT."""
    try:
        SubmitPdu.decode(pdu)
    except SmsCodecError:
        raise CmsRefusedError(INVALID_PDU) from None
    return pdu
