"""Passwords and sessions in any order: exactly one password is good, and a session is good until something ends it.

The model holds what a person would: the password that was told last and how long it is good, how often it was
mistyped, and who is signed in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from operator_rules.desk import Desk, password_in

from firmware_sim.operator import OPERATOR, Caller, RefusedError
from firmware_sim.operator.records import Hold, Password, Session, Subscriber
from firmware_sim.operator.rules import cards, lost_cards, number_changes, passwords, sessions

WHO = {"name": "Иванов Иван Иванович", "passport": "4510123456", "address": "Москва, Тверская, 1"}
FREE = ["+79167770000", "+79167771357"]

person = st.integers(0, 1)


@dataclass
class Model:
    """One person."""

    he: Caller
    card: Subscriber
    password: str | None = None
    good_until: datetime | None = None
    """None: for ever."""
    mistyped: int = 0
    closed_until: datetime | None = None
    sessions: list[tuple[str, datetime]] = field(default_factory=list)
    """Tokens that are good, and until when; the oldest first."""

    def told(self, password: str, good_until: datetime | None = None) -> None:
        self.password, self.good_until, self.mistyped, self.closed_until = password, good_until, 0, None


class SigningIn(RuleBasedStateMachine):
    """Two persons, so that what one does is seen to change nothing for the other."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.people = [
            Model(*self.desk.person(kopecks=500_000, contract=f"M-{number}")) for number in range(2)
        ]
        for number in range(2):
            self.desk.describe(f"M-{number}", **WHO)
        for free in FREE:
            self.desk.do(number_changes.add_free, OPERATOR, free)
        self.ever: list[str] = ["mistyped"]
        self.ended: set[str] = set()

        for him in self.people:
            him.told(self.desk.do(passwords.issue, OPERATOR, him.card.number))
            self.ever.append(him.password or "")
            for _ in range(2):
                self.begin(him)

    def begin(self, him: Model) -> None:
        token = self.desk.do(sessions.begin, him.he)
        him.sessions.append((token, self.desk.now + timedelta(hours=12)))

    def is_good(self, him: Model, password: str) -> bool:
        return password == him.password and (him.good_until is None or self.desk.now < him.good_until)

    def one_password_is_good(self, him: Model) -> None:
        for password in {him.password or "", self.ever[-1]}:
            right = self.desk.operator.ask(passwords.is_right, self.number(him), password)
            assert right == self.is_good(him, password)

    def lost(self, him: Model) -> bool:
        return Hold.LOST in self.desk.of(him.card).holds

    def number(self, him: Model) -> str:
        return self.desk.of(him.card).number

    def end_sessions(self, him: Model, *, but: str = "") -> None:
        self.ended |= {token for token, _until in him.sessions if token != but}
        him.sessions = [each for each in him.sessions if each[0] == but]

    # -- passwords

    @rule(which=person, recovery=st.booleans(), mistake=st.sampled_from(["", "", "", "misread", "late"]))
    def order(self, which: int, recovery: bool, mistake: str) -> None:
        him = self.people[which]
        if not self.lost(him):
            self.desk.turn_on(him.card)
        picture = self.desk.do(passwords.draw_captcha)
        self.desk.later(minutes=5 if mistake == "late" else 0)
        before = len(self.desk.messages(him.card))
        ordered = passwords.recover if recovery else passwords.order_by_sms
        symbols = "?" if mistake == "misread" else picture.symbols
        right = self.desk.do(ordered, self.number(him), picture.id_text, symbols)
        assert right == (not mistake)
        assert not self.desk.do(ordered, self.number(him), picture.id_text, picture.symbols)  # one try
        texts = self.desk.messages(him.card)[before:]
        assert len(texts) == (right and not self.lost(him))
        for text in texts:
            him.told(password_in(text), self.desk.now + timedelta(minutes=15) if recovery else None)
            self.ever.append(password_in(text))
        self.one_password_is_good(him)

    @rule(which=person, password=st.sampled_from(["Kotelnaya7", "Teplo2026dom"]), session=st.integers(0, 3))
    def choose(self, which: int, password: str, session: int) -> None:
        him = self.people[which]
        if not him.sessions:
            return
        token = him.sessions[session % len(him.sessions)][0]
        self.desk.do(passwords.choose, him.he, password, token=token)
        him.told(password)
        self.ever.append(password)
        self.end_sessions(him, but=token)

    @rule(which=person)
    def choose_a_weak_one(self, which: int) -> None:
        with self.desk.refuses("weak_password"):
            self.desk.do(passwords.choose, self.people[which].he, f"Aa{self.number(self.people[which])}")

    @rule(which=person)
    def staff_hands_one_out(self, which: int) -> None:
        him = self.people[which]
        said = {"name": WHO["name"], "passport": WHO["passport"]}
        him.told(self.desk.do(passwords.issue_to_owner, OPERATOR, self.number(him), **said))
        assert him.password
        self.ever.append(him.password)
        self.end_sessions(him)

    # -- signing in and out

    @rule(which=person, latest=st.booleans(), number=st.integers(0, 30), times=st.sampled_from([1, 5]))
    def sign_in(self, which: int, latest: bool, number: int, times: int) -> None:
        him = self.people[which]
        said = him.password if latest and him.password else self.ever[number % len(self.ever)]
        for _ in range(times):
            self._sign_in(him, said)

    def _sign_in(self, him: Model, said: str) -> None:
        now = self.desk.now
        if him.password is not None and him.closed_until is not None and now < him.closed_until:
            with self.desk.refuses("locked"):
                self.desk.do(passwords.sign_in, self.number(him), said)
            return
        found = self.desk.do(passwords.sign_in, self.number(him), said)
        good = self.is_good(him, said)
        assert found == (him.he if good else None)
        if good:
            him.mistyped, him.closed_until = 0, None
            if len(him.sessions) < sessions.MOST:
                self.begin(him)
        elif him.password is not None:
            him.mistyped = (him.mistyped + 1) % 5
            him.closed_until = None if him.mistyped else now + timedelta(minutes=30)

    @rule(which=person, number=st.integers(0, 3))
    def leave(self, which: int, number: int) -> None:
        him = self.people[which]
        if him.sessions:
            token, _until = him.sessions.pop(number % len(him.sessions))
            self.desk.do(sessions.end, him.he, token)
            self.ended.add(token)

    # -- what becomes of the card, and time

    @rule(which=person, wants_another=st.booleans())
    def report_lost(self, which: int, wants_another: bool) -> None:
        him = self.people[which]
        self.desk.do(lost_cards.report_lost, OPERATOR, self.number(him), **WHO, calls=[])
        him.password = None
        self.end_sessions(him)
        if wants_another:
            self.staff_hands_one_out(which)

    @rule(which=person)
    def find_again(self, which: int) -> None:
        self.desk.do(cards.release_by_clerk, OPERATOR, self.people[which].card.imsi, Hold.LOST)

    @rule(which=person, free=st.sampled_from(FREE))
    def change_number(self, which: int, free: str) -> None:
        him, old = self.people[which], self.number(self.people[which])
        try:
            self.desk.do(number_changes.change_number, him.he, old, free)
        except RefusedError as refusal:
            if refusal.kind != "number_not_free":
                raise
            return
        him.password = None
        assert self.desk.do(passwords.sign_in, old, self.ever[-1]) is None

    @rule(minutes=st.sampled_from([1, 15, 15, 30, 12 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.desk.later(minutes=minutes)
        for him in self.people:
            over = {token for token, until in him.sessions if until <= self.desk.now}
            self.ended |= over
            him.sessions = [each for each in him.sessions if each[0] not in over]
            self.one_password_is_good(him)

    # -- what always holds

    @invariant()
    def sessions_are_good_until_something_ends_them(self) -> None:
        for him in self.people:
            for token, _until in him.sessions:
                assert self.desk.operator.ask(sessions.caller_of, token) == him.he
        for token in self.ended:
            assert self.desk.operator.ask(sessions.caller_of, token) is None

    @invariant()
    def no_secret_is_written_down(self) -> None:
        kept = repr([*self.desk.operator.books.all(Password), *self.desk.operator.books.all(Session)])
        assert not [secret for secret in self.ever if secret in kept]
        assert not [token for him in self.people for token, _until in him.sessions if token in kept]


SigningIn.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestSigningIn = SigningIn.TestCase
