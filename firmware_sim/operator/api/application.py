"""The application: routes, who is asking, and refusals as problem details.

Reading is GET, setting is PUT, ordering is POST, taking away is DELETE. A refusal is a problem detail: its `type` is
the kind, its `rule` the source's rule, its `detail` in the language that the client accepts.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from firmware_sim.control import ControlledModem, make_app
from firmware_sim.http_api.document import describe
from firmware_sim.http_api.guard import guard
from firmware_sim.http_api.languages import language_of
from firmware_sim.http_api.problems import MEDIA_TYPE, Problem, tell_problems
from firmware_sim.operator.api import (
    company_routes,
    money_routes,
    number_routes,
    ownership_routes,
    service_routes,
    session_routes,
    staff_routes,
    subscriber_routes,
    support_routes,
    vendor_routes,
)
from firmware_sim.operator.console import add_console
from firmware_sim.operator.operator import Operator
from firmware_sim.operator.refusals import RefusedError

PREFIX: Final = "/api/v1"

ROUTES: Final = (
    session_routes,
    subscriber_routes,
    service_routes,
    number_routes,
    money_routes,
    company_routes,
    ownership_routes,
    vendor_routes,
    staff_routes,
    support_routes,
)

_TAGS: Final = [
    {"name": "signing in", "description": "Captcha, password by SMS, session."},
    {"name": "subscribers", "description": "Cards, their services and what they cost."},
    {"name": "services", "description": "Services, tariff, temporary block."},
    {"name": "numbers", "description": "Internet package, forwarding, voice mail, settings, another number."},
    {"name": "company", "description": "A company's payments, invoices, instalments, requests, names."},
    {"name": "money", "description": "Accounts, charges, statements, transfers, credit, points."},
    {"name": "vendor", "description": "The vendor's service: users, controllers, kit cards, payments."},
    {"name": "support", "description": "Salon and call centre: form, passwords, lost cards, money, balance."},
    {"name": "staff", "description": "What the operator's own people do."},
]


def make_operator_app(
    operator: Operator, *, staff_token: str, modems: Mapping[str, ControlledModem] | None = None
) -> FastAPI:
    """The application.

    Args:
        operator: whose orders these are.
        staff_token: whoever presents it (RFC 6750) is the operator's staff.
        modems: simulated modems in its network; the staff's hand on them is under `/bench`.
    """
    app = FastAPI(
        title="Thermogate operator simulator",
        version=version("thermogate"),
        description="A **simulated** mobile operator and vendor's service: no real money, no real SIM cards.",
        openapi_tags=_TAGS,
        docs_url=None,
        redoc_url=None,
    )
    tell_problems(app)

    @app.exception_handler(RefusedError)
    async def refused(request: Request, error: RefusedError) -> JSONResponse:
        status = error.refusal.status
        problem = Problem(
            type=f"urn:thermogate:{error.kind}",
            title=status.phrase,
            status=status.value,
            detail=error.told(language_of(request)),
            rule=error.rule or None,
        )
        return JSONResponse(problem.model_dump(), status.value, media_type=MEDIA_TYPE)

    app.state.operator = operator
    app.state.staff_token = staff_token
    for routes in ROUTES:
        app.include_router(routes.router, prefix=PREFIX)
    if modems:
        app.mount("/bench", make_app(modems, token=staff_token))
    add_console(app, operator, staff_token=staff_token)
    guard(app)
    describe(app, secured=True)
    return app
