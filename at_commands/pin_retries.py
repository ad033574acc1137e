"""How many tries a card has left. Each family has its own question; the answer is one type.

    AT+CPINR                 the standard's (3GPP TS 27.007, 8.65): a line for each secret
    AT+SPIC                  SIMCom: four numbers
    AT+QPINC?                Quectel: a line for PIN, a line for PIN2, each with its PUK
    AT+QTRPIN                Quectel's GSM modules: four numbers, the PINs before the PUKs
    AT+CSIM=10,"0020000100"  a VERIFY without a secret, on a UICC (ETSI TS 102 221, 11.1.9): 63Cx

None of them costs a try.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from at_commands.command import Command, Reply
from at_commands.grammar import parse_arguments

ASK_THE_CARD: Final = 'AT+CSIM=10,"0020000100"'
"""For modems that have no word of their own, if they hand APDUs through."""


@dataclass(frozen=True, slots=True)
class PinRetries:
    """Tries left before the card asks for the PUK, and before it is lost. None: not told."""

    pin1: int
    puk1: int | None = None
    pin2: int | None = None
    puk2: int | None = None


def pin_retries(line: str = "AT+CPINR") -> Command[PinRetries]:
    """Ask by a family's own line (`Dialect.sim_retries`)."""
    return Command(line, _parse, prefixes=tuple(_FORMS))


def _parse(reply: Reply) -> PinRetries:
    for prefix, read in _FORMS.items():
        if values := reply.values(prefix):
            return read(values)
    raise ValueError("no counters")


def _standard(values: list[str]) -> PinRetries:
    # Some quote the name; some leave out how many there were in the beginning.
    counters = {str(name).upper(): int(fields[0] or "") for name, *fields in map(parse_arguments, values)}
    if "SIM PIN" not in counters:
        raise ValueError("the PIN's counter is not among them")
    return PinRetries(
        counters["SIM PIN"], counters.get("SIM PUK"), counters.get("SIM PIN2"), counters.get("SIM PUK2")
    )


def _simcom(values: list[str]) -> PinRetries:
    pin1, puk1, pin2, puk2 = (int(field or "") for field in parse_arguments(values[0])[:4])
    return PinRetries(pin1, puk1, pin2, puk2)


def _quectel(values: list[str]) -> PinRetries:
    counters = {
        name: [int(field or "") for field in fields] for name, *fields in map(parse_arguments, values)
    }
    pin1, puk1 = counters.get("SC", [])  # ValueError where it is missing
    pin2, puk2 = counters.get("P2", (None, None))
    return PinRetries(pin1, puk1, pin2, puk2)


def _quectel_gsm(values: list[str]) -> PinRetries:
    pin1, pin2, puk1, puk2 = (int(field or "") for field in parse_arguments(values[0])[:4])
    return PinRetries(pin1, puk1, pin2, puk2)


def _card(values: list[str]) -> PinRetries:
    word = (parse_arguments(values[0])[1] or "").upper()
    if len(word) != 4 or not word.startswith("63C"):
        raise ValueError(f"the card answers {word!r}")
    return PinRetries(int(word[3], 16))


_FORMS: Final[Mapping[str, Callable[[list[str]], PinRetries]]] = {
    "+CPINR:": _standard,
    "+SPIC:": _simcom,
    "+QPINC:": _quectel,
    "+QTRPIN:": _quectel_gsm,
    "+CSIM:": _card,
}
