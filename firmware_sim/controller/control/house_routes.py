"""The house: weather, rooms, boilers, hot water, heating water."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Path

from firmware_sim.controller.control import facts, house_models
from firmware_sim.controller.control.asked import Asked
from firmware_sim.controller.control.fault_kinds import boiler_named
from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.problems import ProblemError, responses
from firmware_sim.plant import Boiler, BoilerFault, PlantParameterError, Tank
from provisioning.explanation import Text

router = APIRouter(prefix="/house", tags=["house"], responses=responses(401, 404, 422), route_class=JsonRoute)

Name = Annotated[str, Path(max_length=64, examples=["house"])]


@router.get("")
async def house(it: Asked) -> house_models.House:
    """The house as it is, whatever the controller knows of it."""
    return facts.house(it)


@router.put("/outdoor")
async def hold(it: Asked, change: house_models.OutdoorChange) -> house_models.Outdoor:
    """Have the outdoor air go to a temperature and stay there."""
    it.remark(f"outdoor: {change.temp_c:g} °C over {change.over_s:g} s")
    it.hold_outdoor(change.temp_c, change.over_s)
    return facts.outdoor(it)


@router.delete("/outdoor")
async def free(it: Asked) -> house_models.Outdoor:
    """Give the weather back to itself."""
    it.remark("outdoor: its own")
    it.free_outdoor()
    return facts.outdoor(it)


@router.put("/rooms/{name}")
async def set_air(it: Asked, name: Name, change: house_models.AirChange) -> house_models.RoomFacts:
    """Make a room's air so warm; its walls stay as they are."""
    room = it.plant.rooms.get(name)
    if room is None:
        raise _missing("room", Text("комнаты", "room"), name, it.plant.rooms)
    it.remark(f"room {name}: {change.air_c:g} °C")
    it.set_air(room, change.air_c)
    return facts.room(room)


@router.put("/tank")
async def set_tank(it: Asked, change: house_models.TankChange) -> house_models.TankFacts:
    """Make the tank so warm all through."""
    tank = _tank(it)
    it.remark(f"tank: {change.temp_c:g} °C")
    it.set_tank(tank, change.temp_c)
    return facts.tank(tank)


@router.put("/tank/draw")
async def draw(it: Asked, draw: house_models.Draw) -> house_models.TankFacts:
    """Open a tap of hot water, beside what the day's profile draws; 0 closes it."""
    tank = _tank(it)
    it.remark(f"draw: {draw.flow_l_min:g} l/min")
    tank.opened_kg_s = draw.flow_l_min / 60
    return facts.tank(tank)


@router.put("/pressure", responses=responses(409))
async def fill(it: Asked, change: house_models.PressureChange) -> house_models.WaterFacts:
    """Fill heating water up, or let it off, until the gauge shows this."""
    try:
        it.plant.fill_up(change.pressure_bar)
    except PlantParameterError as error:
        raise ProblemError(409, "no_such_pressure", Text(f"так не бывает: {error}", str(error))) from None
    it.remark(f"pressure: {change.pressure_bar:g} bar")
    return facts.water(it)


@router.put("/boilers/{name}/lockout")
async def lock_out(it: Asked, name: Name, change: house_models.LockoutChange) -> house_models.BoilerFacts:
    """Have a boiler lock out."""
    boiler = _boiler(it, name)
    it.remark(f"boiler {name}: locked out, {change.why}")
    boiler.lock_out(BoilerFault(change.why))
    return facts.boiler(boiler)


@router.delete("/boilers/{name}/lockout")
async def reset(it: Asked, name: Name) -> house_models.BoilerFacts:
    """Press a boiler's reset key."""
    boiler = _boiler(it, name)
    it.remark(f"boiler {name}: reset")
    boiler.reset()
    return facts.boiler(boiler)


def _boiler(it: Asked, name: str) -> Boiler:
    found = boiler_named(it.installation, name)
    if found is None:
        names = [each.parameters.name for each in it.plant.boilers]
        raise _missing("boiler", Text("котла", "boiler"), name, names)
    return found


def _tank(it: Asked) -> Tank:
    if it.plant.tank is None:
        raise ProblemError(
            404, "no_tank", Text("в этом доме нет бойлера ГВС", "this house has no hot water tank")
        )
    return it.plant.tank


def _missing(kind: str, what: Text, name: str, there: Iterable[str]) -> ProblemError:
    names = ", ".join(there)
    return ProblemError(
        404,
        f"no_such_{kind}",
        Text(f"{what.ru} {name!r} нет; есть: {names}", f"there is no {what.en} {name!r}; there are: {names}"),
    )
