"""What a modem can tell and how it can fail, beyond the AT language: plain values for the layers above."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final, Literal

from at_commands.codes import MM_CAUSES, RegistrationStatus
from at_commands.errors import AtError
from at_commands.troubles import Trouble
from gateway.pin_memory import PinRefusal

Domain = Literal["cs", "ps"]


class PinRefusedError(Exception):
    """The SIM stays locked. `attempts_left` as far as the card tells."""

    kind: ClassVar[str] = "pin_refused"

    def __init__(self, refusal: PinRefusal, attempts_left: int | None) -> None:
        super().__init__(f"the SIM stays locked ({refusal.value}); tries left: {attempts_left}")
        self.refusal: Final = refusal
        self.attempts_left: Final = attempts_left


class DataRefusedError(Exception):
    """The network refused the data session; `cause` is its SM cause (3GPP TS 24.008, 10.5.6.6) if known."""

    kind: ClassVar[str] = "data_refused"

    def __init__(self, cause: int | None, detail: str) -> None:
        super().__init__(f"no data session: {detail}")
        self.cause: Final = cause


class ModemWithoutTcpError(AtError):
    """A modem whose TCP stack we cannot drive: use the host's network ([uplink] kind = "host")."""

    kind: ClassVar[str] = "modem_without_tcp"

    def __init__(self, model: str) -> None:
        super().__init__(f"the TCP stack of {model or 'this modem'} is not known here")


class Notice(StrEnum):
    """What a modem may say of its own accord. Each is a reason to look, not a fact."""

    SIM_CHANGED = "sim_changed"
    RADIO_CHANGED = "radio_changed"
    DATA_LOST = "data_lost"
    SUPPLY_LOW = "supply_low"
    SUPPLY_HIGH = "supply_high"
    TEMPERATURE = "temperature"
    CHARGING_ONLY = "charging_only"


TROUBLE_NOTICES: Final = {
    Trouble.SUPPLY_LOW: Notice.SUPPLY_LOW,
    Trouble.SUPPLY_HIGH: Notice.SUPPLY_HIGH,
    Trouble.TEMPERATURE: Notice.TEMPERATURE,
    Trouble.CHARGING_ONLY: Notice.CHARGING_ONLY,
}
"""What the modem complains of: these are for people."""


class SimCondition(StrEnum):
    """What can be done with the card."""

    READY = "ready"
    MISSING = "missing"
    PIN = "pin"
    PUK = "puk"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ModemIdentity:
    """Which modem it is. `simulated`: it said that it is our emulator."""

    manufacturer: str
    model: str
    revision: str
    imei: str
    simulated: bool


@dataclass(frozen=True, slots=True)
class SimFacts:
    """The card. Numbers are None while the modem does not give them (locked, absent)."""

    condition: SimCondition
    iccid: str | None = None
    imsi: str | None = None
    pin_attempts_left: int | None = None


@dataclass(frozen=True, slots=True)
class RegistrationFacts:
    """Where registration in one domain stands. `cause`: MM or GMM reject cause, where the modem tells it."""

    status: RegistrationStatus
    cause: int | None = None

    @property
    def denied_without_cause(self) -> bool:
        """Denied, and the modem did not say why in the same breath."""
        return self.status is RegistrationStatus.DENIED and self.cause is None


@dataclass(frozen=True, slots=True)
class RadioFacts:
    """One look at the radio side."""

    rssi_dbm: int | None
    cs: RegistrationFacts
    ps: RegistrationFacts


_CAUSE_BY_NAME: Final = {code.name.casefold(): number for number, code in MM_CAUSES.items()}
_CAUSE_NUMBER: Final = re.compile(r"\bcause\s*[:=#]?\s*(\d{1,3})\b", re.IGNORECASE)


def reject_cause(report: str) -> int | None:
    """The MM cause in the text of +CEER: by its name in the standard or as "cause 2"; None if there is none.

    The text is the maker's own (3GPP TS 27.007, 6.10), so this is a hint, where +CREG gives no cause.
    """
    text = report.strip().strip('"')
    by_name = _CAUSE_BY_NAME.get(text.casefold())
    if by_name is not None:
        return by_name
    found = _CAUSE_NUMBER.search(text)
    return int(found[1]) if found and int(found[1]) in MM_CAUSES else None
