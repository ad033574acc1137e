"""The controller's config.txt: download, upload, what is wrong with it; reload and restart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from firmware_sim.controller.control import models
from firmware_sim.controller.control.asked import Asked, Running, refuse_if_off
from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.languages import Reader
from firmware_sim.http_api.problems import ProblemError, responses
from provisioning.explanation import Language, Text
from provisioning.zont.config_text import ConfigProblem, ConfigText, ConfigTextError

MEDIA_TYPE: Final = "text/plain; charset=windows-1251"
MAX_PROBLEMS: Final = 1000
"""In one answer."""

_FILE: Final[dict[str, object]] = {"content": {"text/plain": {"schema": {"type": "string"}}}}

router = APIRouter(tags=["configuration"], responses=responses(401, 422), route_class=JsonRoute)


@router.get("/config", response_class=Response, responses={200: _FILE, **responses(409)})
async def download(it: Asked) -> Response:
    """The whole file as it stands, with its passwords: it is what the controller lives on."""
    try:
        return Response(it.firmware.config.to_bytes(), media_type=MEDIA_TYPE)
    except ConfigTextError as error:
        raise ProblemError(
            409, "config_unwritable", Text(f"файл не записать: {error}", f"it cannot be written: {error}")
        ) from None


@router.put("/config", responses=responses(409), openapi_extra={"requestBody": {"required": True, **_FILE}})
async def upload(
    it: Asked,
    request: Request,
    reader: Reader,
    dry_run: Annotated[bool, Query(description="only say what would be wrong")] = False,
) -> models.ConfigFacts:
    """Write the file and reload it. As in a real controller the mistakes are named and the rest works."""
    config = ConfigText.parse(await request.body())
    problems = it.firmware.problems_of(config)
    if not dry_run:
        refuse_if_off(it)
        it.firmware.config = config
        it.firmware.reload()
        it.remark(f"config.txt written, {len(problems)} problems")
    objects = sum(1 for _ in config.objects())
    return _facts(objects, problems, reader, applied=not dry_run)


@router.get("/config/problems")
async def problems(it: Asked, reader: Reader) -> models.ConfigFacts:
    """What is wrong with the configuration that it lives by, line by line."""
    return _facts(len(it.firmware.objects), it.firmware.problems, reader)


@router.post("/reload", responses=responses(409))
async def reload(it: Running, reader: Reader) -> models.ConfigFacts:
    """Read the configuration again."""
    it.firmware.reload()
    it.remark("reloaded")
    return _facts(len(it.firmware.objects), it.firmware.problems, reader)


@router.post("/restart", responses=responses(409))
async def restart(it: Running, reader: Reader) -> models.ConfigFacts:
    """Start the controller anew, as by SRESTART."""
    it.firmware.system("SRESTART?")
    it.remark("restarted")
    return _facts(len(it.firmware.objects), it.firmware.problems, reader)


def _facts(
    objects: int, problems: Sequence[ConfigProblem], reader: Language, *, applied: bool = True
) -> models.ConfigFacts:
    return models.ConfigFacts(
        applied=applied,
        objects=objects,
        problems=[
            models.ConfigProblemFacts(
                line=each.line,
                place=each.place,
                what=each.what.in_(reader),
                way_out=each.way_out.in_(reader),
            )
            for each in problems[:MAX_PROBLEMS]
        ],
        problems_total=len(problems),
    )
