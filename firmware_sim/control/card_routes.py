"""The SIM card in the slot."""

from __future__ import annotations

from fastapi import APIRouter

from firmware_sim.control import drawer, facts, models
from firmware_sim.control.named import AllModems, Named
from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.problems import ProblemError, responses

router = APIRouter(
    prefix="/modems/{name}", tags=["card"], responses=responses(401, 404, 422), route_class=JsonRoute
)


@router.get("/sim")
async def card(it: Named) -> models.Card:
    """The card in the slot."""
    return facts.card(it)


@router.put("/sim", responses=responses(409))
async def insert(it: Named, change: models.Insertion, beside: AllModems) -> models.Card:
    """Put the card in, or another one of the network; one that is in comes out first."""
    if change.pin is not None and change.pin_off:
        raise ProblemError(409, "contradiction", "either pin or pin_off, not both")
    if change.iccid is None:
        card = it.modem.remove_sim() or it.card
        if card is None:
            raise ProblemError(
                409, "no_card", "this modem has no card of its own; name one of the network by its iccid"
            )
    else:
        card = drawer.take(change.iccid, it, beside)
        if card is None:
            raise ProblemError(409, "unknown_card", f"the network knows no card {change.iccid}")
        if it.card is not card:
            drawer.put_back(it)
    if change.pin is not None:
        card.pin = change.pin
    elif change.pin_off:
        card.pin = None
    if change.pin_tries is not None:
        card.pin_tries = change.pin_tries
    it.recorder.remark("card put in")
    it.card, it.imsi = card, card.imsi
    it.modem.insert_sim(card)
    return facts.card(it)


@router.delete("/sim", status_code=204)
async def pull(it: Named) -> None:
    """Pull the card; nothing happens to an empty slot."""
    it.recorder.remark("card pulled")
    it.card = it.modem.remove_sim() or it.card
