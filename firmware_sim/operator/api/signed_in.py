"""Who asks: the staff by its token, everybody else by the token of a session."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import Depends, Request

from firmware_sim.http_api.problems import ProblemError
from firmware_sim.operator.callers import OPERATOR, Caller
from firmware_sim.operator.operator import Operator
from firmware_sim.operator.rules.sessions import caller_of


async def operator_asked(request: Request) -> Operator:
    """The operator behind the application."""
    operator: Operator = request.app.state.operator
    return operator


async def caller_signed_in(request: Request) -> Caller:
    """Who presents his token. Raises ProblemError(401)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    staff_token: str = request.app.state.staff_token
    if scheme.lower() == "bearer" and token:
        if secrets.compare_digest(token.encode(), staff_token.encode()):
            return OPERATOR
        operator = await operator_asked(request)
        if (caller := operator.ask(caller_of, token)) is not None:
            return caller
    raise ProblemError(
        401, "unauthorized", "sign in (POST /api/v1/sessions) and say Authorization: Bearer and its token"
    )


OperatorAsked = Annotated[Operator, Depends(operator_asked)]
SignedIn = Annotated[Caller, Depends(caller_signed_in)]
"""Parameters of the routes."""
