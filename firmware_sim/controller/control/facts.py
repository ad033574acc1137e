"""What the API tells of a controller and its house, read off the simulation."""

from __future__ import annotations

from firmware_sim.controller.control import house_models, models
from firmware_sim.controller.control.active_faults import ActiveFault
from firmware_sim.controller.control.bench import Bench
from firmware_sim.controller.control.fault_kinds import FaultKind
from firmware_sim.controller.control.journal import Happening
from firmware_sim.controller.objects.base import FirmwareObject
from firmware_sim.controller.reserve_battery import FULL_S, Source
from firmware_sim.plant import Boiler, Circuit, FloorCircuit, Room, Tank
from firmware_sim.plant.plant import KWH_J
from provisioning.explanation import Language

# -- the controller


def leds(it: Bench) -> models.Leds:
    """The lamps."""
    return models.Leds.model_validate(it.firmware.lines.leds())


def time(it: Bench) -> models.Time:
    """Its time."""
    board = it.firmware.board
    return models.Time(
        uptime_s=board.now_s,
        local_time=it.firmware.lines.local_time().isoformat(timespec="seconds"),
        minute_of_week=board.minute_of_week,
    )


def name_of(it: Bench, object_id: int) -> str:
    """An object's name; the model's for the controller itself."""
    found = it.firmware.objects.get(object_id)
    if found is not None:
        return found.name
    return "" if object_id else it.firmware.model.name


def object_(found: FirmwareObject) -> models.ObjectFacts:
    """An object."""
    return models.ObjectFacts(
        id=found.id,
        type=found.type,
        type_name=found.type.name.lower(),
        name=found.name,
        state={**found.state()},
    )


def event(happening: Happening) -> models.Event:
    """An entry of the journal."""
    return models.Event.model_validate(happening, from_attributes=True)


# -- links and supply


def links(it: Bench) -> models.Links:
    """Its links."""
    around = it.firmware.lines.surroundings
    cloud, gsm, wifi, ethernet = map(bool, around.links)
    return models.Links(
        gsm=models.Gsm(
            registration=around.registration,
            meaning=models.REGISTRATIONS[around.registration],
            level=around.gsm_level,
            operator=around.operator,
            imei=around.imei,
            iccid=around.iccid,
        ),
        cloud_linked=cloud,
        gsm_linked=gsm,
        wifi_linked=wifi,
        ethernet_linked=ethernet,
    )


def supply(it: Bench) -> models.Supply:
    """What it lives on."""
    battery = it.firmware.lines.battery
    return models.Supply(
        mains=it.wiring.mains,
        on_battery=battery.source is Source.BATTERY,
        supply_v=round(battery.volts, 2),
        battery_percent=round(100 * battery.left_s / FULL_S, 2),
        battery_left_s=battery.left_s,
        is_off=it.firmware.lines.is_off,
    )


# -- the house


def house(it: Bench) -> house_models.House:
    """All of it."""
    plant = it.plant
    book = plant.energy
    return house_models.House(
        name=plant.parameters.name,
        time_s=plant.time_s,
        outdoor=outdoor(it),
        rooms=[room(each) for each in plant.rooms.values()],
        boilers=[boiler(each) for each in plant.boilers],
        circuits=[circuit(each) for each in plant.circuits.values()],
        tank=None if plant.tank is None else tank(plant.tank),
        water=water(it),
        energy=house_models.Energy(
            gas_kwh=book.gas_j / KWH_J,
            into_water_kwh=book.into_water_j / KWH_J,
            gains_kwh=book.gains_j / KWH_J,
            outdoors_kwh=book.outdoors_j / KWH_J,
            tap_kwh=book.tap_j / KWH_J,
            stored_kwh=plant.stored_j / KWH_J,
            missing_kwh=it.missing_j / KWH_J,
        ),
        gas_meter_m3=plant.gas_m3,
        gas_on=plant.gas_on,
        powered=plant.powered,
    )


def outdoor(it: Bench) -> house_models.Outdoor:
    """Around the house."""
    return house_models.Outdoor(
        temp_c=it.plant.outdoor_c, sun_w_m2=it.plant.sun_w_m2, held_c=it.held_outdoor_c
    )


def room(it: Room) -> house_models.RoomFacts:
    """A room."""
    return house_models.RoomFacts(
        name=it.name, air_c=it.air_c, envelope_c=it.envelope_c, heat_w=it.heat_w, lost_w=it.lost_w
    )


def boiler(it: Boiler) -> house_models.BoilerFacts:
    """A boiler."""
    return house_models.BoilerFacts(
        name=it.parameters.name,
        phase=it.phase.value,
        flame=it.flame,
        lockout=None if it.lockout is None else it.lockout.value,
        low_water=it.low_water,
        powered=it.powered,
        flow_target_c=it.flow_target_c,
        flow_c=it.flow_c,
        flow_shown_c=it.flow_shown_c,
        return_c=it.return_c,
        pressure_bar=it.pressure_bar,
        modulation_percent=100 * it.modulation,
        power_w=it.power_w,
        pump_on=it.pump_on,
        starts=it.starts,
        failed_starts=it.failed_starts,
        burner_h=it.burner_s / 3600,
    )


def circuit(it: Circuit) -> house_models.CircuitFacts:
    """A circuit."""
    return house_models.CircuitFacts(
        name=it.name,
        room=it.room,
        kind="floor" if isinstance(it, FloorCircuit) else "radiators",
        pump_on=it.pump_on,
        flowing=it.flowing,
        supply_c=it.supply_c,
        return_c=it.return_c,
        valve_percent=100 * it.valve_position,
        heat_w=it.heat_w,
    )


def tank(it: Tank) -> house_models.TankFacts:
    """The tank."""
    return house_models.TankFacts(
        temp_c=it.temp_c,
        upper_c=it.upper_c,
        lower_c=it.lower_c,
        charge_on=it.charge_on,
        drawn_l_min=60 * it.drawn_kg_s,
        opened_l_min=60 * it.opened_kg_s,
    )


def water(it: Bench) -> house_models.WaterFacts:
    """The heating water."""
    return house_models.WaterFacts(
        pressure_bar=it.plant.pressure_bar, lost_l=it.plant.water_lost_l, leak_l_h=3600 * it.plant.leak_l_s
    )


# -- faults


def fault(active: ActiveFault, reader: Language) -> models.FaultFacts:
    """A fault that is there."""
    kind = active.kind
    return models.FaultFacts(
        id=active.id,
        fault=kind.name,
        what=kind.what.in_(reader),
        place=None if kind.places is None else active.place,
        value=None if kind.measure is None else active.value,
        since_s=active.since_s,
    )


def fault_kind(it: Bench, kind: FaultKind, reader: Language) -> models.FaultKindFacts:
    """A kind of fault."""
    measure = kind.measure
    return models.FaultKindFacts(
        fault=kind.name,
        what=kind.what.in_(reader),
        places=None if kind.places is None else [*kind.places(it.installation)],
        value=None
        if measure is None
        else models.MeasureFacts(unit=measure.unit, low=measure.low, high=measure.high),
    )
