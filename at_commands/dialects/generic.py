"""A modem that follows 3GPP TS 27.007 and 27.005 and of which nothing else is known."""

from at_commands.dialects.dialect import Dialect

STANDARD_URCS = (
    "+CREG:",
    "+CGREG:",
    "+CEREG:",
    "+CMTI:",
    "+CMT:",
    "+CDSI:",
    "+CDS:",
    "+CBM:",
    "+CUSD:",
    "+CRING:",
    "+CLIP:",
    "+CCWA:",
    "+CGEV:",
    "+CPIN:",
    "+CFUN:",
    "RING",
    "NO CARRIER",
)

GENERIC = Dialect(
    name="generic",
    # Boot lines of the common families: before identification any of them may be on the line.
    boot_lines=frozenset({"RDY", "*ATREADY: 1", "MODEM:STARTUP"}),
    power_down_lines=frozenset({"NORMAL POWER DOWN", "POWERED DOWN"}),
    urcs=STANDARD_URCS,
)
