"""A card's life at the operator: entered in stock, swept to active, held and released, terminated.

    in_stock ── sweep, once it is paid (S0.29) ──► active ──► terminated
        └──────────────────────────────────────────────────────►┘

What stops a card for a time is a hold. Holds are independent: lifting one leaves the others, and only without any does
the network serve the card in full.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from firmware_sim.operator.books import Draft
from firmware_sim.operator.callers import Caller, digits_of, require
from firmware_sim.operator.catalogue import SERVICES, TARIFFS
from firmware_sim.operator.records import Account, FreeNumber, Hold, Language, Life, Role, Subscriber
from firmware_sim.operator.refusals import Refusal, RefusedError, kinds
from firmware_sim.operator.rules import kit_states
from provisioning.explanation import Text

kinds(
    {
        "card_known": Refusal(
            "", Text("SIM-карта {card} уже заведена.", "The card {card} is there already.")
        ),
        "number_taken": Refusal("", Text("Номер {number} уже занят.", "The number {number} is taken.")),
        "terminated": Refusal(
            "", Text("Номер {number} расторгнут навсегда.", "The number {number} is terminated for good.")
        ),
        "not_by_hand": Refusal(
            "",
            Text(
                "Остановку «{hold}» руками не ставят и не снимают: она следует из услуг и денег.",
                "The hold {hold} is not set or lifted by hand: it follows from services and money.",
            ),
        ),
        "not_active_yet": Refusal(
            "S0.28",
            Text(
                "SIM-карта {number} ещё «на складе» у оператора; это можно после её активации.",
                "The card {number} is still in stock at the operator; this is for after its activation.",
            ),
        ),
    }
)

BY_CLERK: Final = frozenset({Hold.CLERK, Hold.LOST, Hold.MISUSE})
"""Holds that staff puts and lifts; the others follow from orders and money."""
WELCOME: Final = {
    Language.RU: "SIM-карта активирована.",
    Language.TRANSLIT: "SIM-karta aktivirovana.",
    Language.EN: "Your SIM card is active.",
}
"""The message that waits for a card when the sweep has made it active."""
STARTING_SERVICES: Final = frozenset({"mobile_internet", "sms", "detailed_bill", "caller_id", "forwarding"})


@dataclass(frozen=True, slots=True)
class NewCard:
    """A card to be entered into the stock. `msisdn` in any usual form; without `pin1` one is drawn."""

    imsi: str
    iccid: str
    msisdn: str
    account: str
    tariff: str = "kit"
    name: str = ""
    pin1: str = ""


def enter_card(
    draft: Draft,
    caller: Caller,
    *,
    imsi: str,
    iccid: str,
    msisdn: str,
    account: str,
    tariff: str = "kit",
    name: str = "",
    pin1: str = "",
) -> Subscriber:
    """Enter one new card into the stock, as `enter_cards` does many."""
    card = NewCard(imsi, iccid, msisdn, account, tariff, name, pin1)
    return enter_cards(draft, caller, [card])[0]


def enter_cards(draft: Draft, caller: Caller, cards: Iterable[NewCard]) -> list[Subscriber]:
    """Enter new cards into the stock, all of them or none.

    Raises:
        RefusedError: not_yours, no_such_account, no_such_tariff, card_known, number_taken.
    """
    require(caller, Role.STAFF)
    imsis, iccids, numbers = set[str](), set[str](), set[str]()

    def taken(card: Subscriber) -> None:
        imsis.add(card.imsi)
        iccids.add(card.iccid)
        numbers.add(card.number)

    for each in draft.all(Subscriber):
        taken(each)
    entered = []
    for card in cards:
        if draft.get(Account, card.account) is None:
            raise RefusedError("no_such_account", account=card.account)
        if card.tariff not in TARIFFS:
            raise RefusedError("no_such_tariff", tariff=card.tariff)
        if card.imsi in imsis or card.iccid in iccids:
            raise RefusedError("card_known", card=card.iccid)
        number = digits_of(card.msisdn)
        if number[-10:] in numbers or draft.get(FreeNumber, f"+7{number[-10:]}") is not None:
            raise RefusedError("number_taken", number=card.msisdn)
        entered.append(_enter(draft, card, number))
        taken(entered[-1])
    return entered


def _enter(draft: Draft, card: NewCard, number: str) -> Subscriber:
    permitted = TARIFFS[card.tariff].services
    subscriber = Subscriber(
        imsi=card.imsi,
        iccid=card.iccid,
        msisdn=f"+7{number[-10:]}" if len(number) in (10, 11) else f"+{number}",
        account=card.account,
        name=card.name,
        tariff=card.tariff,
        pin1=card.pin1 or _digits(draft, 4),
        puk1=_digits(draft, 8),
        pin2=_digits(draft, 4),
        puk2=_digits(draft, 8),
        services=tuple(code for code in SERVICES if code in permitted & STARTING_SERVICES),
    )
    draft.note(card.imsi, "entered into the stock")
    return draft.put(subscriber)


def sweep(draft: Draft) -> list[Subscriber]:
    """The operator looks through its stock: paid cards become active (S0.29). Those that did."""
    activated = []
    for each in draft.where(Subscriber, lambda card: card.life is Life.IN_STOCK and card.paid):
        draft.note(each.imsi, "activated by the operator's sweep")
        draft.tell(each.imsi, WELCOME[each.language])
        activated.append(draft.put(replace(each, life=Life.ACTIVE, activated_at=draft.now)))
    return activated


def activate(draft: Draft, caller: Caller, imsi: str) -> Subscriber:
    """A clerk activates a card without waiting for the sweep.

    Raises:
        RefusedError: not_yours, no_such_card, terminated.
    """
    require(caller, Role.STAFF)
    card = living(draft, imsi)
    if card.life is Life.ACTIVE:
        return card
    draft.note(imsi, "activated by hand")
    return draft.put(replace(card, life=Life.ACTIVE, activated_at=draft.now))


def terminate(draft: Draft, caller: Caller, imsi: str) -> Subscriber:
    """The contract ends; the number never comes back. Raises RefusedError: not_yours, no_such_card."""
    require(caller, Role.STAFF)
    card = _card(draft, imsi)
    return card if card.life is Life.TERMINATED else end(draft, card)


def end(draft: Draft, card: Subscriber) -> Subscriber:
    """Terminate a living card, whoever has decided it."""
    draft.note(card.imsi, "terminated")
    kit_states.follow(draft, card.imsi, kit_states.Event.TERMINATED)
    return draft.put(replace(card, life=Life.TERMINATED))


def hold_by_clerk(draft: Draft, caller: Caller, imsi: str, hold: Hold) -> Subscriber:
    """Staff stops a card. Raises RefusedError: not_yours, no_such_card, terminated, not_by_hand."""
    require(caller, Role.STAFF)
    if hold not in BY_CLERK:
        raise RefusedError("not_by_hand", hold=hold)
    return put_hold(draft, living(draft, imsi), hold)


def release_by_clerk(draft: Draft, caller: Caller, imsi: str, hold: Hold) -> Subscriber:
    """Support lifts a hold, also one for misuse, which nobody else can (S0.3).

    Raises:
        RefusedError: not_yours, no_such_card, terminated, not_by_hand.
    """
    require(caller, Role.STAFF)
    if hold not in BY_CLERK:
        raise RefusedError("not_by_hand", hold=hold)
    return lift_hold(draft, living(draft, imsi), hold)


def misused(draft: Draft, imsi: str, imei: str) -> Subscriber:
    """A device that the card is not bound to opened a data session: the card is blocked (S0.1, S0.2)."""
    card = _card(draft, imsi)
    draft.note(imsi, f"data session from foreign device {imei}")
    return put_hold(draft, card, Hold.MISUSE)


def put_hold(draft: Draft, card: Subscriber, hold: Hold) -> Subscriber:
    """Stop a card for one more reason; doing it twice is no error."""
    if hold in card.holds:
        return card
    draft.note(card.imsi, f"held: {hold}")
    if hold is Hold.MISUSE:
        kit_states.follow(draft, card.imsi, kit_states.Event.MISUSED)
    return draft.put(replace(card, holds=(*card.holds, hold)))


def lift_hold(draft: Draft, card: Subscriber, hold: Hold) -> Subscriber:
    """One reason less."""
    if hold not in card.holds:
        return card
    draft.note(card.imsi, f"released: {hold}")
    if hold is Hold.MISUSE:
        kit_states.follow(draft, card.imsi, kit_states.Event.RELEASED)
    return draft.put(replace(card, holds=tuple(each for each in card.holds if each is not hold)))


def served(card: Subscriber) -> Subscriber:
    """The card, when its owner may order something for it. Raises RefusedError: terminated, not_active_yet."""
    if card.life is Life.TERMINATED:
        raise RefusedError("terminated", number=card.msisdn)
    if card.life is Life.IN_STOCK:
        raise RefusedError("not_active_yet", number=card.msisdn)
    return card


def _card(draft: Draft, imsi: str) -> Subscriber:
    card = draft.get(Subscriber, imsi)
    if card is None:
        raise RefusedError("no_such_card", card=imsi)
    return card


def living(draft: Draft, imsi: str) -> Subscriber:
    """The card, unless it is terminated. Raises RefusedError: no_such_card, terminated."""
    card = _card(draft, imsi)
    if card.life is Life.TERMINATED:
        raise RefusedError("terminated", number=card.msisdn)
    return card


def _digits(draft: Draft, count: int) -> str:
    return "".join(str(draft.random.randrange(10)) for _ in range(count))
