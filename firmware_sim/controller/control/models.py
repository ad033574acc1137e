"""Bodies of the control API of a controller, with units in their names."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from firmware_sim.boiler_link import BoilerDemand, BoilerValues
from firmware_sim.controller.control.fault_kinds import FAULTS
from firmware_sim.controller.control.journal import Source

Finite = Annotated[float, Field(allow_inf_nan=False)]


def _tellable(value: object) -> object:
    # The byte 0x98, which windows-1251 lacks, is kept in a configuration as half a character; JSON has none.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


Told = Annotated[str, BeforeValidator(_tellable)]
"""A text that may quote a configuration or a command."""


class Request(BaseModel):
    """A body that clients send."""

    model_config = ConfigDict(extra="forbid", strict=True)


# -- the controller

Lamp = Literal["off", "on", "slow", "fast"]


class Leds(BaseModel):
    """The lamps under the cover."""

    gsm: Lamp
    boiler: Lamp
    power: Lamp


class Time(BaseModel):
    """The controller's time."""

    uptime_s: float = Field(description="since its start")
    local_time: str = Field(description="its calendar, without a zone", examples=["2026-01-31T21:05:00"])
    minute_of_week: int = Field(description="what its timetables go by; 0 is Monday's midnight")


class Advance(Request):
    """Live through some time at once, ahead of the clock."""

    seconds: Annotated[int, Field(ge=1, le=3600)]


class ControllerFacts(BaseModel):
    """Who it is."""

    simulator: Literal[True] = True
    version: str
    model: str
    part: str = Field(description="the maker's part number")
    serial: str
    board: int
    firmware: int
    house: str
    time: Time
    leds: Leds
    objects: int
    alarms: int
    faults: int = Field(description="that were made and not ended")
    problems: int = Field(description="of its configuration")
    restarts: int


class ObjectFacts(BaseModel):
    """An object as the local protocol gives it."""

    id: int
    type: int
    type_name: str = Field(examples=["heating_circuit"])
    name: str
    state: dict[str, object] = Field(
        description="fields of req_state: t °C, s, c, press bar, … (docs/controller.md)"
    )


class ObjectDetails(ObjectFacts):
    """An object with all that is inside."""

    inner: str = Field(description="values of its #Y line; empty: it has none")
    line: str = Field(description="its #Z line in the configuration")


class Objects(BaseModel):
    """Objects by id behind `after`; go on with `next_after`."""

    objects: list[ObjectFacts]
    next_after: int
    total: int


class Command(Request):
    """What the local protocol's `cmd` would say."""

    value: int | Finite | Annotated[str, Field(max_length=200)] = Field(examples=["2951", 1])


class CommandResult(BaseModel):
    """As the local protocol answers. Only that 0 is accepted is the maker's, the other numbers are ours."""

    id: int
    cmdres: int
    accepted: bool
    meaning: str


class Alarm(BaseModel):
    """An alarm that is there now."""

    object_id: int = Field(description="0: the controller itself")
    name: str
    what: str = Field(examples=["sensor_lost"])
    since_s: float = Field(description="after the controller's start")
    lasts_s: float


class Event(BaseModel):
    """An alarm that came or went, or what a hand did."""

    number: int
    at_s: float = Field(description="after the controller's start")
    source: Source
    what: Told
    object_id: int | None
    active: bool | None


class Events(BaseModel):
    """Events behind `after`; go on with `next_after`."""

    events: list[Event]
    next_after: int
    missed: int = Field(description="events behind `after` that are no longer kept")


# -- configuration


class ConfigProblemFacts(BaseModel):
    """What is wrong with a line, and the way out, in the language that the client reads."""

    line: int = Field(description="from 1; 0: the whole file")
    place: Told = Field(examples=["#Z65537 source"])
    what: Told
    way_out: Told


class ConfigFacts(BaseModel):
    """A configuration that was read."""

    applied: bool = Field(description="the controller lives by it now")
    objects: int
    problems: list[ConfigProblemFacts] = Field(description="the first of them")
    problems_total: int


# -- links and supply

REGISTRATIONS = ("not registered", "home", "searching", "denied", "unknown", "roaming")


class Gsm(BaseModel):
    """The mobile network, as the controller knows it."""

    registration: Annotated[int, Field(ge=0, le=5, description="as in +CREG")]
    meaning: str
    level: Annotated[int, Field(ge=0, le=31)]
    operator: str
    imei: str = Field(description="of its modem; empty: it has none and tells nothing of a network")
    iccid: str


class Links(BaseModel):
    """The controller's links."""

    gsm: Gsm
    cloud_linked: bool
    gsm_linked: bool
    wifi_linked: bool
    ethernet_linked: bool


class LinksChange(Request):
    """What the controller is told of its links; null: leave it. A real modem goes on telling its own.

    An `imei` makes it believe that it has a modem, an empty one that it has none.
    """

    gsm_registration: Annotated[int, Field(ge=0, le=5)] | None = None
    gsm_level: Annotated[int, Field(ge=0, le=31)] | None = None
    operator: Annotated[str, Field(max_length=30, pattern=r"^[ -~]*$")] | None = None
    imei: Annotated[str, Field(pattern=r"^([0-9]{15})?$")] | None = None
    iccid: Annotated[str, Field(pattern=r"^([0-9]{18,20})?$")] | None = None
    cloud_linked: bool | None = None
    gsm_linked: bool | None = None
    wifi_linked: bool | None = None
    ethernet_linked: bool | None = None


