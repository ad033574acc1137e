"""The words of commissioning: its states, reasons, events and effects, and the snapshot that is saved.

Kept apart from the machine (`lifecycle`), so that who only reports or runs need not read the table.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from provisioning.backoff import Ladder


class State(StrEnum):
    """Where commissioning stands."""

    NO_MODEM = "no_modem"
    MODEM_STARTING = "modem_starting"
    SIM_MISSING = "sim_missing"
    SIM_LOCKED = "sim_locked"
    SEARCHING = "searching"
    DENIED = "denied"
    WAITING_ACTIVATION = "waiting_activation"
    REGISTERED_NO_DATA = "registered_no_data"
    ATTACHED = "attached"
    CLOUD_CONNECTING = "cloud_connecting"
    REGISTERING = "registering"
    PENDING_APPROVAL = "pending_approval"
    ONLINE = "online"
    STOPPED = "stopped"


class Reason(StrEnum):
    """Why it stands there."""

    # no_modem
    STARTED = "started"
    LINK_NOT_FOUND = "link_not_found"
    LINK_BUSY = "link_busy"
    LINK_PERMISSION = "link_permission"
    LINK_LOST = "link_lost"
    NO_ANSWER = "no_answer"
    # modem_starting
    REBOOTED = "rebooted"
    # modem_starting, no_modem
    BROWN_OUT = "brown_out"
    RESTARTS_AGAIN = "restarts_again"
    # sim_missing, sim_locked
    SIM_ABSENT = "sim_absent"
    SIM_FAILED = "sim_failed"
    PIN_NEEDED = "pin_needed"
    PIN_WRONG = "pin_wrong"
    PIN_LAST_TRY = "pin_last_try"
    PUK_NEEDED = "puk_needed"
    # searching
    NO_SIGNAL = "no_signal"
    # denied, waiting_activation
    NOT_ACTIVATED = "not_activated"
    SIM_BLOCKED = "sim_blocked"
    DEVICE_REFUSED = "device_refused"
    AREA_REFUSED = "area_refused"
    NETWORK_TROUBLE = "network_trouble"
    # registered_no_data
    DATA_NOT_ENABLED = "data_not_enabled"
    DATA_REFUSED = "data_refused"
    # cloud_connecting, registering
    BROKER_UNREACHABLE = "broker_unreachable"
    BROKER_REFUSED = "broker_refused"
    CLOUD_SILENT = "cloud_silent"
    # stopped, registering
    UNKNOWN_SERIAL = "unknown_serial"
    KEY_MISMATCH = "key_mismatch"
    CLAIM_REFUSED = "claim_refused"
    DISABLED = "disabled"
    ACTIVATED = "activated"
    REQUESTED = "requested"


class Network(StrEnum):
    """What the modem says of its registration in one domain."""

    IDLE = "idle"
    SEARCHING = "searching"
    DENIED = "denied"
    HOME = "home"
    ROAMING = "roaming"
    EMERGENCY = "emergency"

    @property
    def registered(self) -> bool:
        return self in {Network.HOME, Network.ROAMING}


class Goal(StrEnum):
    """How far to go."""

    ONLINE = "online"
    ACTIVATED = "activated"
    """Pre-activation: stop as soon as the network serves the card; never open a data session."""


SimStatus: TypeAlias = Literal["ready", "missing", "failed", "pin", "puk"]


@dataclass(frozen=True, slots=True)
class Commissioning:
    """Everything commissioning must remember: immutable, small, saved before its effects run.

    Times are wall time in seconds. `attempts` counts for the present card; `waiting_since` is when its first denial
    came, `activation_wait_s` how long it took in the end.
    """

    state: State = State.NO_MODEM
    reason: Reason | None = Reason.STARTED
    since: float = 0.0
    goal: Goal = Goal.ONLINE
    ladder: Ladder = field(default_factory=Ladder)
    attempts: int = 0
    waiting_since: float | None = None
    activation_wait_s: float | None = None
    imei: str | None = None
    simulated: bool = False
    iccid: str | None = None
    imsi: str | None = None
    pin_attempts_left: int | None = None
    rssi_dbm: int | None = None
    cs: Network = Network.IDLE
    ps: Network = Network.IDLE
    cause: int | None = None
    data_cause: int | None = None
    address: str | None = None
    broker_code: int | None = None
    cloud_reason: str | None = None
    device_id: str | None = None
    registrations: int = 0
    register_attempts: int = 0
    failures: int = 0
    """In a row, of the step under way: decides how long to wait before trying it again."""
    restarts: tuple[float, ...] = ()
    """When the modem restarted lately (provisioning.restarts)."""

    @property
    def next_attempt_at(self) -> float | None:
        return self.ladder.planned_at

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Commissioning:
        """Raises ValueError for what is no snapshot. Unknown keys of a newer version are ignored."""
        try:
            raw: dict[str, Any] = json.loads(text)
            known = {f.name for f in fields(cls)}
            values = {name: value for name, value in raw.items() if name in known}
            in_ladder = {f.name for f in fields(Ladder)}
            ladder = {name: value for name, value in values.pop("ladder").items() if name in in_ladder}
            ladder["stamps"] = tuple(ladder["stamps"])
            reason = values.pop("reason")
            restarts = tuple(values.pop("restarts", ()))
            return replace(
                cls(),
                **{
                    **values,
                    "ladder": Ladder(**ladder),
                    "restarts": restarts,
                    "state": State(values["state"]),
                    "reason": None if reason is None else Reason(reason),
                    "goal": Goal(values["goal"]),
                    "cs": Network(values["cs"]),
                    "ps": Network(values["ps"]),
                },
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a commissioning snapshot: {error}") from error


# --- events: what has happened ---


@dataclass(frozen=True, slots=True)
class Started:
    """The program starts; the snapshot is the one of its last life, or new."""

    goal: Goal = Goal.ONLINE


@dataclass(frozen=True, slots=True)
class ModemReady:
    imei: str
    model: str = ""
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class ModemLost:
    """`kind` is that of the AT error: link_lost, link_busy, no_answer, modem_rebooted, modem_brown_out, …"""

    kind: str


@dataclass(frozen=True, slots=True)
class SimReported:
    status: SimStatus
    iccid: str | None = None
    imsi: str | None = None
    pin_attempts_left: int | None = None


@dataclass(frozen=True, slots=True)
class PinRejected:
    """No PIN was entered, or it was wrong: `wrong`, `last_try`, `not_given`, `puk`."""

    why: str
    attempts_left: int | None = None


@dataclass(frozen=True, slots=True)
class RadioReported:
    """One look at signal and registration, which costs the network nothing."""

    rssi_dbm: int | None
    cs: Network
    ps: Network
    cs_cause: int | None = None
    ps_cause: int | None = None


@dataclass(frozen=True, slots=True)
class AttemptDue:
    """The moment of the planned attempt has come."""


@dataclass(frozen=True, slots=True)
class AttemptFinished:
    """The radio cycle was carried out; what it brought is reported by RadioReported."""


@dataclass(frozen=True, slots=True)
class Hint:
    """Somebody believes that the card is active now: a person, a webhook, a text message."""

    source: str


@dataclass(frozen=True, slots=True)
class DataOpened:
    address: str | None = None


@dataclass(frozen=True, slots=True)
class DataRefused:
    """`cause` is an SM cause (3GPP TS 24.008, 10.5.6.6)."""

    cause: int | None = None


@dataclass(frozen=True, slots=True)
class DataLost:
    """The network or the modem has ended the data session."""


@dataclass(frozen=True, slots=True)
class BrokerConnected:
    pass


@dataclass(frozen=True, slots=True)
class BrokerLost:
    kind: str = "lost"


@dataclass(frozen=True, slots=True)
class BrokerRefused:
    """`code` is the broker's reason code (MQTT 5, 2.4; 3.1.1 codes are translated)."""

    code: int


