"""Faults of command lines: each line's fate is decided once, when it has come."""

import re
from math import inf

from firmware_sim.faults.active_fault import ActiveFault
from firmware_sim.faults.happenings import Fate
from firmware_sim.faults.model import (
    BootLine,
    Busy,
    CommandFault,
    EchoFlip,
    Hang,
    LateAnswer,
    LostOk,
    Reboot,
    SlowSim,
    UrcInside,
    WrongAnswer,
)

_CARD_COMMANDS = re.compile(
    r"\+(CPIN|CPINR|CLCK|CPWD|CIMI|CCID|ICCID|QCCID|CICCID|CNUM|CRSM|CSIM|CPBR|CPBW|CPBF|CPBS|SPIC|QPINC|QTRPIN|CMGL|CMGR"
    r"|CMGW|CMGD|CPMS|CSPN)\b",
    re.IGNORECASE,
)


class CommandFaults:
    """All faults of command lines, in the order in which they were added."""

    def __init__(self) -> None:
        self._faults: list[_OfLines] = []
        self._line = 0  # number of the line under way or to come
        self._echoes = 0  # runs of its echo
        self._in_echo: list[str] | None = None
        self._silent_until_s = -inf

    def __bool__(self) -> bool:
        return bool(self._faults)

    def add(self, active: ActiveFault, fault: CommandFault) -> None:
        """Put a fault behind the others."""
        self._faults.append(_OfLines(active, fault))

    def remove(self, active: ActiveFault) -> None:
        """Take it out; a silence that it caused ends."""
        self._faults = [each for each in self._faults if each.active is not active]
        if isinstance(active.fault, Hang):
            self._silent_until_s = -inf

    def silent(self, now_s: float) -> bool:
        """The modem hangs."""
        return now_s < self._silent_until_s

    def was_reset(self) -> None:
        """A reset ends every hang."""
        self._silent_until_s = -inf

    def news_in_echo(self, n_bytes: int, now_s: float) -> list[str]:
        """What is said in the midst of a run of echo: once a line, and not before its first character."""
        self._echoes += 1
        if (n_bytes < 2 and self._echoes == 1) or self._in_echo is not None:
            return []
        self._in_echo = []
        for each in self._faults:
            fault = each.fault
            if isinstance(fault, UrcInside) and fault.where == "echo" and each.strikes(self._line, now_s):
                self._in_echo.append(fault.text)
        return self._in_echo

    def fate(self, line: str, now_s: float) -> Fate | None:
        """What happens to a line, without its AT; None: no faults are there. It is counted in any case."""
        number, self._line = self._line, self._line + 1
        self._echoes, self._in_echo = 0, None
        if not self._faults:
            return None
        fate = Fate()
        for each in self._faults:
            fault = each.fault
            if isinstance(fault, UrcInside) and fault.where == "echo":
                continue
            if not each.concerns(line) or not each.strikes(number, now_s):
                continue
            match fault:
                case LostOk():
                    fate.loses_final = True
                case EchoFlip():
                    fate.flips_echo = not fate.flips_echo
                case WrongAnswer(text=text):
                    fate.replaced_by = text
                case LateAnswer(by_s=by_s) | SlowSim(by_s=by_s):
                    fate.late_s += by_s
                case Busy(cme=cme):
                    fate.refused_cme = cme
                case UrcInside(text=text):
                    fate.urcs.append(text)
                case BootLine(text=text):
                    fate.boot_lines.append(text)
                case Reboot():
                    fate.reboots = True
                case Hang(for_s=for_s):
                    fate.unheard = True
                    self._silent_until_s = inf if for_s is None else now_s + for_s
        return fate


class _OfLines:
    def __init__(self, active: ActiveFault, fault: CommandFault) -> None:
        self.active = active
        self.fault = fault
        self._trigger = active.trigger(fault, "commands")

    def concerns(self, line: str) -> bool:
        if isinstance(self.fault, SlowSim):
            return _CARD_COMMANDS.search(line) is not None
        return self.fault.command.upper() in line.upper()

    def strikes(self, number: int, now_s: float) -> bool:
        if not self.active.active(now_s) or not self._trigger.hits(number, 1):
            return False
        self.active.struck("commands", number, now_s)
        return True
