"""A modem that follows 3GPP TS 27.007 and 27.005 and of which nothing else is known."""

from typing import Final

from at_commands.dialects.dialect import Dialect, Form

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
    "BUSY",
    "NO ANSWER",
    "^",  # one maker's sign for what it says unasked; some of its modems never stop
)

STANDARD_FORMS: Final = {
    # Maximum response times by the makers' manuals, where they are longer than the usual.
    "+CPIN": Form(20.0),
    "+CRSM": Form(15.0),
    "+CSIM": Form(15.0),
    "+CFUN": Form(20.0),
    "+CFUN=1,1": Form(20.0, restarts=True),
    "+COPS": Form(120.0),
    "+COPS=?": Form(180.0),
    "+CMGS": Form(60.0),
    "+CMGL": Form(20.0),
    "+CMGD": Form(25.0),
    "+CUSD": Form(30.0),
    "+CGATT": Form(75.0),
    "+CGACT": Form(150.0),
    "D": Form(60.0, failures=("NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE")),
}

GENERIC = Dialect(
    name="generic",
    # Boot lines of the common families: before identification any of them may be on the line.
    boot_lines=frozenset({"RDY", "*ATREADY: 1", "MODEM:STARTUP"}),
    power_down_lines=frozenset({"NORMAL POWER DOWN", "POWERED DOWN"}),
    urcs=STANDARD_URCS,
    forms=STANDARD_FORMS,
    sim_retries="AT+CPINR",
)
