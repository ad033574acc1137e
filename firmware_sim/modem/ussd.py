"""USSD at the AT interface (3GPP TS 27.007 7.15)."""

from typing import ClassVar, Final

from at_commands.ussd import UssdEncoding, decode_ussd, encode_ussd
from firmware_sim.modem.character_sets import show
from firmware_sim.modem.commands import Arguments, Command, Table
from firmware_sim.modem.device import Device
from firmware_sim.modem.outcomes import CmeRefusedError, Outcome, Pending, info
from firmware_sim.modem.radio import Radio
from firmware_sim.modem.registration import Camp
from firmware_sim.modem.timers import Timer
from firmware_sim.network import UssdPushed

SILENCE_S = 30.0
"""How long the modem waits for a network that does not answer."""
KEPT_S = 60.0
"""How long a request waits for the network."""
STILL_LOOKING = frozenset({Camp.SEARCHING, Camp.ASKING})

_INSTEAD_OF_TEXT: Final = {"UCS2": UssdEncoding.CHARSET_UCS2, "HEX": UssdEncoding.GSM7_PACKED_HEX}
"""Where ``+CSCS`` has no letters. 27.007 gives each septet two digits under HEX; modems are seen to pack them."""

_DONE, _NEEDS_ANSWER, _RELEASED, _NOT_SUPPORTED, _TIMEOUT = 0, 1, 2, 4, 5


class Ussd:
    """One dialogue at a time, ``+CUSD``.

    A request made while the modem still looks for the network is kept until it is registered, so that a
    client that is quicker than the modem's registration gets its answer, only later. Some products hold the ``OK``
    back until the network has answered (``ModemSettings.ussd_before_ok``).
    """

    def __init__(self, device: Device, radio: Radio) -> None:
        self.device = device
        self._radio = radio
        self._shown = False
        self._asking: Timer | None = None
        self._kept: tuple[str, str] | None = None  # IMSI and code, until registered
        self._menu: Timer | None = None  # the network's patience with an open one
        self._command: Pending | None = None  # whose OK waits for the answer
        radio.on_ussd = self._pushed
        radio.on_moved.append(lambda domain, left: self._registration_moved())

    def reset(self) -> None:
        """No dialogue, answers not shown."""
        self._shown = False
        self._asking = self._kept = self._menu = self._command = None

    def request(self, code: str) -> Outcome:
        """``OK`` now, the network's answer as a URC."""
        device = self.device
        card = device.ready_card()
        camp = self._radio.cs.camp
        if not camp.registered and camp not in STILL_LOOKING:
            raise CmeRefusedError(30)
        if self._asking is not None:
            raise CmeRefusedError(14)  # one dialogue at a time: busy
        self._end_menu()
        if camp.registered:
            self._ask(card.imsi, code)
        else:
            self._kept = card.imsi, code
            self._asking = device.after(KEPT_S, lambda: self._give_up(_TIMEOUT))
        if not device.settings.ussd_before_ok:
            return info()
        self._command = Pending()
        return self._command

    def _ask(self, imsi: str, code: str) -> None:
        delay_s = self.device.latency(self.device.network.config.ussd_delay_s)
        self._asking = self.device.after(delay_s, lambda: self._answered(imsi, code))

    def _registration_moved(self) -> None:
        if self._kept is None or self._asking is None:
            return
        camp = self._radio.cs.camp
        if camp.registered:
            self._asking.cancel()
            kept, self._kept = self._kept, None
            self._ask(*kept)
        elif camp not in STILL_LOOKING:
            self._asking.cancel()
            self._give_up(_NOT_SUPPORTED)

    def _give_up(self, status: int) -> None:
        self._asking = self._kept = None
        self._show(status, "")

    def _cusd(self, arguments: Arguments) -> Outcome:
        mode = arguments.number(0, 0, allowed=range(3))
        if mode == 2:
            self._cancel()
            return info()
        self._shown = mode == 1
        field = arguments.string(1, "")
        if not field:
            return info()
        dcs = arguments.number(2, 15, allowed=range(256))
        outcome = self.request(decode_ussd(field, dcs, character_set=self.device.character_set))
        self._shown = mode == 1
        return outcome

    def _cancel(self) -> None:
        self._end_menu()
        if self._asking is not None:
            self._asking.cancel()
            self._asking = self._kept = None
        card = self.device.sim
        if card is not None:
            self.device.network.cancel_ussd(card.imsi)

    def _answered(self, imsi: str, code: str) -> None:
        self._asking = None
        device = self.device
        if not self._radio.cs.camp.registered:
            self._show(_NOT_SUPPORTED, "")
            return
        reply = device.network.ussd(imsi, code, device.now)
        if reply.released:
            self._show(_RELEASED, "")
        elif reply.silent:
            self._asking = device.after(SILENCE_S, lambda: self._give_up(_TIMEOUT))
        else:
            self._show_words(reply.text, reply.needs_answer)

    def _pushed(self, pushed: UssdPushed) -> None:
        """The network has something to say; while a dialogue is open it has no ear for it (22.090, 5)."""
        if self._asking is None and self._menu is None:
            self._show_words(pushed.text, pushed.needs_answer)

    def _show_words(self, text: str, needs_answer: bool) -> None:
        self._show(_NEEDS_ANSWER if needs_answer else _DONE, text)
        if needs_answer:
            patience_s = self.device.network.config.ussd_patience_s
            self._menu = self.device.after(patience_s, self._patience_ended)

    def _patience_ended(self) -> None:
        self._menu = None
        card = self.device.sim
        if card is not None:
            self.device.network.cancel_ussd(card.imsi)
        self._show(_RELEASED, "")

    def _end_menu(self) -> None:
        if self._menu is not None:
            self._menu.cancel()
            self._menu = None

    def _show(self, status: int, text: str) -> None:
        """As news, or as the answer of the command that waits for it."""
        line = self._line(status, text) if self._shown else None
        command, self._command = self._command, None
        if command is not None:
            command.complete(info() if line is None else info(line))
        elif line is not None:
            self.device.urc(line)

    def _line(self, status: int, text: str) -> str:
        if not text:
            return f"+CUSD: {status}"
        device = self.device
        encoding = UssdEncoding(device.settings.ussd_encoding or device.personality.ussd_encoding)
        if encoding is UssdEncoding.GSM7_PLAIN:
            encoding = _INSTEAD_OF_TEXT.get(device.character_set, encoding)
        try:
            field, dcs = encode_ussd(text, encoding)
        except ValueError:  # Cyrillic has no other shape
            field, dcs = encode_ussd(text, UssdEncoding.UCS2_HEX)
        else:
            if encoding is UssdEncoding.GSM7_PLAIN:
                field = show(text, device.character_set)
        return f'+CUSD: {status},"{field}",{dcs}'

    table: ClassVar[Table["Ussd"]] = {
        "+CUSD": Command("(0-2)", lambda f: info(f"+CUSD: {int(f._shown)}"), _cusd),
    }
