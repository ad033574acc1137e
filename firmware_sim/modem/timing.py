"""How long things take on a real SIM800: shortest and longest, in seconds, scaled by ``ModemSettings.delay``.

What the network takes (search, registration, PDP, SMS, USSD) is in its own configuration.
"""

from typing import Final

Span = tuple[float, float]

BOOT: Final[Span] = (2.2, 3.2)  # power key to RDY
SIM_START: Final[Span] = (0.6, 1.2)  # RDY to +CPIN
FIRST_READY: Final[Span] = (3.0, 6.0)  # the card's start to the first of the ready lines
NEXT_READY: Final[Span] = (0.5, 2.0)
SIM_ACCESS: Final[Span] = (0.05, 0.3)  # a PIN check
CARD_FILE: Final[Span] = (0.01, 0.06)  # one access to a file
RADIO_SWITCH: Final[Span] = (1.0, 3.0)  # CFUN
POWER_DOWN: Final[Span] = (1.0, 2.0)
OPERATOR_SCAN: Final[Span] = (20.0, 45.0)
DETACH: Final[Span] = (0.5, 1.5)
PDP_CLOSE: Final[Span] = (0.3, 1.2)
SOCKET_CLOSE: Final[Span] = (0.05, 0.3)
TCP_FAIL: Final[Span] = (1.0, 5.0)  # a host out of reach

# Protocol timers (3GPP TS 24.008 11.2). They are the standard's, so no scale applies.
T3211_S: Final = 15.0  # between attempts after a temporary reject
ATTEMPTS_BEFORE_T3212: Final = 4
T3212_S: Final = 12 * 60.0  # after the fourth: T3212 / T3302
FORBIDDEN_RETRY_S: Final = 12 * 60.0  # a forbidden area is looked at again, as T3302
ABORTABLE_AFTER_S: Final = 0.125
"""Characters that come sooner after a command line do not abort it (V.250 5.6.1)."""
URC_HOLD_S: Final = 1.0  # a URC waits for a line half typed, no longer
