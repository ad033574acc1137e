"""What was injected when: to be read back, and to be done again.

A strike is known by its number in its stream (the 1042nd byte that the modem said, the 17th command line), so
that the same input meets the same faults whatever the time of day; faults of time are known by their time.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from firmware_sim.faults.errors import FaultSpecError, Wrong
from firmware_sim.faults.model import Fault

MAX_STRIKES = 10_000
"""Strikes kept; the oldest go first."""
MAX_RECORD_BYTES = 8 * 1024 * 1024

Stream = Literal["tx", "rx", "commands", "time"]


class Strike(BaseModel):
    """One injection.

    Attributes:
        id: Of its fault.
        stream: Bytes said, bytes heard, command lines, time.
        n: Number in the stream, from 0. In time: which of the fault's own steps.
        at_s: Seconds after the injector began.
        choice: What chance decided: a bit's number, a byte.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    id: int
    stream: Stream
    n: Annotated[int, Field(ge=0)]
    at_s: Annotated[float, Field(allow_inf_nan=False)]
    choice: int = 0


class Recorded(BaseModel):
    """A fault of a record, whether it is still there or not."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    id: int
    fault: Fault


class Record(BaseModel):
    """All of it. ``forgotten`` strikes were too old to be kept; a record that lacks some cannot be replayed."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    format: Literal["thermogate-faults-1"] = "thermogate-faults-1"
    seed: int
    faults: tuple[Recorded, ...] = Field(strict=False)
    strikes: tuple[Strike, ...] = Field(strict=False)
    forgotten: int = 0

    def replayable(self, place: str) -> "Record":
        """Itself.

        Raises:
            FaultSpecError: Its beginning is missing.
        """
        if self.forgotten:
            raise FaultSpecError(
                Wrong.RECORD,
                place,
                f"its first {self.forgotten} strikes are missing",
                f"record at most {MAX_STRIKES} strikes: a shorter run, or a smaller chance",
            )
        return self


def read_record(path: Path) -> Record:
    """A record from a file.

    Raises:
        FaultSpecError: It cannot be read, or is none.
    """
    way_out = "give a file made by --fault-record or by the control API"
    try:
        with path.open("rb") as file:
            text = file.read(MAX_RECORD_BYTES + 1)
    except OSError as error:
        raise FaultSpecError(Wrong.RECORD, str(path), error.strerror or str(error), way_out) from None
    if len(text) > MAX_RECORD_BYTES:
        raise FaultSpecError(Wrong.RECORD, str(path), f"more than {MAX_RECORD_BYTES} bytes", way_out)
    try:
        return Record.model_validate_json(text).replayable(str(path))
    except ValidationError as invalid:
        first = invalid.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise FaultSpecError(
            Wrong.RECORD, str(path), f"{where}: {first['msg']}" if where else first["msg"], way_out
        ) from None