@dataclass(frozen=True, slots=True)
class RegisterAnswered:
    status: str
    retry_after_s: float | None = None
    reason: str | None = None
    device_id: str | None = None


@dataclass(frozen=True, slots=True)
class RegisterTimedOut:
    pass


@dataclass(frozen=True, slots=True)
class StopRequested:
    pass


@dataclass(frozen=True, slots=True)
class ClockJumped:
    """The wall clock was set by so much."""

    by_s: float


Event: TypeAlias = (
    Started
    | ModemReady
    | ModemLost
    | SimReported
    | PinRejected
    | RadioReported
    | AttemptDue
    | AttemptFinished
    | Hint
    | DataOpened
    | DataRefused
    | DataLost
    | BrokerConnected
    | BrokerLost
    | BrokerRefused
    | RegisterAnswered
    | RegisterTimedOut
    | StopRequested
    | ClockJumped
)


# --- effects: what is to be done ---


@dataclass(frozen=True, slots=True)
class OpenModem:
    """ModemReady or ModemLost follows."""

    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ReadSim:
    """SimReported follows."""

    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class EnterPin:
    """By the PIN policy; SimReported or PinRejected follows."""


@dataclass(frozen=True, slots=True)
class WatchRadio:
    """Report signal and registration now and on each change, until the modem is lost."""


@dataclass(frozen=True, slots=True)
class CycleRadio:
    """Radio off and on again: this is the attempt, and it was charged. AttemptFinished follows."""


@dataclass(frozen=True, slots=True)
class ScheduleAttempt:
    """AttemptDue at this wall time; replaces what was scheduled."""

    at: float


@dataclass(frozen=True, slots=True)
class CancelAttempt:
    pass


@dataclass(frozen=True, slots=True)
class OpenData:
    """DataOpened or DataRefused follows."""

    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class CloseData:
    pass


@dataclass(frozen=True, slots=True)
class ConnectBroker:
    """BrokerConnected, BrokerLost or BrokerRefused follows."""

    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DisconnectBroker:
    pass


@dataclass(frozen=True, slots=True)
class SendRegister:
    """RegisterAnswered or RegisterTimedOut follows."""

    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class StartTelemetry:
    pass


@dataclass(frozen=True, slots=True)
class StopTelemetry:
    pass


@dataclass(frozen=True, slots=True)
class PublishState:
    """Tell the cloud, as soon as there is a way to, and whoever watches."""


Effect: TypeAlias = (
    OpenModem
    | ReadSim
    | EnterPin
    | WatchRadio
    | CycleRadio
    | ScheduleAttempt
    | CancelAttempt
    | OpenData
    | CloseData
    | ConnectBroker
    | DisconnectBroker
    | SendRegister
    | StartTelemetry
    | StopTelemetry
    | PublishState
)
