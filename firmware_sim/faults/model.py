"""Every fault that the emulated modem can have, as data: one class each.

The classes are the one form of a fault. ``text`` reads and writes them as `lost_ok:every=7`, the control API as
JSON (`{"fault": "lost_ok", "every": 7}`), and the table of ``--fault help`` is made from them: their first
doc line says what happens, ``opportunity`` at what, the fields' descriptions the rest.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, TypeAdapter

from firmware_sim.faults.fields import (
    Active,
    Count,
    Counted,
    Direction,
    Domain,
    Duration,
    OfCommands,
    Text,
    Window,
)

MmCause = Annotated[int, Field(ge=2, le=111)]
"""Causes of 3GPP TS 24.008, tables 10.5.95 and 10.5.147; those of sessions: table 10.5.157."""


class _Bytes(Window, Counted):
    opportunity: ClassVar[str] = "a byte"
    dir: Direction = Field(
        "tx", description="tx: what the modem says; rx: what it hears; both: each on its own"
    )


class _Chunks(_Bytes):
    opportunity = "a run of bytes"


class Drop(_Bytes):
    """A byte is lost."""

    fault: Literal["drop"] = "drop"


class Duplicate(_Bytes):
    """A byte comes twice."""

    fault: Literal["duplicate"] = "duplicate"


class Flip(_Bytes):
    """A bit of a byte is inverted."""

    fault: Literal["flip"] = "flip"
    bit: Annotated[int, Field(ge=0, le=7)] | None = Field(None, description="which, 0 the lowest (else any)")


class Noise(_Bytes):
    """A random byte comes before a byte."""

    fault: Literal["noise"] = "noise"


class Baud(_Chunks):
    """Both ends have different baud rates, so that the bytes turn into others."""

    fault: Literal["baud"] = "baud"
    sent: Annotated[int, Field(ge=300, le=4_000_000)] = Field(115_200, description="rate of who sends")
    heard: Annotated[int, Field(ge=300, le=4_000_000)] = Field(9600, description="rate of who hears")


class Split(_Chunks):
    """Bytes come in small pieces."""

    fault: Literal["split"] = "split"
    size: Annotated[int, Field(ge=1, le=4096)] = Field(1, description="bytes in a piece at most")
    gap_s: Duration = Field(0.001, alias="gap", description="between pieces")


class Delay(_Chunks):
    """Bytes come late, in their order."""

    fault: Literal["delay"] = "delay"
    by_s: Duration = Field(0.2, alias="by", description="how late")


class _Commands(Window, Counted, OfCommands):
    opportunity: ClassVar[str] = "a command line"


class LostOk(_Commands):
    """The final result of a command line is swallowed."""

    fault: Literal["lost_ok"] = "lost_ok"


class EchoFlip(_Commands):
    """The modem's echo turns on if it was off, and off if on, before the line is carried out."""

    fault: Literal["echo_flip"] = "echo_flip"


class WrongAnswer(_Commands):
    """The lines of an answer are replaced by another one; nothing is, where there are none."""

    fault: Literal["wrong_answer"] = "wrong_answer"
    text: Text = Field("+CSQ: ,,", description="what is said instead; empty: they are left out")


class LateAnswer(_Commands):
    """The whole answer comes late."""

    fault: Literal["late_answer"] = "late_answer"
    by_s: Duration = Field(5.0, alias="by", description="how late")


class Busy(_Commands):
    """The line is refused with a +CME ERROR."""

    fault: Literal["busy"] = "busy"
    cme: Annotated[int, Field(ge=0, le=999)] = Field(14, description="code; 14 is SIM busy")


class SlowSim(Window, Counted):
    """Answers of commands that read the card come late."""

    opportunity: ClassVar[str] = "a line with a command of the card"
    fault: Literal["slow_sim"] = "slow_sim"
    by_s: Duration = Field(3.0, alias="by", description="how late")


class Hang(Active, Counted, OfCommands):
    """The modem neither hears nor says anything for a while, from this line on. It lives on."""

    opportunity: ClassVar[str] = "a command line"
    fault: Literal["hang"] = "hang"
    times: Count | None = Field(1, description="so often at most")
    for_s: Duration | None = Field(
        None, alias="for", description="how long it is silent (else until a reset)"
    )


