"""How often the controller answers a phone, so that it and another machine cannot write to each other for ever.

To one number go at most `HOURLY` answers in any hour and `DAILY` in any day, of those at most `NONSENSE` in any day to
messages that were no commands. The last answer of an hour or a day says so; what comes then is neither answered nor
carried out. The bounds are ours.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

HOUR_S: Final = 3600.0
DAY_S: Final = 24 * HOUR_S
HOURLY: Final = 10
DAILY: Final = 30
NONSENSE: Final = 3


@dataclass(slots=True)
class _Spent:
    answers_s: deque[float] = field(default_factory=lambda: deque(maxlen=DAILY))
    nonsense_s: deque[float] = field(default_factory=lambda: deque(maxlen=NONSENSE))


class AnswerBudget:
    """Counts the answers to each number.

    Args:
        now_s: a steady clock.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._spent: dict[str, _Spent] = {}

    def take(self, number: str, *, nonsense: bool = False) -> bool:
        """Take one answer. False: there is none left."""
        now_s, spent = self._now_s(), self._spent.setdefault(number, _Spent())
        if self._wait_s(spent, now_s) > 0:
            return False
        if nonsense:
            if len(spent.nonsense_s) == NONSENSE and now_s < spent.nonsense_s[0] + DAY_S:
                return False
            spent.nonsense_s.append(now_s)
        spent.answers_s.append(now_s)
        return True

    def wait_s(self, number: str) -> float:
        """Until there is another answer for this number; 0: there is one."""
        spent = self._spent.get(number)
        return 0.0 if spent is None else self._wait_s(spent, self._now_s())

    def _wait_s(self, spent: _Spent, now_s: float) -> float:
        answers_s = spent.answers_s
        waits = [0.0]
        if len(answers_s) >= HOURLY:
            waits.append(answers_s[-HOURLY] + HOUR_S - now_s)
        if len(answers_s) == DAILY:
            waits.append(answers_s[0] + DAY_S - now_s)
        return max(waits)
