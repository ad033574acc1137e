"""The file that a controller's configuration lives in: it follows what is changed at run time.

The file is replaced as a whole, so that a power cut leaves the old one or the new one. Changes that come while one is
being written are written together afterwards.
"""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
from pathlib import Path
from typing import Final

from firmware_sim.controller.firmware import Firmware
from provisioning.zont.config_text import ConfigText

log: Final = logging.getLogger(__name__)

RETRY_S: Final = 5.0
"""A disk that is full now may have room later."""


def read_config(path: Path) -> ConfigText | None:
    """What the file holds; None: there is none. Raises OSError."""
    try:
        return ConfigText.parse(path.read_bytes())
    except FileNotFoundError:
        return None


def write_config(path: Path, data: bytes) -> None:
    """Replace the file. Raises OSError; then it is as it was."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class ConfigFile:
    """Keeps a file as a firmware's configuration is.

    Args:
        path: of the file; its directory must be there.
    """

    def __init__(self, firmware: Firmware, path: Path) -> None:
        self._firmware = firmware
        self._path = path
        self._changed = asyncio.Event()
        firmware.config_changed = self._changed.set

    async def run(self) -> None:
        """Until cancelled; what has changed by then is written before it ends."""
        writing: asyncio.Future[bool] | None = None
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                writing = asyncio.ensure_future(self._write())
                if not await asyncio.shield(writing):
                    self._changed.set()
                    await asyncio.sleep(RETRY_S)
        finally:
            self._firmware.config_changed = lambda: None
            # An older text must not be the last one to arrive.
            if writing is not None:
                await writing
            if self._changed.is_set():
                await self._write()

    async def _write(self) -> bool:
        data = self._firmware.config.to_bytes()
        try:
            await asyncio.to_thread(write_config, self._path, data)
        except OSError as error:
            log.warning("SIMULATOR: %s is not written: %s", self._path, error)
            return False
        return True