class UrcInside(_Commands):
    """News comes in the midst of an answer, or of the echo of the line."""

    fault: Literal["urc_inside"] = "urc_inside"
    where: Literal["answer", "echo"] = Field("answer", description="before the final result, or in any echo")
    text: Text = Field("RING", description="what is said")


class BootLine(_Commands):
    """A line as after a boot comes before the answer, though nothing has rebooted."""

    fault: Literal["boot_line"] = "boot_line"
    text: Text = Field("RDY", description="what is said")


class Reboot(_Commands):
    """The modem reboots without a word instead of answering."""

    fault: Literal["reboot"] = "reboot"
    times: Count | None = Field(1, description="so often at most")


class UrcStorm(Window):
    """News comes by itself, again and again."""

    opportunity: ClassVar[str] = "time"
    fault: Literal["urc_storm"] = "urc_storm"
    rate: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] = Field(
        50.0, description="URCs a second"
    )
    text: Text = Field("RING", description="what is said")


class Brownout(Active):
    """The supply sags: the modem warns, falls off, and boots when it is back."""

    opportunity: ClassVar[str] = "time"
    fault: Literal["brownout"] = "brownout"
    each_s: Annotated[Duration, Field(ge=1)] | None = Field(
        None, alias="each", description="again so much later"
    )
    times: Count = Field(1, description="so often in all, with each")
    text: Text = Field("", description="its warning, if not the family's own")
    warned_s: Duration = Field(0.1, alias="warned", description="from the warning to the end")
    off_s: Duration = Field(0.5, alias="off", description="without current")


class SimGone(Window):
    """The card loses contact: it is gone, and back when this ends."""

    opportunity: ClassVar[str] = "time"
    fault: Literal["sim_gone"] = "sim_gone"


class NoSignal(Window):
    """No coverage; what was there comes back when this ends."""

    opportunity: ClassVar[str] = "time"
    fault: Literal["no_signal"] = "no_signal"


class Reject(Active):
    """The network rejects the next registrations."""

    opportunity: ClassVar[str] = "a registration"
    fault: Literal["reject"] = "reject"
    cause: MmCause = Field(17, description="MM or GMM cause; 17 network failure, 22 congestion")
    domain: Domain | None = Field(None, description="cs or ps (else both)")
    times: Count = Field(1, description="so many of them")


class RejectData(Active):
    """The network refuses the next data sessions."""

    opportunity: ClassVar[str] = "a data session"
    fault: Literal["reject_data"] = "reject_data"
    cause: MmCause = Field(26, description="SM cause; 26 insufficient resources, 38 network failure")
    times: Count = Field(1, description="so many of them")


class Detach(Active):
    """The network puts the card off."""

    opportunity: ClassVar[str] = "time"
    fault: Literal["detach"] = "detach"
    cause: MmCause = Field(10, description="MM cause; 10 implicitly detached")


class DropData(Active):
    """The network takes the data session down."""

    opportunity: ClassVar[str] = "time"
    fault: Literal["drop_data"] = "drop_data"
    cause: MmCause = Field(36, description="SM cause; 36 regular deactivation")


ByteFault = Drop | Duplicate | Flip | Noise | Baud | Split | Delay
CommandFault = (
    LostOk | EchoFlip | WrongAnswer | LateAnswer | Busy | SlowSim | Hang | UrcInside | BootLine | Reboot
)
TimedFault = UrcStorm | Brownout | SimGone | NoSignal | Reject | RejectData | Detach | DropData

Fault = Annotated[ByteFault | CommandFault | TimedFault, Field(discriminator="fault")]
"""Any of them; JSON has its name in `fault`."""

FAULT: TypeAdapter[ByteFault | CommandFault | TimedFault] = TypeAdapter(Fault)

LEVELS: dict[str, tuple[type[ByteFault | CommandFault | TimedFault], ...]] = {
    "bytes": (Drop, Duplicate, Flip, Noise, Baud, Split, Delay),
    "commands": (LostOk, EchoFlip, WrongAnswer, LateAnswer, Busy, Hang),
    "news": (UrcStorm, UrcInside, BootLine),
    "power": (Brownout, Reboot),
    "card": (SimGone, SlowSim),
    "network": (NoSignal, Reject, RejectData, Detach, DropData),
}
"""The order in which people are shown them."""

FAULTS = {kind.model_fields["fault"].default: kind for kinds in LEVELS.values() for kind in kinds}
"""Class by name."""
