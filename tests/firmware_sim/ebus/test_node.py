"""What participants say to each other: acknowledgement, repetition, arbitration, and noise."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.ebus import BusNode, Telegram, encode_answer, encode_command
from firmware_sim.ebus.frame import BROADCAST

SYN = b"\xaa"
TO_MASTER = Telegram(0x30, 0x03, 0x05, 0x0A)
TO_SLAVE = Telegram(0x30, 0x08, 0x07, 0x04)
TO_ALL = Telegram(0x30, BROADCAST, 0x07, 0xFE)
ANSWER = b"\xaa\xa9here"
TIMES_OF_TRIES = 3


@dataclass
class Talker:
    """Says what a test wants it to and keeps what it hears."""

    due_at: float = 0.0
    to_say: list[Telegram] = field(default_factory=list)
    answers: dict[tuple[int, int], bytes] = field(default_factory=dict)
    was_heard: list[Telegram] = field(default_factory=list)
    was_done: list[bytes | None] = field(default_factory=list)

    def next_telegram(self, now: float) -> Telegram | None:
        return self.to_say.pop(0) if self.to_say else None

    def done(self, telegram: Telegram, answer: bytes | None, now: float) -> None:
        self.was_done.append(answer)

    def heard(self, telegram: Telegram, now: float) -> bytes | None:
        self.was_heard.append(telegram)
        return self.answers.get((telegram.primary, telegram.secondary))


def converse(sender: BusNode, receiver: BusNode) -> list[bytes]:
    """A SYN, and all that is said until one of them is silent. Returns what went over the wire."""
    for node in (sender, receiver):
        node.receive(SYN, 0.0)
    address = sender.bid(0.0)
    if address is None:
        return []
    said = bytes((address,)) + sender.arbitrated(address, 0.0)
    spoken = []
    listener, talker = receiver, sender
    while said:
        spoken.append(said)
        assert len(spoken) < 10
        said = listener.receive(said, 0.0)
        listener, talker = talker, listener
    return spoken


def pair() -> tuple[BusNode, Talker, BusNode, Talker]:
    controller, burner = Talker(), Talker(answers={(0x07, 0x04): ANSWER})
    return BusNode(0x30, controller), controller, BusNode(0x03, burner), burner


def test_a_master_takes_a_telegram_with_an_ack() -> None:
    sender, controller, receiver, burner = pair()
    controller.to_say = [TO_MASTER]
    assert converse(sender, receiver) == [encode_command(TO_MASTER), b"\x00", SYN]
    assert burner.was_heard == [TO_MASTER]
    assert controller.was_done == [b""]


def test_a_slave_answers_and_is_acknowledged() -> None:
    sender, controller, receiver, burner = pair()
    controller.to_say = [TO_SLAVE]
    spoken = converse(sender, receiver)
    assert spoken == [encode_command(TO_SLAVE), b"\x00" + encode_answer(ANSWER), b"\x00" + SYN]
    assert burner.was_heard == [TO_SLAVE]
    assert controller.was_done == [ANSWER]


def test_nobody_acknowledges_what_goes_to_all() -> None:
    sender, controller, receiver, burner = pair()
    controller.to_say = [TO_ALL]
    assert converse(sender, receiver) == [encode_command(TO_ALL) + SYN]
    assert burner.was_heard == [TO_ALL]
    assert controller.was_done == [b""]


def test_a_slave_without_such_a_service_and_an_absent_one_are_silent() -> None:
    for telegram in (Telegram(0x30, 0x08, 0x09, 0x00), Telegram(0x30, 0x15, 0x07, 0x04)):
        sender, controller, receiver, _ = pair()
        controller.to_say = [telegram]
        for _ in range(TIMES_OF_TRIES):
            assert controller.was_done == []
            assert converse(sender, receiver) == [encode_command(telegram)]
        assert converse(sender, receiver) == []
        assert controller.was_done == [None]


def test_after_a_nak_the_telegram_is_repeated_once() -> None:
    sender, controller, receiver, burner = pair()
    controller.to_say = [TO_MASTER]
    receiver.doubting = True
    wire = encode_command(TO_MASTER)
    assert converse(sender, receiver) == [wire, b"\xff", wire, b"\x00", SYN]
    assert burner.was_heard == [TO_MASTER]
    assert (sender.counts.naks, receiver.counts.bad) == (1, 1)


def test_after_a_second_nak_the_sender_gives_the_bus_back() -> None:
    sender, controller, _, _ = pair()
    controller.to_say = [TO_MASTER]
    sender.receive(SYN, 0.0)
    address = sender.bid(0.0)
    assert address == 0x30
    wire = encode_command(TO_MASTER)
    assert sender.arbitrated(address, 0.0) == wire[1:]
    assert sender.receive(b"\xff", 0.0) == wire
    assert sender.receive(b"\xff", 0.0) == SYN
    assert controller.was_done == []
    assert sender.counts.failed == 1


def test_a_telegram_is_taken_a_second_time_but_no_third() -> None:
    _, _, receiver, burner = pair()
    wire = encode_command(TO_MASTER)
    wrong = wire[:-1] + bytes((wire[-1] ^ 0x01,))
    receiver.receive(SYN, 0.0)
    assert [receiver.receive(each, 0.0) for each in (wrong, wrong, wire)] == [b"\xff", b"\xff", b""]
    assert burner.was_heard == []
    receiver.receive(SYN, 0.0)
    assert receiver.receive(wire, 0.0) == b"\x00"


def test_a_wrong_answer_is_repeated_once() -> None:
    sender, controller, receiver, _ = pair()
    controller.to_say = [TO_SLAVE]
    sender.doubting = True
    answer = encode_answer(ANSWER)
    assert converse(sender, receiver) == [
        encode_command(TO_SLAVE),
        b"\x00" + answer,
        b"\xff",
        answer,
        b"\x00" + SYN,
    ]
    assert controller.was_done == [ANSWER]


def test_a_syn_in_the_midst_ends_the_conversation_and_it_is_tried_again() -> None:
    sender, controller, receiver, burner = pair()
    controller.to_say = [TO_SLAVE]
    for node in (sender, receiver):
        node.receive(SYN, 0.0)
    sender.bid(0.0)
    cut = sender.arbitrated(0x30, 0.0)[:2]
    assert receiver.receive(b"\x30" + cut, 0.0) == b""
    assert len(converse(sender, receiver)) == 3
    assert controller.was_done == [ANSWER]
    assert sender.counts.failed == 1
    assert burner.was_heard == [TO_SLAVE]


def test_the_stronger_address_wins_and_the_loser_hears_it() -> None:
    """10h and 30h are of one class: the AND of both is 10h, and 30h may try at the very next SYN."""
    strong, weak = Talker(to_say=[Telegram(0x10, BROADCAST, 0x07, 0xFE)]), Talker(to_say=[TO_ALL])
    winner, loser = BusNode(0x10, strong), BusNode(0x30, weak)
    for node in (winner, loser):
        node.receive(SYN, 0.0)
    first, second = winner.bid(0.0), loser.bid(0.0)
    assert (first, second) == (0x10, 0x30)
    said = winner.arbitrated(0x10, 0.0)
    assert loser.arbitrated(0x10, 0.0) == b""
    assert loser.counts.lost == 1
    loser.receive(b"\x10" + said, 0.0)
    assert weak.was_heard == [Telegram(0x10, BROADCAST, 0x07, 0xFE)]
    assert loser.bid(0.0) == 0x30


def test_a_master_lets_others_talk_after_it_had_the_bus() -> None:
    sender, controller, receiver, _ = pair()
    controller.to_say = [TO_MASTER, TO_ALL]
    converse(sender, receiver)
    assert sender.bid(0.0) is None
    assert [sender.receive(SYN, 0.0) or sender.bid(0.0) for _ in range(3)] == [None, None, 0x30]


@given(st.lists(st.binary(max_size=30), max_size=12))
def test_noise_raises_nothing_and_after_the_next_syn_all_is_well(noise: list[bytes]) -> None:
    sender, controller, receiver, burner = pair()
    for burst in noise:
        receiver.receive(burst, 0.0)
        sender.receive(burst, 0.0)
    burner.was_heard.clear()
    controller.was_heard.clear()
    controller.to_say = [TO_SLAVE]
    assert len(converse(sender, receiver)) == 3
    assert burner.was_heard == [TO_SLAVE]
    assert controller.was_done == [ANSWER]


@given(st.data())
def test_noise_in_a_conversation_ends_in_success_or_failure(data: st.DataObject) -> None:
    """Whatever is heard in place of what was said, the sender comes to an end within its tries."""
    sender, controller, receiver, _ = pair()
    controller.to_say = [TO_SLAVE]
    for _ in range(TIMES_OF_TRIES + 1):
        for node in (sender, receiver):
            node.receive(SYN, 0.0)
        address = None
        while address is None and not controller.was_done:
            sender.receive(SYN, 0.0)
            address = sender.bid(0.0)
        if address is None:
            break
        said = bytes((address,)) + sender.arbitrated(address, 0.0)
        listener, talker = receiver, sender
        for _ in range(6):
            heard = data.draw(st.just(said) | st.binary(max_size=20))
            said = listener.receive(heard, 0.0)
            listener, talker = talker, listener
    assert len(controller.was_done) == 1
