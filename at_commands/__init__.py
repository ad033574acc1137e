"""The AT language: framing, grammar, codes, codecs, dialects, links and the asyncio client."""

from at_commands.client import AtClient
from at_commands.command import Command, Reply
from at_commands.errors import AtError
from at_commands.links import Link, memory_link_pair, open_link
from at_commands.transcript import Transcript
from at_commands.urcs import Subscription, Urc

__all__ = [
    "AtClient",
    "AtError",
    "Command",
    "Link",
    "Reply",
    "Subscription",
    "Transcript",
    "Urc",
    "memory_link_pair",
    "open_link",
]
