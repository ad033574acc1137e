"""Every family's TCP commands in whatever order, whatever becomes of the connections meanwhile: it lives on, holds no
more than its buffers allow, and a context opened anew works.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.modem.actions import OpenSocket, SendSocket
from firmware_sim.modem.connections import MAX_SEND, RECEIVE_BUFFER
from firmware_sim.modem.families import PERSONALITIES

IMSI = "250011234567890"
OPEN = '"TCP","127.0.0.1",1883'

LINES = {
    "sim800c": [
        'AT+CSTT="internet"', "AT+CIICR", "AT+CIFSR", f"AT+CIPSTART={OPEN}", "AT+CIPCLOSE", "AT+CIPSHUT",
        "AT+CIPRXGET=0", "AT+CIPRXGET=1", "AT+CIPRXGET=2,100", "AT+CIPSEND=5", "AT+CIPSEND", "AT+CIPMODE=1",
        "AT+CIPMODE=0", "AT+CIPSTATUS", "AT+CIPACK",
    ],
    "sim7600": [
        "AT+NETOPEN", "AT+NETCLOSE", "AT+IPADDR", f"AT+CIPOPEN=0,{OPEN}", f"AT+CIPOPEN=9,{OPEN}",
        "AT+CIPOPEN?", "AT+CIPCLOSE=0", "AT+CIPCLOSE=9", "AT+CIPCLOSE?", "AT+CIPSEND=0,5", "AT+CIPSEND=9,",
        "AT+CIPRXGET=0", "AT+CIPRXGET=1", "AT+CIPRXGET=2,0,100", "AT+CIPMODE=1", "AT+CIPMODE=0",
    ],
    "m590": [
        "AT+XISP=0", 'AT+CGDCONT=1,"IP","internet"', "AT+XIIC=1", "AT+XIIC=0", "AT+XIIC?",
        "AT+TCPSETUP=0,127.0.0.1,1883", "AT+TCPSETUP=1,127.0.0.1,1883", "AT+TCPSEND=0,5", "AT+TCPSEND=1,5",
        "AT+TCPCLOSE=0", "AT+TCPCLOSE=1", "AT+IPSTATUS=0", 'AT+DNS="127.0.0.1"',
    ],
    "ec25": [
        'AT+QICSGP=1,1,"internet"', "AT+QIACT=1", "AT+QIACT?", "AT+QIDEACT=1", f"AT+QIOPEN=1,0,{OPEN},0,0",
        f"AT+QIOPEN=1,0,{OPEN},0,1", f"AT+QIOPEN=1,11,{OPEN},0,2", f"AT+QIOPEN=1,11,{OPEN}", "AT+QICLOSE=0",
        "AT+QICLOSE=11", "AT+QISTATE?", "AT+QISEND=0,5", "AT+QISEND=11", "AT+QISEND=0,0", "AT+QIRD=0,100",
        "AT+QIRD=11", "AT+QIRD=0,0", "AT+QISWTMD=0,0", "AT+QISWTMD=0,1", "AT+QISWTMD=11,2", "AT+QIGETERROR",
    ],
    "m66": [
        "AT+QIMUX=0", "AT+QIMUX=1", "AT+QIMODE=0", "AT+QIMODE=1", "AT+QINDI=0", "AT+QINDI=1", "AT+QINDI=2",
        "AT+QIHEAD=1", 'AT+QICSGP=1,"internet"', "AT+QIREGAPP", "AT+QIACT", "AT+QILOCIP", f"AT+QIOPEN={OPEN}",
        f"AT+QIOPEN=0,{OPEN}", f"AT+QIOPEN=5,{OPEN}", "AT+QISEND=5", "AT+QISEND=5,5", "AT+QISEND", "AT+QISACK",
        "AT+QIRD=0,1,0,100", "AT+QIRD=0,1,5,100", "AT+QICLOSE", "AT+QICLOSE=5", "AT+QISTAT", "AT+QISTATE",
        "AT+QIDEACT",
    ],
}  # fmt: skip
LINES["a7670"] = LINES["sim7600"]

# How each begins anew, from whatever state, and what it says at the end of that.
ANEW = {
    "sim800c": (["AT+CIPSHUT", 'AT+CSTT="internet"', "AT+CIICR", "AT+CIFSR"], "10.64."),
    "sim7600": (["AT+NETCLOSE", "AT+NETOPEN", "AT+IPADDR"], "+IPADDR: 10.64."),
    "a7670": (["AT+NETCLOSE", "AT+NETOPEN", "AT+IPADDR"], "+IPADDR: 10.64."),
    "m590": (["AT+XIIC=0", 'AT+CGDCONT=1,"IP","internet"', "AT+XIIC=1", "AT+XIIC?"], "+XIIC:    1, 10.64."),
    "ec25": (
        ["AT+QIDEACT=1", 'AT+QICSGP=1,1,"internet"', "AT+QIACT=1", "AT+QIACT?"],
        '+QIACT: 1,1,1,"10.64.',
    ),
    "m66": (["AT+QIDEACT", 'AT+QICSGP=1,"internet"', "AT+QIREGAPP", "AT+QIACT", "AT+QILOCIP"], "10.64."),
}

HAPPENINGS = ["opened", "failed", "closed", "data", "much", "sent", "lost", "wait", "escape", "+++", "power"]


class Story:
    """One modem and the far sides of its connections; nobody takes what it sends unless told to."""

    def __init__(self, make_bench, family):
        self.bench = make_bench(personality=family)
        self.unsent = []
        self.opened = [0]

    def tell(self, what):
        bench = self.bench
        core = bench.core
        sockets, socket = core.sockets, self.opened[-1]
        match what:
            case "opened" | "failed" | "closed":
                bench.happen(lambda: getattr(sockets, what)(socket))
            case "data" | "much":
                data = b"x" * min(5 if what == "data" else MAX_SEND, sockets.room(socket))
                bench.happen(lambda: data and sockets.received(socket, data))
            case "sent":
                for number, data in self.unsent:
                    bench.happen(lambda number=number, data=data: sockets.sent(number, len(data)))
                self.unsent.clear()
            case "lost":
                bench.happen(lambda: bench.network.drop_pdp(IMSI, bench.now))
            case "wait":
                bench.wait(2)
            case "escape":
                bench.give(b"\x1b")
            case "+++":
                bench.wait(2)
                bench.give(b"+++")
                bench.wait(2)
            case "power":
                bench.happen(core.power.restart)
                bench.wait(60)
            case "\r":
                bench.give(b"\r")
            case line if bench.send(line)[-1:] == ["> "]:
                bench.give(b"abcde\x1a")
        self._follow()

    def _follow(self):
        for action in self.bench.actions:
            match action:
                case OpenSocket(socket):
                    self.opened.append(socket)
                case SendSocket(socket, data):
                    self.unsent.append((socket, data))
        self.bench.actions.clear()
        for connection in self.bench.core.sockets.all():
            assert len(connection.received) <= RECEIVE_BUFFER


@pytest.mark.parametrize("family", sorted(PERSONALITIES))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_it_lives_through_anything(make_bench, family, data):
    # Lines come more often than happenings, or few connections would get far.
    steps = st.one_of(*[st.sampled_from(LINES[family])] * 2, st.sampled_from(HAPPENINGS))
    story = Story(make_bench, family)
    for step in data.draw(st.lists(steps, max_size=40)):
        story.tell(step)
    bench = story.bench
    for _ in range(
        3
    ):  # the far sides end their waiting, and so does whoever types; a prompt takes some of it
        for what in ("sent", "failed", "failed", "failed", "wait", "escape", "+++", "\r"):
            story.tell(what)
    bench.send("ATE0H")
    bench.wait(5)
    lines, said = ANEW[family]
    for line in lines:
        answer = bench.send(line) + bench.wait(20)
    assert answer[0].startswith(said)


@pytest.mark.parametrize(
    ("family", "lines", "final"),
    [
        ("sim800c", ["AT+CIPMODE=1", f"AT+CIPSTART={OPEN}"], "CONNECT FAIL"),
        ("sim7600", ["AT+CIPMODE=1", "AT+NETOPEN", f"AT+CIPOPEN=0,{OPEN}"], "CONNECT FAIL"),
        ("ec25", ["AT+QIACT=1", f"AT+QIOPEN=1,0,{OPEN},0,2"], "ERROR"),
        ("m66", ["AT+QIMODE=1", f"AT+QIOPEN={OPEN}"], "CONNECT FAIL"),
    ],
)
def test_the_context_goes_while_data_mode_is_dialled(make_bench, family, lines, final):
    bench = make_bench(personality=family)
    for line in lines:
        bench.send(line)
        bench.wait(5)
    assert final in bench.happen(lambda: bench.network.drop_pdp(IMSI, bench.now))
    assert bench.send("AT") == ["OK"]
