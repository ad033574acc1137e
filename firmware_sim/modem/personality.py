"""What a product says about itself."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Personality:
    """Texts and limits of one product.

    Attributes:
        information: ``ATI``.
        unknown_command_cme: What an unknown command gives with ``+CMEE`` on; ``None`` is a plain ``ERROR``.
    """

    manufacturer: str
    model: str
    revision: str
    information: tuple[str, ...]
    unknown_command_cme: int | None


# As the real product answers (SIM800 Series AT Command Manual V1.09).
SIM800C = Personality(
    manufacturer="SIMCOM_Ltd",
    model="SIMCOM_SIM800C",
    revision="1418B04SIM800C24",
    information=("SIM800 R14.18",),
    unknown_command_cme=58,
)

PERSONALITIES: Mapping[str, Personality] = {"sim800c": SIM800C}
