"""SIMCom SIM800 and SIM900 series (SIM800 Series AT Command Manual V1.09)."""

from at_commands.dialects.dialect import Dialect
from at_commands.dialects.generic import STANDARD_URCS

SIM800 = Dialect(
    name="sim800",
    models=(r"\bSIM(COM_SIM)?[89]\d\d",),
    # With automatic baud rate (IPR=0) none of these is printed; a restart then shows only as lost settings.
    boot_lines=frozenset({"RDY"}),
    # The maker's own spelling.
    power_down_lines=frozenset(
        {
            "NORMAL POWER DOWN",
            "UNDER-VOLTAGE POWER DOWN",
            "OVER-VOLTAGE POWER DOWN",
            "UNDER-VOLTAGE WARNNING",
            "OVER-VOLTAGE WARNNING",
        }
    ),
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
    sim_retries="AT+SPIC",
    has_sockets=True,
)
