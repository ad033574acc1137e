"""The card's list of networks that its modem does not try by itself (EF-FPLMN, 3GPP TS 23.122, 3.1).

A network gets onto it by rejecting the card with cause 11, and stays until the list is erased. When it is the card's
own network, the modem looks for others for ever: no radio cycle helps, and nothing at the AT interface says why.
"""

from __future__ import annotations

from dataclasses import dataclass

from at_commands import sim_commands
from at_commands.client import AtClient
from at_commands.errors import CommandFailedError, CommandTimeoutError, ReplyFormatError, SimFileError


@dataclass(frozen=True, slots=True)
class ForbiddenNetworks:
    """MCC and MNC of each. `home`: the card's own network, when it is among them."""

    plmns: tuple[str, ...]
    home: str | None = None


async def forbidden_networks(at: AtClient) -> ForbiddenNetworks:
    """Read them; the card's PIN must have been entered. Raises SimFileError, AtError."""
    plmns = await sim_commands.read_forbidden(at)
    if not plmns:
        return ForbiddenNetworks(())
    identity = await sim_commands.read_identity(at)
    return ForbiddenNetworks(plmns, next(filter(identity.is_home, plmns), None))


async def home_is_forbidden(at: AtClient) -> bool | None:
    """None where modem or card cannot tell, or not yet. Raises AtError: the conversation broke."""
    try:
        return (await forbidden_networks(at)).home is not None
    except (CommandFailedError, CommandTimeoutError, ReplyFormatError, SimFileError):
        return None
