"""Messages coming in: where each goes, and how the terminal hears of it (``+CNMI``, 3GPP TS 27.005 3.4.1).

    message                          mt=0         mt=1         mt=2         mt=3
    class 2, waiting (to be kept)    stored       +CMTI        +CMTI        +CMTI
    class 0                          dropped      +CMT         +CMT         +CMT
    class 3                          stored       +CMTI        +CMT         +CMT
    all others                       stored       +CMTI        +CMT         +CMTI

    status report                    ds=0 dropped              ds=1 +CDS    ds=2 stored, +CDSI

Class 2 is for the card, all others for the third memory of ``+CPMS``. Class 0 is to be shown and never stored; a modem
has no display, so its terminal shows it. A full store refuses (RP-ERROR 22): the network keeps the message until it
hears of room (RP-SMMA).

``mode`` is about the line: 0 keeps what there is to say until another mode comes; 1 drops it while a call has the line,
and has the network keep what would go straight to the terminal; 2 and 3 say it after the call.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import ClassVar

from at_commands.sms import Content, DeliverPdu, StatusReportPdu, data_coding
from at_commands.sms_fields import encode_address, encode_timestamp, with_service_centre
from firmware_sim.modem.commands import Arguments, Command, Table
from firmware_sim.modem.device import Device
from firmware_sim.modem.direct_delivery import Answer, DirectDelivery, Incoming
from firmware_sim.modem.message_lines import pdu_length, pdu_line, report_fields, shown
from firmware_sim.modem.message_listing import MessageListing
from firmware_sim.modem.message_store import MessageState, MessageStore, StoredMessage
from firmware_sim.modem.outcomes import Outcome, info
from firmware_sim.network import SmsArrived, SmsReported

MAX_KEPT_BACK = 20
"""Unsolicited lines kept in mode 0; the oldest go first."""
RP_MEMORY_FULL, RP_UNSPECIFIED = 22, 111
_LIMITS = (4, 4, 4, 3, 2)


class MessageReception:
    """``+CNMI`` and all that it rules.

    Args:
        store: The store for new messages, of the third memory of ``+CPMS``.
    """

    def __init__(self, device: Device, listing: MessageListing, store: Callable[[], MessageStore]) -> None:
        self.device = device
        self._listing = listing
        self._store = store
        self.direct = DirectDelivery(device, self._tell, self._answered)
        self._kept_back: deque[str] = deque(maxlen=MAX_KEPT_BACK)
        self._refused_for_room = False
        self.reset()

    def reset(self) -> None:
        """Indications as a SIM800 has them."""
        self._mode, self._mt, self._bm, self._ds, self._bfr = 2, 1, 0, 0, 0
        self._kept_back.clear()

    def _read_cnmi(self) -> Outcome:
        return info(f"+CNMI: {self._mode},{self._mt},{self._bm},{self._ds},{self._bfr}")

    def _cnmi(self, arguments: Arguments) -> Outcome:
        current = (self._mode, self._mt, self._bm, self._ds, self._bfr)
        self._mode, self._mt, self._bm, self._ds, self._bfr = (
            arguments.number(place, current[place], allowed=range(limit))
            for place, limit in enumerate(_LIMITS)
        )
        if self._mode:
            for text in self._kept_back if self._bfr == 0 else ():
                self.device.urc(text)
            self._kept_back.clear()
        return info()

    # -- from the network

    def arrived(self, letter: SmsArrived | SmsReported) -> None:
        """A message or a report. Without a card it goes unanswered."""
        card = self.device.sim
        if card is None or not card.ready:
            return
        zone_s = self.device.network.config.utc_offset_s
        if isinstance(letter, SmsReported):
            incoming = Incoming(_report(letter, card.service_centre, zone_s), letter.delivery, is_report=True)
            self._route_report(incoming)
        else:
            coding = letter.content if isinstance(letter.content, str) else letter.content.coding_scheme
            dcs = 0 if isinstance(coding, str) else coding
            message_class = data_coding(dcs)[1]
            pdu = _delivered(letter, card.service_centre, zone_s)
            incoming = Incoming(pdu, letter.delivery, message_class=message_class)
            self._route(incoming, for_store=message_class == 2 or dcs >> 4 in (0xD, 0xE))

    def _route(self, incoming: Incoming, *, for_store: bool) -> None:
        if incoming.message_class == 0:
            if self._mt:
                self._direct(incoming)
            else:
                self._answered(incoming, Answer.TAKEN)
        elif not for_store and (self._mt == 2 or (self._mt == 3 and incoming.message_class == 3)):
            self._direct(incoming)
        else:
            self._keep(incoming)

    def _route_report(self, incoming: Incoming) -> None:
        match self._ds:
            case 0:
                self._answered(incoming, Answer.TAKEN)
            case 1:
                self._direct(incoming)
            case _:
                self._keep(incoming)

    def _direct(self, incoming: Incoming) -> None:
        if self._mode == 1 and self._reserved:
            self._answered(incoming, Answer.NONE, asleep=False)
        else:
            self.direct.deliver(incoming)

    def _keep(self, incoming: Incoming) -> None:
        card = self.device.sim
        if card is None:
            return
        store = card.messages if incoming.message_class == 2 else self._store()
        index = store.add(StoredMessage(MessageState.REC_UNREAD, incoming.pdu))
        network, now = self.device.network, self.device.now
        if index is None:
            self._refused_for_room = True
            network.sms_refused(card.imsi, incoming.delivery, RP_MEMORY_FULL, now)
            return
        if incoming.is_report:
            self._say(f'+CDSI: "{store.name}",{index}')
        elif self._mt:
            self._say(f'+CMTI: "{store.name}",{index}')
        network.sms_received(card.imsi, incoming.delivery, now)

    def room(self) -> None:
        """Something was deleted, or another store is in use: the network may try again (RP-SMMA)."""
        card = self.device.sim
        if self._refused_for_room and card is not None:
            self._refused_for_room = False
            self.device.network.sms_room(card.imsi, self.device.now)

    # -- to the terminal

    @property
    def _reserved(self) -> bool:
        """A call has every line."""
        return all(terminal.in_data_mode for terminal in self.device.terminals())

    def _say(self, text: str) -> None:
        if self._mode == 0:
            self._kept_back.append(text)
        elif self._mode != 1 or not self._reserved:
            self.device.urc(text)

    def _tell(self, incoming: Incoming) -> None:
        listing, pdu, characters = self._listing, incoming.pdu, self.device.character_set
        if incoming.is_report:
            text = report_fields(pdu, characters) if listing.text_mode else f"{pdu_length(pdu)}\r\n{pdu}"
            self._say(f"+CDS: {text}")
        elif listing.text_mode:
            self._say(f"+CMT: {shown(pdu, characters, details=listing.details)}")
        else:
            self._say(f"+CMT: {pdu_line(pdu)}")

    def _answered(self, incoming: Incoming, answer: Answer, *, asleep: bool = True) -> None:
        """To the network. A terminal that did not answer is asleep: nothing more goes straight to it (3.4.4)."""
        card = self.device.sim
        if card is None:
            return
        network, now = self.device.network, self.device.now
        match answer:
            case Answer.TAKEN:
                network.sms_received(card.imsi, incoming.delivery, now)
            case Answer.REFUSED:
                network.sms_refused(card.imsi, incoming.delivery, RP_UNSPECIFIED, now)
            case Answer.NONE:
                if asleep:
                    self._mt = self._ds = 0
                network.sms_postponed(card.imsi, incoming.delivery, now)

    table: ClassVar[Table["MessageReception"]] = {
        "+CNMI": Command("(0-3),(0-3),(0,2,3),(0-2),(0,1)", _read_cnmi, _cnmi)
    }


def _moment(wall_s: float, utc_offset_s: float) -> datetime:
    return datetime.fromtimestamp(int(wall_s), timezone(timedelta(seconds=utc_offset_s)))


def _report(letter: SmsReported, centre: str, utc_offset_s: float) -> str:
    sent, discharged = (_moment(at, utc_offset_s) for at in (letter.sent_at, letter.discharged_at))
    report = StatusReportPdu(letter.reference, letter.recipient, sent, discharged, letter.status, centre)
    return report.encode()[0]


def _delivered(message: SmsArrived, centre: str, utc_offset_s: float) -> str:
    """The PDU which a message arrives in, in hex."""
    at = _moment(message.sent_at, utc_offset_s)
    if isinstance(message.content, str):
        return DeliverPdu(message.sender, Content.of(message.content), at, centre).encode()[0]
    data = message.content
    tpdu = (
        bytes([0x04 | (0x40 if data.has_header else 0)])
        + encode_address(message.sender, "TP-OA")
        + bytes([data.protocol_id, data.coding_scheme])
        + encode_timestamp(at)
        + bytes([data.length])
        + data.octets
    )
    return with_service_centre(centre, tpdu)[0]
