"""The operator's books on disk."""

from __future__ import annotations

import re
from datetime import date

import pytest
from operator_rules.desk import Desk

from firmware_sim.operator import OPERATOR, OperatorStoreError, RefusedError, SqlStore
from firmware_sim.operator.records import (
    RECORDS,
    Customer,
    CustomerKind,
    Delivery,
    ForwardingCondition,
    Hold,
    Invoice,
    Subscriber,
)
from firmware_sim.operator.rules import cards, contracts


def records(books):
    return {kind: sorted(books.all(kind), key=lambda record: record.key) for kind in RECORDS}


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/operator.db"


def test_what_was_done_is_there_after_a_restart(url):
    desk = Desk(SqlStore(url))
    desk.company(subscribers=2)
    _he, card = desk.person()
    desk.do(cards.hold_by_clerk, OPERATOR, card.imsi, Hold.LOST)
    desk.later(days=40)
    assert records(SqlStore(url).load()) == records(desk.operator.books)


def test_every_kind_of_field_comes_back(url):
    store = SqlStore(url)
    subscriber = Subscriber(
        imsi="250010000000001",
        iccid="8970101000000000001",
        msisdn="+79160000001",
        account="100000000001",
        tariff="smart",
        pin1="1",
        puk1="2",
        pin2="3",
        puk2="4",
        holds=(Hold.PAUSE, Hold.FUNDS),
        services=("sms", "mms"),
        forwardings=((ForwardingCondition.BUSY, "+79160000002"),),
        block_ends_on=date(2026, 4, 1),
    )
    customer = Customer(
        contract="K-1",
        name="ООО «Тепло»",
        kind=CustomerKind.COMPANY,
        bank_accounts=("40702810",),
        invoice_delivery=Delivery.E_MAIL,
    )
    invoice = Invoice(
        id=1,
        contract="K-1",
        month=date(2026, 3, 1),
        kopecks=5,
        vat_kopecks=1,
        lines=(("Котельная", "m2m", 5),),
    )
    every = [subscriber, customer, invoice]
    store.save([(type(each), each.key, each) for each in every])
    books = SqlStore(url).load()
    for each in every:
        assert books.get(type(each), each.key) == each


def test_a_refused_order_leaves_nothing_on_disk(url):
    desk = Desk(SqlStore(url))
    desk.customer()
    before = records(SqlStore(url).load())
    with pytest.raises(RefusedError):
        desk.operator.do(contracts.sign, OPERATOR, Customer(contract="M-1", name="ещё раз"))
    assert records(SqlStore(url).load()) == before


def test_an_order_that_cannot_be_saved_has_not_happened(url):
    store = SqlStore(url)
    desk = Desk(store)
    _he, card = desk.person()

    def full(_changes):
        raise OperatorStoreError("disk full")

    store.save = full
    with pytest.raises(OperatorStoreError):
        desk.operator.do(cards.hold_by_clerk, OPERATOR, card.imsi, Hold.LOST)
    assert desk.of(card).holds == ()
    assert desk.network_state(card) == "active"


@pytest.mark.parametrize("wrong", ["nonsense", "sqlite:////proc/no/such.db", "mysql+nothing://here/x"])
def test_a_store_that_cannot_be_opened_is_named(wrong):
    with pytest.raises(OperatorStoreError, match=re.escape(wrong)):
        SqlStore(wrong)
