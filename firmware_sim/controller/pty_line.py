"""A serial line inside this machine: two pseudo-terminals and a wire between them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Final

CHUNK_BYTES: Final = 4096


@contextlib.contextmanager
def pty_line(link: Path) -> Iterator[str]:
    """Lay a line from `link` (a symlink for clients, made here) to the device that is yielded, for our own
    end.

    Bytes that the other end does not take are dropped, as on a wire. Use on a running loop.

    Raises:
        FileExistsError: something that is no link to a terminal stands at `link`.
    """
    loop = asyncio.get_running_loop()
    with contextlib.ExitStack() as stack:
        ours, our_device = _open_pty(stack)
        theirs, their_device = _open_pty(stack)
        _make_link(link, their_device)
        stack.callback(_remove_link, link, their_device)
        for source, sink in ((ours, theirs), (theirs, ours)):
            loop.add_reader(source, _carry, source, sink)
            stack.callback(loop.remove_reader, source)
        yield our_device


def _open_pty(stack: contextlib.ExitStack) -> tuple[int, str]:
    master, slave = os.openpty()
    # The slave stays open here: without anybody at the far end the master would report an error at once.
    stack.callback(os.close, slave)
    stack.callback(os.close, master)
    tty.setraw(slave)
    os.set_blocking(master, False)
    return master, os.ttyname(slave)


def _carry(source: int, sink: int) -> None:
    with contextlib.suppress(BlockingIOError):
        os.write(sink, os.read(source, CHUNK_BYTES))


def _make_link(link: Path, device: str) -> None:
    if link.is_symlink() and str(link.readlink()).startswith("/dev/pts/"):
        # Left behind by a run that was killed.
        link.unlink()
    link.symlink_to(device)


def _remove_link(link: Path, device: str) -> None:
    with contextlib.suppress(OSError):
        if str(link.readlink()) == device:
            link.unlink()
