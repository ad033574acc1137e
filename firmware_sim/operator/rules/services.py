"""Extra services on and off: as far as the tariff permits, for their fee; some only by a specialist.

The fee of connection is paid at once; a month's fee is taken on the first, so the first month is free. The service
"pause" is a hold on the card (S2.16) and costs and asks nothing.
"""

from __future__ import annotations

from dataclasses import replace

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import (
    Caller,
    account_of,
    agrees,
    customer_of,
    require,
    subscriber_of,
)
from firmware_sim.operator.catalogue import SERVICES, TARIFFS, Service
from firmware_sim.operator.ledger import Kind
from firmware_sim.operator.records import Hold, Role, Subscriber
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds
from firmware_sim.operator.rules.billing import CONSULTANT_KOPECKS, order
from firmware_sim.operator.rules.cards import lift_hold, put_hold, served
from provisioning.explanation import Text

kinds(
    {
        "tariff_forbids": Refusal(
            "S2.11",
            Text(
                "Тариф «{tariff}» не допускает услугу «{service}»; сначала смените тариф.",
                "The tariff {tariff} does not permit the service {service}; change the tariff first.",
            ),
        ),
        "support_only": Refusal(
            "S1.10",
            Text(
                "Услугу «{service}» меняет только специалист поддержки, по паспорту владельца.",
                "The service {service} is changed by a support specialist only, with the owner's passport.",
            ),
        ),
        "wrong_passport": Refusal(
            "S1.10",
            Text(
                "Паспортные данные не совпадают с договором.",
                "The passport does not agree with the contract.",
            ),
        ),
    }
)


def turn_on(draft: Draft, caller: Caller, number: str, code: str) -> Subscriber:
    """Connect a service; one that is on stays so, for nothing.

    Raises:
        RefusedError: no_such_number, no_such_service, not_active_yet, terminated, support_only, tariff_forbids, funds.
    """
    card, service = served(subscriber_of(draft, caller, number)), _service(code)
    if service.by_support_only:
        raise RefusedError("support_only", service=service.code)
    return _on(draft, card, service)


def turn_off(draft: Draft, caller: Caller, number: str, code: str) -> Subscriber:
    """Disconnect a service; one that is off stays so.

    Raises:
        RefusedError: no_such_number, no_such_service, not_active_yet, terminated, support_only.
    """
    card, service = served(subscriber_of(draft, caller, number)), _service(code)
    if service.by_support_only:
        raise RefusedError("support_only", service=service.code)
    return _off(draft, card, service)


def change_by_consultant(
    draft: Draft, caller: Caller, number: str, code: str, *, on: bool, passport: str = ""
) -> Subscriber:
    """A specialist does it: for a charge, but the content ban for nothing and only with the passport (S1.10).

    Raises:
        RefusedError: not_yours, no_such_number, no_such_service, not_active_yet, terminated, wrong_passport,
            tariff_forbids, funds.
    """
    require(caller, Role.STAFF)
    card, service = served(subscriber_of(draft, caller, number)), _service(code)
    if service.by_support_only:
        owner = customer_of(draft, account_of(draft, card))
        if not agrees(owner, passport):
            raise RefusedError("wrong_passport")
    else:
        order(draft, card, CONSULTANT_KOPECKS, Kind.CONSULTANT, service.code)
    return _on(draft, card, service) if on else _off(draft, card, service)


def permitted(card: Subscriber) -> list[Service]:
    """The services that its tariff permits."""
    return [service for code, service in SERVICES.items() if code in TARIFFS[card.tariff].services]


def drop_forbidden(draft: Draft, card: Subscriber) -> Subscriber:
    """Take off what its tariff does not permit."""
    for code in set(card.services) - TARIFFS[card.tariff].services:
        card = _off(draft, card, SERVICES[code])
    return card


def _on(draft: Draft, card: Subscriber, service: Service) -> Subscriber:
    tariff = TARIFFS[card.tariff]
    if service.code not in tariff.services:
        raise RefusedError("tariff_forbids", tariff=tariff.code, service=service.code)
    if service.code in card.services:
        return card
    order(draft, card, service.connection_kopecks, Kind.SERVICE_FEE, service.code)
    draft.note(card.imsi, f"service on: {service.code}")
    card = draft.put(replace(card, services=(*card.services, service.code)))
    return put_hold(draft, card, Hold.PAUSE) if service.code == "pause" else card


def _off(draft: Draft, card: Subscriber, service: Service) -> Subscriber:
    if service.code not in card.services:
        return card
    draft.note(card.imsi, f"service off: {service.code}")
    card = draft.put(replace(card, services=tuple(each for each in card.services if each != service.code)))
    if service.code == "forwarding":
        card = draft.put(replace(card, forwardings=()))
    if service.code == "voicemail_plus":
        card = draft.put(replace(card, voicemail_e_mail=""))
    return lift_hold(draft, card, Hold.PAUSE) if service.code == "pause" else card


def _service(code: str) -> Service:
    if code not in SERVICES:
        raise RefusedError("no_such_service", service=code)
    return SERVICES[code]
