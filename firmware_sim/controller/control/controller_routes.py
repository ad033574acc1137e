"""The controller itself: who it is, its lamps, its time, what is wrong and what has happened."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from firmware_sim.controller.control import facts, models
from firmware_sim.controller.control.asked import Asked
from firmware_sim.http_api.event_stream import STREAMED, event_stream
from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.problems import responses

MAX_EVENTS: Final = 1000
"""In one answer."""

router = APIRouter(tags=["controller"], responses=responses(401, 422), route_class=JsonRoute)


@router.get("/")
async def controller(it: Asked, request: Request) -> models.ControllerFacts:
    """Who it is."""
    firmware = it.firmware
    model = firmware.model
    return models.ControllerFacts(
        version=request.app.version,
        model=model.name,
        part=model.part,
        serial=firmware.serial,
        board=model.board,
        firmware=model.firmware,
        house=it.plant.parameters.name,
        time=facts.time(it),
        leds=facts.leds(it),
        objects=len(firmware.objects),
        alarms=len(firmware.board.alarms),
        faults=len(it.faults),
        problems=len(firmware.problems),
        restarts=firmware.lines.restarts,
    )


@router.get("/leds")
async def leds(it: Asked) -> models.Leds:
    """The lamps under its cover."""
    return facts.leds(it)


@router.get("/time")
async def time(it: Asked) -> models.Time:
    """Its time."""
    return facts.time(it)


@router.post("/time/advance")
async def advance(it: Asked, ahead: models.Advance) -> models.Time:
    """Live through some time at once: house and controller, as after a pause. The clock of the program stays."""
    await it.hasten(ahead.seconds)
    return facts.time(it)


@router.get("/alarms")
async def alarms(it: Asked) -> list[models.Alarm]:
    """The alarms that are there now, oldest first."""
    board = it.firmware.board
    return [
        models.Alarm(
            object_id=object_id,
            name=facts.name_of(it, object_id),
            what=what,
            since_s=since_s,
            lasts_s=board.now_s - since_s,
        )
        for (object_id, what), since_s in board.alarms.items()
    ]


@router.get("/events")
async def events(
    it: Asked,
    after: Annotated[int, Query(ge=0, le=1 << 62)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_EVENTS)] = MAX_EVENTS,
) -> models.Events:
    """Alarms that came and went, and what a hand did, oldest first."""
    found = it.journal.since(after, limit)
    first = found[0].number if found else after + 1
    return models.Events(
        events=[facts.event(each) for each in found],
        next_after=found[-1].number if found else after,
        missed=max(0, first - after - 1),
    )


@router.get("/events/stream", response_class=StreamingResponse, responses=STREAMED)
async def stream(
    it: Asked, after: Annotated[int | None, Query(ge=0, le=1 << 62)] = None
) -> StreamingResponse:
    """The same as server-sent events, from now on or from behind one; ends when the client goes."""
    return event_stream(it.journal, after, facts.event)
