"""Faults of the emulated modem: one declarative form, seeded, replayable. See ``model`` and ``injector``."""

from firmware_sim.faults.errors import FaultSpecError, Wrong
from firmware_sim.faults.happenings import Fate, Happening
from firmware_sim.faults.injector import Injector
from firmware_sim.faults.record import Record, read_record
from firmware_sim.faults.text import fault_table, format_fault, parse_fault

__all__ = [
    "Fate",
    "FaultSpecError",
    "Happening",
    "Injector",
    "Record",
    "Wrong",
    "fault_table",
    "format_fault",
    "parse_fault",
    "read_record",
]
