"""SIMCom SIM800 and SIM900 series (SIM800 Series AT Command Manual V1.09)."""

from at_commands.dialects.dialect import Dialect, Form
from at_commands.dialects.generic import STANDARD_FORMS, STANDARD_URCS
from at_commands.dialects.sim800_sockets import FORMS as SOCKET_FORMS
from at_commands.dialects.sim800_sockets import Sim800Sockets

GOODBYE = "NORMAL POWER DOWN"

SIM800 = Dialect(
    name="sim800",
    models=(r"\bSIM(COM_SIM)?[89]\d\d",),
    # With automatic baud rate (IPR=0) none of these is printed; a restart then shows only as lost settings.
    boot_lines=frozenset({"RDY"}),
    power_down_lines=frozenset({GOODBYE}),
    urcs=(
        *STANDARD_URCS,
        "Call Ready",
        "SMS Ready",
        "+CIPRXGET: 1",
        "+PDP: DEACT",
        "+SAPBR",
        "+CMTE:",
        "+CTZV:",
        "*PSNWID:",
        "*PSUTTZ:",
        "DST:",
        "+CIEV:",
        "CLOSED",
    ),
    forms={
        **STANDARD_FORMS,
        **SOCKET_FORMS,
        "+CPOWD": Form(success=lambda line: line == GOODBYE, restarts=True),
        "+SAPBR": Form(85.0),
    },
    sim_retries="AT+SPIC",
    sockets=Sim800Sockets(),
    power_off="AT+CPOWD=1",
)
