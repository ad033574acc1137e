"""Change of the tariff plan: to any that is offered, for its one-off fee (S1.12, S2.19); with a history (S4.22).

It comes into force at once. Services that the new tariff does not permit fall off; so does the package where mobile
Internet does. A kit card's tariff is the vendor's business.
"""

from __future__ import annotations

from dataclasses import replace

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, subscriber_of
from firmware_sim.operator.catalogue import TARIFFS, Tariff
from firmware_sim.operator.ledger import Kind
from firmware_sim.operator.records import Subscriber, TariffChange
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds
from firmware_sim.operator.rules.billing import order
from firmware_sim.operator.rules.cards import served
from firmware_sim.operator.rules.services import drop_forbidden
from provisioning.explanation import Text

kinds(
    {
        "same_tariff": Refusal("", Text("Этот тариф уже подключён.", "This is the tariff already.")),
        "kit_tariff": Refusal(
            "S0.5",
            Text(
                "Тариф карты из комплекта меняют в сервисе производителя.",
                "A kit card's tariff is changed in the vendor's service.",
            ),
        ),
    }
)


def offered() -> list[Tariff]:
    """What one may change to."""
    return [tariff for tariff in TARIFFS.values() if tariff.offered and tariff.code != "home"]


def change_tariff(draft: Draft, caller: Caller, number: str, code: str) -> Subscriber:
    """Change it.

    Raises:
        RefusedError: no_such_number, no_such_tariff, not_active_yet, terminated, same_tariff, kit_tariff, funds.
    """
    card = served(subscriber_of(draft, caller, number))
    if code not in {tariff.code for tariff in offered()}:
        raise RefusedError("no_such_tariff", tariff=code)
    if card.tariff == "kit":
        raise RefusedError("kit_tariff")
    if card.tariff == code:
        raise RefusedError("same_tariff")
    tariff = TARIFFS[code]
    order(draft, card, tariff.change_kopecks, Kind.TARIFF_CHANGE, code)
    draft.put(
        TariffChange(
            id=draft.next_id(TariffChange),
            at=draft.now,
            imsi=card.imsi,
            old=card.tariff,
            new=code,
            fee_kopecks=tariff.change_kopecks,
        )
    )
    draft.note(card.imsi, f"tariff: {card.tariff} -> {code}")
    changed = drop_forbidden(draft, draft.put(replace(card, tariff=code)))
    if changed.package and "mobile_internet" not in changed.services:
        changed = draft.put(replace(changed, package=""))
    return changed


def history(draft: Draft, caller: Caller, number: str) -> list[TariffChange]:
    """All changes, oldest first (S4.22). Raises RefusedError: no_such_number."""
    card = subscriber_of(draft, caller, number)
    return draft.where(TariffChange, lambda each: each.imsi == card.imsi)
