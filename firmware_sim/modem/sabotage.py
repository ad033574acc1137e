"""Carries out on a modem what the injector of its faults asks for."""

from collections.abc import Callable

from firmware_sim.faults.happenings import (
    CardBack,
    CardLost,
    Fate,
    Happening,
    OrderRejects,
    PowerBack,
    PowerLost,
    PutOff,
    Sag,
    SayUrc,
    SignalBack,
    SignalLost,
)
from firmware_sim.faults.injector import Injector
from firmware_sim.modem.device import Device, Power
from firmware_sim.modem.power_control import PowerControl
from firmware_sim.modem.sim_card import SimCard


class Sabotage:
    """One modem's faults at work. A modem that never had one has none of these.

    Attributes:
        injector: What decides.
    """

    def __init__(self, injector: Injector, device: Device, power: PowerControl) -> None:
        self.injector = injector
        self._device = device
        self._power = power
        # Several faults may take the same thing away at once: it comes back when the last of them ends.
        self._cards_lost = self._signals_lost = 0
        self._lost_card: SimCard | None = None
        self._signal_before: int | None = None
        self._orders: dict[int, Callable[[], None]] = {}

    def fate(self, line: str) -> Fate | None:
        """What is done to a command line that has come; None: nothing."""
        fate = self.injector.fate(line, self._device.now)
        if fate is not None and fate.reboots:
            self._device.after(0.0, self._power.restart)
        return fate

    def news_in_echo(self, n_bytes: int) -> list[str]:
        """What is said in the midst of a run of echo."""
        return self.injector.news_in_echo(n_bytes, self._device.now)

    def advance(self, now: float) -> None:
        """Let the faults happen that are due."""
        device = self._device
        while (due_at := self.injector.next_at()) is not None and due_at <= now:
            device.now = max(device.now, due_at)
            for happening in self.injector.due(due_at):
                self._happen(happening)

    def _happen(self, happening: Happening) -> None:
        device, network = self._device, self._device.network
        match happening:
            case SayUrc(text):
                if device.power is Power.ON:
                    device.urc(text)
            case Sag(warning):
                self._last_words(warning or device.personality.under_voltage[0])
            case PowerLost():
                self._last_words(device.personality.under_voltage[1])
                self._power.cut()
            case PowerBack():
                self._power.switch_on()
            case CardLost():
                self._cards_lost += 1
                if device.sim is not None:
                    self._lost_card = self._power.change_card(None)
            case CardBack():
                self._cards_lost -= 1
                if not self._cards_lost:
                    card, self._lost_card = self._lost_card, None
                    if device.sim is None and card is not None:
                        self._power.change_card(card)
            case SignalLost():
                self._signals_lost += 1
                if self._signals_lost == 1:
                    self._signal_before = network.signal_dbm(device.imei)
                    network.set_signal(None, device.imei)
            case SignalBack():
                self._signals_lost -= 1
                if not self._signals_lost:
                    network.set_signal(self._signal_before, device.imei)
            case OrderRejects():
                self._order(happening)
            case PutOff("card", cause):
                if device.sim is not None:
                    network.detach(device.sim.imsi, cause, device.now)
            case PutOff(_, cause):
                if device.sim is not None:
                    network.drop_pdp(device.sim.imsi, device.now, cause)

    def _last_words(self, text: str) -> None:
        if text and self._device.power is Power.ON:
            for terminal in self._device.terminals():
                terminal.say(text)

    def _order(self, order: OrderRejects) -> None:
        network, sim = self._device.network, self._device.sim
        if (withdraw := self._orders.pop(order.order, None)) is not None:
            withdraw()
        if not order.times or sim is None:
            return
        if order.procedure == "session":
            withdraw = network.reject_next_pdp(order.cause, imsi=sim.imsi, times=order.times)
        else:
            withdraw = network.reject_next(order.cause, imsi=sim.imsi, domain=order.domain, times=order.times)
        self._orders[order.order] = withdraw
