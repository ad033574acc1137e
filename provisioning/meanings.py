"""What others say, and what it means here: causes of the network, errors of the modem, words of the registrar."""

from __future__ import annotations

from typing import Final

from provisioning.journey import Reason, State

PERMANENT_CAUSES: Final = frozenset({2, 3, 5, 6, 7, 8, 11, 14})
"""After these the modem does not try again by itself (3GPP TS 24.008, 4.4.4.7 and 4.7.3.1.4)."""

DENIALS: Final[dict[int | None, tuple[State, Reason]]] = {
    None: (State.WAITING_ACTIVATION, Reason.NOT_ACTIVATED),
    2: (State.WAITING_ACTIVATION, Reason.NOT_ACTIVATED),
    8: (State.WAITING_ACTIVATION, Reason.NOT_ACTIVATED),
    3: (State.DENIED, Reason.SIM_BLOCKED),
    5: (State.DENIED, Reason.DEVICE_REFUSED),
    6: (State.DENIED, Reason.DEVICE_REFUSED),
    11: (State.DENIED, Reason.AREA_REFUSED),
    12: (State.DENIED, Reason.AREA_REFUSED),
    13: (State.DENIED, Reason.AREA_REFUSED),
    14: (State.DENIED, Reason.AREA_REFUSED),
    15: (State.DENIED, Reason.AREA_REFUSED),
}
"""Where a reject cause leads; all others are trouble of the network."""

ANSWERS: Final[dict[str, Reason]] = {
    "unknown_serial": Reason.UNKNOWN_SERIAL,
    "key_mismatch": Reason.KEY_MISMATCH,
    "claim_mismatch": Reason.CLAIM_REFUSED,
    "bad_claim": Reason.CLAIM_REFUSED,
}
"""What the registrar's reasons for `failed` mean here."""

LOSSES: Final[dict[str, Reason]] = {
    "link_not_found": Reason.LINK_NOT_FOUND,
    "link_url": Reason.LINK_NOT_FOUND,
    "link_busy": Reason.LINK_BUSY,
    "link_permission": Reason.LINK_PERMISSION,
    "no_answer": Reason.NO_ANSWER,
    "command_timeout": Reason.NO_ANSWER,
}

RESTARTS: Final[dict[str, Reason]] = {
    "modem_rebooted": Reason.REBOOTED,
    "modem_brown_out": Reason.BROWN_OUT,
}

UNSTABLE: Final = frozenset({Reason.BROWN_OUT, Reason.RESTARTS_AGAIN})
"""The supply is to blame, or very likely so."""

REJECTED_PINS: Final[dict[str, Reason]] = {
    "wrong": Reason.PIN_WRONG,
    "last_try": Reason.PIN_LAST_TRY,
    "puk": Reason.PUK_NEEDED,
}
