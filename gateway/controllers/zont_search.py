"""Looking for ZONT controllers on the local network."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from provisioning.zont.discovery import DISCOVERY_PORT, SEARCH, SEARCH_FROM_PORT, FoundController, found_in

EVERYBODY: Final = "255.255.255.255"
ASK_AGAIN_S: Final = 1.0
"""A datagram may be lost; within one search the question goes out this often."""


async def search(
    addresses: Sequence[tuple[str, int]] = ((EVERYBODY, DISCOVERY_PORT),), *, seconds: float = 3.0
) -> list[FoundController]:
    """Ask and collect answers for so long; each controller once, by its serial.

    Args:
        addresses: whom to ask; a broadcast address asks everybody on its network.

    Raises:
        OSError: there is no network to ask on, or no such host.
    """
    answers = _Answers()
    loop = asyncio.get_running_loop()
    transport = await _open(loop, answers)
    try:
        end = loop.time() + seconds
        while (left_s := end - loop.time()) > 0:
            for address in addresses:
                transport.sendto(SEARCH, address)
            if answers.failure is not None and not answers.found:
                raise answers.failure
            await asyncio.sleep(min(ASK_AGAIN_S, left_s))
    finally:
        transport.close()
    return sorted(answers.found.values(), key=lambda each: each.serial)


async def _open(loop: asyncio.AbstractEventLoop, answers: _Answers) -> asyncio.DatagramTransport:
    # Some firmware answers to the utility's port whoever asked; while it is taken, any other has to do.
    for port in (SEARCH_FROM_PORT, 0):
        try:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: answers, local_addr=("0.0.0.0", port), allow_broadcast=True
            )
        except OSError:
            if port == 0:
                raise
        else:
            return transport
    raise AssertionError("unreachable")


class _Answers(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.found: dict[str, FoundController] = {}
        self.failure: OSError | None = None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        controller = found_in(data, addr[0])
        if controller is not None:
            self.found.setdefault(controller.serial, controller)

    def error_received(self, exc: Exception) -> None:
        # That nobody listens at an address is no failure of the search.
        if isinstance(exc, OSError) and not isinstance(exc, ConnectionError):
            self.failure = exc
