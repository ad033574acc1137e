"""Whom the master asks when, what it believes, and what becomes of commands; on injected time."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from firmware_sim.modbus_master import (
    Command,
    CommandQueueFullError,
    CommandState,
    DescriptionError,
    DeviceDescription,
    LinkEvent,
    LinkState,
    ModbusBusMaster,
    Request,
    Signal,
    Table,
)
from firmware_sim.modbus_master.polling import FINAL, MAX_COMMANDS

METER = DeviceDescription(
    "meter",
    3,
    (
        Signal("power", 0, Table.INPUT),
        Signal("limit", 10, writable=True, maximum=100),
        Signal("mode", 11, writable=True),
    ),
    period_s=10.0,
    disconnect_s=30.0,
    retries=2,
)


class Bench:
    """A line with devices that hold registers, or are dead, or refuse."""

    def __init__(self, *devices: DeviceDescription) -> None:
        self.now = 0.0
        self.bus = ModbusBusMaster(devices or (METER,), self.now)
        self.registers: dict[int, int] = {}
        self.dead: set[int] = set()
        self.missing: set[int] = set()
        self.mute: set[int] = set()
        """Addresses to which it does not answer at all."""
        self.misses = 0
        """So many more requests get lost."""
        self.exception: int | None = None
        self.forgetful = False
        self.asked: list[Request] = []

    @property
    def meter(self) -> dict[str, object]:
        return dict(self.bus.devices["meter"].values)

    def answer(self, request: Request) -> None:
        places = range(request.address, request.address + request.count)
        if request.unit in self.dead or self.misses or self.mute & set(places):
            self.misses = max(0, self.misses - 1)
            self.now += 1.0
            self.bus.silent(self.now)
        elif self.exception is not None:
            self.bus.refused(self.exception, self.now)
        elif self.missing & set(places):
            self.bus.refused(2, self.now)
        elif request.values is not None:
            if not self.forgetful:
                self.registers |= dict(zip(places, request.values, strict=True))
            self.bus.answered([], self.now)
        else:
            self.bus.answered([self.registers.get(place, 0) for place in places], self.now)

    def turns(self) -> Iterator[Request]:
        while (request := self.bus.next_request(self.now)) is not None:
            self.asked.append(request)
            yield request
            self.answer(request)

    def run(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            while self.now < until and (request := self.bus.next_request(self.now)) is not None:
                self.asked.append(request)
                self.answer(request)
            due_at = self.bus.due_at
            assert due_at is not None
            self.now = max(self.now + 0.01, min(due_at, until))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_everything_is_asked_once_a_period(bench: Bench) -> None:
    bench.registers = {0: 1500, 10: 40, 11: 2}
    bench.run(95)
    assert bench.meter == {"power": 1500, "limit": 40, "mode": 2}
    assert [(r.table, r.address, r.count) for r in bench.asked].count((Table.HOLDING, 10, 2)) == 10
    assert len(bench.asked) == 20
    assert [event.kind for event in bench.bus.take_events()] == [LinkEvent.CONNECTED]


def test_a_silent_device_is_offline_after_its_time_and_comes_back(bench: Bench) -> None:
    bench.registers = {0: 7}
    bench.run(5)
    bench.dead = {3}
    bench.run(25)
    assert bench.bus.devices["meter"].link is LinkState.ONLINE
    assert bench.meter["power"] == 7
    bench.run(20)
    assert bench.bus.devices["meter"].link is LinkState.OFFLINE
    assert bench.meter["power"] is None
    bench.dead = set()
    bench.run(15)
    assert bench.meter["power"] == 7
    assert [event.kind for event in bench.bus.take_events()] == [
        LinkEvent.CONNECTED,
        LinkEvent.CONNECTION_LOST,
        LinkEvent.RECONNECTED,
    ]


def test_a_device_that_never_was_there_is_told_too(bench: Bench) -> None:
    bench.dead = {3}
    bench.run(45)
    assert [event.kind for event in bench.bus.take_events()] == [LinkEvent.CONNECTION_LOST]


def test_a_dead_device_costs_the_others_one_request_a_period() -> None:
    bench = Bench(METER, replace(METER, name="pump", unit=4, period_s=1.0))
    bench.dead = {3}
    bench.run(60)
    bench.asked.clear()
    bench.run(100)
    assert 9 <= sum(request.unit == 3 for request in bench.asked) <= 11
    assert sum(request.unit == 4 for request in bench.asked) >= 180


def test_a_request_is_repeated_as_often_as_described(bench: Bench) -> None:
    bench.dead = {3}
    requests = bench.turns()
    first = next(requests)
    assert [next(requests) for _ in range(2)] == [first, first]
    assert next(requests) != first


def test_a_command_is_done_when_it_is_read_back(bench: Bench) -> None:
    bench.run(5)
    bench.asked.clear()
    command = bench.bus.devices["meter"].command("limit", 60)
    states = []
    for _ in bench.turns():
        states.append(command.state)
    assert states == [CommandState.SENT, CommandState.ACCEPTED]
    assert command.state is CommandState.DONE
    assert bench.registers[10] == 60
    assert bench.meter["limit"] == 60


def test_a_device_that_forgets_what_it_acknowledged(bench: Bench) -> None:
    bench.run(5)
    bench.forgetful = True
    command = bench.bus.devices["meter"].command("limit", 60)
    bench.run(7)
    assert command.state is CommandState.ACCEPTED
    bench.run(1)
    assert command.state is CommandState.NOT_TAKEN


def test_a_device_that_obeys_when_its_program_comes_round_to_it(bench: Bench) -> None:
    bench.run(5)
    bench.forgetful = True
    command = bench.bus.devices["meter"].command("limit", 60)
    bench.run(3)
    assert bench.meter["limit"] == 0
    bench.registers[10] = 60
    bench.run(1)
    assert command.state is CommandState.DONE
    assert bench.meter["limit"] == 60


def test_a_device_that_is_busy_writing_is_asked_again(bench: Bench) -> None:
    bench.run(5)
    bench.exception = 6
    command = bench.bus.devices["meter"].command("limit", 60)
    bench.run(1)
    bench.exception = None
    bench.run(2)
    assert command.state is CommandState.DONE


def test_a_device_that_stays_busy_has_refused(bench: Bench) -> None:
    bench.run(5)
    bench.exception = 6
    command = bench.bus.devices["meter"].command("limit", 60)
    bench.run(10)
    assert (command.state, command.exception) == (CommandState.REFUSED, 6)


def test_acknowledge_is_accepted_and_looked_after(bench: Bench) -> None:
    bench.run(5)
    bench.exception = 5
    command = bench.bus.devices["meter"].command("limit", 60)
    bench.run(0.3)
    assert command.state is CommandState.ACCEPTED
    bench.exception = None
    bench.registers[10] = 60
    bench.run(2)
    assert command.state is CommandState.DONE


def test_a_device_that_refuses(bench: Bench) -> None:
    bench.missing = {10}
    command = bench.bus.devices["meter"].command("limit", 60)
    bench.run(3)
    assert command.state is CommandState.REFUSED
    assert command.exception == 2


def test_a_device_that_is_dead(bench: Bench) -> None:
    bench.dead = {3}
    command = bench.bus.devices["meter"].command("limit", 60)
    bench.run(10)
    assert command.state is CommandState.FAILED


def test_the_later_of_two_commands_counts(bench: Bench) -> None:
    meter = bench.bus.devices["meter"]
    first, second = meter.command("limit", 60), meter.command("limit", 70)
    bench.run(3)
    assert (first.state, second.state) == (CommandState.SUPERSEDED, CommandState.DONE)
    assert bench.registers[10] == 70


def test_only_so_many_commands_wait() -> None:
    signals = tuple(Signal(f"s{n}", n, writable=True) for n in range(MAX_COMMANDS + 1))
    bench = Bench(DeviceDescription("meter", 3, signals))
    meter = bench.bus.devices["meter"]
    for signal in signals[:-1]:
        meter.command(signal.name, 1)
    with pytest.raises(CommandQueueFullError):
        meter.command(signals[-1].name, 1)


def test_a_block_with_a_hole_is_asked_in_parts(bench: Bench) -> None:
    bench.registers = {0: 9, 10: 40}
    bench.missing = {11}
    bench.run(12)
    assert bench.meter == {"power": 9, "limit": 40, "mode": None}
    assert bench.bus.devices["meter"].refused == {"mode": 2}
    bench.missing = set()
    bench.registers[11] = 1
    bench.run(12)
    assert bench.meter["mode"] == 1
    assert bench.bus.devices["meter"].refused == {}


def test_a_busy_device_keeps_its_values(bench: Bench) -> None:
    bench.registers = {0: 9}
    bench.run(5)
    bench.exception = 6
    bench.run(30)
    assert bench.meter["power"] == 9
    bench.run(70)
    assert bench.meter["power"] is None, "a value of two minutes ago is not known"
    assert bench.bus.devices["meter"].link is LinkState.ONLINE


def test_a_block_that_is_never_answered_is_forgotten_though_the_device_is_there(bench: Bench) -> None:
    bench.registers = {0: 9, 10: 40}
    bench.run(5)
    bench.mute = {10}
    bench.run(100)
    assert bench.meter == {"power": 9, "limit": None, "mode": None}
    assert bench.bus.devices["meter"].link is LinkState.ONLINE
    assert bench.bus.devices["meter"].errors > 10


def test_a_device_that_is_asked_once_an_hour_is_not_silent_between() -> None:
    bench = Bench(replace(METER, period_s=3600.0))
    bench.run(3599)
    bench.misses = 1
    bench.run(100)
    assert [event.kind for event in bench.bus.take_events()] == [LinkEvent.CONNECTED]
    bench.run(3500)
    bench.dead = {3}
    bench.run(80)
    assert [event.kind for event in bench.bus.take_events()] == [LinkEvent.CONNECTION_LOST]
    bench.dead = set()
    bench.run(40)
    assert [event.kind for event in bench.bus.take_events()] == [LinkEvent.RECONNECTED]


def test_a_device_comes_back_with_other_values(bench: Bench) -> None:
    bench.registers = {0: 7, 10: 40}
    bench.run(5)
    bench.dead = {3}
    bench.run(60)
    bench.registers = {0: 8, 10: 10}
    bench.dead = set()
    bench.run(10.5)
    assert bench.meter == {"power": 8, "limit": 10, "mode": 0}, "all of it, not only what it was called by"


def test_other_devices_on_the_line(bench: Bench) -> None:
    bench.registers = {0: 7}
    bench.run(5)
    meter = bench.bus.devices["meter"]
    command = meter.command("limit", 5)
    other = replace(METER, name="pump", unit=4)
    bench.bus.set_devices((other, METER), bench.now)
    assert bench.bus.devices["meter"] is meter
    bench.run(5)
    assert command.state is CommandState.DONE
    pending = bench.bus.devices["pump"].command("limit", 5)
    bench.bus.set_devices((replace(METER, period_s=5.0),), bench.now)
    assert pending.state is CommandState.FAILED
    assert bench.bus.devices["meter"].values["power"] is None
    bench.run(5)
    assert bench.meter["power"] == 7
    with pytest.raises(DescriptionError):
        bench.bus.set_devices((METER, replace(METER, name="other")), bench.now)
    assert list(bench.bus.devices) == ["meter"]


def test_a_device_that_goes_while_it_is_asked(bench: Bench) -> None:
    asked = bench.bus.next_request(0.0)
    assert asked is not None
    bench.bus.set_devices((), 0.0)
    bench.bus.answered([1] * asked.count, 0.0)
    assert bench.bus.next_request(0.0) is None
    assert bench.bus.due_at is None


def test_a_gateway_that_cannot_reach_the_device_is_no_answer(bench: Bench) -> None:
    bench.run(5)
    bench.exception = 11
    bench.run(60)
    assert bench.bus.devices["meter"].link is LinkState.OFFLINE


@pytest.mark.parametrize("other", [replace(METER, unit=9), replace(METER, name="other")])
def test_two_devices_cannot_be_taken_for_one(other: DeviceDescription) -> None:
    with pytest.raises(DescriptionError):
        ModbusBusMaster((METER, other), 0.0)


class AnyLine(RuleBasedStateMachine):
    """Whatever the devices do, in any order: no request is lost, and no command stands still."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = Bench(METER, replace(METER, name="pump", unit=4, retries=0))
        self.commands: list[Command] = []

    @rule(
        value=st.integers(0, 100),
        name=st.sampled_from(["limit", "mode"]),
        device=st.sampled_from(["meter", "pump"]),
    )
    @precondition(lambda self: len(self.commands) < 40)
    def command(self, value: int, name: str, device: str) -> None:
        self.commands.append(self.bench.bus.devices[device].command(name, value))

    @rule(dead=st.sets(st.sampled_from([3, 4])))
    def die(self, dead: set[int]) -> None:
        self.bench.dead = dead

    @rule(missing=st.sets(st.sampled_from([0, 10, 11])))
    def lose_registers(self, missing: set[int]) -> None:
        self.bench.missing = missing

    @rule(code=st.sampled_from([None, 1, 2, 3, 4, 6, 11]))
    def refuse(self, code: int | None) -> None:
        self.bench.exception = code

    @rule(forgetful=st.booleans())
    def forget(self, forgetful: bool) -> None:
        self.bench.forgetful = forgetful

    @rule(seconds=st.floats(0.1, 50))
    def run(self, seconds: float) -> None:
        self.bench.run(seconds)

    @invariant()
    def an_offline_device_has_no_values(self) -> None:
        for device in self.bench.bus.devices.values():
            if device.link is LinkState.OFFLINE:
                assert set(device.values.values()) == {None}

    def teardown(self) -> None:
        self.bench.run(60)
        assert all(command.state in FINAL for command in self.commands)


AnyLine.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestAnyLine = AnyLine.TestCase
