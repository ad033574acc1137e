"""What the parameters of faults are made of: durations, chances, counts, the time they are active."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

DAY_S = 86_400.0


class Seconds:
    """Marks a number of seconds: the text form takes it as `200ms`, `30s`, `2m` or `1h`."""


Duration = Annotated[float, Field(ge=0, le=31 * DAY_S, allow_inf_nan=False), Seconds()]
Chance = Annotated[float, Field(ge=1e-9, le=1, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Text = Annotated[str, Field(max_length=500, pattern=r"^[ -~]*$")]
"""Printable ASCII: what a modem may say on a line."""
Direction = Literal["tx", "rx", "both"]
Domain = Literal["cs", "ps"]


def _name_is_required(schema: JsonDict) -> None:
    """The name tells the faults apart, so it has to be there though it has but one value."""
    schema["required"] = ["fault"]


class Active(BaseModel):
    """When a fault is there at all."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", populate_by_name=True, json_schema_extra=_name_is_required
    )

    at_s: Duration = Field(0.0, alias="at", description="begins this long after it was added")


class Window(Active):
    """A fault that ends."""

    for_s: Duration | None = Field(None, alias="for", description="lasts so long (else until it is removed)")


class Counted(BaseModel):
    """Which of its opportunities a fault takes: of those behind the first `after`, each `every`-th, with chance
    `p`, `times` in all.
    """

    p: Chance = Field(1.0, description="chance at each opportunity")
    every: Count = Field(1, description="only each n-th opportunity")
    after: int = Field(0, ge=0, le=1_000_000_000, description="not at the first n opportunities")
    times: Count | None = Field(None, description="so often at most")


class OfCommands(BaseModel):
    """A fault whose opportunities are command lines."""

    command: Text = Field("", description="only lines with this text in them, as +CSQ")
