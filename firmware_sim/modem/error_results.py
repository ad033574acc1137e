"""Refusals and causes as text, from the tables which the client reads them with."""

from typing import Literal

from at_commands.codes import CME, CMS, MM_CAUSES, SM_CAUSES


def cme_error(code: int, cmee: int) -> str:
    """``+CME ERROR`` as ``+CMEE`` wants it (3GPP TS 27.007 9.1)."""
    if cmee == 0:
        return "ERROR"
    name = CME[code].name if cmee == 2 and code in CME else str(code)
    return f"+CME ERROR: {name}"


def cms_error(code: int, cmee: int) -> str:
    """``+CMS ERROR`` (3GPP TS 27.005 3.2.5): numeric even with ``+CMEE=0``."""
    name = CMS[code].name if cmee == 2 and code in CMS else str(code)
    return f"+CMS ERROR: {name}"


def cause_text(layer: Literal["mm", "sm"], cause: int) -> str:
    """The cause's name for ``+CEER``."""
    table = MM_CAUSES if layer == "mm" else SM_CAUSES
    return table[cause].name if cause in table else f"Cause {cause}"
