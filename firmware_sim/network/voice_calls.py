"""Calls between subscribers, without speech: who rings whom, and how it ends (3GPP TS 24.008, 5.2).

    caller                 network                    callee
    dial ─────────────► nobody, or out of reach ──► refused
                        in a call ────────────────► refused: busy
                        else ─────────────────────► CallArrived: it rings
         ◄─ CallAnswered ◄──────────────────────── answer
         ◄─ CallEnded(busy) ◄───────────────────── hang up while it rings
         ◄─ CallEnded ◄─────────────────────────── hang up
    hang up ──────────────────────────────────────► CallEnded

One call for each subscriber, none waits. The network does not end a call that nobody answers: the caller's modem does
(S7). Numbers outside of the network cannot be reached.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from firmware_sim.network.answers import CallAnswered, CallArrived, CallEnded


@dataclass(eq=False)
class _Call:
    caller: str
    callee: str
    answered: bool = False


class VoiceCalls:
    """The calls under way, by IMSI.

    Args:
        tell: gives a subscriber a notice.
    """

    def __init__(self, tell: Callable[[str, CallArrived | CallAnswered | CallEnded], None]) -> None:
        self._tell = tell
        self._calls: dict[str, _Call] = {}

    def dial(self, caller: str, callee: str | None, number: str) -> CallEnded | None:
        """Ring somebody; why not, or None: it rings there.

        Args:
            callee: None: nobody who could be reached.
            number: the caller's, to be shown.
        """
        if callee is None or caller in self._calls:
            return CallEnded()
        if callee in self._calls or callee == caller:
            return CallEnded(busy=True)
        self._calls[caller] = self._calls[callee] = _Call(caller, callee)
        self._tell(callee, CallArrived(number))
        return None

    def answer(self, imsi: str) -> bool:
        """Pick up. False: nothing rings."""
        call = self._calls.get(imsi)
        if call is None or call.callee != imsi or call.answered:
            return False
        call.answered = True
        self._tell(call.caller, CallAnswered())
        return True

    def hang_up(self, imsi: str) -> None:
        """End this subscriber's call, or refuse the one that rings; harmless without one."""
        call = self._calls.get(imsi)
        if call is None:
            return
        del self._calls[call.caller], self._calls[call.callee]
        other = call.caller if imsi == call.callee else call.callee
        self._tell(other, CallEnded(busy=not call.answered and imsi == call.callee))
