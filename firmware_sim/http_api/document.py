"""The OpenAPI document with our shape of errors, and with the token where one is wanted."""

from __future__ import annotations

from fastapi import FastAPI

from firmware_sim.http_api.problems import Problem


def describe(app: FastAPI, *, secured: bool) -> None:
    """Have the application's document say what it really answers."""
    made = app.openapi

    def described() -> dict[str, object]:
        schema = made()
        components = schema.setdefault("components", {})
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas = components.setdefault("schemas", {})
        schemas.update(problem.pop("$defs", {}))
        schemas["Problem"] = problem
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        if secured:
            components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            schema["security"] = [{"token": []}]
        return schema

    app.openapi = described  # type: ignore[method-assign]  # the way FastAPI documents
