"""What can go wrong on the way to a modem and back.

Each error has a stable machine name `kind` (texts for people are made from it elsewhere) and says whether
the same command may succeed when it is simply repeated later (`retryable`).
"""

from __future__ import annotations

from typing import ClassVar

from at_commands.codes import CME, CMS
from at_commands.troubles import Trouble, trouble


class AtError(Exception):
    """Root of the hierarchy."""

    kind: ClassVar[str] = "at"
    retryable: bool = False


class LinkError(AtError):
    """The wire itself: opening it or losing it. `url` names it."""

    kind: ClassVar[str] = "link"

    def __init__(self, url: str, detail: str) -> None:
        super().__init__(f"{url}: {detail}")
        self.url = url
        self.detail = detail


class LinkUrlError(LinkError):
    """Not a link URL: neither a path nor socket://, rfc2217:// or unix://."""

    kind: ClassVar[str] = "link_url"


class LinkNotFoundError(LinkError):
    """No such port, or nobody listens at that address."""

    kind: ClassVar[str] = "link_not_found"
    retryable = True


class LinkPermissionError(LinkError):
    """The port exists, but this user may not open it."""

    kind: ClassVar[str] = "link_permission"


class LinkBusyError(LinkError):
    """Another program holds the port."""

    kind: ClassVar[str] = "link_busy"
    retryable = True


class LinkLostError(LinkError):
    """The port vanished or the far side closed."""

    kind: ClassVar[str] = "link_lost"
    retryable = True


class NoAnswerError(AtError):
    """Bytes can be sent, but nothing that looks like a modem answers."""

    kind: ClassVar[str] = "no_answer"
    retryable = True

    def __init__(self, url: str, received: bytes = b"") -> None:
        heard = f"; heard {received[:40]!r}" if received else ""
        super().__init__(f"{url}: no modem answers{heard}")
        self.url = url
        self.received = received


class CommandTimeoutError(AtError):
    """No final result within the command's deadline."""

    kind: ClassVar[str] = "command_timeout"
    retryable = True

    def __init__(self, line: str, timeout_s: float) -> None:
        super().__init__(f"{line}: no answer within {timeout_s:g} s")
        self.line = line
        self.timeout_s = timeout_s


class CommandTextError(AtError):
    """The line cannot be sent: it holds letters beyond ASCII or control characters."""

    kind: ClassVar[str] = "command_text"

    def __init__(self, line: str) -> None:
        super().__init__(f"{line!r}: a command line is made of printable ASCII characters")
        self.line = line


class CommandFailedError(AtError):
    """The modem refused: ERROR, NO CARRIER, SEND FAIL and the like. `final` is its last line."""

    kind: ClassVar[str] = "command_failed"

    def __init__(self, line: str, final: str) -> None:
        super().__init__(f"{line}: {final}")
        self.line = line
        self.final = final


class CmeError(CommandFailedError):
    """`+CME ERROR` (3GPP TS 27.007, 9.2). `code` is None when the modem gave a text that no table knows."""

    kind: ClassVar[str] = "cme_error"

    def __init__(self, line: str, final: str, code: int | None, text: str) -> None:
        super().__init__(line, final)
        self.code = code
        self.text = text
        self.retryable = code in CME and CME[code].retryable if code is not None else False


class CmsError(CommandFailedError):
    """`+CMS ERROR` (3GPP TS 27.005, 3.2.5)."""

    kind: ClassVar[str] = "cms_error"

    def __init__(self, line: str, final: str, code: int | None, text: str) -> None:
        super().__init__(line, final)
        self.code = code
        self.text = text
        self.retryable = code in CMS and CMS[code].retryable if code is not None else False


class MuxStartError(AtError):
    """The modem said OK to AT+CMUX, but no frame of it came (3GPP TS 27.010)."""

    kind: ClassVar[str] = "mux_start"
    retryable = True

    def __init__(self, url: str) -> None:
        super().__init__(f"{url}: the modem agreed to multiplex, but does not answer frames")
        self.url = url


class ChannelRefusedError(AtError):
    """A channel of the multiplexer was not opened: the modem has fewer, or did not answer."""

    kind: ClassVar[str] = "channel_refused"

    def __init__(self, url: str, dlci: int, detail: str) -> None:
        super().__init__(f"{url}: channel {dlci}: {detail}")
        self.url = url
        self.dlci = dlci
        self.detail = detail


class ModemRebootedError(AtError):
    """The modem printed its boot message or its goodbye: everything that was set is gone."""

    kind: ClassVar[str] = "modem_rebooted"
    retryable = True

    def __init__(self, line: str, boot_message: str) -> None:
        super().__init__(f"{line}: the modem restarted ({boot_message})")
        self.line = line
        self.boot_message = boot_message


class ModemBrownOutError(ModemRebootedError):
    """It switched itself off because its supply voltage fell too low."""

    kind: ClassVar[str] = "modem_brown_out"


class SimFileError(AtError):
    """The card refused to read or write a file; `word` is its SW1 and SW2 in hexadecimal, as `6A82`."""

    kind: ClassVar[str] = "sim_file"

    def __init__(self, file: str, word: str) -> None:
        super().__init__(f"{file}: the card answers {word}")
        self.file = file
        self.word = word


class SimFileNotFoundError(SimFileError):
    """The card has no such file."""

    kind: ClassVar[str] = "sim_file_not_found"


class SimFileLockedError(SimFileError):
    """A secret must be given first, or nobody at a modem may do this."""

    kind: ClassVar[str] = "sim_file_locked"


class ReplyFormatError(AtError):
    """The modem said OK, but its lines do not say what the command asks for."""

    kind: ClassVar[str] = "reply_format"

    def __init__(self, line: str, lines: tuple[str, ...]) -> None:
        super().__init__(f"{line}: cannot read the answer {list(lines)!r}")
        self.line = line
        self.lines = lines


def restarted(line: str, said: str) -> ModemRebootedError:
    """The error for a boot line or a goodbye that nobody had asked for."""
    kind = ModemBrownOutError if trouble(said) is Trouble.SUPPLY_LOW else ModemRebootedError
    return kind(line, said)


def failure(line: str, final: str) -> CommandFailedError:
    """The error for a final result that is no success."""
    for prefix, error, table in (("+CME ERROR:", CmeError, CME), ("+CMS ERROR:", CmsError, CMS)):
        if final.startswith(prefix):
            text = final.removeprefix(prefix).strip()
            if text.isdigit():
                code: int | None = int(text)
                text = table[int(text)].name if int(text) in table else text
            else:
                wanted = text.casefold()
                code = next(
                    (number for number, entry in table.items() if entry.name.casefold() == wanted), None
                )
            return error(line, final, code, text)
    return CommandFailedError(line, final)
