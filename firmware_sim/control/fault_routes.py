"""What is made to go wrong."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from firmware_sim.control import facts, models
from firmware_sim.control.named import Named
from firmware_sim.faults import parse_fault
from firmware_sim.faults.errors import FaultSpecError
from firmware_sim.faults.model import Fault
from firmware_sim.faults.record import Record
from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.problems import ProblemError, responses

router = APIRouter(
    prefix="/modems/{name}/faults", tags=["faults"], responses=responses(401, 404, 422), route_class=JsonRoute
)


@router.get("")
async def faults(it: Named) -> list[models.ActiveFaultFacts]:
    """The faults that were added and not removed."""
    return [facts.fault(it, each) for each in it.modem.faults.faults]


@router.post("", status_code=201, responses=responses(409))
async def add(it: Named, body: models.FaultSpec | Fault) -> models.ActiveFaultFacts:
    """Have a fault from now on: as `{"spec": "lost_ok:every=7"}`, or by its fields."""
    try:
        fault = parse_fault(body.spec) if isinstance(body, models.FaultSpec) else body
    except FaultSpecError as error:
        raise ProblemError(422, "fault_spec", str(error)) from None
    try:
        added = it.modem.add_fault(fault)
    except FaultSpecError as error:
        raise ProblemError(409, "too_many_faults", str(error)) from None
    it.recorder.remark(f"fault {added.id}: {added}")
    return facts.fault(it, added)


@router.delete("", status_code=204)
async def clear(it: Named) -> None:
    """End all faults."""
    for each in it.modem.faults.faults:
        it.modem.remove_fault(each.id)
    it.recorder.remark("no faults any more")


@router.get("/record")
async def record(it: Named) -> Record:
    """What was injected so far; `--fault replay:FILE` does it again."""
    return it.modem.faults.record()


@router.delete("/{number}", status_code=204)
async def remove(it: Named, number: Annotated[int, Path(ge=1, le=1 << 31)]) -> None:
    """End a fault, and make good what it did that lasts."""
    if not it.modem.remove_fault(number):
        raise ProblemError(404, "no_such_fault", f"there is no fault {number}; GET faults lists them")
    it.recorder.remark(f"fault {number} ended")
