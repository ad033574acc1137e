"""Bodies of the control API that are about the house, with units in their names."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from firmware_sim.controller.control.models import Request


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
