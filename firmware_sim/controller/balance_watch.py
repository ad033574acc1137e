"""The account behind the controller's card: asked by USSD, seldom, and judged by a threshold.

Asked once in `EVERY_S`, after a failure again in `AGAIN_S`, at once where `#S12` has changed; the times hold whatever
the modem does in between. Low is below the threshold, and until the account is `MARGIN_KOPECKS` above it: money that
comes and goes around it is told once. The bounds are ours.
"""

from __future__ import annotations

import logging
from typing import Final

from at_commands.client import AtClient
from at_commands.errors import CommandFailedError
from at_commands.ussd_session import UssdEndedError, UssdSession
from firmware_sim.controller.system_parameters import balance_code
from provisioning.operator_account import Money
from provisioning.operator_answers import AnswerError, parse_balance

log: Final = logging.getLogger(__name__)

EVERY_S: Final = 24 * 3600.0
AGAIN_S: Final = 3600.0
MARGIN_KOPECKS: Final = 1000


class BalanceWatch:
    """Remembers what the operator has said last."""

    def __init__(self) -> None:
        self.money: Money | None = None
        self.low = False
        self._setting = ""
        self._next_s = 0.0

    async def ask(self, at: AtClient, setting: str, now_s: float) -> None:
        """Ask if it is time.

        Args:
            setting: of `#S12`.
            now_s: a steady clock.

        Raises:
            AtError: the modem broke. An operator who says nothing of use is no error.
        """
        wanted = balance_code(setting)
        if wanted is None:
            self.low = False
            return
        if now_s < self._next_s and setting == self._setting:
            return
        code, threshold = wanted
        self._setting, self._next_s = setting, now_s + AGAIN_S
        try:
            async with UssdSession(at) as session:
                money = parse_balance((await session.request(code)).text or "")
        except (AnswerError, UssdEndedError, CommandFailedError, ValueError) as error:
            log.warning("SIMULATOR: the balance is not known: %s", type(error).__name__)
            return
        self._next_s = now_s + EVERY_S
        self.money = money
        self.low = money.kopecks < threshold * 100 + (MARGIN_KOPECKS if self.low else 0)
