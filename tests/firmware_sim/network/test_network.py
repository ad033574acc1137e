"""The operator's rules, each as a modem and the operator's clerk would meet it."""

import calendar
from random import Random

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from firmware_sim.network import (
    Accepted,
    Detached,
    Network,
    NetworkConfig,
    NetworkNotice,
    PdpAccepted,
    PdpDropped,
    PdpRejected,
    Rejected,
    SignalChanged,
    SmsArrived,
    SmsRefusedError,
    Subscriber,
    SubscriberState,
    UserData,
)

IMSI = "250010000000001"
OTHER_IMSI = "250010000000002"
OURS = "860000000000017"
PHONE = "350000000000006"
HOUR = 3600.0


def make_network(*, seed: int = 1, now: float = 0.0, **settings: object) -> Network:
    return Network(NetworkConfig(**settings), random=Random(seed), now=now)  # type: ignore[arg-type]


def make_active(network: Network, imsi: str = IMSI, **facts: object) -> Subscriber:
    return network.add_subscriber(Subscriber(imsi, state=SubscriberState.ACTIVE, **facts))  # type: ignore[arg-type]


def listen(network: Network, imsi: str = IMSI) -> list[NetworkNotice]:
    heard: list[NetworkNotice] = []
    network.subscribe(imsi, heard.append)
    return heard


class TestRegistration:
    @pytest.mark.parametrize(
        ("state", "cause"),
        [
            (SubscriberState.IN_STOCK, 2),
            (SubscriberState.ACTIVE, None),
            (SubscriberState.SUSPENDED, None),
            (SubscriberState.BLOCKED, 3),
            (SubscriberState.TERMINATED, 2),
        ],
    )
    @pytest.mark.parametrize("domain", ["cs", "ps"])
    def test_the_state_decides(self, state: SubscriberState, cause: int | None, domain: str) -> None:
        network = make_network()
        network.add_subscriber(Subscriber(IMSI, state=state))
        answer = network.register(IMSI, OURS, domain, 1.0)  # type: ignore[arg-type]
        assert answer == (
            Accepted(False, network.config.lac, network.config.cell_id) if cause is None else Rejected(cause)
        )
        assert network.registrations[-1].cause == cause

    def test_the_denial_cause_can_be_chosen(self) -> None:
        network = make_network(denial_cause=7)
        network.add_subscriber(Subscriber(IMSI))
        assert network.register(IMSI, OURS, "ps", 0.0) == Rejected(7)

    def test_a_card_of_nobody_is_unknown_in_the_hlr(self) -> None:
        assert make_network().register(IMSI, OURS, "cs", 0.0) == Rejected(2)

    def test_any_device_may_attach(self) -> None:
        network = make_network()
        make_active(network, bound_imei=OURS)
        assert isinstance(network.register(IMSI, PHONE, "cs", 0.0), Accepted)
        assert isinstance(network.register(IMSI, PHONE, "ps", 0.0), Accepted)
        assert network.subscriber(IMSI).state is SubscriberState.ACTIVE

    def test_a_temporary_reject_passes(self) -> None:
        network = make_network()
        make_active(network)
        network.reject_next(17, imsi=IMSI, domain="ps", times=2)
        causes = [network.register(IMSI, OURS, domain, 0.0) for domain in ("cs", "ps", "ps", "ps")]
        assert [isinstance(answer, Accepted) for answer in causes] == [True, False, False, True]
        assert causes[1] == Rejected(17)

    def test_a_state_that_forbids_registration_puts_the_device_off(self) -> None:
        network = make_network()
        make_active(network)
        heard = listen(network)
        network.register(IMSI, OURS, "cs", 0.0)
        network.set_state(IMSI, SubscriberState.BLOCKED, 5.0)
        assert heard == [Detached(3)]
        assert not network.is_registered(IMSI, "cs")


