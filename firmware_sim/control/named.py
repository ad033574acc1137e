"""Which modem a request is about."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request

from firmware_sim.control.controlled import ControlledModem
from firmware_sim.http_api.problems import ProblemError


async def modem_named(request: Request, name: Annotated[str, Path(examples=["modem"])]) -> ControlledModem:
    """The modem of the path. Raises ProblemError: there is none of that name."""
    modems: dict[str, ControlledModem] = request.app.state.modems
    found = modems.get(name)
    if found is None:
        raise ProblemError(
            404, "no_such_modem", f"there is no modem {name!r}; there are: {', '.join(modems)}"
        )
    return found


async def all_modems(request: Request) -> tuple[ControlledModem, ...]:
    """Every modem of the bench."""
    modems: dict[str, ControlledModem] = request.app.state.modems
    return tuple(modems.values())


AllModems = Annotated[tuple[ControlledModem, ...], Depends(all_modems)]

Named = Annotated[ControlledModem, Depends(modem_named)]
"""A parameter of every route."""
