"""Neoway M590 and its kin (Neoway M590 AT Command Sets V3.0). What it receives it prints unasked, within a line."""

import re
from typing import Final

from at_commands.dialects.dialect import Dialect, Form
from at_commands.dialects.generic import STANDARD_FORMS, STANDARD_URCS
from at_commands.dialects.neoway_sockets import FORMS as SOCKET_FORMS
from at_commands.dialects.neoway_sockets import URCS as SOCKET_URCS
from at_commands.dialects.neoway_sockets import NeowaySockets

NEOWAY: Final = Dialect(
    name="neoway",
    models=(r"\bM590", r"^NEOWAY"),
    boot_lines=frozenset({"MODEM:STARTUP"}),
    urcs=(*STANDARD_URCS, *SOCKET_URCS, "+PBREADY"),
    forms={
        **STANDARD_FORMS,
        **SOCKET_FORMS,
        "+CPWROFF": Form(10.0, restarts=True),
        "+CFUN=15": Form(20.0, restarts=True),
    },
    pushed=re.compile(rb"\+TCPRECV:\d,(\d+),"),
    sockets=NeowaySockets(),
    power_off="AT+CPWROFF",
)
