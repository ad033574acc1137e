"""A tty as an asyncio transport: serialx opens, locks and configures the port, this moves the bytes.

serialx's own transport costs more than half as much again for a short exchange (`benchmarks/at_client.py`): a buffer of
256 KiB for each read, and debug logging on every step.
"""

from __future__ import annotations

import asyncio
import errno
import os
from typing import Final

from serialx import BaseSerial

READ_SIZE: Final = 4096
"""The kernel's tty buffer holds no more."""

HIGH_WATER: Final = 1 << 16
LOW_WATER: Final = 1 << 14
"""Unsent bytes at which the writer is paused, and resumed."""


class TtyTransport(asyncio.Transport):
    """Owns the open port."""

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: asyncio.Protocol, port: BaseSerial) -> None:
        super().__init__({"serial": port})
        self._loop = loop
        self._protocol = protocol
        self._port = port
        self._fd = port.fileno()
        self._unsent = bytearray()
        self._full = False
        self._reading = True
        self._closing = False
        protocol.connection_made(self)
        loop.add_reader(self._fd, self._readable)

    @property
    def port(self) -> BaseSerial:
        """For its rate and its lines."""
        return self._port

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing:
            return
        if not self._unsent:
            try:
                sent = os.write(self._fd, data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError as error:
                self._end(error)
                return
            if sent == len(data):
                return
            data = data[sent:]
            self._loop.add_writer(self._fd, self._writable)
        self._unsent += data
        if len(self._unsent) > HIGH_WATER and not self._full:
            self._full = True
            self._protocol.pause_writing()

    def pause_reading(self) -> None:
        if self._reading and not self._closing:
            self._reading = False
            self._loop.remove_reader(self._fd)

    def resume_reading(self) -> None:
        if not self._reading and not self._closing:
            self._reading = True
            self._loop.add_reader(self._fd, self._readable)

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        """The same as `abort`: what a far side does not take must not hold the port."""
        self._end(None)

    def abort(self) -> None:
        self._end(None)

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, READ_SIZE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(error)
            return
        if data:
            self._protocol.data_received(data)
        else:  # a tty that was hung up reads as empty
            self._end(OSError(errno.EIO, "the port is gone"))

    def _writable(self) -> None:
        try:
            del self._unsent[: os.write(self._fd, self._unsent)]
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(error)
            return
        if not self._unsent:
            self._loop.remove_writer(self._fd)
        if self._full and len(self._unsent) <= LOW_WATER:
            self._full = False
            self._protocol.resume_writing()

    def _end(self, error: OSError | None) -> None:
        if self._closing:
            return
        self._closing = True
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        self._unsent.clear()
        self._loop.call_soon(self._protocol.connection_lost, error)
        try:
            self._port.close()
        except OSError:
            # A port that was pulled out cannot be closed politely.
            return
