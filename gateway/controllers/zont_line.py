"""One open line to a ZONT controller: a WebSocket, the task that hears it, and one question at a time.

A question that stays unanswered ends the line, because its late answer could be taken for that of the next. A line does
not come back; whoever wants one opens a new one.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Final, Self

import aiohttp

from gateway.controllers.driver import (
    ControllerError,
    ControllerForeignError,
    ControllerSilentError,
    ControllerUnreachableError,
)
from gateway.controllers.zont_conversation import (
    MAX_MESSAGE_BYTES,
    Conversation,
    NotUnderstoodError,
    Question,
    State,
)

log: Final = logging.getLogger(__name__)

HEARTBEAT_S: Final = 30.0
"""A ping goes out this often; one that stays unanswered for half of it ends the line."""
GOODBYE_S: Final = 1.0
"""How long a controller may take to say goodbye; one that was unplugged never does."""


class ZontLine:
    """An open WebSocket.

    Args:
        url, socket, stack: the WebSocket, and what is closed with it.
        pushed: see `Conversation`.
        ended: is called once when the line has broken, not when it is closed; with whether nobody has been told of it,
            as the asker of an unanswered question is.
        timeout_s: for one answer.
    """

    def __init__(
        self,
        url: str,
        socket: aiohttp.ClientWebSocketResponse,
        stack: AsyncExitStack,
        *,
        pushed: Callable[[int, State, State], None],
        ended: Callable[[bool], None],
        timeout_s: float,
    ) -> None:
        self._url = url
        self._socket = socket
        self._stack = stack
        self._timeout_s = timeout_s
        self._ended = ended
        self._lock = asyncio.Lock()
        self._answer: asyncio.Future[State] | None = None
        self._is_alive = True
        self._is_told_of_noise = False
        self.conversation: Final = Conversation(pushed)
        self._hearing = asyncio.create_task(self._hear(), name="zont-line")

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        shown: str,
        pushed: Callable[[int, State, State], None],
        ended: Callable[[bool], None],
        connect_s: float,
        timeout_s: float,
    ) -> Self:
        """Open one within `connect_s`. `shown`: what people call it.

        Raises:
            ControllerForeignError: something else answers there.
            ControllerUnreachableError: nothing does.
        """
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            try:
                async with asyncio.timeout(connect_s):
                    # A controller on the LAN has no certificate that anybody could check.
                    socket = await session.ws_connect(
                        url,
                        max_msg_size=MAX_MESSAGE_BYTES,
                        heartbeat=HEARTBEAT_S,
                        timeout=aiohttp.ClientWSTimeout(ws_close=GOODBYE_S),
                        ssl=False,
                    )
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise _why_not(shown, error) from error
            stack.push_async_callback(socket.close)
            return cls(shown, socket, stack.pop_all(), pushed=pushed, ended=ended, timeout_s=timeout_s)
        raise AssertionError("unreachable")

    @property
    def alive(self) -> bool:
        """Whether questions may be asked."""
        return self._is_alive and not self._socket.closed

    async def ask(self, question: Question, *, within_s: float | None = None) -> State:
        """Send a question and wait for its answer.

        Raises:
            ControllerSilentError: no answer in time, or the line broke; it has ended.
        """
        async with self._lock:
            if not self.alive:
                raise ControllerSilentError(f"{self._url}: the line is closed")
            self._answer = asyncio.get_running_loop().create_future()
            text = self.conversation.ask(question)
            try:
                async with asyncio.timeout(self._timeout_s if within_s is None else within_s):
                    await self._socket.send_str(text)
                    return await self._answer
            except (TimeoutError, aiohttp.ClientError, OSError) as error:
                shown = "the sign-in" if question.secret else text
                self._end()
                raise ControllerSilentError(f"{self._url}: no answer to {shown}") from error
            except BaseException:
                self._end()
                raise
            finally:
                self._answer = None

    async def _hear(self) -> None:
        try:
            async for frame in self._socket:
                if frame.type is aiohttp.WSMsgType.TEXT:
                    self._take(frame.data)
                elif frame.type is aiohttp.WSMsgType.BINARY:
                    self.conversation.hear_line(frame.data)
        finally:
            asked = self._answer is not None and not self._answer.done()
            if self._answer is not None and asked:
                self._answer.set_exception(ControllerSilentError(f"{self._url}: the controller hung up"))
            self._end(unnoticed=not asked)

    def _take(self, text: str) -> None:
        try:
            answer = self.conversation.hear(text)
        except NotUnderstoodError as error:
            if not self._is_told_of_noise:
                log.warning("%s: %s", self._url, error)
                self._is_told_of_noise = True
            return
        if answer is not None and self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def _end(self, *, unnoticed: bool = False) -> None:
        if self._is_alive:
            self._is_alive = False
            self._ended(unnoticed)

    async def close(self) -> None:
        """Say goodbye. Closing a line that has ended is no error."""
        self._is_alive = False
        self._hearing.cancel()
        await asyncio.gather(self._hearing, return_exceptions=True)
        await self._stack.aclose()


def _why_not(url: str, error: Exception) -> ControllerError:
    if isinstance(error, aiohttp.ClientResponseError):
        # A WebSocket server that is full or starting says 5xx; anything else is no controller.
        if error.status >= 500:
            return ControllerUnreachableError(f"{url}: it answers {error.status} {error.message}")
        return ControllerForeignError(f"{url}: HTTP {error.status}")
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return ControllerForeignError(f"{url}: no WebSocket")
    if isinstance(error, TimeoutError):
        return ControllerUnreachableError(f"{url}: no answer")
    if isinstance(error, aiohttp.ClientConnectorError):
        system = error.os_error
        known = system.errno is not None and system.errno in errno.errorcode
        reason = os.strerror(system.errno) if known and system.errno else system.strerror or str(system)
        return ControllerUnreachableError(f"{url}: {reason}")
    return ControllerUnreachableError(f"{url}: {error}")
