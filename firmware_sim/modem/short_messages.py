"""Short messages at the AT interface (3GPP TS 27.005): settings, sending, messages coming in.

Reading and deleting are in ``message_listing``; both work on the stores of the card (SM) and of the modem
(ME).
"""

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import ClassVar

from at_commands.sms import (
    Alphabet,
    Content,
    DeliverPdu,
    SmsCodecError,
    StatusReportPdu,
    SubmitPdu,
    data_coding,
    split_content,
    split_pdu,
    validity_s,
)
from at_commands.sms_fields import encode_address, encode_timestamp, with_service_centre
from firmware_sim.modem.character_sets import show, take
from firmware_sim.modem.commands import Arguments, Command, Table, remembered
from firmware_sim.modem.device import Device
from firmware_sim.modem.direct_delivery import DirectDelivery, Incoming
from firmware_sim.modem.message_listing import MessageListing
from firmware_sim.modem.message_store import MessageState, MessageStore, StoredMessage
from firmware_sim.modem.outcomes import CmsRefusedError, Later, Outcome, Prompt, info
from firmware_sim.modem.radio import Radio
from firmware_sim.network import SmsArrived, SmsRefusedError, SmsReported, UserData

INVALID_PDU, INVALID_TEXT = 304, 305
NO_NETWORK = 331
MEMORY_FULL = 322
NO_SUCH_MEMORY = 302
INVALID_INDEX = 321

MAX_BUFFERED = 20
"""Indications kept with ``+CNMI=0``; the oldest go first."""

CLASS_OF_THE_TERMINAL, CLASS_OF_THE_CARD = 3, 2
"""TS 23.038, 4."""

MAX_WAITING = 20
"""Messages that wait for room in a full store; the oldest go first."""


@dataclass
class TextModeParameters:
    """``+CSMP``."""

    first_octet: int = 17
    validity: int = 167
    protocol_id: int = 0
    dcs: int = 0


