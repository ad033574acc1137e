"""The list of expected cards, and the table that the bench writes."""

from __future__ import annotations

from datetime import date

from workshop import iccid_of

from gateway.bench.bench import CardRow
from gateway.bench.card_table import COLUMNS, cards_csv
from gateway.bench.expected_cards import ExpectedCards, paid
from provisioning.sim_inventory import InventoryCard, import_cards
from provisioning.verdicts import Kind, verdict_for

TODAY = date(2026, 11, 23)


def test_a_number_in_the_list_may_lack_its_check_digit() -> None:
    whole, short = InventoryCard(iccid_of(1)), InventoryCard(iccid_of(2)[:-1])
    cards = ExpectedCards([whole, short])
    assert cards.find(iccid_of(1)) is whole
    assert cards.find(iccid_of(2)) is short
    assert cards.find(iccid_of(3)) is None
    assert len(cards) == 2


def test_the_last_paid_day_is_still_paid() -> None:
    assert paid(InventoryCard("1"), TODAY) is None
    assert paid(InventoryCard("1", paid_until=TODAY), TODAY) is True
    assert paid(InventoryCard("1", paid_until=date(2026, 11, 22)), TODAY) is False


def test_the_table_is_a_list_of_cards_again_and_no_cell_is_a_formula() -> None:
    card = InventoryCard(iccid_of(1), msisdn="79161234567", device_serial="=HYPERLINK(1)", note="@home")
    written = cards_csv([CardRow(card.iccid, verdict_for(Kind.NOT_SEEN), None, card, None)])
    text = written.decode("utf-8-sig")
    assert text.splitlines()[0].split(",") == list(COLUMNS)
    assert "'=HYPERLINK(1)" in text
    assert "'@home" in text
    [again] = import_cards(written).taken()
    assert (again.iccid, again.device_serial, again.note) == (card.iccid, "=HYPERLINK(1)", "@home")
