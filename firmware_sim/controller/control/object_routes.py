"""The objects of the configuration: what they show, what is inside, and commands."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query

from firmware_sim.controller.control import facts, models
from firmware_sim.controller.control.asked import Asked, Running
from firmware_sim.controller.objects.base import (
    ACCEPTED,
    NO_SUCH_OBJECT,
    NOT_POSSIBLE,
    WRONG_VALUE,
    FirmwareObject,
)
from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.problems import ProblemError, responses
from provisioning.explanation import Text
from provisioning.zont.config_text import MAX_ID
from provisioning.zont.object_types import ANY_TYPE

MAX_OBJECTS: Final = 1000
"""In one answer."""

MEANINGS: Final = {
    ACCEPTED: "accepted; done is what the state shows",
    WRONG_VALUE: "wrong value",
    NOT_POSSIBLE: "not possible",
    NO_SUCH_OBJECT: "no such object",
}

router = APIRouter(
    prefix="/objects", tags=["objects"], responses=responses(401, 404, 422), route_class=JsonRoute
)

ObjectId = Annotated[int, Path(ge=0, le=MAX_ID, examples=[65537])]


@router.get("")
async def objects(
    it: Asked,
    type: Annotated[int, Query(ge=0, le=ANY_TYPE, description="16: circuits; 255: all")] = ANY_TYPE,
    after: Annotated[int, Query(ge=-1, le=MAX_ID, description="an id")] = -1,
    limit: Annotated[int, Query(ge=1, le=MAX_OBJECTS)] = MAX_OBJECTS,
) -> models.Objects:
    """Objects of a type with their states, by id."""
    ids = sorted(it.firmware.ids(type))
    shown = [each for each in ids if each > after][:limit]
    return models.Objects(
        objects=[facts.object_(it.firmware.objects[each]) for each in shown],
        next_after=shown[-1] if shown else after,
        total=len(ids),
    )


@router.get("/{object_id}")
async def one(it: Asked, object_id: ObjectId) -> models.ObjectDetails:
    """One object with its inner state and its line of the configuration."""
    found = _found(it, object_id)
    return models.ObjectDetails(
        **vars(facts.object_(found)),
        inner=found.inner(),
        line=str(it.firmware.config.get_object(object_id) or ""),
    )


@router.post("/{object_id}/command", responses=responses(409))
async def command(it: Running, object_id: ObjectId, order: models.Command) -> models.CommandResult:
    """Have an object do something, with the local protocol's results."""
    found = _found(it, object_id)
    result = it.firmware.command(object_id, order.value)
    it.remark(f"command: {found.name or object_id} {order.value} → {result}")
    return models.CommandResult(
        id=object_id,
        cmdres=result,
        accepted=result == ACCEPTED,
        meaning=MEANINGS.get(result, "refused"),
    )


def _found(it: Asked, object_id: int) -> FirmwareObject:
    found = it.firmware.objects.get(object_id)
    if found is None:
        raise ProblemError(
            404,
            "no_such_object",
            Text(
                f"объекта {object_id} нет; GET /objects покажет все",
                f"there is no object {object_id}; GET /objects lists them",
            ),
        )
    return found
