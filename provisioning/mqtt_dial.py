"""Reaching a broker:

the TCP connection, dialled by asyncio so that it can be cancelled, and the TLS context.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Final

from provisioning.buffered_socket import BufferedSocket
from provisioning.mqtt import BrokerSettings, MqttTlsError, MqttUnreachableError

# TCP's own probes find a dead peer when MQTT is silent: first after idle, then this often, so many times.
TCP_KEEPALIVE_IDLE_S: Final = 60
TCP_KEEPALIVE_INTERVAL_S: Final = 15
TCP_KEEPALIVE_PROBES: Final = 4


async def dial(settings: BrokerSettings, address: tuple[str, int] | None) -> BufferedSocket:
    """A TCP connection to the first address that answers. Raises MqttUnreachableError.

    Args:
        address: where to dial instead of the settings' host and port.
    """
    loop = asyncio.get_running_loop()
    problem = "no such host"
    try:
        async with asyncio.timeout(settings.connect_timeout_s):
            found = await loop.getaddrinfo(
                *(address or (settings.host, settings.port)), type=socket.SOCK_STREAM
            )
            for family, kind, protocol, _, target in found:
                connection = BufferedSocket(family, kind, protocol)
                connection.setblocking(False)
                try:
                    await loop.sock_connect(connection, target)
                except OSError as error:
                    connection.close()
                    problem = str(error)
                except BaseException:
                    connection.close()
                    raise
                else:
                    _tune(connection)
                    connection.settimeout(settings.connect_timeout_s)  # for the TLS handshake in a thread
                    return connection
    except TimeoutError:
        problem = f"no answer in {settings.connect_timeout_s:g} s"
    except OSError as error:
        problem = str(error)
    raise MqttUnreachableError(f"{settings.url}: {problem}")


def _tune(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for option, value in (
        ("TCP_KEEPIDLE", TCP_KEEPALIVE_IDLE_S),
        ("TCP_KEEPINTVL", TCP_KEEPALIVE_INTERVAL_S),
        ("TCP_KEEPCNT", TCP_KEEPALIVE_PROBES),
    ):
        if hasattr(socket, option):  # not on every system
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


class _NamedContext(ssl.SSLContext):
    """Verifies one host name, whatever address was dialled (the local end of an uplink)."""

    server_name: str = ""

    def wrap_socket(
        self,
        sock: socket.socket,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLSocket:
        return super().wrap_socket(
            sock,
            server_side=server_side,
            do_handshake_on_connect=do_handshake_on_connect,
            suppress_ragged_eofs=suppress_ragged_eofs,
            server_hostname=self.server_name,
            session=session,
        )


def tls_context(settings: BrokerSettings) -> ssl.SSLContext:
    """A context that verifies settings.host. Raises MqttTlsError for files that cannot be used."""
    context = _NamedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.server_name = settings.host
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if settings.ca_file is not None:
            context.load_verify_locations(settings.ca_file)
        else:
            context.load_default_certs()
        if settings.cert_file is not None:
            context.load_cert_chain(settings.cert_file, settings.key_file)
    except OSError as error:
        files = ", ".join(file for file in (settings.ca_file, settings.cert_file, settings.key_file) if file)
        raise MqttTlsError(f"{files}: {error.strerror or error}") from error
    return context
