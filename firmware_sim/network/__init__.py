"""The radio network and its operator, emulated.

In: procedures of modems (register, open a data session, USSD, messages), commands of the operator, time.
Out: answers and
notices. The invariant: an activation is silent, so a modem that was denied for good learns of it only by
asking anew.
"""

from firmware_sim.network.answers import (
    Accepted,
    CallAnswered,
    CallArrived,
    CallEnded,
    Detached,
    Domain,
    NetworkNotice,
    PdpAccepted,
    PdpDropped,
    PdpRejected,
    Rejected,
    SignalChanged,
    SmsArrived,
    SmsRefusedError,
    SmsReported,
    UserData,
    UssdPushed,
    UssdReply,
)
from firmware_sim.network.config import NetworkConfig
from firmware_sim.network.core import Network, PdpSession, RegistrationRecord
from firmware_sim.network.runner import NetworkRunner
from firmware_sim.network.sms_centre import SmsConduct
from firmware_sim.network.subscriber import Provision, StateChange, Subscriber, SubscriberState

__all__ = [
    "Accepted",
    "CallAnswered",
    "CallArrived",
    "CallEnded",
    "Detached",
    "Domain",
    "Network",
    "NetworkConfig",
    "NetworkNotice",
    "NetworkRunner",
    "PdpAccepted",
    "PdpDropped",
    "PdpRejected",
    "PdpSession",
    "Provision",
    "RegistrationRecord",
    "Rejected",
    "SignalChanged",
    "SmsArrived",
    "SmsConduct",
    "SmsRefusedError",
    "SmsReported",
    "StateChange",
    "Subscriber",
    "SubscriberState",
    "UserData",
    "UssdPushed",
    "UssdReply",
]
