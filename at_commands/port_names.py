"""Names of a serial port that outlive its being unplugged (Linux).

A USB modem that restarts comes back as the next free `/dev/ttyUSBn`, and its old name may by then be another modem's.
udev keeps two kinds of symbolic links that follow the device:

    /dev/serial/by-id/…     by maker, model and serial number; wherever it is plugged in
    /dev/serial/by-path/…   by the socket that it is plugged into

Adapters without a serial number share one name by-id, and it belongs to whichever came last. That shows as a port that
is listed by path and not by id, and then the path is what can be trusted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

SERIAL_DIRECTORY: Final = Path("/dev/serial")


class PortName:
    """One port, followed from name to name: ask `current` each time before opening it.

    The lasting name is learned as soon as the port is there. From then on only that one counts: what has taken over the
    old name is another device.

    Args:
        url: any link URL; those that are no path stay as they are.
        directory: where udev keeps `by-id` and `by-path`.
    """

    def __init__(self, url: str, *, directory: Path = SERIAL_DIRECTORY) -> None:
        self.url = url
        self._directory = directory
        self._learned: str | None = url if "://" in url else None

    def current(self) -> str:
        """What to open now."""
        if self._learned is None and Path(self.url).exists():
            self._learned = lasting_name(self.url, directory=self._directory)
        return self._learned or self.url


def lasting_name(path: str, *, directory: Path = SERIAL_DIRECTORY) -> str:
    """The name that follows the device which `path` is now: by-id, else by-path, else `path` itself.

    A name that udev made is kept as it was given: who chose by-path meant the socket.
    """
    given = Path(path)
    by_id, by_path = _links(directory / "by-id"), _links(directory / "by-path")
    if given.absolute() in {*by_id, *by_path}:
        return path
    device = given.resolve()
    unnamed = {target for name, target in by_path.items() if "usb" in name.name} - set(by_id.values())
    for links in (by_path, by_id) if unnamed else (by_id, by_path):
        for name, target in sorted(links.items()):
            if target == device:
                return str(name)
    return path


def _links(directory: Path) -> dict[Path, Path]:
    """Each link of the directory and the device it leads to; links to what is gone lead nowhere."""
    try:
        names = [name.absolute() for name in directory.iterdir()]
    except OSError:
        return {}
    return {name: name.resolve() for name in names if name.exists()}
