"""Result codes and causes as the standards number them, for both ends: what one prints the other reads.

`retryable` says that the same request may succeed later with nothing changed; everything else needs somebody
to act.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

SIMULATOR_PROBE: Final = "AT%THERMOGATE?"
"""Only the emulated modem answers this. See docs/adr/0006."""

SIMULATOR_ANSWER: Final = '%THERMOGATE: "simulator"'


@dataclass(frozen=True, slots=True)
class Code:
    """One numbered result or cause."""

    name: str
    retryable: bool = False


def _table(names: dict[int, str], retryable: set[int]) -> dict[int, Code]:
    return {number: Code(name, number in retryable) for number, name in names.items()}


CME: Final = _table(
    {  # 3GPP TS 27.007, 9.2
        0: "phone failure",
        1: "no connection to phone",
        2: "phone-adaptor link reserved",
        3: "operation not allowed",
        4: "operation not supported",
        5: "PH-SIM PIN required",
        6: "PH-FSIM PIN required",
        7: "PH-FSIM PUK required",
        10: "SIM not inserted",
        11: "SIM PIN required",
        12: "SIM PUK required",
        13: "SIM failure",
        14: "SIM busy",
        15: "SIM wrong",
        16: "incorrect password",
        17: "SIM PIN2 required",
        18: "SIM PUK2 required",
        20: "memory full",
        21: "invalid index",
        22: "not found",
        23: "memory failure",
        24: "text string too long",
        25: "invalid characters in text string",
        26: "dial string too long",
        27: "invalid characters in dial string",
        30: "no network service",
        31: "network timeout",
        32: "network not allowed - emergency calls only",
        40: "network personalization PIN required",
        41: "network personalization PUK required",
        42: "network subset personalization PIN required",
        43: "network subset personalization PUK required",
        44: "service provider personalization PIN required",
        45: "service provider personalization PUK required",
        46: "corporate personalization PIN required",
        47: "corporate personalization PUK required",
        48: "hidden key required",
        49: "EAP method not supported",
        50: "incorrect parameters",
        51: "command implemented but currently disabled",
        52: "command aborted by user",
        53: "not attached to network due to MT functionality restrictions",
        54: "modem not allowed - MT restricted to emergency calls only",
        55: "operation not allowed because of MT functionality restrictions",
        56: "fixed dial number only allowed",
        57: "temporarily out of service due to other MT usage",
        58: "invalid command",  # SIMCom's use; the standard says: language/alphabet not supported
        59: "unexpected data value",
        60: "system failure",
        61: "data missing",
        62: "call barred",
        63: "message waiting indication subscription failure",
        100: "unknown",
        102: "IMSI unknown in HLR",
        103: "illegal MS",
        104: "IMSI unknown in VLR",
        105: "IMEI not accepted",
        106: "illegal ME",
        107: "GPRS services not allowed",
        108: "GPRS and non-GPRS services not allowed",
        109: "MS identity cannot be derived",
        110: "implicitly detached",
        111: "PLMN not allowed",
        112: "location area not allowed",
        113: "roaming not allowed in this location area",
        114: "GPRS services not allowed in this PLMN",
        115: "no suitable cells in location area",
        116: "MSC temporarily not reachable",
        117: "network failure",
        118: "CS domain not available",
        119: "ESM failure",
        122: "congestion",
        125: "not authorized for this CSG",
        126: "insufficient resources",
        127: "missing or unknown APN",
        128: "unknown PDP address or PDP type",
        129: "user authentication failed",
        130: "activation rejected by GGSN",
        131: "activation rejected, unspecified",
        132: "service option not supported",
        133: "requested service option not subscribed",
        134: "service option temporarily out of order",
        135: "NSAPI already in use",
        136: "regular PDP context deactivation",
        137: "QoS not accepted",
        138: "call cannot be identified",
        139: "CS service temporarily not available",
        140: "feature not supported",
        141: "semantic errors in the TFT operation",
        142: "syntactical errors in the TFT operation",
        143: "unknown PDP context",
        144: "semantic errors in packet filters",
        145: "syntactical errors in packet filters",
        146: "PDP context without TFT already activated",
        148: "unspecified GPRS error",
        149: "PDP authentication failure",
        150: "invalid mobile class",
        171: "last PDN disconnection not allowed",
        172: "semantically incorrect message",
        173: "invalid mandatory information",
        174: "message type not implemented",
        175: "conditional IE error",
        176: "protocol error",
        177: "operator determined barring",
        178: "maximum number of bearers reached",
        179: "APN not supported in current RAT-PLMN combination",
        180: "request rejected, bearer control mode violation",
        185: "no bearer",
        190: "network failure on activation",
        191: "reactivation requested",
        192: "PDP type IPv4 only allowed",
        193: "PDP type IPv6 only allowed",
        # SIMCom's own (SIM900/SIM800 manuals)
        754: "invalid SIM command",
        765: "invalid input value",
        766: "unsupported mode",
        767: "operation failed",
        768: "multiplexer already running",
        770: "SIM network reject",
        772: "SIM powered down",
        773: "SIM file not present",
    },
    # 512-515 are the "busy, try again" of several vendors.
    retryable={14, 30, 31, 104, 109, 110, 116, 117, 122, 126, 134, 139, 190, 191},
) | {number: Code("modem busy", retryable=True) for number in (512, 513, 514, 515)}

CMS: Final = _table(
    {  # 3GPP TS 27.005, 3.2.5; below 128 RP causes of TS 24.011, below 300 TP causes of TS 23.040
        1: "unassigned number",
        8: "operator determined barring",
        10: "call barred",
        17: "network failure",
        21: "short message transfer rejected",
        22: "congestion",
        27: "destination out of service",
        28: "unidentified subscriber",
        29: "facility rejected",
        30: "unknown subscriber",
        38: "network out of order",
        41: "temporary failure",
        42: "congestion",
        47: "resources unavailable",
        50: "requested facility not subscribed",
        69: "requested facility not implemented",
        81: "invalid reference value",
        95: "invalid message",
        96: "invalid mandatory information",
        97: "message type not implemented",
        98: "message not compatible with the protocol state",
        99: "information element not implemented",
        111: "protocol error",
        127: "interworking",
        128: "telematic interworking not supported",
        129: "short message type 0 not supported",
        130: "short message cannot be replaced",
        143: "unspecified TP-PID error",
        144: "data coding scheme not supported",
        145: "message class not supported",
        159: "unspecified TP-DCS error",
        160: "command cannot be acted on",
        161: "command not supported",
        175: "unspecified TP-command error",
        176: "TPDU not supported",
        192: "SC busy",
        193: "no SC subscription",
        194: "SC system failure",
        195: "invalid SME address",
        196: "destination SME barred",
        197: "duplicate short message rejected",
        198: "TP-VPF not supported",
        199: "TP-VP not supported",
        208: "SIM SMS storage full",
        209: "no SMS storage capability in SIM",
        210: "error in MS",
        211: "memory capacity exceeded",
        212: "SIM application toolkit busy",
        213: "SIM data download error",
        255: "unspecified error cause",
        300: "ME failure",
        301: "SMS service of ME reserved",
        302: "operation not allowed",
        303: "operation not supported",
        304: "invalid PDU mode parameter",
        305: "invalid text mode parameter",
        310: "SIM not inserted",
        311: "SIM PIN required",
        312: "PH-SIM PIN required",
        313: "SIM failure",
        314: "SIM busy",
        315: "SIM wrong",
        316: "SIM PUK required",
        317: "SIM PIN2 required",
        318: "SIM PUK2 required",
        320: "memory failure",
        321: "invalid memory index",
        322: "memory full",
        330: "SMSC address unknown",
        331: "no network service",
        332: "network timeout",
        340: "no +CNMA acknowledgement expected",
        500: "unknown error",
        512: "user abort",
        513: "unable to store",
        514: "invalid status",
        517: "invalid character in PDU",
        520: "timer expired",
        538: "invalid parameter",
        532: "SIM not ready",
    },
    retryable={22, 38, 41, 42, 47, 192, 212, 314, 331, 332, 500, 515, 532},
) | {515: Code("modem busy", retryable=True)}

MM_CAUSES: Final = _table(
    {  # 3GPP TS 24.008, 10.5.3.6 and 10.5.5.14
        2: "IMSI unknown in HLR",
        3: "illegal MS",
        4: "IMSI unknown in VLR",
        5: "IMEI not accepted",
        6: "illegal ME",
        7: "GPRS services not allowed",
        8: "GPRS and non-GPRS services not allowed",
        9: "MS identity cannot be derived by the network",
        10: "implicitly detached",
        11: "PLMN not allowed",
        12: "location area not allowed",
        13: "roaming not allowed in this location area",
        14: "GPRS services not allowed in this PLMN",
        15: "no suitable cells in location area",
        16: "MSC temporarily not reachable",
        17: "network failure",
        20: "MAC failure",
        21: "synch failure",
        22: "congestion",
        23: "GSM authentication unacceptable",
        25: "not authorized for this CSG",
        28: "SMS provided via GPRS in this routing area",
        32: "service option not supported",
        33: "requested service option not subscribed",
        34: "service option temporarily out of order",
        38: "call cannot be identified",
        40: "no PDP context activated",
        95: "semantically incorrect message",
        96: "invalid mandatory information",
        97: "message type non-existent or not implemented",
        98: "message type not compatible with the protocol state",
        99: "information element non-existent or not implemented",
        100: "conditional IE error",
        101: "message not compatible with the protocol state",
        111: "protocol error, unspecified",
    },
    retryable={4, 9, 10, 12, 13, 15, 16, 17, 20, 21, 22, 34, 40, 95, 96, 97, 98, 99, 100, 101, 111},
)

SM_CAUSES: Final = _table(
    {  # 3GPP TS 24.008, 10.5.6.6
        8: "operator determined barring",
        25: "LLC or SNDCP failure",
        26: "insufficient resources",
        27: "missing or unknown APN",
        28: "unknown PDP address or PDP type",
        29: "user authentication failed",
        30: "activation rejected by GGSN",
        31: "activation rejected, unspecified",
        32: "service option not supported",
        33: "requested service option not subscribed",
        34: "service option temporarily out of order",
        35: "NSAPI already used",
        36: "regular PDP context deactivation",
        37: "QoS not accepted",
        38: "network failure",
        39: "reactivation required",
        50: "PDP type IPv4 only allowed",
        51: "PDP type IPv6 only allowed",
        66: "APN not supported in current RAT-PLMN combination",
    },
    retryable={25, 26, 31, 34, 38, 39},
)

SM_CAUSE_TO_CME: Final = {
    8: 177,
    26: 126,
    27: 127,
    28: 128,
    29: 129,
    30: 130,
    31: 131,
    32: 132,
    33: 133,
    34: 134,
    66: 179,
}
"""How a PDP refusal appears on +CME ERROR; other causes appear as 148 (3GPP TS 27.007, 9.2.2)."""

CME_TO_SM_CAUSE: Final = {cme: cause for cause, cme in SM_CAUSE_TO_CME.items()}
"""The way back."""


class RegistrationStatus(IntEnum):
    """`<stat>` of +CREG, +CGREG and +CEREG (3GPP TS 27.007, 7.2, 10.1.20, 10.1.22)."""

    IDLE = 0
    HOME = 1
    SEARCHING = 2
    DENIED = 3
    UNKNOWN = 4
    ROAMING = 5
    HOME_SMS_ONLY = 6
    ROAMING_SMS_ONLY = 7
    EMERGENCY_ONLY = 8
    HOME_CSFB_NOT_PREFERRED = 9
    ROAMING_CSFB_NOT_PREFERRED = 10
    ACCESS_TO_RLOS = 11

    @property
    def registered(self) -> bool:
        """The network serves this SIM, be it only with SMS."""
        return self in _REGISTERED

    @property
    def roaming(self) -> bool:
        return self in {self.ROAMING, self.ROAMING_SMS_ONLY, self.ROAMING_CSFB_NOT_PREFERRED}


_REGISTERED: Final = frozenset(
    {
        RegistrationStatus.HOME,
        RegistrationStatus.ROAMING,
        RegistrationStatus.HOME_SMS_ONLY,
        RegistrationStatus.ROAMING_SMS_ONLY,
        RegistrationStatus.HOME_CSFB_NOT_PREFERRED,
        RegistrationStatus.ROAMING_CSFB_NOT_PREFERRED,
    }
)

BASIC_RESULTS: Final = {
    "OK": 0,
    "CONNECT": 1,
    "RING": 2,
    "NO CARRIER": 3,
    "ERROR": 4,
    "NO DIALTONE": 6,
    "BUSY": 7,
    "NO ANSWER": 8,
}
"""Result codes and their numbers under V0 (ITU-T V.250, 5.7.1)."""
