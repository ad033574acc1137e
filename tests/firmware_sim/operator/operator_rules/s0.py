"""S0: a kit SIM card's first registration."""

from __future__ import annotations

from firmware_sim.network import Accepted, Rejected, SubscriberState
from firmware_sim.operator.records import Life
from operator_rules import rule
from operator_rules.desk import IMEI, Desk


@rule("S0.28", "a card that was never used is in stock at the operator, whatever the vendor's service says")
def a_new_card_is_in_stock(desk: Desk) -> None:
    card = desk.card(active=False)
    assert card.life is Life.IN_STOCK
    assert desk.network_state(card) is SubscriberState.IN_STOCK
    assert desk.network.register(card.imsi, IMEI, "cs", desk.wall_s) == Rejected(2)


@rule("S0.30", "the network serves a card only after its activation at the operator")
def served_only_after_activation(desk: Desk) -> None:
    card = desk.card(active=False)
    assert isinstance(desk.network.register(card.imsi, IMEI, "ps", desk.wall_s), Rejected)
    desk.activate(card)
    assert isinstance(desk.network.register(card.imsi, IMEI, "ps", desk.wall_s), Accepted)