class TestActivation:
    def test_the_sweep_activates_paid_cards_only(self) -> None:
        network = make_network(sweep_interval_s=4 * HOUR, sweep_phase_s=HOUR)
        network.add_subscriber(Subscriber(IMSI, paid=True))
        network.add_subscriber(Subscriber(OTHER_IMSI))
        network.advance(HOUR - 1)
        assert network.subscriber(IMSI).state is SubscriberState.IN_STOCK
        network.advance(HOUR)
        assert network.subscriber(IMSI).activated_at == HOUR
        assert network.subscriber(OTHER_IMSI).state is SubscriberState.IN_STOCK
        network.pay(OTHER_IMSI, 2 * HOUR)
        network.advance(9 * HOUR)
        assert network.subscriber(OTHER_IMSI).activated_at == 5 * HOUR

    def test_the_sweep_touches_no_other_state(self) -> None:
        network = make_network(sweep_phase_s=1.0)
        for number, state in enumerate(SubscriberState):
            network.add_subscriber(Subscriber(f"25001000000010{number}", state=state, paid=True))
        network.advance(10.0)
        states = [s.state for s in network.subscribers.values()]
        assert states == [
            SubscriberState.ACTIVE,
            SubscriberState.ACTIVE,
            SubscriberState.SUSPENDED,
            SubscriberState.BLOCKED,
            SubscriberState.TERMINATED,
        ]

    def test_nobody_tells_the_modem(self) -> None:
        network = make_network(sweep_interval_s=None)
        network.add_subscriber(Subscriber(IMSI))
        heard = listen(network)
        assert network.register(IMSI, OURS, "cs", 0.0) == Rejected(2)
        network.schedule_activation(IMSI, at=100.0)
        network.advance(1000.0)
        assert heard == []
        assert isinstance(network.register(IMSI, OURS, "cs", 1000.0), Accepted)

    def test_an_exact_moment_needs_no_shell(self) -> None:
        """Whoever asks at a later `now` finds everything done that was due before."""
        network = make_network()
        network.add_subscriber(Subscriber(IMSI))
        network.schedule_activation(IMSI, at=100.0)
        assert network.register(IMSI, OURS, "cs", 99.9) == Rejected(2)
        assert isinstance(network.register(IMSI, OURS, "cs", 100.0), Accepted)

    def test_observers_see_what_modems_do_not(self) -> None:
        network = make_network(sweep_interval_s=None)
        network.add_subscriber(Subscriber(IMSI))
        seen: list[tuple[str, float, SubscriberState]] = []
        network.observe(lambda subscriber, change: seen.append((subscriber.imsi, change.at, change.state)))
        network.schedule_activation(IMSI, at=42.0)
        network.advance(50.0)
        assert seen == [(IMSI, 42.0, SubscriberState.ACTIVE)]

    def test_the_phase_comes_from_the_seed(self) -> None:
        def first_sweep(seed: int) -> float | None:
            return make_network(seed=seed).next_wake()

        assert first_sweep(5) == first_sweep(5) != first_sweep(6)

    def test_a_network_that_plans_nothing_but_the_month_says_so(self) -> None:
        network = make_network(sweep_interval_s=None)
        wake = network.next_wake()
        assert wake is not None
        assert wake > 20 * 24 * HOUR


