"""Who opens and closes a pseudo terminal: one inotify descriptor for all of a loop's (Linux allows 128 to a user)."""

import asyncio
import ctypes
import fcntl
import os
import struct
import termios
from array import array
from collections.abc import Callable
from typing import Final
from weakref import WeakKeyDictionary

_IN_OPEN: Final = 0x20  # linux/inotify.h
_IN_CLOSE: Final = 0x08 | 0x10
_EVENT: Final = struct.Struct("iIII")  # wd, mask, cookie, len

_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, "PtyWatch"] = WeakKeyDictionary()


class PtyWatch:
    """Tells of each opening (True) and closing (False) of the paths that it was given."""

    def __init__(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._libc = libc
        self._fd = int(libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")
        self._waiting = array("i", [0])
        self._tell: dict[int, Callable[[bool], None]] = {}
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self.look)

    @classmethod
    def of_this_loop(cls) -> "PtyWatch":
        """The one of the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in _watches:
            _watches[loop] = cls()
        return _watches[loop]

    def add(self, path: str, tell: Callable[[bool], None]) -> int:
        """Begin to watch; the number is for :meth:`remove`. Raises OSError."""
        number = int(self._libc.inotify_add_watch(self._fd, path.encode(), _IN_OPEN | _IN_CLOSE))
        if number < 0:
            raise OSError(ctypes.get_errno(), f"inotify_add_watch {path}")
        self._tell[number] = tell
        return number

    def remove(self, number: int) -> None:
        """Watch it no longer; with the last one the descriptor goes, too."""
        self._libc.inotify_rm_watch(self._fd, number)
        self._tell.pop(number, None)
        if not self._tell:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            del _watches[self._loop]

    def look(self) -> None:
        """Tell what has happened so far, without waiting for the loop."""
        while fcntl.ioctl(self._fd, termios.FIONREAD, self._waiting) == 0 and self._waiting[0]:
            self._take(os.read(self._fd, 4096))

    def _take(self, events: bytes) -> None:
        at = 0
        while at < len(events):
            number, mask, _, length = _EVENT.unpack_from(events, at)
            at += _EVENT.size + length
            tell = self._tell.get(number)
            if tell is not None and mask & (_IN_OPEN | _IN_CLOSE):
                tell(bool(mask & _IN_OPEN))
