"""A serial port of the emulated modem as a pseudo terminal that any serial program can open.

The modem holds the slave open, too, so that the terminal outlives its clients; inotify tells when they come
and go. Without a client nothing is written, and what a client left unread is discarded, so the next one
starts clean.
"""

import asyncio
import ctypes
import fcntl
import os
import struct
import termios
import tty
from pathlib import Path
from typing import Final

from firmware_sim.modem.ports import MAX_OUTPUT, Owner

READ_SIZE: Final = 65536
_IN_OPEN: Final = 0x20  # linux/inotify.h
_IN_CLOSE: Final = 0x08 | 0x10
_EVENT: Final = struct.Struct("iIII")  # wd, mask, cookie, len


class PtyPort:
    """One pty with a symlink to it."""

    def __init__(self, owner: Owner, link_path: Path | None) -> None:
        self._owner = owner
        self._link_path = link_path
        self._master, self._slave = os.openpty()
        os.set_blocking(self._master, False)
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self._watch = _watch(self.path)
        self._clients = 0
        self._output = bytearray()
        self._writing = False
        try:
            if link_path is not None:
                if link_path.is_symlink():  # left by a dead process
                    link_path.unlink()
                link_path.symlink_to(self.path)
        except OSError:
            for fd in (self._master, self._slave, self._watch):
                os.close(fd)
            raise
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._master, self._readable)
        self._loop.add_reader(self._watch, self._watch_readable)

    @property
    def url(self) -> str:
        """What a client opens."""
        return str(self._link_path) if self._link_path is not None else self.path

    @property
    def backlog(self) -> int:
        """Bytes that wait for the client."""
        return len(self._output)

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
        self._loop.remove_reader(self._watch)
        self._loop.remove_writer(self._master)
        for fd in (self._master, self._slave, self._watch):
            os.close(fd)
        path = self._link_path
        if path is not None and path.is_symlink() and str(path.readlink()) == self.path:
            path.unlink()

    def _readable(self) -> None:
        self._watch_readable()  # whoever wrote this has opened it before
        try:
            data = os.read(self._master, READ_SIZE)
        except OSError:
            return
        if data:
            self._owner.bytes_in(self, data)

    def _watch_readable(self) -> None:
        try:
            events = os.read(self._watch, 4096)
        except BlockingIOError:
            return
        at = 0
        while at < len(events):
            _, mask, _, length = _EVENT.unpack_from(events, at)
            at += _EVENT.size + length
            if mask & _IN_OPEN:
                self._clients += 1
            elif mask & _IN_CLOSE:
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


def _watch(path: str) -> int:
    """An inotify descriptor that tells of opening and closing."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = int(libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
    if fd < 0:
        raise OSError(ctypes.get_errno(), "inotify_init1")
    if libc.inotify_add_watch(fd, path.encode(), _IN_OPEN | _IN_CLOSE) < 0:
        error = ctypes.get_errno()
        os.close(fd)
        raise OSError(error, f"inotify_add_watch {path}")
    return fd
