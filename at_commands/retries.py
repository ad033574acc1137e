"""What a refusal of the modem is worth: asked again at which pace, or not at all.

Codes fall into few kinds. A card that is busy starting is done within seconds. A network without room or without an
answer may have one in a minute. A modem that is busy with itself is done at once. Everything else is refused for a
reason that does not go away by waiting: somebody has to act, or the port has to be opened anew (link lost, restart, no
answer), which is not for this place to do.

    refusal ──► PACES[kind] ──► pause, pause × factor, … for so many tries ──► the refusal is the outcome
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from at_commands.errors import AtError, CmeError, CmsError

if TYPE_CHECKING:
    from at_commands.client import AtClient
    from at_commands.command import Command

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pace:
    """How often something is tried in all, and the pause before the second try; each next one is `factor` as long."""

    tries: int
    pause_s: float
    factor: float = 1.0

    def pause_before(self, attempt: int) -> float | None:
        """Before attempt number `attempt` (the first is 0); None: there is none."""
        return self.pause_s * self.factor ** (attempt - 1) if attempt < self.tries else None


CARD_STARTS: Final = Pace(tries=8, pause_s=1.0)
MODEM_BUSY: Final = Pace(tries=4, pause_s=0.5, factor=2.0)
NETWORK_BUSY: Final = Pace(tries=3, pause_s=2.0, factor=2.0)

PACES_BY_CME: Final = {
    14: CARD_STARTS,  # SIM busy (3GPP TS 27.007, 9.2.1)
    512: MODEM_BUSY,
    513: MODEM_BUSY,
    514: MODEM_BUSY,
    515: MODEM_BUSY,
    30: NETWORK_BUSY,  # no network service
    31: NETWORK_BUSY,  # network timeout
    122: NETWORK_BUSY,  # congestion
    126: NETWORK_BUSY,  # insufficient resources
}
PACES_BY_CMS: Final = {
    314: CARD_STARTS,  # SIM busy (3GPP TS 27.005, 3.2.5)
    500: MODEM_BUSY,
    515: MODEM_BUSY,
    22: NETWORK_BUSY,  # memory of the centre exceeded, congestion
    38: NETWORK_BUSY,  # network out of order
    41: NETWORK_BUSY,  # temporary failure
    42: NETWORK_BUSY,  # congestion
    47: NETWORK_BUSY,  # resources unavailable
    192: NETWORK_BUSY,  # service centre busy
    331: NETWORK_BUSY,  # no network service
    332: NETWORK_BUSY,  # network timeout
    532: CARD_STARTS,  # SIM not ready
}


def pace(error: AtError) -> Pace | None:
    """At which pace the refused command is worth another try; None: not."""
    match error:
        case CmeError(code=int(code)):
            return PACES_BY_CME.get(code)
        case CmsError(code=int(code)):
            return PACES_BY_CMS.get(code)
    return None


async def send_patiently(at: AtClient, command: Command[T]) -> T:
    """Send a command, again where its refusal is worth that. Others may send between the tries.

    Only for commands that do nothing when they are refused: a PIN is not among them.

    Raises:
        AtError: as of AtClient.send; of refusals the last one.
    """
    attempt = 0
    while True:
        try:
            return await at.send(command)
        except AtError as error:
            attempt += 1
            found = pace(error)
            pause_s = None if found is None else found.pause_before(attempt)
            if pause_s is None:
                raise
        await asyncio.sleep(pause_s)
