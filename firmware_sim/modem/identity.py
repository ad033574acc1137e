"""Who the modem says it is, and that it is emulated."""

from collections.abc import Callable
from typing import ClassVar

from at_commands.codes import SIMULATOR_ANSWER
from firmware_sim.modem.commands import Command, Table
from firmware_sim.modem.device import Device
from firmware_sim.modem.outcomes import Outcome, info


class Identity:
    """Manufacturer, model, revision, IMEI, and the list of commands."""

    def __init__(self, device: Device, names: Callable[[], tuple[str, ...]]) -> None:
        self.device = device
        self._names = names

    def reset(self) -> None:
        """Nothing volatile."""

    def _clac(self) -> Outcome:
        return info("\r\n".join(self._names()))

    table: ClassVar[Table["Identity"]] = {
        **dict.fromkeys(
            ("+CGMI", "+GMI"), Command("", execute=lambda f: info(f.device.personality.manufacturer))
        ),
        **dict.fromkeys(("+CGMM", "+GMM"), Command("", execute=lambda f: info(f.device.personality.model))),
        **dict.fromkeys(
            ("+CGMR", "+GMR"), Command("", execute=lambda f: info(f.device.personality.revision))
        ),
        **dict.fromkeys(("+CGSN", "+GSN"), Command("", execute=lambda f: info(f.device.imei))),
        "+GCAP": Command("", execute=lambda f: info("+GCAP: +FCLASS,+CGSM")),
        "+CLAC": Command("", execute=_clac),
        "%THERMOGATE": Command("", read=lambda f: info(SIMULATOR_ANSWER)),
    }
