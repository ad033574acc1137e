"""Quectel's modules: M66 and its GSM kin (M66 AT Commands Manual V1.1), EC25 and its LTE kin (EC2x&EG9x AT Commands
Manual V2.0). Beyond the standard the two generations have little in common but the letter Q.
"""

from typing import Final

from at_commands.dialects.dialect import Dialect, Form
from at_commands.dialects.generic import STANDARD_FORMS, STANDARD_URCS
from at_commands.dialects.quectel_2g_sockets import FORMS as GSM_FORMS
from at_commands.dialects.quectel_2g_sockets import URCS as GSM_URCS
from at_commands.dialects.quectel_2g_sockets import Quectel2gSockets
from at_commands.dialects.quectel_lte_sockets import FORMS as LTE_FORMS
from at_commands.dialects.quectel_lte_sockets import URCS as LTE_URCS
from at_commands.dialects.quectel_lte_sockets import QuectelLteSockets

GOODBYE: Final = "NORMAL POWER DOWN"

M66: Final = Dialect(
    name="m66",
    models=(r"^QUECTEL.*[ _](M\d\d|MC\d\d)",),
    # With automatic baud rate (IPR=0) none of these is printed; a restart then shows only as lost settings.
    boot_lines=frozenset({"RDY"}),
    power_down_lines=frozenset({GOODBYE}),
    urcs=(
        *STANDARD_URCS,
        *GSM_URCS,
        "Call Ready",
        "SMS Ready",
        "+QNITZ:",
        "+QSIMSTAT:",
        "+CTZV:",
        "+QNTP:",
    ),
    forms={
        **STANDARD_FORMS,
        **GSM_FORMS,
        "+QPOWD": Form(10.0, success=lambda line: line == GOODBYE, restarts=True),
    },
    sim_retries="AT+QTRPIN",
    sockets=Quectel2gSockets(),
    iccid="AT+QCCID",
    power_off="AT+QPOWD=1",
)

EC25: Final = Dialect(
    name="ec25",
    models=(r"^QUECTEL.*\b(EC[12]\d|EG[1279]\d|UC[12]\d|BG[679]\d)",),
    boot_lines=frozenset({"RDY"}),
    power_down_lines=frozenset({"POWERED DOWN"}),
    urcs=(
        *STANDARD_URCS,
        *LTE_URCS,
        "+QUSIM:",
        "+QIND:",
        "+QUSIMSTAT:",
        "+QSIMSTAT:",
        "+QNITZ:",
        "+CTZV:",
        "+CTZE:",
        "+CTZU:",
        "+QMTRECV:",
        "+QMTSTAT:",
        "+QPING:",
        "+QNTP:",
    ),
    forms={
        **STANDARD_FORMS,
        **LTE_FORMS,
        "+QPOWD": Form(10.0, restarts=True),
    },
    sim_retries="AT+QPINC?",
    sockets=QuectelLteSockets(),
    packet_domain="CEREG",
    iccid="AT+QCCID",
    power_off="AT+QPOWD=1",
)
