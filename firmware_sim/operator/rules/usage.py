"""What the network reports of a card's use: written into the itemised statement and charged by the tariff."""

from __future__ import annotations

from dataclasses import replace

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller
from firmware_sim.operator.catalogue import TARIFFS
from firmware_sim.operator.ledger import Kind
from firmware_sim.operator.records import Detail, DetailKind, Subscriber
from firmware_sim.operator.rules.billing import take


def traffic(draft: Draft, caller: Caller, imsi: str, n_bytes: int) -> None:
    """Octets of a data session, both directions."""
    card = _card(draft, imsi)
    draft.put(replace(card, used_bytes=card.used_bytes + n_bytes))
    latest = next(
        (d for d in reversed(list(draft.all(Detail))) if d.imsi == imsi and d.kind is DetailKind.DATA), None
    )
    if latest is not None:
        draft.put(replace(latest, volume_bytes=latest.volume_bytes + n_bytes))


def data_opened(draft: Draft, caller: Caller, imsi: str, imei: str, apn: str) -> None:
    """A data session was opened."""
    _detail(draft, imsi, DetailKind.DATA, apn)


def sms_sent(draft: Draft, caller: Caller, imsi: str, to: str) -> None:
    """A message was handed in."""
    price = TARIFFS[_card(draft, imsi).tariff].sms_kopecks
    _detail(draft, imsi, DetailKind.SMS, to, kopecks=price)
    take(draft, _card(draft, imsi), price, Kind.USAGE, f"SMS {to}")


def called(
    draft: Draft, caller: Caller, imsi: str, other: str, duration_s: int, *, incoming: bool = False
) -> None:
    """A call was made; a begun minute counts as one. An incoming one is free."""
    kind = DetailKind.INCOMING_CALL if incoming else DetailKind.CALL
    minutes = -(-duration_s // 60)
    price = 0 if incoming else minutes * TARIFFS[_card(draft, imsi).tariff].call_kopecks
    _detail(draft, imsi, kind, other, duration_s=duration_s, kopecks=price)
    take(draft, _card(draft, imsi), price, Kind.USAGE, f"call {other}")


def balance_checked(draft: Draft, caller: Caller, imsi: str, code: str) -> None:
    """He asked for his balance: free, but it stands among his calls (S3.6)."""
    _detail(draft, imsi, DetailKind.BALANCE_CHECK, code)


def _detail(
    draft: Draft, imsi: str, kind: DetailKind, other: str, *, duration_s: int = 0, kopecks: int = 0
) -> Detail:
    return draft.put(
        Detail(
            id=draft.next_id(Detail),
            at=draft.now,
            imsi=imsi,
            kind=kind,
            other=other,
            duration_s=duration_s,
            kopecks=kopecks,
        )
    )


def _card(draft: Draft, imsi: str) -> Subscriber:
    card = draft.get(Subscriber, imsi)
    assert card is not None
    return card
