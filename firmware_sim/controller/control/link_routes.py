"""Links and supply: the mobile network, cloud, boilers' buses, the battery."""

from __future__ import annotations

from fastapi import APIRouter

from firmware_sim.controller.control import facts, models
from firmware_sim.controller.control.asked import Asked
from firmware_sim.controller.reserve_battery import FULL_S
from firmware_sim.http_api.json_body import JsonRoute
from firmware_sim.http_api.problems import responses

router = APIRouter(tags=["links"], responses=responses(401, 422), route_class=JsonRoute)


@router.get("/links")
async def links(it: Asked) -> models.Links:
    """Mobile network, cloud, Wi-Fi, Ethernet, as the controller knows them."""
    return facts.links(it)


@router.put("/links")
async def change(it: Asked, change: models.LinksChange) -> models.Links:
    """Set what a controller without a modem believes of its links."""
    around = it.firmware.lines.surroundings
    if change.gsm_registration is not None:
        around.registration = change.gsm_registration
    if change.gsm_level is not None:
        around.gsm_level = change.gsm_level
    if change.operator is not None:
        around.operator = change.operator
    if change.imei is not None:
        around.imei = change.imei
    if change.iccid is not None:
        around.iccid = change.iccid
    wanted = (change.cloud_linked, change.gsm_linked, change.wifi_linked, change.ethernet_linked)
    cloud, gsm, wifi, ethernet = (
        before if new is None else int(new) for before, new in zip(around.links, wanted, strict=True)
    )
    around.links = cloud, gsm, wifi, ethernet
    it.remark(f"links: {change.model_dump_json(exclude_none=True)}")
    return facts.links(it)


@router.get("/buses")
async def buses(it: Asked) -> list[models.Bus]:
    """The boilers' buses: linked or not, what is asked and what was told."""
    return [
        models.Bus(serial=serial, linked=bus.linked, demand=bus.demand, told=bus.values)
        for serial, bus in it.wiring.buses.items()
    ]


@router.get("/supply")
async def supply(it: Asked) -> models.Supply:
    """Mains and battery."""
    return facts.supply(it)


@router.put("/supply/battery")
async def charge(it: Asked, charge: models.BatteryCharge) -> models.Supply:
    """Set what is left in the reserve battery."""
    it.firmware.lines.battery.left_s = FULL_S * charge.battery_percent / 100
    it.remark(f"battery: {charge.battery_percent:g} %")
    return facts.supply(it)
