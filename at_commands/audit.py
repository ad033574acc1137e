"""A transcript in a file: who said what to the modem, and when, for the day somebody asks.

    entries ─► bounded queue ─► a thread ─► file ─► file.1 ─► file.2 … (the oldest is dropped)

One line an entry, as `2026-01-15T09:34:56.123Z > AT+CSQ`, masked by the transcript before it comes here. The invariant:
the modem's business never waits for the disk, and never ends because of it. So a thread of its own writes, at once and
without a buffer of the program's: what was written survives the program however it dies. A disk that is full or gone
costs lines, which are counted in the file, and one warning.
"""

from __future__ import annotations

import logging
import os
import stat
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from at_commands.transcript import Entry

log: Final = logging.getLogger(__name__)

DEFAULT_MAX_BYTES: Final = 1_000_000
DEFAULT_KEEP: Final = 3
"""Earlier files kept beside the present one."""

QUEUE_LIMIT: Final = 10_000
"""Entries that wait for a slow disk; a modem at 115200 baud makes no more than some hundred a second."""

RETRY_S: Final = 30.0
"""Between two tries of a file that cannot be written."""

CLOSE_TIMEOUT_S: Final = 2.0
"""A disk that hangs must not hold the program's end."""

_BATCH: Final = 500


class AuditFile:
    """Give `write` to a Transcript as its listener; close it at the end, or use it as a context manager.

    Args:
        path: made with mode 0600 if it is not there; appended to if it is.
        max_bytes: of one file, in 8-bit bytes; a line longer than that stands alone in its own.
        keep: earlier files, named `path.1` (the latest) to `path.{keep}`.
        monotonic: seconds, for the pause before a failed file is tried again.

    Attributes:
        lost: entries that could not be written, so far.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        max_bytes: int = DEFAULT_MAX_BYTES,
        keep: int = DEFAULT_KEEP,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.lost = 0
        self._path = Path(path)
        self._max_bytes = max_bytes
        self._keep = keep
        self._monotonic = monotonic
        self._waiting: deque[Entry] = deque()
        self._news = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None
        # The thread's own:
        self._fd: int | None = None
        self._size = 0
        self._untold = 0  # lost since the file last took a line
        self._torn = False  # the file ends within a line
        self._failing = False
        self._retry_at = 0.0

    def write(self, entry: Entry) -> None:
        """Take one entry; never waits. Beyond QUEUE_LIMIT it is lost, and so after `close`."""
        with self._news:
            if self._closing or len(self._waiting) >= QUEUE_LIMIT:
                self.lost += 1
                self._untold += 1
                return
            self._waiting.append(entry)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"audit {self._path}", daemon=True)
                self._thread.start()
            self._news.notify()

    def close(self) -> None:
        """Write what waits, for CLOSE_TIMEOUT_S at most. Closing twice is allowed."""
        with self._news:
            self._closing = True
            self._news.notify()
        if self._thread is not None:
            self._thread.join(CLOSE_TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # --- in the thread ---

    def _run(self) -> None:
        while True:
            with self._news:
                while not self._waiting and not self._closing:
                    self._news.wait()
                count = min(_BATCH, len(self._waiting))
                batch = [self._waiting.popleft() for _ in range(count)]
            if not batch:
                self._close_file()
                return
            self._put_down(batch)

    def _put_down(self, batch: list[Entry]) -> None:
        if self._failing and self._monotonic() < self._retry_at:
            self._lose(len(batch))
            return
        done = 0
        try:
            self._follow_the_name()
            if untold := self._untold:
                self._append(_line(batch[0].at_s, "!", f"{untold} lines lost here"))
                with self._news:
                    self._untold -= untold
            for entry in batch:
                self._append(_line(entry.at_s, entry.direction, entry.text))
                done += 1
        except OSError as error:
            self._lose(len(batch) - done)
            self._fail(error)
        else:
            if self._failing:
                self._failing = False
                log.info("%s is written again", self._path)

    def _append(self, line: bytes) -> None:
        fd = self._opened()
        if self._torn:
            line = b"\n" + line
        if self._size and self._size + len(line) > self._max_bytes:
            self._rotate()
            fd = self._opened()
            line = line.lstrip(b"\n")
        written = os.write(fd, line)
        if written < len(line):
            written += os.write(fd, line[written:])  # this one tells why
        self._size += written
        self._torn = False

    def _opened(self) -> int:
        if self._fd is not None:
            return self._fd
        # Non-blocking: opening a pipe that nobody reads would wait for ever.
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
        fd = os.open(self._path, flags, 0o600)
        try:
            status = os.fstat(fd)
            if not stat.S_ISREG(status.st_mode):
                raise OSError("not a regular file")
            self._torn = status.st_size > 0 and os.pread(fd, 1, status.st_size - 1) != b"\n"
        except OSError:
            os.close(fd)
            raise
        self._fd, self._size = fd, status.st_size
        return fd

    def _follow_the_name(self) -> None:
        """Somebody may have moved or removed the file: logrotate, or a second program with the same one."""
        if self._fd is None:
            return
        mine = os.fstat(self._fd)
        self._size = mine.st_size
        try:
            named = self._path.stat()
        except FileNotFoundError:
            self._close_file()
            return
        if (named.st_dev, named.st_ino) != (mine.st_dev, mine.st_ino):
            self._close_file()

    def _rotate(self) -> None:
        self._close_file()
        for number in range(self._keep, 0, -1):
            earlier = self._numbered(number - 1) if number > 1 else self._path
            if earlier.exists():
                earlier.replace(self._numbered(number))
        if self._keep == 0:
            self._path.unlink(missing_ok=True)

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _close_file(self) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)

    def _lose(self, count: int) -> None:
        with self._news:
            self.lost += count
            self._untold += count

    def _fail(self, error: OSError) -> None:
        self._retry_at = self._monotonic() + RETRY_S
        try:
            self._close_file()
        except OSError:
            self._fd = None
        if not self._failing:
            self._failing = True
            log.warning(
                "the audit file %s cannot be written: %s; the modem is used without it", self._path, error
            )


def _line(at_s: float, direction: str, text: str) -> bytes:
    """One line of ASCII: what a terminal might obey is spelled out."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(
            sign if sign.isascii() and sign.isprintable() else sign.encode("unicode_escape").decode()
            for sign in text
        )
    when = datetime.fromtimestamp(at_s, UTC).replace(tzinfo=None)
    return f"{when.isoformat(timespec='milliseconds')}Z {direction} {text}\n".encode("ascii")
