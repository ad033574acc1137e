"""Encoding and decoding short messages beside python-gsmmodem-new's codec.

A turn encodes a submit and decodes a delivery of each text: Latin, Cyrillic, and one of three parts. The two take turns
for several rounds; a ratio is the median over the rounds, each of its own round.

    python -m benchmarks.sms_codec
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime

from gsmmodem import pdu as theirs

from at_commands.sms import Content, DeliverPdu, SubmitPdu, split_content

ROUNDS = 15
REPEATED = 60
TARGET = 2.0

NUMBER = "+79161234567"
CENTRE = "+79168999100"
TEXTS = (
    "Boiler 65.5 C, supply 1.8 bar",
    "Котёл 65,5 °C, давление 1,8 бар",
    "Авария: нет пламени. Давление газа ниже нормы, насос остановлен, ждём мастера. " * 2,
)
DELIVERIES = tuple(
    DeliverPdu(NUMBER, part, datetime(2026, 1, 15, 12, 34, 56, tzinfo=UTC), CENTRE).encode()[0]
    for text in TEXTS
    for part in split_content(Content.of(text), 7)
)


def ours_once() -> None:
    for text in TEXTS:
        for part in split_content(Content.of(text), 7):
            SubmitPdu(NUMBER, part, CENTRE, 7).encode()
    for pdu in DELIVERIES:
        DeliverPdu.decode(pdu)


def theirs_once() -> None:
    for text in TEXTS:
        for part in theirs.encodeSmsSubmitPdu(NUMBER, text, reference=7, smsc=CENTRE):
            str(part)
    for pdu in DELIVERIES:
        theirs.decodeSmsPdu(pdu)


def per_s(once: Callable[[], None]) -> float:
    """Messages a second: each PDU is encoded once and decoded once."""
    began = time.perf_counter()
    for _ in range(REPEATED):
        once()
    return REPEATED * len(DELIVERIES) / (time.perf_counter() - began)


def main() -> int:
    rounds = [(per_s(ours_once), per_s(theirs_once)) for _ in range(ROUNDS)]
    ratio = statistics.median(ours / other for ours, other in rounds)
    print(f"ours                {statistics.median(ours for ours, _ in rounds):10,.0f} messages/s")
    print(f"python-gsmmodem-new {statistics.median(other for _, other in rounds):10,.0f} messages/s")
    print(f"ratio               {ratio:10.2f}  (target: {TARGET})")
    return 0 if ratio >= TARGET else 1


if __name__ == "__main__":
    raise SystemExit(main())