class ShortMessages:
    """``+CMGF`` to ``+CMSS``, ``+CPMS``, ``+CNMI``."""

    def __init__(self, device: Device, radio: Radio) -> None:
        self.device = device
        self._radio = radio
        self._own_store = MessageStore("ME", 40)
        self.listing = MessageListing(device)
        self._waiting: deque[list[Incoming]] = deque(maxlen=MAX_WAITING)
        self._buffered: deque[str] = deque(maxlen=MAX_BUFFERED)  # indications, with +CNMI mode 0
        self.direct = DirectDelivery(device, self.listing, self._unacknowledged)
        radio.on_message = self._arrived
        radio.on_report = self._reported
        self.listing.on_room = self._store_waiting
        self.listing.store = lambda: self._store(0)
        self.reset()

    def reset(self) -> None:
        """PDU mode, the card's store, indications as a SIM800 has them. What is stored stays."""
        self.listing.reset()
        self._memories = ["SM", "SM", "SM"]  # read and delete; write and send; received
        self._indications = [2, 1, 0, 0, 0]
        self._buffered.clear()
        self._parameters = TextModeParameters()

    # -- settings

    def _csms(self, arguments: Arguments) -> Outcome:
        """Which phase of the standard is spoken; all three kinds of message are supported in each."""
        self.direct.acknowledged = bool(arguments.number(0, allowed=range(2)))
        return info("+CSMS: 1,1,1")

    def _store(self, place: int) -> MessageStore:
        card = self.device.message_card()
        return card.messages if self._memories[place] == "SM" else self._own_store

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
        stores = [self._store(place) for place in range(3)]
        return info("+CPMS: " + ",".join(f"{len(s.messages)},{s.capacity}" for s in stores))

    def _cnmi(self, arguments: Arguments) -> Outcome:
        limits = (4, 4, 4, 3, 2)
        self._indications = [
            arguments.number(place, self._indications[place], allowed=range(limit))
            for place, limit in enumerate(limits)
        ]
        if self._indications[0]:
            flush = not self._indications[4]
            while self._buffered:
                text = self._buffered.popleft()
                if flush:
                    self.device.urc(text)
        return info()

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

    def _cmgs(self, arguments: Arguments) -> Outcome:
        self.device.message_card()
        if not self.listing.text_mode:
            length = arguments.number(0)
            return Prompt(lambda data: self._send(self._pdu_of(data, length), "+CMGS"), lines=True)
        number = take(arguments.string(0), self.device.character_set)
        return Prompt(lambda data: self._send(self._text_pdu(number, data), "+CMGS"), lines=True)

    def _pdu_of(self, data: bytes, length: int) -> SubmitPdu:
        text = data.decode("latin-1").replace("\r", "").replace("\n", "").strip()
        try:
            _, tpdu = split_pdu(text)
            if len(tpdu) != length:
                raise CmsRefusedError(INVALID_PDU)
            return SubmitPdu.decode(text)
        except SmsCodecError:
            raise CmsRefusedError(INVALID_PDU) from None

    def _text_pdu(self, number: str, data: bytes) -> SubmitPdu:
        entered = data.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
        content = Content.of(take(entered, self.device.character_set))
        if self._parameters.dcs & 0x0C == 0x08:
            content = replace(content, alphabet=Alphabet.UCS2)
        pdu = SubmitPdu(
            number,
            content,
            relative_validity=self._parameters.validity,
            status_report=bool(self._parameters.first_octet & 0x20),
            protocol_id=self._parameters.protocol_id,
        )
        try:
            pdu.encode()
        except SmsCodecError:
            raise CmsRefusedError(INVALID_TEXT) from None
        return pdu

    def _send(self, pdu: SubmitPdu, name: str) -> Outcome:
        device = self.device
        imsi = device.message_card().imsi
        if not self._radio.cs.camp.registered:
            raise CmsRefusedError(NO_NETWORK)

        def submit() -> Outcome:
            try:
                reference = device.network.submit_sms(
                    imsi,
                    pdu.destination,
                    _payload(pdu),
                    device.now,
                    report=pdu.status_report,
                    validity_s=validity_s(pdu.relative_validity),
                )
            except SmsRefusedError as refused:
                raise CmsRefusedError(refused.cause) from None
            return info(f"{name}: {reference}")

        return Later(device.latency(device.network.config.sms_delay_s), submit)

    def _cmgw(self, arguments: Arguments) -> Outcome:
        if self.listing.text_mode:
            return self._write(take(arguments.string(0, ""), self.device.character_set))
        length = arguments.number(0)
        return Prompt(lambda data: self._keep(self._pdu_of(data, length)), lines=True)

    def _write(self, number: str | None) -> Outcome:
        self.device.message_card()
        if not self.listing.text_mode:
            raise CmsRefusedError(INVALID_PDU)
        return Prompt(lambda data: self._keep(self._text_pdu(number or "", data)), lines=True)

    def _keep(self, pdu: SubmitPdu) -> Outcome:
        index = self._store(1).add(StoredMessage(MessageState.STO_UNSENT, pdu.encode()[0]))
        if index is None:
            raise CmsRefusedError(MEMORY_FULL)
        return info(f"+CMGW: {index}")

    def _cmss(self, arguments: Arguments) -> Outcome:
        message = self._store(1).messages.get(arguments.number(0))
        if message is None:
            raise CmsRefusedError(INVALID_INDEX)
        try:
            pdu = SubmitPdu.decode(message.pdu)
        except SmsCodecError:
            raise CmsRefusedError(INVALID_PDU) from None
        if len(arguments) > 1:
            pdu = replace(pdu, destination=take(arguments.string(1), self.device.character_set))
        outcome = self._send(pdu, "+CMSS")
        message.state = MessageState.STO_SENT
        return outcome

    # -- in

    def _arrived(self, message: SmsArrived) -> None:
        card = self.device.sim
        if card is None or not card.ready:
            return
        pdus = _delivered(message, card.service_centre, self.device.network.config.utc_offset_s)
        self._take([Incoming(pdu) for pdu in pdus], direct=self._goes_direct(message.content))

    def _goes_direct(self, content: str | UserData) -> bool:
        """27.005 3.4.1: what belongs on the card goes there always; with <mt>=3 only class 3 is direct."""
        deliver = self._indications[1]
        message_class = None if isinstance(content, str) else data_coding(content.coding_scheme)[1]
        return (deliver == 2 and message_class != CLASS_OF_THE_CARD) or (
            deliver == 3 and message_class == CLASS_OF_THE_TERMINAL
        )

    def _reported(self, report: SmsReported) -> None:
        card, routing = self.device.sim, self._indications[3]
        if card is None or not card.ready or not routing:
            return
        zone = timezone(timedelta(seconds=self.device.network.config.utc_offset_s))
        pdu = StatusReportPdu(
            report.reference,
            report.recipient,
            datetime.fromtimestamp(int(report.sent_at), zone),
            datetime.fromtimestamp(int(report.discharged_at), zone),
            report.status,
            card.service_centre,
        )
        self._take([Incoming(pdu.encode()[0], is_report=True)], direct=routing == 1)

    def _take(self, incoming: list[Incoming], *, direct: bool) -> None:
        if direct:
            self.direct.deliver(incoming)
        else:
            self._waiting.append(incoming)
            self._store_waiting()

    def _unacknowledged(self, incoming: list[Incoming]) -> None:
        """The terminal is asleep: nothing more goes straight to it (27.005 3.4.4); the network tries again."""
        self._indications[1] = self._indications[3] = 0
        self._waiting.append(incoming)
        self._store_waiting()

    def _store_waiting(self) -> None:
        """As many as there is room for; each is told with its place."""
        card = self.device.sim
        if card is None:
            return
        store = card.messages if self._memories[2] == "SM" else self._own_store
        while self._waiting and not store.full:
            first = self._waiting[0]
            incoming = first.pop(0)
            index = store.add(StoredMessage(MessageState.REC_UNREAD, incoming.pdu))
            if not first:
                self._waiting.popleft()
            if incoming.is_report and self._indications[3] == 2:
                self._indicate(f'+CDSI: "{store.name}",{index}')
            elif not incoming.is_report and self._indications[1] in (1, 2, 3):
                self._indicate(f'+CMTI: "{store.name}",{index}')

    def _indicate(self, text: str) -> None:
        """As <mode> says: 0 keeps it, 1 drops it while data has the line, 2 and 3 tell it as soon as may be."""
        mode = self._indications[0]
        if mode == 0:
            self._buffered.append(text)
        elif mode != 1 or not all(terminal.in_data_mode for terminal in self.device.terminals()):
            self.device.urc(text)

    table: ClassVar[Table["ShortMessages"]] = {
        "+CMGF": Command("(0,1)", lambda f: info(f"+CMGF: {int(f.listing.text_mode)}"), _cmgf),
        "+CSMS": Command("(0,1)", lambda f: info(f"+CSMS: {int(f.direct.acknowledged)},1,1,1"), _csms),
        "+CPMS": Command('("SM","ME"),("SM","ME"),("SM","ME")', _cpms, _set_cpms),
        "+CNMI": Command(
            "(0-3),(0-3),(0,2,3),(0-2),(0,1)",
            lambda f: info(f"+CNMI: {','.join(map(str, f._indications))}"),
            _cnmi,
        ),
        "+CSCA": Command("", _csca, _set_csca),
        "+CSMP": Command("", _csmp, _set_csmp),
        "+CSDH": Command("(0,1)", lambda f: info(f"+CSDH: {int(f.listing.details)}"), _csdh),
        "+CMGS": Command("", None, _cmgs),
        "+CMGW": Command("", None, _cmgw, lambda f: f._write(None)),
        "+CMSS": Command("", None, _cmss),
        "+CSAS": remembered("+CSAS"),
        "+CRES": remembered("+CRES"),
        "+CMMS": remembered("+CMMS", test="(0-2)"),
        "+CSCB": remembered("+CSCB", '0,"",""', "(0,1)"),
    }


