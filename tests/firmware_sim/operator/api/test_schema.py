"""The operator's API keeps what its OpenAPI document promises: tried with requests made from the document."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from operator_rules.desk import STAFF_TOKEN, Desk
from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance

from firmware_sim.operator.api import make_operator_app

DOCUMENT = make_operator_app(Desk().operator, staff_token=STAFF_TOKEN).openapi()
OPERATIONS = [(method, path) for path, methods in DOCUMENT["paths"].items() for method in methods]
IN_THE_BOOKS = {"number": "+79160000001", "imsi": "250010000000001"}


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[" ".join(each) for each in OPERATIONS])
def test_requests_made_from_the_document(url: str, desk: Desk, method: str, path: str) -> None:
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    schema.config.update(base_url=url)
    if not list(desk.operator.books.all(type(desk.card()))):
        desk.company()

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(schema[path][method.upper()].as_strategy())
    def ask(case: Case) -> None:
        for name, value in IN_THE_BOOKS.items():
            if name in case.path_parameters and len(str(case.body)) % 2:
                case.path_parameters[name] = value
        # What the rules refuse (409, 404) is more than a schema can say.
        case.call_and_validate(
            timeout=10,
            headers={"Authorization": f"Bearer {STAFF_TOKEN}"},
            excluded_checks=[positive_data_acceptance],
        )

    ask()
