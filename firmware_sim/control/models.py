"""Bodies of the control API, with units in their names."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from firmware_sim.control.recorder import Source
from firmware_sim.faults.fields import Domain
from firmware_sim.faults.model import Fault
from firmware_sim.modem.sim_card import SimStatus
from firmware_sim.network import SubscriberState

Printable = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[ -~]+$")]


class Request(BaseModel):
    """A body that clients send."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Signal(Request):
    """Field strength at the antenna."""

    rssi_dbm: Annotated[int, Field(ge=-113, le=-51)] | None = Field(
        description="-113 to -51; null: no coverage", examples=[-73]
    )


class DomainState(BaseModel):
    """Where one domain's registration stands; `stat` is that of +CREG (3GPP TS 27.007, 7.2)."""

    stat: Annotated[int, Field(ge=0, le=5)]
    meaning: str = Field(examples=["registered"])
    lac: int | None
    cell_id: int | None


class Registration(BaseModel):
    """Both domains."""

    cs: DomainState
    ps: DomainState
    last_cause: int | None = Field(description="MM or GMM cause of the last rejection (3GPP TS 24.008)")


class Rejection(Request):
    """Reject the card's next registrations."""

    cause: Annotated[int, Field(ge=2, le=111)] = Field(examples=[17])
    domain: Domain | None = Field(None, description="null: both")
    times: Annotated[int, Field(ge=1, le=1000)] = 1


class Detachment(Request):
    """Put the card off the network."""

    cause: Annotated[int, Field(ge=2, le=111)] = Field(10, description="MM cause; 10 implicitly detached")


class SubscriberFacts(BaseModel):
    """What the simulated operator knows of the card."""

    imsi: str
    iccid: str
    msisdn: str
    state: SubscriberState
    traffic_used_bytes: int


class SubscriberChange(Request):
    """What the simulated operator does to it."""

    state: SubscriberState = Field(strict=False)


class Card(BaseModel):
    """The card in the slot. Its PIN is nobody's business."""

    inserted: bool
    iccid: str | None = None
    imsi: str | None = None
    status: SimStatus | None = None
    pin_required: bool | None = Field(default=None, description="its lock is on")
    pin_tries: int | None = None
    puk_tries: int | None = None


Pin = Annotated[str, Field(pattern=r"^[0-9]{4,8}$")]


class Insertion(Request):
    """Put the card in, as if it had been out: it forgets that its PIN was entered."""

    iccid: Annotated[str, Field(pattern=r"^[0-9]{18,20}$")] | None = Field(
        None, description="another card of the network, out of whichever modem it is in; null: this modem's"
    )
    pin: Pin | None = Field(None, description="set the PIN and switch its lock on; null: leave it")
    pin_off: bool = Field(False, description="switch the lock off")
    pin_tries: Annotated[int, Field(ge=0, le=3)] | None = Field(None, description="0: the card wants its PUK")


class IncomingMessage(Request):
    """An SMS for the card."""

    sender: Annotated[str, Field(pattern=r"^(\+?[0-9]{3,20}|[A-Za-z0-9 ._-]{1,11})$")] = Field(
        examples=["+79031234567", "MTS"]
    )
    text: Annotated[str, Field(max_length=1000)] = Field(examples=["Баланс 12,34 р."])


class SentMessage(BaseModel):
    """An SMS that the modem gave to the network."""

    to: str
    text: str
    reference: int = Field(description="TP-MR (3GPP TS 23.040, 9.2.3.6)")


class UssdPush(Request):
    """What the network says unasked by USSD."""

    text: Annotated[str, Field(min_length=1, max_length=160)] = Field(examples=["Пополните счёт"])
    needs_answer: bool = Field(False, description="the network waits for a reply")


class News(Request):
    """A line that the modem says of its own accord."""

    text: Printable = Field(examples=["RING"])


class PowerAction(Request):
    """What the hand does: press the power key; pull RESET; cut the supply; give it back."""

    action: Literal["key", "reset", "cut", "restore"]


class Power(BaseModel):
    """Whether it is on, or booting."""

    powered: bool


class FaultSpec(Request):
    """A fault in the words of `--fault`."""

    spec: Annotated[str, Field(min_length=1, max_length=2000)] = Field(examples=["lost_ok:every=7"])


class ActiveFaultFacts(BaseModel):
    """A fault that was added."""

    id: int
    spec: str
    fault: Fault
    strikes: int = Field(description="how often it did something")
    over: bool = Field(description="its time has passed")


class Line(BaseModel):
    """One line of the transcript."""

    number: int
    at: float = Field(description="UTC epoch seconds")
    source: Source
    port: int | None
    text: str


class Transcript(BaseModel):
    """Lines behind `since`; go on with `next_since`."""

    lines: list[Line]
    next_since: int
    missed: int = Field(description="lines behind `since` that are no longer kept")


class ModemFacts(BaseModel):
    """One modem."""

    name: str
    simulator: Literal[True] = True
    personality: str
    manufacturer: str
    model: str
    imei: str
    power: Power
    signal: Signal
    registration: Registration
    card: Card
    clients: int = Field(description="programs that have one of its ports open")
    ports: list[str] = Field(description="where it listens")


class Overview(BaseModel):
    """What is simulated here."""

    simulator: Literal[True] = True
    version: str
    modems: list[str]
