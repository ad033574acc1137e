"""Runs a command's asynchronous part and stops it in good order on a signal."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Final, TypeVar

T = TypeVar("T")

STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SAME_S: Final = 0.5
"""Signals so close together are one: a terminal sends Ctrl-C to all of a group, and who wraps us passes it on."""


class StoppedBySignalError(Exception):
    """The work was cancelled because of a signal, and has cleaned up."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number: Final = number


def run(work: Coroutine[object, object, T]) -> T:
    """Run `work` to its end. The first stop signal cancels it, the second does what it does by default.

    Raises:
        StoppedBySignalError: after `work` has cleaned up.
    """
    return asyncio.run(_until_signal(work))


def run_service(work: Coroutine[object, object, T]) -> T | None:
    """Run something that has no end of its own: a stop signal is how it ends (None), and no error."""
    try:
        return run(work)
    except StoppedBySignalError:
        return None


async def _until_signal(work: Coroutine[object, object, T]) -> T:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work, name="command")
    received: list[int] = []

    def stop(number: int) -> None:
        if not received:
            task.cancel()
            loop.call_later(SAME_S, let_go)
        received.append(number)

    def let_go() -> None:
        for each in STOP_SIGNALS:
            loop.remove_signal_handler(each)
        # Not Python's own handler: it raises in the midst of whatever is being cleaned up.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    for number in STOP_SIGNALS:
        # Under nohup a lost terminal is no reason to stop.
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, stop, number)
    try:
        return await task
    except asyncio.CancelledError:
        if received:
            raise StoppedBySignalError(received[0]) from None
        raise
    finally:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)


async def for_ever() -> None:
    """Wait until cancelled."""
    await asyncio.Event().wait()
