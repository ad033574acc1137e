"""What differs from one modem family to the next, as tables for both ends."""

from at_commands.dialects.dialect import Dialect
from at_commands.dialects.generic import GENERIC
from at_commands.dialects.neoway import NEOWAY
from at_commands.dialects.quectel import EC25, M66
from at_commands.dialects.sim800 import SIM800
from at_commands.dialects.simcom_lte import A7670, SIM7600

DIALECTS: tuple[Dialect, ...] = (SIM800, SIM7600, A7670, NEOWAY, EC25, M66)


def recognise(manufacturer: str, model: str) -> Dialect:
    """The dialect of a modem by what it says of itself (+CGMI, +CGMM); GENERIC if no family claims it."""
    for dialect in DIALECTS:
        if dialect.claims(manufacturer, model):
            return dialect
    return GENERIC


__all__ = [
    "A7670",
    "DIALECTS",
    "EC25",
    "GENERIC",
    "M66",
    "NEOWAY",
    "SIM800",
    "SIM7600",
    "Dialect",
    "recognise",
]
