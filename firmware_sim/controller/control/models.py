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
