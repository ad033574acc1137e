"""Settings of voice and circuit-switched calls and of supplementary services.

3GPP TS 27.007 clauses 6 and 7, 8.3 to 8.24; T.31 for ``+FCLASS``. Settings are checked, kept and read back, questions
to the network about services get the answer of a subscriber who has none on; the calls are in ``voice_calls``. Dialers
and daemons send them before they look at anything else, and stop at an ``ERROR``.
"""

from typing import ClassVar

from firmware_sim.modem.commands import Arguments, Command, OnDevice, Table
from firmware_sim.modem.device import Device
from firmware_sim.modem.number_settings import numbers, written
from firmware_sim.modem.outcomes import CmeRefusedError, Outcome, info

NOT_ALLOWED = 3
_ON_OFF = (0, 1)
_QUERY = 2
_ALL_CLASSES = 7  # voice, data, fax: 27.007 7.11


def _shown(name: str, choices: int, *, provisioned: int = 0) -> Command[OnDevice]:
    """Whose number is shown: our wish, and what the network provides."""

    def read(feature: OnDevice) -> Outcome:
        return info(f"{name}: {feature.device.remembered.get(name, '0')},{provisioned}")

    def keep(feature: OnDevice, arguments: Arguments) -> Outcome:
        feature.device.remembered[name] = str(arguments.number(0, 0, allowed=range(choices)))
        return info()

    return Command(written(range(choices)), read, keep)


class CallSettings:
    """What a modem can be asked about calls, whether it has one or not."""

    def __init__(self, device: Device) -> None:
        self.device = device

    def reset(self) -> None:
        """Its values live with the device."""

    def _waiting(self, arguments: Arguments) -> Outcome:
        """``+CCWA``: n, mode, class."""
        shown = self.device.remembered.get("+CCWA", "0")
        self.device.remembered["+CCWA"] = str(arguments.number(0, int(shown), allowed=range(2)))
        if len(arguments) < 2:
            return info()
        mode = arguments.number(1, allowed=range(3))
        classes = arguments.number(2, _ALL_CLASSES, allowed=range(256))
        self.device.ready_card()
        return info(f"+CCWA: 0,{classes}") if mode == _QUERY else info()

    def _forwarding(self, arguments: Arguments) -> Outcome:
        """``+CCFC``: reason, mode, number, type, class."""
        arguments.number(0, allowed=range(6))
        mode = arguments.number(1, allowed=range(5))
        self.device.ready_card()
        return info(f"+CCFC: 0,{_ALL_CLASSES}") if mode == _QUERY else info()

    def _no_call(self, _: Arguments) -> Outcome:
        raise CmeRefusedError(NOT_ALLOWED)

    table: ClassVar[Table["CallSettings"]] = {
        "+CLIP": _shown("+CLIP", 2, provisioned=1),
        "+CLIR": _shown("+CLIR", 3),
        "+COLP": _shown("+COLP", 2),
        "+CDIP": _shown("+CDIP", 2),
        "+CNAP": _shown("+CNAP", 2),
        "+CCWA": Command(
            "(0,1)", lambda f: info(f"+CCWA: {f.device.remembered.get('+CCWA', '0')}"), _waiting
        ),
        "+CCFC": Command("(0-5)", None, _forwarding),
        "+CHLD": Command("(0,1,1x,2,2x,3,4)", None, _no_call),
        "+VTS": Command("(0-9,A-D,*,#),(1-255)", None, _no_call),
        "+FCLASS": numbers("+FCLASS", (0,), start=(0,), bare=True),
        "+CBST": numbers("+CBST", (*range(8), 12, 14, *range(64, 72), 75), (0,), range(4), start=(7, 0, 1)),
        "+CRLP": numbers(
            "+CRLP", range(62), range(62), range(39, 256), range(1, 256), start=(61, 61, 128, 6)
        ),
        "+CR": numbers("+CR", _ON_OFF, start=(0,)),
        "+CRC": numbers("+CRC", _ON_OFF, start=(0,)),
        "+CSTA": numbers("+CSTA", (129, 145, 161), start=(129,)),
        "+CSSN": numbers("+CSSN", _ON_OFF, _ON_OFF, start=(0, 0)),
        "+CSNS": numbers("+CSNS", range(8), start=(0,)),
        "+CVHU": numbers("+CVHU", range(3), start=(0,)),
        "+CMOD": numbers("+CMOD", range(4), start=(0,)),
        "+CALM": numbers("+CALM", _ON_OFF, start=(0,)),
        "+CRSL": numbers("+CRSL", range(101), start=(60,)),
        "+CLVL": numbers("+CLVL", range(101), start=(60,)),
        "+CMUT": numbers("+CMUT", _ON_OFF, start=(0,)),
        "+CCWE": numbers("+CCWE", _ON_OFF, start=(0,)),
        "+VTD": numbers("+VTD", range(1, 256), start=(1,)),
    }
