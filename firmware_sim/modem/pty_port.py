"""A serial port of the emulated modem as a pseudo terminal that any serial program can open.

The modem holds the slave open, too, so that the terminal outlives its clients; inotify tells when they come
and go. Without a client nothing is written, and what a client left unread is discarded, so the next one
starts clean.
"""

import asyncio
import fcntl
import os
import termios
import tty
from pathlib import Path
from typing import Final

from firmware_sim.modem.ports import MAX_OUTPUT, Owner
from firmware_sim.modem.pty_watch import PtyWatch

READ_SIZE: Final = 65536

_RATES: Final = {
    value: int(name[1:])
    for name, value in vars(termios).items()
    if name[0] == "B" and name[1:].isdigit() and value
}


class PtyPort:
    """One pty with a symlink to it."""

    def __init__(self, owner: Owner, link_path: Path | None) -> None:
        self._owner = owner
        self._link_path = link_path
        self._master, self._slave = os.openpty()
        os.set_blocking(self._master, False)
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self._clients = 0
        self._output = bytearray()
        self._writing = False
        try:
            if link_path is not None:
                if link_path.is_symlink():  # left by a dead process
                    link_path.unlink()
                link_path.symlink_to(self.path)
            self._watch = PtyWatch.of_this_loop()
            self._watch_number = self._watch.add(self.path, self._client_moved)
        except OSError:
            os.close(self._master)
            os.close(self._slave)
            raise
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._master, self._readable)

    @property
    def url(self) -> str:
        """What a client opens."""
        return str(self._link_path) if self._link_path is not None else self.path

    @property
    def backlog(self) -> int:
        """Bytes that wait for the client."""
        return len(self._output)

    @property
    def clients(self) -> int:
        """Programs that have it open."""
        return self._clients

    @property
    def rate(self) -> int | None:
        """What the client has set; a pty itself does not mind."""
        return _RATES.get(termios.tcgetattr(self._slave)[5])

    def hold(self, on: bool) -> None:
        """Read no further for now, or again: the client's writes then wait in the kernel."""
        if on:
            self._loop.remove_reader(self._master)
        else:
            self._loop.add_reader(self._master, self._readable)

    def send(self, data: bytes) -> None:
        """To the client, if there is one; lost beyond ``MAX_OUTPUT``."""
        if self._clients > 0 and len(self._output) + len(data) <= MAX_OUTPUT:
            self._output += data
            self._write()

    async def close(self) -> None:
        """The terminal disappears, and its symlink."""
        self._loop.remove_reader(self._master)
        self._loop.remove_writer(self._master)
        self._watch.remove(self._watch_number)
        os.close(self._master)
        os.close(self._slave)
        path = self._link_path
        if path is not None and path.is_symlink() and str(path.readlink()) == self.path:
            path.unlink()

    def _readable(self) -> None:
        self._watch.look()  # whoever wrote this has opened it before
        try:
            data = os.read(self._master, READ_SIZE)
        except OSError:
            return
        if data:
            self._owner.bytes_in(self, data)

    def _client_moved(self, came: bool) -> None:
        if came:
            self._clients += 1
        else:
            self._clients = max(0, self._clients - 1)
            if self._clients == 0:
                self._clean_up()

    def _clean_up(self) -> None:
        """The last client is gone."""
        self._output.clear()
        self._stop_writing()
        termios.tcflush(self._slave, termios.TCIFLUSH)
        # its claim of exclusive use would outlive it, as we hold the slave open
        fcntl.ioctl(self._slave, termios.TIOCNXCL)
        tty.setraw(self._slave)
        self._owner.client_left(self)

    def _write(self) -> None:
        try:
            written = os.write(self._master, self._output)
        except BlockingIOError:
            written = 0
        del self._output[:written]
        if self._output and not self._writing:
            self._writing = True
            self._loop.add_writer(self._master, self._write)
        elif not self._output and self._writing:
            self._stop_writing()
            self._owner.port_drained(self)

    def _stop_writing(self) -> None:
        if self._writing:
            self._writing = False
            self._loop.remove_writer(self._master)