class TestData:
    def test_a_session_gets_an_address_of_its_apn(self) -> None:
        network = make_network()
        make_active(network)
        answer = network.open_pdp(IMSI, OURS, "INTERNET", 0.0)
        assert isinstance(answer, PdpAccepted)
        assert answer.ip.startswith("10.64.0.")
        session = network.session(IMSI)
        assert session is not None
        assert session.ip == answer.ip

    def test_a_session_in_a_foreign_device_blocks_the_card(self) -> None:
        network = make_network()
        make_active(network, bound_imei=OURS)
        heard = listen(network)
        network.register(IMSI, PHONE, "ps", 0.0)
        assert isinstance(network.open_pdp(IMSI, PHONE, "internet", 1.0), PdpRejected)
        assert heard == [Detached(3)]
        assert network.subscriber(IMSI).state is SubscriberState.BLOCKED
        assert network.register(IMSI, OURS, "ps", 2.0) == Rejected(3)
        assert PHONE in network.subscriber(IMSI).history[-1].reason

    def test_the_check_digit_does_not_make_a_device_foreign(self) -> None:
        network = make_network()
        make_active(network, bound_imei=OURS)
        assert isinstance(network.open_pdp(IMSI, OURS[:14] + "99", "internet", 0.0), PdpAccepted)

    def test_a_card_that_is_not_bound_stays_unbound(self) -> None:
        network = make_network()
        make_active(network)
        assert isinstance(network.open_pdp(IMSI, PHONE, "internet", 0.0), PdpAccepted)
        network.close_pdp(IMSI, 1.0)
        assert isinstance(network.open_pdp(IMSI, OURS, "internet", 2.0), PdpAccepted)
        assert network.subscriber(IMSI).bound_imei is None

    def test_suspended_attaches_but_gets_no_data(self) -> None:
        network = make_network()
        make_active(network)
        heard = listen(network)
        network.register(IMSI, OURS, "ps", 0.0)
        network.open_pdp(IMSI, OURS, "internet", 0.0)
        network.set_state(IMSI, SubscriberState.SUSPENDED, 1.0)
        assert heard == [PdpDropped(33)]
        assert network.is_registered(IMSI, "ps")
        assert network.open_pdp(IMSI, OURS, "internet", 2.0) == PdpRejected(33)

    def test_an_unknown_apn_is_refused(self) -> None:
        network = make_network()
        make_active(network)
        assert network.open_pdp(IMSI, OURS, "interbet", 0.0) == PdpRejected(27)

    def test_an_injected_refusal_passes(self) -> None:
        network = make_network()
        make_active(network)
        network.reject_next_pdp(26)
        assert network.open_pdp(IMSI, OURS, "internet", 0.0) == PdpRejected(26)
        assert isinstance(network.open_pdp(IMSI, OURS, "internet", 0.0), PdpAccepted)

    def test_the_months_traffic_runs_out_and_comes_back(self) -> None:
        start = calendar.timegm((2026, 1, 31, 12, 0, 0))
        network = make_network(wall_at_start_s=float(start), now=500.0)
        make_active(network, traffic_limit_bytes=1000)
        heard = listen(network)
        network.register(IMSI, OURS, "ps", 500.0)
        network.open_pdp(IMSI, OURS, "internet", 500.0)
        assert network.count_traffic(IMSI, 999, 501.0)
        assert not network.count_traffic(IMSI, 1, 502.0)
        assert heard == [PdpDropped(8)]
        assert network.session(IMSI) is None
        assert network.open_pdp(IMSI, OURS, "internet", 503.0) == PdpRejected(8)
        # Midnight in Moscow is 21:00 UTC, nine hours after noon.
        assert network.open_pdp(IMSI, OURS, "internet", 500.0 + 9 * HOUR - 1) == PdpRejected(8)
        assert isinstance(network.open_pdp(IMSI, OURS, "internet", 500.0 + 9 * HOUR), PdpAccepted)
        assert network.subscriber(IMSI).traffic_used_bytes == 0

    def test_a_year_rolls_twelve_times(self) -> None:
        start = float(calendar.timegm((2026, 12, 15, 0, 0, 0)))
        network = make_network(wall_at_start_s=start, sweep_interval_s=None)
        wakes: list[float] = []
        while len(wakes) < 13:
            wake = network.next_wake()
            assert wake is not None
            wakes.append(wake + start + 3 * HOUR)
            network.advance(wake)
        assert wakes[0] == calendar.timegm((2027, 1, 1, 0, 0, 0))
        assert wakes[12] == calendar.timegm((2028, 1, 1, 0, 0, 0))


