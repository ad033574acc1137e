"""Finds the serial ports and asks each who answers there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from serial.tools.list_ports import comports

from at_commands.errors import AtError, NoAnswerError
from at_commands.port_names import lasting_name
from gateway.cli.failures import explain_failure
from gateway.cli.output import Json, Language, explanation_json
from gateway.modem import Modem

if TYPE_CHECKING:
    from gateway.modem_facts import ModemIdentity
    from provisioning.explanations import Explanation

PROBE_TIMEOUT_S: Final = 15.0
"""For everything that is asked of one port."""


@dataclass(frozen=True)
class FoundPort:
    """A port, its name on the bus, and what answers: a modem, or why none does; neither if not asked.

    `lasting_name` follows the device to another `url`; None: there is none, or `url` is it.
    """

    url: str
    lasting_name: str | None = None
    description: str | None = None
    manufacturer: str | None = None
    serial_number: str | None = None
    vid_pid: str | None = None
    modem: ModemIdentity | None = None
    problem: Explanation | None = None

    def as_json(self, lang: Language) -> dict[str, Json]:
        """For programs."""
        modem: dict[str, Json] | None = None
        if self.modem is not None:
            modem = {
                "manufacturer": self.modem.manufacturer,
                "model": self.modem.model,
                "revision": self.modem.revision,
                "imei": self.modem.imei,
                "simulated": self.modem.simulated,
            }
        return {
            "url": self.url,
            "lasting_name": self.lasting_name,
            "description": self.description,
            "manufacturer": self.manufacturer,
            "serial_number": self.serial_number,
            "vid_pid": self.vid_pid,
            "modem": modem,
            "problem": None if self.problem is None else explanation_json(self.problem, lang),
        }

    def lines(self, lang: Language) -> list[str]:
        """For people."""
        usb = "  ".join(each for each in (self.description, self.vid_pid, self.serial_number) if each)
        lines = [f"{self.url}  {usb}".rstrip()]
        if self.lasting_name is not None:
            advice = "лучше указывать" if lang == "ru" else "better call it"
            lines.append(f"    {advice} {self.lasting_name}")
        if self.modem is not None:
            kind = "модем" if lang == "ru" else "modem"
            if self.modem.simulated:
                kind = "СИМУЛЯТОР модема" if lang == "ru" else "SIMULATED modem"
            lines.append(f"    {kind}: {self.modem.manufacturer} {self.modem.model}, IMEI {self.modem.imei}")
        elif self.problem is not None:
            lines.append(f"    {self.problem.what.in_(lang)}")
        return lines


async def scan(further: list[str], *, probe: bool, baudrate: int) -> list[FoundPort]:
    """List the serial ports of this machine and the `further` URLs; with `probe` ask each for its name."""
    listed = await asyncio.to_thread(_listed)
    known = {port.url for port in listed}
    ports = listed + [FoundPort(url) for url in further if url not in known]
    if not probe:
        return ports
    return list(await asyncio.gather(*(_probe(port, baudrate) for port in ports)))


def _listed() -> list[FoundPort]:
    # The built-in UARTs of a PC board show up by the dozen; without a hardware id nothing is behind them.
    return [
        FoundPort(
            url=port.device,
            lasting_name=_other_name(port.device),
            description=port.description if port.description != "n/a" else None,
            manufacturer=port.manufacturer,
            serial_number=port.serial_number,
            vid_pid=None if port.vid is None else f"{port.vid:04x}:{port.pid or 0:04x}",
        )
        for port in sorted(comports())
        if port.hwid != "n/a"
    ]


def _other_name(device: str) -> str | None:
    """The name to write into a configuration, where that is not the one of today."""
    lasting = lasting_name(device)
    return None if lasting == device else lasting


async def _probe(port: FoundPort, baudrate: int) -> FoundPort:
    modem = Modem.at(port.url, baudrate=baudrate, recovers_after=None)
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            identity = await modem.open()
    except TimeoutError:
        return replace(port, problem=explain_failure(NoAnswerError(port.url))[0])
    except AtError as error:
        return replace(port, problem=explain_failure(error)[0])
    finally:
        await modem.close()
    return replace(port, modem=identity)