class Bus(BaseModel):
    """A boiler's digital bus: what the controller asks, and what it has been told."""

    serial: str
    linked: bool
    demand: BoilerDemand
    told: BoilerValues


class Supply(BaseModel):
    """What it lives on."""

    mains: bool
    on_battery: bool
    supply_v: float
    battery_percent: float
    battery_left_s: float
    is_off: bool = Field(description="neither mains nor battery: the controller does nothing")


class BatteryCharge(Request):
    """What is left in the reserve battery."""

    battery_percent: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


# -- the house


class RoomFacts(BaseModel):
    """A room."""

    name: str
    air_c: float
    envelope_c: float
    heat_w: float = Field(description="into its air")
    lost_w: float = Field(description="out of the house")


class BoilerFacts(BaseModel):
    """A boiler, as it is; the controller knows it by its bus only."""

    name: str
    phase: str
    flame: bool
    lockout: str | None = Field(description="why it waits for a reset")
    low_water: bool
    powered: bool
    flow_target_c: float | None
    flow_c: float
    flow_shown_c: float = Field(description="what its sensor shows")
    return_c: float
    pressure_bar: float
    modulation_percent: float
    power_w: float
    pump_on: bool
    starts: int
    failed_starts: int
    burner_h: float


class CircuitFacts(BaseModel):
    """A heating circuit."""

    name: str
    room: str
    kind: Literal["radiators", "floor"]
    pump_on: bool
    flowing: bool
    supply_c: float
    return_c: float
    valve_percent: float
    heat_w: float = Field(description="what the water leaves in it")


class TankFacts(BaseModel):
    """The hot water tank."""

    temp_c: float = Field(description="at half height, where the sensor is")
    upper_c: float
    lower_c: float
    charge_on: bool
    drawn_l_min: float
    opened_l_min: float = Field(description="by hand, beside the day's profile")


class WaterFacts(BaseModel):
    """The heating water."""

    pressure_bar: float
    lost_l: float
    leak_l_h: float


class Energy(BaseModel):
    """The house's energy since its start."""

    gas_kwh: float = Field(description="by its lower heating value")
    into_water_kwh: float
    gains_kwh: float
    outdoors_kwh: float
    tap_kwh: float
    stored_kwh: float = Field(description="now, counted from 0 °C")
    missing_kwh: float = Field(description="came, and neither went nor stayed; physics wants 0")


class Outdoor(BaseModel):
    """Around the house."""

    temp_c: float
    sun_w_m2: float
    held_c: float | None = Field(description="where a hand lets it go; null: the weather is its own")


class House(BaseModel):
    """The house as it is."""

    name: str
    time_s: float
    outdoor: Outdoor
    rooms: list[RoomFacts]
    boilers: list[BoilerFacts]
    circuits: list[CircuitFacts]
    tank: TankFacts | None
    water: WaterFacts
    energy: Energy
    gas_meter_m3: float
    gas_on: bool
    powered: bool = Field(description="the house has current")


class OutdoorChange(Request):
    """Have the outdoor air go to a temperature and stay there."""

    temp_c: Annotated[float, Field(ge=-60, le=60, allow_inf_nan=False)]
    over_s: Annotated[float, Field(ge=0, le=604_800, allow_inf_nan=False)] = Field(
        0.0, description="how long it takes, as a front that passes; 0: at once"
    )


class AirChange(Request):
    """Make a room's air so warm."""

    air_c: Annotated[float, Field(ge=-40, le=50, allow_inf_nan=False)]


class TankChange(Request):
    """Make the tank so warm all through."""

    temp_c: Annotated[float, Field(ge=1, le=95, allow_inf_nan=False)]


class Draw(Request):
    """Open a tap; 0 closes it."""

    flow_l_min: Annotated[float, Field(ge=0, le=24, allow_inf_nan=False)]


class PressureChange(Request):
    """Fill water up, or let it off, until the gauge shows this."""

    pressure_bar: Annotated[float, Field(ge=0.1, le=3.0, allow_inf_nan=False)]


class LockoutChange(Request):
    """Have the boiler lock out."""

    why: Literal["no_flame", "overheated"]


# -- faults

FaultName = Annotated[str, Field(max_length=40, json_schema_extra={"enum": list(FAULTS)})]


class MeasureFacts(BaseModel):
    """Of a fault's value."""

    unit: str
    low: float
    high: float


class FaultKindFacts(BaseModel):
    """What can go wrong."""

    fault: str
    what: str
    places: list[str] | None = Field(description="where; null: it has no place")
    value: MeasureFacts | None


class FaultRequest(Request):
    """Have something go wrong."""

    fault: FaultName = Field(examples=["sensor_cut"])
    place: Annotated[str, Field(max_length=64)] | None = Field(None, examples=["28-air"])
    value: Finite | None = None


class FaultFacts(BaseModel):
    """A fault that is there."""

    id: int
    fault: str
    what: str
    place: str | None
    value: float | None
    since_s: float = Field(description="after the controller's start")
