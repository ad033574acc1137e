"""A modem on the desk: its card is the operator's, its clock is the desk's, and what it says is text."""

from __future__ import annotations

from firmware_sim.modem import ModemSettings, SimCard
from firmware_sim.modem.actions import Transmit
from firmware_sim.modem.core import ModemCore
from firmware_sim.operator.records import Subscriber
from operator_rules.desk import IMEI, Desk


class AtDesk:
    """One modem core. Every call returns the lines that it said meanwhile."""

    def __init__(self, desk: Desk, card: Subscriber, imei: str = IMEI, personality: str = "sim800c") -> None:
        self.desk = desk
        settings = ModemSettings(personality=personality, imei=imei, delay=0)
        sim = SimCard(card.iccid, card.imsi, msisdn=card.msisdn)
        self.core = ModemCore(settings, sim, desk.network, desk.wall_s)

    def power_on(self) -> list[str]:
        """Switch it on and give it two minutes."""
        self.core.power.switch_on()
        self.wait(120)
        return self.send("ATE0+CMEE=1;+CREG=1;+CMGF=1;+CNMI=2,1")

    def send(self, line: str, wait_s: float = 0) -> list[str]:
        """Say a command line; what is answered within `wait_s`."""
        self.core.receive(line.encode("ascii") + b"\r", self.desk.wall_s)
        return [*self._taken(), *self.wait(wait_s)]

    def wait(self, seconds: float) -> list[str]:
        """Let time pass for the modem, the network and the operator, wake by wake."""
        desk, until_s, said = self.desk, self.desk.wall_s + seconds, self._taken()
        while (due_s := self._due()) is not None and due_s <= until_s:
            desk.wall_s = max(desk.wall_s, due_s)
            desk.operator.advance()
            desk.network.advance(desk.wall_s)
            self.core.advance(desk.wall_s)
            said += self._taken()
        desk.wall_s = until_s
        self.core.advance(until_s)
        return [*said, *self._taken()]

    def _due(self) -> float | None:
        wakes = (self.core.next_wake(), self.desk.network.next_wake(), self.desk.operator.next_wake_s())
        return min((at for at in wakes if at is not None), default=None)

    def _taken(self) -> list[str]:
        said = b"".join(each.data for each in self.core.take() if isinstance(each, Transmit))
        return [line for line in said.decode("latin-1").replace("\r", "\n").split("\n") if line]