def _payload(pdu: SubmitPdu) -> str | UserData:
    """Plain text where it is just that, so that the operator's services can read it; else as it stands."""
    content = pdu.content
    plain = content == Content(content.text, alphabet=content.alphabet) and not pdu.protocol_id
    if plain and content.alphabet is not Alphabet.DATA8 and content == Content.of(content.text):
        return content.text
    encoded = content.encode()
    return UserData(content.dcs, encoded[0], encoded[1:], bool(content.header), pdu.protocol_id)


def _delivered(message: SmsArrived, centre: str, utc_offset_s: float) -> list[str]:
    """The PDUs which a message arrives in, in hex."""
    at = datetime.fromtimestamp(int(message.sent_at), timezone(timedelta(seconds=utc_offset_s)))
    if isinstance(message.content, str):
        contents = split_content(Content.of(message.content), reference=int(message.sent_at) & 0xFF)
        return [DeliverPdu(message.sender, content, at, centre).encode()[0] for content in contents]
    data = message.content
    tpdu = (
        bytes([0x04 | (0x40 if data.has_header else 0)])
        + encode_address(message.sender, "TP-OA")
        + bytes([data.protocol_id, data.coding_scheme])
        + encode_timestamp(at)
        + bytes([data.length])
        + data.octets
    )
    return [with_service_centre(centre, tpdu)[0]]
