"""A TCP connection as the stream of data mode: between CONNECT and its end the line is the connection.

While the terminal is at commands (after ``+++``) what comes waits in the connection, and TCP holds the peer back.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware_sim.modem.connections import RECEIVE_BUFFER, SEND_BUFFER, Connection, Connections


class TransparentStream:
    """One connection in data mode; becomes a terminal's stream by ``Connect``.

    Args:
        hung_up: Told when the DTE ended it (ATH, DTR), after the connection was closed.
    """

    def __init__(self, connections: Connections, connection: Connection, hung_up: Callable[[], None]) -> None:
        self._connections = connections
        self._connection = connection
        self._hung_up = hung_up
        connection.stream = self

    @property
    def full(self) -> bool:
        """The real socket is behind: the DTE is held back."""
        return self._connection.unsent > SEND_BUFFER

    @property
    def room(self) -> int:
        """How many bytes may come from the peer."""
        connection = self._connection
        waiting = connection.terminal.backlog() if connection.terminal.in_data_mode else 0
        return max(0, RECEIVE_BUFFER - len(connection.received) - waiting)

    def from_terminal(self, data: bytes) -> None:
        """To the peer; without a word when the connection or the month's traffic is at its end."""
        self._connections.pour(self._connection, data)

    def arrived(self) -> None:
        """The peer's bytes are in the connection's buffer."""
        if self._connection.terminal.in_data_mode:
            self.resumed()

    def resumed(self) -> None:
        """Data mode again: what waited goes first."""
        data = self._connection.take(RECEIVE_BUFFER)
        if data:
            self._connection.terminal.from_stream(data)

    def hang_up(self) -> None:
        """The DTE or the power ended it."""
        self._connections.close(self._connection.number)
        self._hung_up()

    def forget(self) -> None:
        """The connection was closed by a command: there is nothing to come back to."""
        if self._connection.terminal.stream is self:
            self._connection.terminal.stream = None

    def ended(self, final: str) -> None:
        """The connection is over: back to commands, and that is said."""
        self._connection.terminal.stream_ended(self, final)
