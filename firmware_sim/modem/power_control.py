"""Power-up, functionality, power-down.

    off ── key, reset ──► booting ── RDY ──► on ── +CPOWD, key ──► off
                             ▲                └── +CFUN=1,1, reset ──► booting

What is said at boot and at the end is the family's (``boot_talk.py``).
"""

from collections.abc import Callable
from typing import ClassVar

from firmware_sim.modem import timing
from firmware_sim.modem.commands import Arguments, Command, Table
from firmware_sim.modem.device import Device, Power
from firmware_sim.modem.outcomes import CmeRefusedError, Later, Outcome, info
from firmware_sim.modem.radio import Radio
from firmware_sim.modem.sim_card import SimCard
from firmware_sim.modem.timers import Timer

FUNCTIONALITIES = (0, 1, 4)


class PowerControl:
    """``+CFUN``, ``+CPOWD``, the key, the reset line and the card slot's switch."""

    def __init__(
        self,
        device: Device,
        radio: Radio,
        *,
        on_reset: Callable[[], None],
        autobauding: Callable[[], bool],
    ) -> None:
        self.device = device
        self._radio = radio
        self._on_reset = on_reset
        self._autobauding = autobauding
        self._card_timer: Timer | None = None

    def reset(self) -> None:
        """Full functionality; the card forgets its PIN was entered."""
        device = self.device
        device.functionality = 1
        device.sim_started = device.messages_ready = False
        if device.sim is not None:
            device.sim.power_up()
        self._card_timer = None

    # -- from outside

    def switch_on(self) -> None:
        """Boot, if it is off."""
        if self.device.power is Power.OFF:
            self.device.power = Power.BOOTING
            self.device.after(self.device.latency(timing.BOOT), self._booted)

    def have_been_on(self) -> None:
        """As if booted a while ago: what a boot says was said, the card has started, the network is still to
        find.
        """
        device = self.device
        device.power = Power.ON
        device.sim_started = True
        device.messages_ready = device.sim is not None and device.sim.ready
        self._radio.review()

    def switch_off(self) -> None:
        """Leave the network and go off."""
        if self.device.power is not Power.OFF:
            self.device.power = Power.OFF
            self._radio.review()
            self.cut()

    def cut(self) -> None:
        """The supply fails: off, and nobody is told."""
        self.device.power = Power.OFF
        self._on_reset()

    def restart(self) -> None:
        """The reset line, or the end of ``+CFUN=1,1``."""
        self.cut()
        self.switch_on()

    def press_key(self) -> None:
        """On when off; off with a goodbye when on."""
        if self.device.power is Power.OFF:
            self.switch_on()
        else:
            goodbye = self.device.personality.boot.goodbye
            if goodbye is not None:
                for terminal in self.device.terminals():
                    terminal.say(goodbye)
            self.device.after(self.device.latency(timing.POWER_DOWN), self.switch_off)

    def change_card(self, card: SimCard | None) -> SimCard | None:
        """Swap what is in the slot; gives back what was there."""
        device = self.device
        previous, device.sim = device.sim, None
        device.sim_started = device.messages_ready = False
        self._radio.review()
        if self._card_timer is not None:
            self._card_timer.cancel()
        if previous is not None and device.sim_powered:
            device.urc("+CPIN: NOT READY")
        device.sim = card
        if card is not None:
            card.power_up()
        if device.sim_powered:
            self._start_card()
        return previous

    # -- the row of events

    def _booted(self) -> None:
        self.device.power = Power.ON
        self._tell_start(*self.device.personality.boot.started)
        self._start_card()

    def _start_card(self) -> None:
        self._card_timer = self.device.after(self.device.latency(timing.SIM_START), self._card_started)

    def _card_started(self) -> None:
        device, talk = self.device, self.device.personality.boot
        device.sim_started = True
        self._tell_start(
            talk.no_card if device.sim is None else talk.card and talk.card.format(device.sim.status),
            *talk.behind_card,
        )
        self.sim_became_ready()

    def _tell_start(self, *lines: str | None) -> None:
        if self.device.personality.boot.hidden_by_autobauding and self._autobauding():
            return
        for line in lines:
            if line is not None:
                self.device.urc(line)

    def sim_became_ready(self) -> None:
        """Go on once the card may be read; nothing if it may not."""
        device = self.device
        if device.sim is None or not device.sim.ready or device.messages_ready:
            return
        self._radio.review()
        self._say_ready(device.personality.boot.ready, timing.FIRST_READY)

    def _say_ready(self, lines: tuple[str, ...], span: timing.Span) -> None:
        def say() -> None:
            device = self.device
            if lines[0] == device.personality.boot.messages_with:
                device.messages_ready = True
            device.urc(lines[0])
            self._say_ready(lines[1:], timing.NEXT_READY)

        self._card_timer = self.device.after(self.device.latency(span), say) if lines else None

    # -- commands

    def set_functionality(self, arguments: Arguments) -> Outcome:
        """``+CFUN=``."""
        wanted, reset = arguments.number(0), arguments.number(1, 0, allowed=range(2))
        if wanted not in FUNCTIONALITIES:
            raise CmeRefusedError(50)
        if reset:
            self.device.after(self.device.latency(timing.SIM_ACCESS), self.restart_cleanly)
            return info()
        if wanted == self.device.functionality:
            return info()
        return Later(self.device.latency(timing.RADIO_SWITCH), lambda: self._switch_radio(wanted))

    def restart_cleanly(self) -> None:
        """Leave the network, go off and come back, as by a command."""
        self.switch_off()
        self.switch_on()

    def _switch_radio(self, wanted: int) -> Outcome:
        device = self.device
        had_card = device.functionality != 0
        device.functionality = wanted
        if wanted == 0:
            device.sim_started = device.messages_ready = False
            if self._card_timer is not None:
                self._card_timer.cancel()
        self._radio.review()
        if wanted == 0:
            if device.sim is not None:
                device.sim.power_up()
            device.urc("+CPIN: NOT READY")
        elif not had_card:
            self._start_card()
        return info()

    table: ClassVar[Table["PowerControl"]] = {
        "+CFUN": Command(
            "(0,1,4),(0,1)", lambda f: info(f"+CFUN: {f.device.functionality}"), set_functionality
        ),
    }
