"""Errors as problem details (RFC 9457): one shape for whatever goes wrong, with the way out in `detail`.

A detail that is there in both languages is told in the one that the client accepts.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from firmware_sim.http_api.languages import language_of
from provisioning.explanation import Text

MEDIA_TYPE: Final = "application/problem+json"


class Problem(BaseModel):
    """What went wrong."""

    type: str = Field(description="a stable name of the kind, as a URN")
    title: str = Field(description="the kind in words")
    status: int
    detail: str = Field(description="what it was this time, and the way out")
    rule: str | None = Field(default=None, description="the rule of the source behind a refusal, if one is")
    errors: list[FieldError] = Field(default=[], description="the fields that are wrong, if any are")


class FieldError(BaseModel):
    """One wrong field."""

    field: str = Field(examples=["rssi_dbm"])
    detail: str


Problem.model_rebuild()


class ProblemError(Exception):
    """A request that cannot be carried out."""

    def __init__(self, status: int, kind: str, detail: str | Text) -> None:
        super().__init__(detail if isinstance(detail, str) else detail.en)
        self.status: Final = status
        self.kind: Final = kind
        self.detail: Final = detail


def responses(*statuses: int) -> dict[int | str, dict[str, object]]:
    """These errors, for OpenAPI."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def tell_problems(app: FastAPI) -> None:
    """Have all errors of an application told in this shape."""

    @app.exception_handler(ProblemError)
    async def refused(request: Request, error: ProblemError) -> JSONResponse:
        told = error.detail
        return _answer(
            error.status, error.kind, told if isinstance(told, str) else told.in_(language_of(request))
        )

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        wrong = [
            FieldError(field=".".join(str(part) for part in each["loc"][1:]) or "body", detail=each["msg"])
            for each in error.errors()
        ]
        told = "; ".join(f"{each.field}: {each.detail}" for each in wrong)
        return _answer(422, "invalid", told, wrong)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        kind = HTTPStatus(error.status_code).name.lower()
        answer = _answer(error.status_code, kind, f"{request.method} {request.url.path}: {error.detail}")
        answer.headers.update(error.headers or {})
        return answer


def _answer(status: int, kind: str, detail: str, errors: list[FieldError] | None = None) -> JSONResponse:
    problem = Problem(
        type=f"urn:thermogate:{kind}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        errors=errors or [],
    )
    return JSONResponse(problem.model_dump(), status, media_type=MEDIA_TYPE)
