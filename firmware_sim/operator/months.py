"""Months and days as a bill counts them, in the operator's zone."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta, timezone
from typing import Final

MOSCOW: Final = timezone(timedelta(hours=3), "MSK")
"""Where the operator is, unless it is told otherwise."""


def month_of(day: date) -> date:
    """The month's first day."""
    return date(day.year, day.month, 1)


def months_back(day: date, count: int) -> date:
    """The first day of the month `count` months before that of `day`; negative counts go forward."""
    number = day.year * 12 + day.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def days_left(day: date) -> int:
    """Days of its month after `day`: 0 on the last."""
    return monthrange(day.year, day.month)[1] - day.day


def next_month(now: datetime) -> datetime:
    """Midnight at which the next month begins."""
    first = months_back(now.date(), -1)
    return datetime(first.year, first.month, 1, tzinfo=now.tzinfo)


def same_day_next_month(day: date) -> date:
    """The same day of the next month, or its last day where it has no such day."""
    first = months_back(day, -1)
    return first.replace(day=min(day.day, monthrange(first.year, first.month)[1]))


def a_month_later(moment: datetime) -> datetime:
    """The same hour of that day."""
    day = same_day_next_month(moment.date())
    return moment.replace(year=day.year, month=day.month, day=day.day)


def midnight_after(now: datetime, days: int = 1) -> datetime:
    """The beginning of the day `days` days after that of `now`."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)
