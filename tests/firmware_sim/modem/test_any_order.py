"""Whatever is asked in whatever order, and whatever happens meanwhile: one result a line, and it lives on."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.modem import SimCard
from firmware_sim.modem.actions import CloseSocket, OpenSocket, SendSocket
from firmware_sim.network import SubscriberState

IMSI = "250011234567890"

LINES = [
    "AT", "ATI", "ATZ", "AT&F", "ATE0", "AT+CMEE=0", "AT+CMEE=1", "AT+CMEE=2", "AT+CPIN?", 'AT+CPIN="1234"',
    'AT+CPIN="0000"', 'AT+CPIN="12345678","1234"', "AT+SPIC", 'AT+CLCK="SC",1,"1234"',
    'AT+CLCK="SC",0,"1234"', "AT+CREG?", "AT+CREG=2", "AT+CGREG=1", "AT+CSQ", "AT+COPS?", "AT+COPS=?",
    "AT+COPS=0", "AT+COPS=2", "AT+CEER", "AT+CFUN=0", "AT+CFUN=1", "AT+CFUN=4", "AT+CFUN?", "AT+CGATT=0",
    "AT+CGATT=1", 'AT+CGDCONT=1,"IP","internet"', "AT+CGACT=1,1", "AT+CGACT=0,1", 'AT+CSTT="internet"',
    "AT+CIICR", "AT+CIPSTATUS", 'AT+CIPSTART="TCP","127.0.0.1",1883',
    'AT+CIPSTART="TCP","example.com",1883', "AT+CIPCLOSE", "AT+CIPSHUT", "AT+CIPRXGET=1",
    "AT+CIPRXGET=2,100", "AT+CIPRXGET=4", "AT+CIPQSEND=1", "AT+CMGF=0", "AT+CMGF=1", "AT+CMGL=4",
    "AT+CMGR=1", "AT+CMGD=1,4", 'AT+CPMS="ME","ME","ME"', 'AT+CPMS="SM","SM","SM"', "AT+CNMI=2,2",
    "AT+CNMI=2,1", 'AT+CSCS="UCS2"', 'AT+CSCS="IRA"', 'AT+CUSD=1,"*100#"', 'AT+CUSD=1,"*111#"', "AT+CUSD=2",
    "AT+CCLK?", "AT+CLAC", "AT+CNUM", "AT+CSCA?", 'AT+CCLK="26/01/01,00:00:00+12"', "AT+CSQ;+CREG?;+COPS?",
    "AT+CREG=;+CSQ", "A/", "ATD+79161234567;", "ATA", "ATH", "AT+CHUP", "AT+CLCC",
]  # fmt: skip
PROMPTING = ['AT+CMGS="+7903"', "AT+CMGS=20", "AT+CIPSEND", "AT+CIPSEND=5", 'AT+CMGW="+7903"']

FINAL = re.compile(
    r"^(OK|ERROR|\+CM[ES] ERROR: .*|SHUT OK|CLOSE OK|SEND OK|SEND FAIL|DATA ACCEPT:\d+|> |NO CARRIER|BUSY|"
    r"STATE: (IP|TCP|PDP|CONNECT) ?.*)$"
)

events = st.one_of(
    st.sampled_from(LINES).map(lambda line: ("line", line)),
    st.tuples(st.just("prompt"), st.sampled_from(PROMPTING)),
    st.tuples(st.just("wait"), st.sampled_from([0.1, 5.0, 20.0, 800.0])),
    st.tuples(st.just("state"), st.sampled_from(list(SubscriberState))),
    st.tuples(st.just("signal"), st.sampled_from([None, -51, -113])),
    st.tuples(st.just("reject"), st.sampled_from([2, 3, 7, 11, 17])),
    st.tuples(st.just("message"), st.sampled_from(["hi", "Привет " * 30])),
    st.tuples(st.just("socket"), st.sampled_from(["opened", "failed", "closed", "data"])),
    st.tuples(st.just("hand"), st.sampled_from(["restart", "cut", "press_key", "pull", "put", "leave"])),
)


class Story:
    """One modem's life, and its TCP peer."""

    def __init__(self, make_bench, delay):
        self.bench = make_bench(pin="1234", delay=delay, on=False)
        self.bench.power_on()
        self.socket = 0

    def tell(self, kind, what):
        bench, core = self.bench, self.bench.core
        match kind:
            case "line":
                bench.send(what, end="" if what == "A/" else "\r")
            case "prompt":
                if bench.send(what)[-1:] == ["> "]:
                    bench.give(b"abcde\x1a")
            case "wait":
                bench.wait(what)
            case "state":
                bench.happen(lambda: bench.network.set_state(IMSI, what, bench.now))
            case "signal":
                bench.happen(lambda: bench.network.set_signal(what))
            case "reject":
                bench.network.reject_next(what)
            case "message":
                bench.happen(lambda: bench.network.send_sms(IMSI, "MTS", what, bench.now))
            case "socket":
                self.touch_socket(what)
            case "hand":
                self.handle(what, core)
        self.follow_actions()

    def touch_socket(self, what):
        sockets = self.bench.core.sockets
        if what == "data":
            data = b"x" * min(100, sockets.room(self.socket))
            self.bench.happen(lambda: data and sockets.received(self.socket, data))
        else:
            self.bench.happen(lambda: getattr(sockets, what)(self.socket))

    def handle(self, what, core):
        bench = self.bench
        match what:
            case "pull":
                bench.happen(lambda: core.power.change_card(None))
            case "put":
                card = (
                    bench.sim
                    if core.device.sim is None
                    else SimCard("8970101234567890999", "250019999999999")
                )
                bench.happen(lambda: core.power.change_card(card))
            case "leave":
                core.client_left(bench.now)
            case _:
                bench.happen(getattr(core.power, what))

    def follow_actions(self):
        for action in self.bench.actions:
            match action:
                case OpenSocket(socket):
                    self.socket = socket
                case SendSocket(socket, data):
                    self.bench.happen(lambda: self.bench.core.sockets.sent(socket, len(data)))
                case CloseSocket(socket):
                    assert socket <= self.socket
        self.bench.actions.clear()


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([0, 1]), st.lists(events, max_size=40))
def test_it_lives_through_anything(make_bench, delay, story):
    life = Story(make_bench, delay)
    for kind, what in story:
        life.tell(kind, what)
    bench = life.bench
    bench.wait(200)  # whatever was under way ends
    if not bench.core.device.power.value:
        bench.happen(bench.core.power.switch_on)
        bench.wait(60)
    bench.give(b"\x1b\r")
    bench.send("ATE0Q0V1")
    assert bench.send("AT") == ["OK"]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([line for line in LINES if line != "A/"]), max_size=20))
def test_each_line_gets_one_result(make_bench, lines):
    bench = make_bench(pin="1234")
    bench.send('AT+CPIN="1234"')
    for line in lines:
        said = bench.send(line) + bench.wait(80)
        finals = [text for text in said if FINAL.match(text)]
        if line != "AT+CIPSTATUS":  # OK, and the state behind it
            assert len(finals) - (("CONNECT FAIL" in said) or ("STATE: TCP CLOSED" in said)) == 1, (
                line,
                said,
            )


@settings(max_examples=60, deadline=None)
@given(st.lists(events, max_size=30), st.integers(0, 5))
def test_same_story_same_bytes(make_bench, story, seed):
    def told():
        life = Story(make_bench, 1)
        said = []
        for kind, what in story:
            life.tell(kind, what)
            said.append(life.bench.raw)
        return said

    assert told() == told()
