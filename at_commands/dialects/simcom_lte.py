"""SIMCom's LTE modules: SIM7500/SIM7600 (SIM7500_SIM7600 Series AT Command Manual V2.00) and A7600/A7670 (A76XX Series
AT Command Manual). They differ in what they print at start and in the results that A76XX spells out.
"""

from dataclasses import replace
from typing import Final

from at_commands.dialects.dialect import Dialect, Form
from at_commands.dialects.generic import STANDARD_FORMS, STANDARD_URCS
from at_commands.dialects.simcom_lte_sockets import FORMS as SOCKET_FORMS
from at_commands.dialects.simcom_lte_sockets import URCS as SOCKET_URCS
from at_commands.dialects.simcom_lte_sockets import SimcomLteSockets

SIM7600: Final = Dialect(
    name="sim7600",
    models=(r"\bSIM(COM_SIM)?7[56]\d\d",),
    boot_lines=frozenset({"RDY", "START"}),
    power_down_lines=frozenset({"NORMAL POWER DOWN"}),
    urcs=(
        *STANDARD_URCS,
        *SOCKET_URCS,
        "SMS DONE",
        "PB DONE",
        "+STIN:",
        "+SIMCARD:",
        "+NITZ",
        "+CTZV:",
        "+CTZE:",
        "+CPSI:",
        "+VOLTE:",
        # The maker's own spelling.
        "UNDER-VOLTAGE WARNNING",
        "OVER-VOLTAGE WARNNING",
        "+CMTE:",
    ),
    forms={
        **STANDARD_FORMS,
        **SOCKET_FORMS,
        "+CPOF": Form(10.0, restarts=True),
        "+CRESET": Form(10.0, restarts=True),
    },
    sim_retries="AT+SPIC",
    sockets=SimcomLteSockets(),
    packet_domain="CEREG",
    iccid="AT+CICCID",
    power_off="AT+CPOF",
)

A7670: Final = replace(
    SIM7600,
    name="a7670",
    models=(r"\bA76[0-9][0-9]", r"\bSIM767\d"),
    boot_lines=frozenset({"*ATREADY: 1", "*ATREADY:1"}),
)
