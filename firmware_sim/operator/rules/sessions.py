"""Sessions: a token for whoever has signed in; only its digest is written down.

A session ends by itself after a time, when its owner leaves, when he or the staff sets another password, and when his
card is lost or terminated. A password that somebody ordered by SMS ends none: anybody may order one for any number.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller
from firmware_sim.operator.records import Life, Role, Session, Subscriber

LASTS: Final = timedelta(hours=12)
MOST: Final = 20
"""At once for one person; the oldest one ends for a new one."""


def begin(draft: Draft, caller: Caller) -> str:
    """A session for somebody whose password was right; its token."""
    for over in draft.where(Session, lambda each: each.expires_at <= draft.now):
        draft.delete(over)
    for oldest in _of(draft, caller)[: -MOST + 1]:
        draft.delete(oldest)
    token = draft.random.randbytes(24).hex()
    draft.put(
        Session(
            token_digest=_digest(token),
            role=caller.role,
            subject=caller.subject,
            expires_at=draft.now + LASTS,
        )
    )
    return token


def caller_of(draft: Draft, token: str) -> Caller | None:
    """Whose token it is, while the session lasts."""
    session = draft.get(Session, _digest(token))
    if session is None or session.expires_at <= draft.now:
        return None
    card = draft.get(Subscriber, session.subject) if session.role is Role.SUBSCRIBER else None
    if card is not None and card.life is Life.TERMINATED:
        return None
    return Caller(session.role, session.subject)


def end(draft: Draft, caller: Caller, token: str) -> None:
    """He leaves (S1.14); leaving twice is no error."""
    session = draft.get(Session, _digest(token))
    if session is not None:
        draft.delete(session)


def end_all(draft: Draft, caller: Caller, *, but_token: str = "") -> None:
    """End all sessions of somebody, except the one that he is in."""
    kept = _digest(but_token)
    for session in _of(draft, caller):
        if session.token_digest != kept:
            draft.delete(session)


def _of(draft: Draft, caller: Caller) -> list[Session]:
    """By their ends, which are in the order of their beginnings."""
    found = draft.where(Session, lambda each: (each.role, each.subject) == (caller.role, caller.subject))
    return sorted(found, key=lambda each: each.expires_at)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
