"""`--fault` of `thermogate sim modem`: specs, and records to be repeated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from firmware_sim.faults import parse_fault
from firmware_sim.faults.errors import FaultSpecError
from firmware_sim.faults.record import Record, read_record
from gateway.cli.frame import MistakeError

if TYPE_CHECKING:
    from firmware_sim.faults.model import Fault
    from firmware_sim.modem import EmulatedModem

REPLAY: Final = "replay:"


@dataclass(frozen=True)
class Faults:
    """What is to go wrong from the beginning."""

    specs: tuple[Fault, ...] = ()
    records: tuple[Record, ...] = ()

    def put_into(self, modem: EmulatedModem) -> None:
        """Before the first client, so that a record meets the same input. Raises FaultSpecError: too many."""
        for record in self.records:
            modem.replay_faults(record)
        for fault in self.specs:
            modem.add_fault(fault)


def read_faults(specs: Sequence[str]) -> Faults:
    """The faults of a command line. Raises MistakeError."""
    faults: list[Fault] = []
    records: list[Record] = []
    for spec in specs:
        try:
            if spec.startswith(REPLAY):
                records.append(read_record(Path(spec.removeprefix(REPLAY))))
            else:
                faults.append(parse_fault(spec))
        except FaultSpecError as error:
            raise MistakeError(
                "--fault",
                en=f"{error}; --fault help lists all",
                ru=f"{error}; полный список: --fault help",
            ) from None
    return Faults(tuple(faults), tuple(records))
