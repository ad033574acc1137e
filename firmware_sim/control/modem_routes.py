"""The modem itself: identity, power, what it says, what went over its ports."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse, StreamingResponse

from firmware_sim.control import facts, models
from firmware_sim.control.named import Named
from firmware_sim.http_api.event_stream import STREAMED, event_stream
from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.problems import ProblemError, responses

MAX_LINES: Final = 1000
"""Of the transcript, in one answer."""

router = APIRouter(
    prefix="/modems/{name}", tags=["modem"], responses=responses(401, 404, 422), route_class=JsonRoute
)


@router.get("")
async def modem(it: Named) -> models.ModemFacts:
    """All about one modem."""
    personality = it.modem.personality
    return models.ModemFacts(
        name=it.name,
        personality=it.modem.settings.personality,
        manufacturer=personality.manufacturer,
        model=personality.model,
        imei=it.modem.settings.imei,
        power=models.Power(powered=it.modem.powered),
        signal=facts.signal(it),
        registration=facts.registration(it),
        card=facts.card(it),
        clients=it.modem.clients,
        ports=list(it.modem.urls),
    )


@router.post("/power")
async def press(it: Named, action: models.PowerAction) -> models.Power:
    """Press the power key, pull RESET, cut the supply or give it back."""
    it.recorder.remark(f"power: {action.action}")
    {
        "key": it.modem.press_power_key,
        "reset": it.modem.reboot,
        "cut": it.modem.cut_power,
        "restore": it.modem.restore_power,
    }[action.action]()
    return models.Power(powered=it.modem.powered)


@router.post("/urc", status_code=204, responses=responses(409))
async def say(it: Named, news: models.News) -> None:
    """Have the modem say a line of its own accord."""
    if not it.modem.powered:
        raise ProblemError(409, "powered_off", "the modem is off and says nothing; POST power first")
    it.recorder.remark(f"says: {news.text}")
    it.modem.say(news.text)


@router.get("/transcript")
async def transcript(
    it: Named,
    since: Annotated[int, Query(ge=0, le=1 << 62)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_LINES)] = MAX_LINES,
) -> models.Transcript:
    """What went over the modem's ports, secrets masked; bytes that are no text are escaped."""
    lines = it.recorder.since(since, limit)
    first = lines[0].number if lines else since + 1
    return models.Transcript(
        lines=[models.Line(**vars(line)) for line in lines],
        next_since=lines[-1].number if lines else since,
        missed=max(0, first - since - 1),
    )


@router.get("/transcript.txt", response_class=PlainTextResponse)
async def transcript_text(it: Named) -> str:
    """The same for people."""
    marks = {"client": ">", "modem": "<", "bench": "!"}
    return "".join(
        f"{line.at:.3f} {'' if line.port is None else line.port} {marks[line.source]} {line.text}\n"
        for line in it.recorder.since(0, MAX_LINES * 10)
    )


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses=STREAMED,
)
async def events(
    it: Named, since: Annotated[int | None, Query(ge=0, le=1 << 62)] = None
) -> StreamingResponse:
    """The transcript as server-sent events, from now on or from behind a line; ends when the client goes."""
    return event_stream(it.recorder, since, lambda line: models.Line(**vars(line)))
