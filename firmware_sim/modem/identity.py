"""Who the modem says it is, and that it is emulated."""

from collections.abc import Callable

from at_commands.codes import SIMULATOR_ANSWER
from firmware_sim.modem.commands import Command, Table
from firmware_sim.modem.device import Device
from firmware_sim.modem.outcomes import Outcome, info


class Identity:
    """Manufacturer, model, revision, IMEI, and the list of commands."""

    def __init__(self, device: Device, names: Callable[[], tuple[str, ...]]) -> None:
        self._device = device
        self._names = names
        who = device.personality

        def says(line: str) -> Command:
            return Command("", execute=lambda: info(line))

        manufacturer, model = says(who.manufacturer), says(who.model)
        revision, imei = says(f"Revision:{who.revision}"), says(device.imei)
        self.table: Table = {
            "+CGMI": manufacturer,
            "+GMI": manufacturer,
            "+CGMM": model,
            "+GMM": model,
            "+CGMR": revision,
            "+GMR": revision,
            "+CGSN": imei,
            "+GSN": imei,
            "+GOI": says(who.model.removeprefix("SIMCOM_")),
            "+GCAP": says("+GCAP: +FCLASS,+CGSM"),
            "+GSV": Command("", execute=self._gsv),
            "+CLAC": Command("", execute=lambda: info("\r\n".join(self._names()))),
            "%THERMOGATE": Command("", read=lambda: info(SIMULATOR_ANSWER)),
        }

    def reset(self) -> None:
        """Nothing volatile."""

    def _gsv(self) -> Outcome:
        who = self._device.personality
        return info(f"{who.manufacturer}\r\n{who.model}\r\nRevision:{who.revision}")
