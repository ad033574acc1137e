"""A real MQTT broker inside this process: amqtt, for the demo and for those who have no other.

It speaks MQTT 3.1.1 only and keeps everything in memory. Sockets and keep-alive are real, so it belongs
into real time; on virtual time use `memory_broker`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote

LISTENER: Final = "default"

_NOISY_LOGGERS: Final = ("amqtt", "transitions")


class BrokerExtraMissingError(ImportError):
    """amqtt is not installed."""

    kind = "broker_extra_missing"

    def __init__(self) -> None:
        super().__init__("the embedded broker needs amqtt: pip install 'thermogate[broker]'")


class EmbeddedBroker:
    """An MQTT 3.1.1 broker on a loopback port. Use as `async with EmbeddedBroker() as broker:`.

    On leaving, its connections are closed and none of its tasks is left.

    Args:
        host: where to listen.
        port: 0 takes a free one; see `port` once it runs.
        username, password: what clients must say; without them everybody may come in.

    Raises:
        BrokerExtraMissingError: on entering, when amqtt is not installed.
        OSError: on entering, when the port is taken.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        username: str | None = None,
        password: str | None = None,
    ) -> None:
        if (username is None) != (password is None):
            raise ValueError("a user name and a password come together")
        self.host = host
        self.port = port
        self._username = username
        self._password = password
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._stack = contextlib.AsyncExitStack()

    @property
    def url(self) -> str:
        """What a client connects to; holds the password."""
        login = ""
        if self._username is not None and self._password is not None:
            login = f"{quote(self._username, safe='')}:{quote(self._password, safe='')}@"
        return f"mqtt://{login}{self.host}:{self.port}"

    @property
    def connections(self) -> int:
        """Clients connected at the moment."""
        return len(self._connections)

    def drop_clients(self) -> None:
        """Cut every connection without a word, as a network would; the broker publishes their wills."""
        for writer in self._connections.values():
            writer.transport.abort()

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(_quiet())
            broker = _make_broker(self._authentication(stack))
            await broker.start()
            stack.push_async_callback(broker.shutdown)
            await self._listen(broker)
            stack.push_async_callback(self._close_connections)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        await self._stack.aclose()

    async def _listen(self, broker: Any) -> None:
        from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._connections[task] = writer
            try:
                await broker.external_connected(
                    StreamReaderAdapter(reader), StreamWriterAdapter(writer), LISTENER
                )
            except (OSError, asyncio.CancelledError):
                # The client went away in the middle of something, or we are closing.
                pass
            finally:
                del self._connections[task]
                writer.close()

        self._server = await asyncio.start_server(serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close_connections(self) -> None:
        tasks = list(self._connections)
        self.drop_clients()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=2.0)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _authentication(self, stack: contextlib.AsyncExitStack) -> dict[str, dict[str, object]]:
        if self._username is None or self._password is None:
            return {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="thermogate-broker-"))
        file = Path(directory) / "passwords"
        file.touch(0o600)
        file.write_text(f"{self._username}:{_hash_password(self._password)}\n", encoding="utf-8")
        return {"amqtt.plugins.authentication.FileAuthPlugin": {"password_file": str(file)}}


def _make_broker(authentication: dict[str, dict[str, object]]) -> Any:
    try:
        from amqtt.broker import Broker
        from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType
    except ImportError as error:
        raise BrokerExtraMissingError from error
    # We accept connections ourselves, so that the port can be any free one and nothing outlives us.
    listener = ListenerConfig(type=ListenerType.EXTERNAL)
    broker = Broker(BrokerConfig(listeners={LISTENER: listener}, plugins=authentication))
    _keep_retained_messages_apart(broker)
    return broker


def _keep_retained_messages_apart(broker: Any) -> None:
    """Send retained messages to those who asked for them.

    amqtt 0.12 greets every client with what is retained under anybody's filters, so a device would see the
    state of all the others. There is no setting for it; the method that sends them is wrapped.
    """
    send = broker._publish_retained_messages_for_subscription

    async def send_own(subscription: tuple[str, int], session: Any) -> None:
        subscribers = broker.subscriptions.get(subscription[0], ())
        if any(subscriber.client_id == session.client_id for subscriber, _ in subscribers):
            await send(subscription, session)

    broker._publish_retained_messages_for_subscription = send_own


def _hash_password(password: str) -> str:
    from pwdlib.hashers.argon2 import Argon2Hasher

    # The lightest parameters: the file lives as long as this process and verifying blocks the loop.
    hashed: str = Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1).hash(password)
    return hashed


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """amqtt logs every connection and every hiccup of a client at the level of a warning or worse."""
    loggers = [logging.getLogger(name) for name in _NOISY_LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