class TestUssd:
    def test_the_balance_in_both_scripts(self) -> None:
        network = make_network()
        make_active(network, balance_kopecks=12_345)
        assert network.ussd(IMSI, "*100#", 0.0).text == "Баланс:123.45р"
        assert network.ussd(IMSI, "#100#", 0.0).text == "Balans:123.45r"

    def test_answers_can_be_switched_to_latin(self) -> None:
        network = make_network()
        make_active(network)
        network.ussd(IMSI, "*111*6*2#", 0.0)
        assert network.ussd(IMSI, "*100#", 0.0).text.isascii()

    def test_the_menu_waits_for_a_choice_and_forgets_a_cancelled_one(self) -> None:
        network = make_network()
        make_active(network)
        assert network.ussd(IMSI, "*111#", 0.0).needs_answer
        assert network.ussd(IMSI, "1", 1.0).text.startswith("Баланс")
        network.ussd(IMSI, "*111#", 2.0)
        network.cancel_ussd(IMSI)
        assert network.ussd(IMSI, "1", 3.0).text == "Неизвестный код"

    def test_an_answer_can_be_replaced(self) -> None:
        network = make_network(ussd_texts={"*100#": "Минус: 5р"})
        make_active(network)
        assert network.ussd(IMSI, "*100#", 0.0).text == "Минус: 5р"


class TestMessages:
    def test_from_one_subscriber_to_another(self) -> None:
        network = make_network()
        make_active(network, msisdn="+79160000001")
        make_active(network, OTHER_IMSI, msisdn="+79160000002")
        heard = listen(network, OTHER_IMSI)
        network.register(OTHER_IMSI, PHONE, "cs", 0.0)
        content = UserData(coding_scheme=8, length=4, octets=b"\x04\x3f\x04\x40")
        assert network.submit_sms(IMSI, "+79160000002", content, 10.0) == 0
        assert network.submit_sms(IMSI, "+79160000002", "plain", 11.0) == 1
        wall = network.config.wall_at_start_s
        assert heard == [
            SmsArrived("+79160000001", content, wall + 10),
            SmsArrived("+79160000001", "plain", wall + 11),
        ]

    def test_waits_for_the_absent(self) -> None:
        network = make_network()
        make_active(network)
        heard = listen(network)
        network.send_sms(IMSI, "MTS", "Добро пожаловать", 1.0)
        assert heard == []
        network.register(IMSI, OURS, "ps", 2.0)
        assert heard == []
        network.register(IMSI, OURS, "cs", 3.0)
        assert [notice.content for notice in heard if isinstance(notice, SmsArrived)] == ["Добро пожаловать"]
        network.register(IMSI, OURS, "cs", 4.0)
        assert len(heard) == 1

    def test_the_service_number_answers(self) -> None:
        network = make_network()
        make_active(network)
        heard = listen(network)
        network.register(IMSI, OURS, "cs", 0.0)
        network.submit_sms(IMSI, "111", "11", 1.0)
        assert isinstance(heard[0], SmsArrived)
        assert heard[0].sender == "111"
        assert heard[0].content == "Баланс:150.00р"

    def test_a_suspended_card_may_not_send(self) -> None:
        network = make_network()
        make_active(network)
        network.set_state(IMSI, SubscriberState.SUSPENDED, 0.0)
        with pytest.raises(SmsRefusedError) as refused:
            network.submit_sms(IMSI, "+79160000002", "?", 1.0)
        assert refused.value.cause == 10

    def test_the_operator_sees_what_was_sent_elsewhere(self) -> None:
        network = make_network()
        make_active(network)
        network.submit_sms(IMSI, "+4915112345678", "hello", 1.0)
        assert [(m.to, m.content) for m in network.submitted_messages] == [("+4915112345678", "hello")]


