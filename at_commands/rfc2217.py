"""RFC 2217 servers that do not confirm everything.

pyserial's server, and so every bridge made of it, says nothing to the modem and line state masks. serialx would wait
for that for ever, so the masks are sent without waiting.
"""

from __future__ import annotations

from serialx.platforms.serial_rfc2217 import RFC2217SerialTransport
from serialx.platforms.serial_rfc2217.types import Rfc2217Command, SetLinestateMaskCmd, SetModemstateMaskCmd


class Rfc2217Transport(RFC2217SerialTransport):
    """serialx's transport, more patient with servers."""

    async def _send_and_wait(self, cmd: Rfc2217Command) -> Rfc2217Command:
        if isinstance(cmd, SetLinestateMaskCmd | SetModemstateMaskCmd):
            self._send_command(cmd)
            return cmd
        return await super()._send_and_wait(cmd)
