"""What a person says to the bench: a port's number when its card was changed, q to end.

On a terminal one key is enough (ports 1 to 9); from a pipe, or with more ports, a line.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from typing import Final

_MOST: Final = 4096
"""Bytes of one read, and of a line that never ends."""


@contextlib.contextmanager
def keys(*, ports: int, changed: Callable[[int], None], end: Callable[[], None]) -> Iterator[None]:
    """Listen to stdin while the context is entered; needs a running loop. Says nothing when there is no stdin."""
    try:
        fd = sys.stdin.fileno()
        on_terminal = os.isatty(fd)
        if on_terminal and os.tcgetpgrp(fd) != os.getpgrp():
            raise OSError("in the background")
    except (OSError, ValueError, AttributeError):
        yield
        return
    loop = asyncio.get_running_loop()
    single_keys = on_terminal and ports <= 9
    said = bytearray()

    def read() -> None:
        try:
            data = os.read(fd, _MOST)
        except OSError:
            data = b""
        if not data:
            loop.remove_reader(fd)
        said.extend(data if not single_keys else b"".join(bytes([byte]) + b"\n" for byte in data))
        while b"\n" in said:
            line, _, rest = bytes(said).partition(b"\n")
            said[:] = rest
            act(line.decode(errors="replace").strip().casefold())
        del said[:-_MOST]

    def act(word: str) -> None:
        if word in {"q", "й"}:
            end()
        elif word.isdecimal() and 1 <= int(word) <= ports:
            changed(int(word))
        elif not word and ports == 1:
            changed(1)

    before = termios.tcgetattr(fd) if single_keys else None
    try:
        if single_keys:
            tty.setcbreak(fd, termios.TCSADRAIN)
        try:
            loop.add_reader(fd, read)
        except PermissionError:
            # epoll takes no plain files, and /dev/null is never news.
            yield
            return
        yield
    finally:
        loop.remove_reader(fd)
        if before is not None:
            termios.tcsetattr(fd, termios.TCSADRAIN, before)
