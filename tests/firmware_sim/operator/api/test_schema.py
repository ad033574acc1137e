"""The operator's API keeps what its OpenAPI document promises: tried with requests made from the document."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from operator_rules.desk import STAFF_TOKEN, Desk
from operator_rules.kit import Kit
from schemathesis import Case
from schemathesis.specs.openapi.checks import positive_data_acceptance

from firmware_sim.card_numbers import with_check_digit
from firmware_sim.operator.api import make_operator_app
from firmware_sim.operator.records import VendorUser
from firmware_sim.operator.rules import sessions

DOCUMENT = make_operator_app(Desk().operator, staff_token=STAFF_TOKEN).openapi()
OPERATIONS = [(method, path) for path, methods in DOCUMENT["paths"].items() for method in methods]
IN_THE_BOOKS = {"number": "+79160000001", "imsi": "250010000000001"}
FOR_SUPPORT = ("/vendor/users", "/vendor/blocks", "/settlement")
"""What the vendor's support does; everything else below /vendor is its user's."""


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[" ".join(each) for each in OPERATIONS])
def test_requests_made_from_the_document(url: str, desk: Desk, method: str, path: str) -> None:
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    schema.config.update(base_url=url)
    if not list(desk.operator.books.all(type(desk.card()))):
        desk.company()
    token, there = STAFF_TOKEN, IN_THE_BOOKS
    if "/vendor/" in path and not any(each in path for each in FOR_SUPPORT):
        kit = vendors_user(desk)
        token = desk.do(sessions.begin, kit.caller)
        payment = kit.order(9_000)
        there = {"number": kit.card.number, "serial": kit.serial, "payment_id": payment.id}

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(schema[path][method.upper()].as_strategy())
    def ask(case: Case) -> None:
        for name, value in there.items():
            if name in case.path_parameters and len(str(case.body)) % 2:
                case.path_parameters[name] = value
        # What the rules refuse (409, 404) is more than a schema can say.
        case.call_and_validate(
            timeout=10,
            headers={"Authorization": f"Bearer {token}"},
            excluded_checks=[positive_data_acceptance],
        )

    ask()


def vendors_user(desk: Desk) -> Kit:
    """A user of the vendor's service with money, a controller and a card in it."""
    serial = len(list(desk.operator.books.all(VendorUser)))
    kit = Kit(desk, f"user-{serial}", serial=f"S-{serial}", imei=with_check_digit(f"8661040{serial:07d}"))
    kit.start(1_000_000)
    return kit
