"""What to dial or send to learn something about a SIM card, by operator.

Only questions that are public and change nothing stand here. Codes differ between regions, tariffs and years; a code of
one's own goes before them (`Question.parse`). Where sources contradict each other, or there is one doubtful source only
(remaining traffic, own number), there is no code here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from provisioning.operator_account import Capability

_DIALLED: Final = re.compile(r"[*#][0-9*#]{1,60}#")
_SENT: Final = re.compile(r"sms:(\+?[0-9]{2,15}):(.{1,70})")


@dataclass(frozen=True, slots=True)
class Question:
    """A USSD code and the replies to its menus, or with `to` a message of the text `code` to that number."""

    code: str
    replies: tuple[str, ...] = ()
    to: str = ""

    @classmethod
    def parse(cls, text: str) -> Question:
        """`*100#`; `*111#,3` walks a menu; `sms:111:11` sends "11" to 111. Raises ValueError."""
        if sent := _SENT.fullmatch(text):
            return cls(sent[2], to=sent[1])
        code, *replies = text.split(",")
        if not _DIALLED.fullmatch(code) or not all(replies):
            raise ValueError(f"{text!r} is neither a USSD code such as *100# or *111#,3 nor sms:NUMBER:TEXT")
        return cls(code, tuple(replies))

    def __str__(self) -> str:
        if self.to:
            return f"SMS {self.code!r} > {self.to}"
        return " > ".join([f"USSD {self.code}", *self.replies])


@dataclass(frozen=True)
class OperatorCodes:
    """Questions in the order in which they are tried. `networks`: the home networks (MCC and MNC) of its cards."""

    name: str
    networks: tuple[str, ...]
    questions: Mapping[Capability, tuple[Question, ...]] = field(default_factory=dict)


MTS: Final = OperatorCodes(
    "MTS",
    ("25001",),
    {
        # Cyrillic, then Latin for modems that spoil the first, then by message.
        Capability.BALANCE: (Question("*100#"), Question("#100#"), Question("11", to="111")),
        Capability.TARIFF: (Question("*111*59#"),),
    },
)
MTS_BELARUS: Final = OperatorCodes("MTS Belarus", ("25702",), {Capability.BALANCE: (Question("*100#"),)})
TELE2: Final = OperatorCodes("Tele2", ("25020",), {Capability.BALANCE: (Question("*105#"),)})
BEELINE: Final = OperatorCodes(
    "Beeline", ("25099",), {Capability.BALANCE: (Question("*102#"), Question("#102#"))}
)

OPERATORS: Final[Mapping[str, OperatorCodes]] = {
    "mts": MTS,
    "mts-by": MTS_BELARUS,
    "tele2": TELE2,
    "beeline": BEELINE,
}

UNKNOWN: Final = OperatorCodes("unknown", ())
"""No code is tried on a network that is not known: what is a question here may be an order there."""


def codes_of(imsi: str) -> OperatorCodes:
    """By the card's home network (3GPP TS 23.003, 2.2: MCC and MNC come first)."""
    found = [each for each in OPERATORS.values() if imsi.startswith(each.networks)]
    return found[0] if found else UNKNOWN