def test_signal_is_set_for_one_device_or_all() -> None:
    network = make_network(rssi_dbm=-70)
    heard = listen(network)
    network.set_signal(None, PHONE)
    network.set_signal(-95)
    assert (network.signal_dbm(OURS), network.signal_dbm(PHONE)) == (-95, None)
    assert heard == [SignalChanged(), SignalChanged()]


def test_an_ended_subscription_is_silent() -> None:
    network = make_network()
    make_active(network)
    heard: list[NetworkNotice] = []
    unsubscribe = network.subscribe(IMSI, heard.append)
    unsubscribe()
    unsubscribe()
    network.set_signal(-80)
    assert heard == []


@pytest.mark.parametrize("imsi", ["", "12345", "25001000000000x", "2500100000000011"])
def test_an_impossible_imsi_is_refused(imsi: str) -> None:
    with pytest.raises(ValueError, match="IMSI"):
        Subscriber(imsi)


def test_two_cards_cannot_share_an_identity() -> None:
    network = make_network()
    make_active(network, msisdn="+79160000001")
    with pytest.raises(ValueError, match="IMSI"):
        network.add_subscriber(Subscriber(IMSI))
    with pytest.raises(ValueError, match="number"):
        network.add_subscriber(Subscriber(OTHER_IMSI, msisdn="+79160000001"))


class NetworkLife(RuleBasedStateMachine):
    """Whatever happens in whatever order, the operator's promises hold."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.network = make_network(sweep_interval_s=2 * HOUR)
        self.network.add_subscriber(Subscriber(IMSI, bound_imei=OURS, traffic_limit_bytes=10_000))

    @property
    def card(self) -> Subscriber:
        return self.network.subscriber(IMSI)

    @rule(seconds=st.floats(0, 5 * HOUR))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.network.advance(self.now)

    @rule(imei=st.sampled_from([OURS, PHONE]), domain=st.sampled_from(["cs", "ps"]))
    def register(self, imei: str, domain: str) -> None:
        answer = self.network.register(IMSI, imei, domain, self.now)  # type: ignore[arg-type]
        allowed = self.card.state in (SubscriberState.ACTIVE, SubscriberState.SUSPENDED)
        assert isinstance(answer, Accepted) is allowed

    @rule(imei=st.sampled_from([OURS, PHONE]))
    def open_data(self, imei: str) -> None:
        before = self.card.state
        answer = self.network.open_pdp(IMSI, imei, "internet", self.now)
        if isinstance(answer, PdpAccepted):
            assert before is SubscriberState.ACTIVE
            assert imei == OURS
        if before is SubscriberState.ACTIVE and imei == PHONE:
            assert self.card.state is SubscriberState.BLOCKED

    @precondition(lambda self: self.network.session(IMSI) is not None)
    @rule(n_bytes=st.integers(1, 6000))
    def move_bytes(self, n_bytes: int) -> None:
        self.network.count_traffic(IMSI, n_bytes, self.now)

    @rule(state=st.sampled_from(SubscriberState))
    def clerk(self, state: SubscriberState) -> None:
        self.network.set_state(IMSI, state, self.now)

    @rule()
    def pay(self) -> None:
        self.network.pay(IMSI, self.now)

    @invariant()
    def data_only_for_the_active_and_within_the_quota(self) -> None:
        if self.network.session(IMSI) is not None:
            assert self.card.state is SubscriberState.ACTIVE
            assert not self.card.quota_used_up

    @invariant()
    def camped_only_where_the_state_permits(self) -> None:
        if self.network.is_registered(IMSI, "cs") or self.network.is_registered(IMSI, "ps"):
            assert self.card.state in (SubscriberState.ACTIVE, SubscriberState.SUSPENDED)

    @invariant()
    def the_plan_lies_ahead(self) -> None:
        wake = self.network.next_wake()
        assert wake is not None
        assert wake > self.now


TestNetworkLife = NetworkLife.TestCase
