"""The operator and the vendor's service over HTTP: `/api/v1`, described by OpenAPI.

`make_operator_app` gives the FastAPI application of an `Operator`. Needs the extra `web`.
"""

from firmware_sim.operator.api.application import make_operator_app

__all__ = ["make_operator_app"]
