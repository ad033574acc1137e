"""Sessions: a token for whoever has signed in; only its digest is written down."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller
from firmware_sim.operator.records import Session

LASTS: Final = timedelta(hours=12)


def begin(draft: Draft, caller: Caller) -> str:
    """A session for somebody whose password was right; its token."""
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
    return Caller(session.role, session.subject)


def end(draft: Draft, caller: Caller, token: str) -> None:
    """He leaves (S1.14); leaving twice is no error."""
    session = draft.get(Session, _digest(token))
    if session is not None:
        draft.delete(session)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
