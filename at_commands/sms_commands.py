"""Short messages over AT (3GPP TS 27.005)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from at_commands.command import CTRL_Z, Command, Reply, plain
from at_commands.grammar import parse_arguments, quote

SUBMIT_TIMEOUT_S = 60.0

Storage = Literal["SM", "ME", "MT", "SR"]
"""`+CPMS` memories (3.2.2): the card, the modem, both together, status reports."""


@dataclass(frozen=True, slots=True)
class StoredPdu:
    """One message of a listing: its place, state (0 unread, 1 read, 2 unsent, 3 sent) and TPDU with service
    centre, in hex.
    """

    index: int
    state: int
    pdu: str


def pdu_mode() -> Command[None]:
    return plain("AT+CMGF=0")


def text_mode() -> Command[None]:
    return plain("AT+CMGF=1")


def announce_messages(mode: int = 2, deliver: int = 1) -> Command[None]:
    """`+CNMI`: with the defaults a `+CMTI` URC names the place of each new message."""
    return plain(f"AT+CNMI={mode},{deliver},0,0,0")


def choose_storage(storage: Storage) -> Command[None]:
    return plain(f"AT+CPMS={quote(storage)},{quote(storage)},{quote(storage)}")


def read_from(storage: Storage) -> Command[tuple[int, int]]:
    """The memory to list, read and delete in, as long as no other is chosen: how many messages it has, and room for."""

    def parse(reply: Reply) -> tuple[int, int]:
        used, total = parse_arguments(reply.value("+CPMS:"))[:2]
        return int(used or ""), int(total or "")

    return Command(f"AT+CPMS={quote(storage)}", parse, prefixes=("+CPMS:",))


def chosen_storage() -> Command[str | None]:
    """The memory that is listed, read and deleted in now."""
    return Command("AT+CPMS?", lambda reply: parse_arguments(reply.value("+CPMS:"))[0], prefixes=("+CPMS:",))


def send_pdu(pdu: str, tpdu_length: int) -> Command[int]:
    """Send a TPDU in hex (with its service centre field); `tpdu_length` counts octets without that field.

    The answer is the message reference.
    """
    return Command(
        f"AT+CMGS={tpdu_length}",
        lambda reply: int(reply.value("+CMGS:").split(",")[0]),
        prefixes=("+CMGS:",),
        timeout_s=SUBMIT_TIMEOUT_S,
        payload=pdu.encode("ascii") + CTRL_Z,
    )


def send_text(number: str, text: str) -> Command[int]:
    """The same in text mode with the GSM or IRA character set: what fits one message and has no ESC or Ctrl-Z in it.
    Raises ValueError where the text is not Latin-1; other texts go as PDUs.
    """
    return Command(
        f"AT+CMGS={quote(number)}",
        lambda reply: int(reply.value("+CMGS:").split(",")[0]),
        prefixes=("+CMGS:",),
        timeout_s=SUBMIT_TIMEOUT_S,
        payload=text.replace("\x1b", "").replace("\x1a", "").encode("latin-1") + CTRL_Z,
    )


def list_pdus(state: int = 4) -> Command[list[StoredPdu]]:
    """Messages of a state; 4 is all. Listing marks unread ones as read."""

    def parse(reply: Reply) -> list[StoredPdu]:
        stored = []
        lines = iter(reply.lines)
        for line in lines:
            if line.startswith("+CMGL:"):
                fields = parse_arguments(line.removeprefix("+CMGL:").strip())
                stored.append(StoredPdu(int(fields[0] or ""), int(fields[1] or ""), next(lines)))
        return stored

    return Command(f"AT+CMGL={state}", parse, prefixes=("+CMGL:",), bare=True, timeout_s=20.0)


def read_pdu(index: int) -> Command[str | None]:
    """The TPDU at a place in hex, None for an empty one."""

    def parse(reply: Reply) -> str | None:
        return reply.lines[1] if len(reply.lines) > 1 else None

    return Command(f"AT+CMGR={index}", parse, prefixes=("+CMGR:",), bare=True)


def delete_message(index: int) -> Command[None]:
    return plain(f"AT+CMGD={index}", timeout_s=25.0)
