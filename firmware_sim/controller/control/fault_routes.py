"""What is made to go wrong, and making it good."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from firmware_sim.controller.control import facts, models
from firmware_sim.controller.control.active_faults import FaultError
from firmware_sim.controller.control.asked import Asked
from firmware_sim.controller.control.fault_kinds import FAULTS
from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.languages import Reader
from firmware_sim.http_api.problems import ProblemError, responses
from provisioning.explanation import Text

router = APIRouter(
    prefix="/faults", tags=["faults"], responses=responses(401, 404, 422), route_class=JsonRoute
)


@router.get("")
async def active(it: Asked, reader: Reader) -> list[models.FaultFacts]:
    """The faults that are there."""
    return [facts.fault(each, reader) for each in it.faults]


@router.get("/kinds")
async def kinds(it: Asked, reader: Reader) -> list[models.FaultKindFacts]:
    """What can go wrong in this house: where, and with which values."""
    return [facts.fault_kind(it, each, reader) for each in FAULTS.values()]


@router.post("", status_code=201)
async def begin(it: Asked, wanted: models.FaultRequest, reader: Reader) -> models.FaultFacts:
    """Have something go wrong from now on; it takes the place of the fault of its kind at its place."""
    try:
        fault = it.faults.begin(wanted.fault, wanted.place, wanted.value)
    except FaultError as error:
        raise ProblemError(422, error.kind, error.text) from None
    it.remark(f"fault {fault.id}: {fault}")
    return facts.fault(fault, reader)


@router.delete("", status_code=204)
async def end_all(it: Asked) -> None:
    """Make all good."""
    it.faults.end_all()
    it.remark("no faults any more")


@router.delete("/{number}", status_code=204)
async def end(it: Asked, number: Annotated[int, Path(ge=1, le=1 << 31)]) -> None:
    """Make a fault good."""
    if it.faults.end(number) is None:
        raise ProblemError(
            404,
            "no_such_fault",
            Text(
                f"неисправности {number} нет; GET /faults покажет все",
                f"there is no fault {number}; GET /faults lists them",
            ),
        )
    it.remark(f"fault {number} ended")
