"""Described Modbus devices as objects of the controller, and the line that polls them.

First by hand, in the firmware's own time: `HandLine` answers for the devices. Then on real lines: a slave written from
the specification, the library's own server, and another emulated controller with the register map of its own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from bare_house import BareHouse, firmware, run
from raw_slave import RawSlave, rtu_slaves, tcp_slaves

from firmware_sim.controller import presets as p
from firmware_sim.controller.emulated_controller import EmulatedController
from firmware_sim.controller.firmware import Firmware
from firmware_sim.controller.modbus_bus import ModbusBus, line_at, serial_line
from firmware_sim.controller.models import MODELS
from firmware_sim.controller.objects.base import ACCEPTED, NOT_POSSIBLE, WRONG_VALUE
from firmware_sim.controller.objects.modbus_devices import ModbusDevice, Polled
from firmware_sim.modbus_master import ModbusBusMaster, Request, Table, config_devices
from firmware_sim.modbus_master.client import SerialLine, TcpLine
from firmware_sim.virtual_time import ScaledClock
from provisioning.zont.config_text import ConfigText
from provisioning.zont.decikelvin import to_decikelvin
from provisioning.zont.object_types import ElementKind, ObjectType
from provisioning.zont.object_values import object_line

PELLET, FLOW, SETPOINT, PUMP, FLUE, LEVEL = 208897, 212993, 212994, 212995, 212996, 212997
SCENARIO, LOST_ACTION, BACK_ACTION, NOTE = 45100, 20500, 20501, 12300
INT16, BIT = 1, 5
INPUT, COIL = 1, 2


def put(config: ConfigText, object_id: int, kind: ObjectType, **values: Any) -> None:
    config.set_object(object_id, object_line(object_id, kind, **values).values)


def config(model: str = "H2000+ PRO.V2", **device: Any) -> ConfigText:
    """The model's own, and a pellet boiler on the Modbus line."""
    made = p.preset(MODELS[model])
    values = {
        "name": "Пеллетный котёл",
        "unit": 5,
        "period_s": 5,
        "disconnect_s": 30,
        "retries": 1,
        "signals": (FLOW, SETPOINT, PUMP, FLUE, LEVEL),
    }
    put(made, PELLET, ObjectType.MODBUS_DEVICE, **(values | device))
    signal = ObjectType.MODBUS_SIGNAL
    put(made, FLOW, signal, name="Подача", address=100, type=INT16, table=INPUT, scale_x1000=100, unit="°C")
    put(
        made, SETPOINT, signal, name="Уставка", address=10, type=INT16, scale_x1000=100, unit="°C",
        flags=1, minimum_x1000=30_000, maximum_x1000=80_000,
    )  # fmt: skip
    put(made, PUMP, signal, name="Насос", address=3, type=BIT, table=COIL, flags=1)
    put(made, FLUE, signal, name="Дымоход", address=101, table=INPUT, unit="°C")
    put(made, LEVEL, signal, name="Бункер", address=102, table=INPUT, unit="%")
    return made


class HandLine:
    """Answers for the unit that is asked; in the firmware's time."""

    def __init__(self, made: Firmware) -> None:
        self.made = made
        self.places = {
            (Table.INPUT, 100): 655, (Table.INPUT, 101): 180, (Table.INPUT, 102): 42,
            (Table.HOLDING, 10): 600, (Table.COIL, 3): 0,
        }  # fmt: skip
        self.dead = self.deaf = False
        devices, _ = config_devices({each.id: each.values for each in made.objects.values()})
        self.bus = ModbusBusMaster(devices, made.board.now_s)
        self.connect()

    def connect(self) -> None:
        for name, poller in self.bus.devices.items():
            device = self.made.objects[int(name)]
            assert isinstance(device, ModbusDevice)
            device.polled = Polled(poller, lambda: self.made.board.now_s, lambda: None)

    def run(self, seconds: int) -> None:
        for _ in range(seconds):
            now = self.made.board.now_s
            while not self.dead and (request := self.bus.next_request(now)) is not None:
                self.bus.answered(self.answer(request), now)
            if self.dead and self.bus.next_request(now) is not None:
                self.bus.silent(now)
            self.made.step()

    def answer(self, request: Request) -> list[int]:
        places = [(request.table, request.address + n) for n in range(request.count)]
        if request.values is not None:
            if not self.deaf:
                self.places |= dict(zip(places, request.values, strict=True))
            return []
        return [self.places[each] for each in places]


def installed(text: ConfigText | None = None) -> tuple[Firmware, BareHouse, HandLine]:
    made, house = firmware(config=text or config())
    return made, house, HandLine(made)


def test_a_device_and_its_signals_show_what_is_known():
    made, _, line = installed()
    assert made.problems == []
    assert made.state(PELLET)["a"] == made.state(FLOW)["a"] == 0
    line.run(3)
    assert made.state(PELLET) == {
        "id": PELLET, "type": 51, "name": "Пеллетный котёл", "a": 1, "err": 0, "last": 3,
    }  # fmt: skip
    described = {"stype": INT16, "unit": "°C", "w": 1, "low": 30.0, "high": 80.0}
    assert made.state(SETPOINT) == {
        "id": SETPOINT, "type": 52, "name": "Уставка", **described, "t": 60.0, "a": 1,
    }  # fmt: skip
    assert made.state(FLOW)["t"] == 65.5
    assert made.state(FLUE)["t"] == 180.0, "a chimney is no room"
    assert made.state(PUMP)["s"] == 0
    assert (made.state(LEVEL)["v"], made.state(LEVEL)["u"], made.state(LEVEL)["unit"]) == (42, 7, "%")
    assert made.system(f"#Y{FLOW}?") == f"#Y{FLOW}${to_decikelvin(65.5)},0"
    assert made.system(f"#Y{PELLET}?") == f"#Y{PELLET}$1,0"
    assert not made.board.alarms


def test_only_a_change_is_news():
    made, _, line = installed()
    line.run(12)
    told: list[int] = []
    made.listeners.append(told.append)
    line.run(12)
    assert not {FLOW, SETPOINT, PUMP, LEVEL, PELLET} & set(told)
    line.places[Table.INPUT, 102] = 41
    line.run(6)
    assert LEVEL in told
    assert FLOW not in told


def with_reactions() -> ConfigText:
    text = config(rol_connection_lost=LOST_ACTION, rol_reconnection=BACK_ACTION)
    put(text, LOST_ACTION, ObjectType.OUTPUT_ACTION, name="Резерв", target=p.RELAY_YARD, value=1)
    put(text, BACK_ACTION, ObjectType.OUTPUT_ACTION, name="Без резерва", target=p.RELAY_YARD, value=0)
    put(
        text, NOTE, ObjectType.NOTIFICATION, name="Котёл пропал", recipients=(p.OWNER,), flags=1, causes=(PELLET,)
    )  # fmt: skip
    put(text, SCENARIO, ObjectType.SCENARIO, name="Экономить", steps=(p.ECONOMY,), trigger=PELLET)
    return text


def test_a_lost_device_is_told_and_acted_upon_and_so_is_its_return():
    made, _, line = installed(with_reactions())
    line.run(10)
    line.dead = True
    line.run(25)
    assert made.state(PELLET)["a"] == 1, "it has half a minute"
    line.run(20)
    assert (PELLET, "modbus_lost") in made.board.alarms
    assert made.state(PELLET)["a"] == 0
    assert made.state(PELLET)["err"] > 0
    assert made.state(PELLET)["last"] > 30
    assert made.state(FLOW) == {
        "id": FLOW, "type": 52, "name": "Подача", "stype": INT16, "unit": "°C", "a": 0,
    }  # fmt: skip
    assert made.state(p.RELAY_YARD)["s"] == 1
    assert made.state(p.RADIATORS)["m_id"] == p.ECONOMY
    assert [each.phone for each in made.messages()] == ["+79161234567"]
    line.dead = False
    line.run(10)
    assert (PELLET, "modbus_lost") not in made.board.alarms
    assert [each.active for each in made.board.events if each.what == "modbus_lost"] == [True, False]
    assert made.state(p.RELAY_YARD)["s"] == 0


def test_a_device_that_nobody_polls_is_lost():
    made, _ = firmware(config=config())
    run(made, 25)
    assert not made.board.alarms
    run(made, 10)
    assert {what for _, what in made.board.alarms} == {"modbus_lost", "sensor_lost"}
    assert made.command(PUMP, 1) == NOT_POSSIBLE


def test_what_a_new_configuration_does_not_touch_is_not_told_again():
    made, _, line = installed(with_reactions())
    line.dead = True
    line.run(60)
    made.command(p.RELAY_YARD, 0)
    assert len(made.messages()) == 1
    made.reload()
    line.connect()
    line.run(60)
    assert made.messages() == []
    assert made.state(p.RELAY_YARD)["s"] == 0
    line.dead = False
    line.run(10)
    assert (PELLET, "modbus_lost") not in made.board.alarms


# -- commands


def test_accepted_is_not_done():
    made, _, line = installed()
    line.run(5)
    assert made.command(SETPOINT, 71.5) == ACCEPTED
    assert made.state(SETPOINT)["t"] == 60.0
    assert made.system(f"#Y{SETPOINT}?").endswith(",8")
    line.run(2)
    assert made.state(SETPOINT)["t"] == 71.5
    assert made.system(f"#Y{SETPOINT}?").endswith(",0")
    assert line.places[Table.HOLDING, 10] == 715
    assert made.command(PUMP, "1") == ACCEPTED
    line.run(2)
    assert made.state(PUMP)["s"] == 1


@pytest.mark.parametrize(
    ("object_id", "value", "result"),
    [
        (SETPOINT, 81, WRONG_VALUE),
        (SETPOINT, "29,9", WRONG_VALUE),
        (SETPOINT, "nan", WRONG_VALUE),
        (SETPOINT, True, WRONG_VALUE),
        (SETPOINT, None, WRONG_VALUE),
        (PUMP, 2, WRONG_VALUE),
        (FLOW, 50, NOT_POSSIBLE),
        (PELLET, 1, NOT_POSSIBLE),
    ],
)
def test_what_cannot_be_written_is_refused(object_id, value, result):
    made, _, line = installed()
    line.run(5)
    assert made.command(object_id, value) == result
    line.run(5)
    assert line.places[Table.HOLDING, 10] == 600


def test_a_device_that_is_off_line_cannot_be_commanded():
    made, _, line = installed()
    line.dead = True
    line.run(60)
    assert made.command(PUMP, 1) == NOT_POSSIBLE


def test_a_write_that_is_not_taken_is_an_alarm_until_one_is():
    made, _, line = installed()
    line.run(5)
    line.deaf = True
    assert made.command(SETPOINT, 70) == ACCEPTED
    line.run(12)
    assert made.state(SETPOINT)["t"] == 60.0
    assert (SETPOINT, "modbus_write_failed") in made.board.alarms
    assert made.system(f"#Y{SETPOINT}?").endswith(",2")
    line.deaf = False
    assert made.command(SETPOINT, 70) == ACCEPTED
    line.run(5)
    assert made.state(SETPOINT)["t"] == 70.0
    assert not made.board.alarms


# -- for others


def test_a_room_is_heated_by_a_signal_that_measures_it():
    text = config()
    put(text, FLOW, ObjectType.MODBUS_SIGNAL, name="Дом", address=100, table=INPUT, type=INT16,
        scale_x1000=100, unit="°C", alarm_low=to_decikelvin(5))  # fmt: skip
    line_of_circuit = list(text.get_object(p.RADIATORS).values)
    line_of_circuit[5] = FLOW
    text.set_object(p.RADIATORS, line_of_circuit)
    made, house, line = installed(text)
    assert made.problems == []
    house.temps |= {"28-air": 30.0, "28-tank": 70.0}
    line.places[Table.INPUT, 100] = 200
    line.run(10)
    assert made.state(p.RADIATORS)["c"] == 20.0
    assert house.boilers["0000"].asked_c is not None
    line.places[Table.INPUT, 100] = 215
    line.run(10)
    assert made.state(p.RADIATORS)["c"] == 21.5
    assert house.boilers["0000"].asked_c is None
    line.places[Table.INPUT, 100] = 45
    line.run(10)
    assert (FLOW, "too_cold") in made.board.alarms
    line.dead = True
    line.run(60)
    assert (FLOW, "sensor_lost") in made.board.alarms
    assert made.state(p.RADIATORS)["f"] == 1
    assert house.boilers["0000"].asked_c is not None, "rather too warm than frozen"


def test_a_register_misread_is_no_temperature():
    made, _, line = installed()
    line.run(5)
    line.places[Table.INPUT, 101] = 65_535
    line.run(20)
    assert made.state(FLUE)["a"] == 0
    assert made.system(f"#Y{FLUE}?") == f"#Y{FLUE}$65535,0"
    assert (FLUE, "sensor_lost") in made.board.alarms


def test_the_owner_s_page_drives_and_shows_signals():
    text = config()
    web = ObjectType.WEB_ELEMENT
    put(text, 41000, web, name="Насос", stype=ElementKind.COMPLEX_BUTTON, links=(PUMP,))
    put(text, 41001, web, name="Насос работает", stype=ElementKind.STATUS, links=(PUMP,))
    put(text, 41002, web, name="Уставка", stype=ElementKind.REGULATOR, links=(SETPOINT,), low=20, high=90)
    made, _, line = installed(text)
    line.run(5)
    assert made.command(41000, 1) == ACCEPTED
    line.run(3)
    assert (made.state(PUMP)["s"], made.state(41001)["s"]) == (1, 1)
    assert made.command(41000, 0) == ACCEPTED
    line.run(3)
    assert (made.state(PUMP)["s"], made.state(41001)["s"]) == (0, 0)
    assert made.command(41002, "2,65") == ACCEPTED
    line.run(3)
    assert made.state(SETPOINT)["t"] == 65.0
    assert made.command(41002, "2,85") == WRONG_VALUE, "more than the boiler may"
    assert made.state(41002)["s"] == 65.0


# -- configurations


@pytest.mark.parametrize("model", [name for name, model in MODELS.items() if not model.modbus])
def test_a_model_without_modbus_names_each_device_and_asks_none(model):
    text = config(model)
    put(text, 208898, ObjectType.MODBUS_DEVICE, name="Счётчик", unit=9, signals=(LEVEL,))
    made, _ = firmware(model, text)
    told = [each for each in made.problems if "Modbus" in each.what.en]
    assert [each.place for each in told] == [f"#Z{PELLET}", "#Z208898"]
    lines = text.to_bytes().decode("cp1251").split("\r\n")
    assert all(lines[each.line - 1].startswith(f"{each.place}=51,") for each in told)
    run(made, 120)
    assert (PELLET, "modbus_lost") not in made.board.alarms
    assert made.command(PUMP, 1) == NOT_POSSIBLE
    assert made.state(FLOW)["a"] == 0


def test_a_description_that_cannot_be_right_is_named_and_the_rest_goes_on():
    text = config()
    put(text, LEVEL, ObjectType.MODBUS_SIGNAL, name="Бункер", address=102, table=INPUT, type=4)
    made, _, line = installed(text)
    assert [each.place for each in made.problems] == [f"#Z{LEVEL} length"]
    line.run(5)
    assert made.state(FLOW)["t"] == 65.5
    assert made.state(LEVEL)["a"] == 0
    assert made.command(LEVEL, 1) == NOT_POSSIBLE


# -- real lines


def pellet_boiler() -> RawSlave:
    slave = RawSlave(5)
    slave.input = {100: 655, 101: 180, 102: 42}
    slave.holding = {10: 600}
    slave.coils = {3: 0}
    return slave


class Living:
    """A firmware on a clock, as `EmulatedController` has it."""

    def __init__(self, text: ConfigText, rate: float = 100.0) -> None:
        self.made, self.house = firmware(config=text)
        self.clock = ScaledClock(rate=rate)
        self._zero_s = self.clock.monotonic() - self.made.board.now_s

    def advance(self) -> None:
        while self.made.board.now_s + 1.0 <= self.clock.monotonic() - self._zero_s:
            self.made.step()


@asynccontextmanager
async def polled(living: Living, line: TcpLine | SerialLine) -> AsyncIterator[ModbusBus]:
    bus = ModbusBus(living.made, line, living.clock, living.advance, timeout_s=0.2)
    task = asyncio.create_task(bus.run())
    try:
        yield bus
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(bus: ModbusBus, holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await bus.master.turn()


async def test_a_controller_polls_and_commands_what_is_on_its_line():
    living = Living(config())
    made, slave = living.made, pellet_boiler()
    async with tcp_slaves(slave) as (port, _), polled(living, TcpLine("127.0.0.1", port)) as bus:
        await until(bus, lambda: made.state(LEVEL)["a"] == 1 and made.state(PUMP)["a"] == 1)
        assert made.state(FLOW)["t"] == 65.5
        assert made.command(SETPOINT, 71.5) == ACCEPTED
        await until(bus, lambda: made.state(SETPOINT)["t"] == 71.5)
        assert slave.holding[10] == 715
        asked, before_s = len(slave.asked), made.board.now_s
        await until(bus, lambda: made.board.now_s >= before_s + 100)
        rounds = (len(slave.asked) - asked) / 3
        assert 5 <= rounds <= 23, "no more often than every five seconds of the controller's clock"
    assert made.state(PELLET)["a"] == 0
    assert made.command(PUMP, 1) == NOT_POSSIBLE


async def test_polling_follows_the_configuration():
    living = Living(config())
    made, first, second = living.made, pellet_boiler(), pellet_boiler()
    second.unit = 9
    async with tcp_slaves(first, second) as (port, _), polled(living, TcpLine("127.0.0.1", port)) as bus:
        await until(bus, lambda: made.state(FLOW)["a"] == 1)
        known = bus.master.bus.devices[str(PELLET)]
        put(
            made.config,
            208898,
            ObjectType.MODBUS_DEVICE,
            name="Счётчик",
            unit=9,
            period_s=5,
            signals=(212998,),
        )
        put(made.config, 212998, ObjectType.MODBUS_SIGNAL, name="Вода", address=102, table=INPUT)
        made.reload()
        assert bus.master.bus.devices[str(PELLET)] is known
        assert made.state(FLOW)["t"] == 65.5, "what is unchanged goes on"
        await until(bus, lambda: made.state(212998).get("v") == 42)
        made.config.delete_object(PELLET)
        made.reload()
        await bus.master.turn()
        asked = len(first.asked)
        others = len(second.asked)
        await until(bus, lambda: len(second.asked) >= others + 3)
        assert len(first.asked) == asked
        assert made.state(FLOW)["a"] == 0


async def test_a_controller_without_supply_asks_nobody():
    living = Living(config())
    made, slave = living.made, pellet_boiler()
    made.config.set_parameter(209, "0")
    async with tcp_slaves(slave) as (port, _), polled(living, TcpLine("127.0.0.1", port)) as bus:
        await until(bus, lambda: made.state(FLOW)["a"] == 1)
        living.house.mains = False
        await until(bus, lambda: not bus.master.bus.devices)
        asked = len(slave.asked)
        run(made, 600)
        assert len(slave.asked) == asked
        living.house.mains = True
        made.step()
        await until(bus, lambda: made.state(FLOW)["a"] == 1)


async def test_a_device_is_lost_and_comes_back_on_a_real_line():
    living = Living(with_reactions())
    made, slave = living.made, pellet_boiler()
    async with tcp_slaves(slave) as (port, _):
        line = TcpLine("127.0.0.1", port)
        bus = ModbusBus(made, line, living.clock, living.advance, timeout_s=0.1)
        task = asyncio.create_task(bus.run())
        await until(bus, lambda: made.state(FLOW)["a"] == 1)
    try:
        await until(bus, lambda: (PELLET, "modbus_lost") in made.board.alarms)
        assert made.state(p.RELAY_YARD)["s"] == 1
        slave.input[100] = 200
        async with tcp_slaves(slave, port=port):
            await until(bus, lambda: not {(PELLET, "modbus_lost")} & set(made.board.alarms))
            await until(bus, lambda: made.state(FLOW).get("t") == 20.0)
            assert made.state(p.RELAY_YARD)["s"] == 0
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_serial_line_is_as_the_configuration_sets_it():
    text = config()
    text.set_parameter(124, "0,19200,2,0")
    living = Living(text)
    with rtu_slaves(pellet_boiler()) as (port, _):
        async with polled(living, SerialLine(port)) as bus:
            await until(bus, lambda: living.made.state(FLOW)["a"] == 1)
            assert bus.master.line == SerialLine(port, 19200, "N", 2)
            living.made.system("#S124=0,9600,1,0")
            await until(bus, lambda: bus.master.line == SerialLine(port, 9600, "N", 1))
            errors = bus.master.bus.devices[str(PELLET)].errors
            heard_at = bus.master.bus.devices[str(PELLET)].heard_at
            await until(bus, lambda: bus.master.bus.devices[str(PELLET)].heard_at > heard_at)
            assert bus.master.bus.devices[str(PELLET)].errors == errors


async def test_a_controller_is_a_device_of_another_controller():
    text = config(unit=7, period_s=1, signals=(FLOW, SETPOINT, LEVEL))
    signal = ObjectType.MODBUS_SIGNAL
    put(
        text,
        FLOW,
        signal,
        name="Дом",
        address=100,
        type=INT16,
        scale_x1000=100,
        unit="°C",
        flags=8,
        sentinel=0x7FFF,
    )
    put(text, SETPOINT, signal, name="Уставка", address=201, type=INT16, scale_x1000=100, unit="°C", flags=1)
    put(text, LEVEL, signal, name="Нет такого", address=9000)
    living = Living(text, rate=20.0)
    made = living.made
    async with EmulatedController(clock=living.clock, unit=7) as other:
        url = await other.serve_modbus_tcp()
        async with polled(living, line_at(url)) as bus:
            await until(bus, lambda: made.state(FLOW)["a"] == made.state(SETPOINT)["a"] == 1)
            assert made.state(FLOW)["t"] == pytest.approx(other.firmware.state(p.AIR)["t"], abs=0.1)
            assert made.command(SETPOINT, 23.5) == ACCEPTED
            await until(bus, lambda: made.state(SETPOINT)["t"] == 23.5)
            assert other.firmware.state(p.RADIATORS)["s"] == 23.5
            assert made.command(SETPOINT, 99) == ACCEPTED, "only the other controller knows its limits"
            await until(bus, lambda: (SETPOINT, "modbus_write_failed") in made.board.alarms)
            assert made.state(SETPOINT)["t"] == 23.5
            assert made.state(LEVEL)["a"] == 0
            assert made.state(PELLET)["a"] == 1


@pytest.mark.parametrize("text", ["", "0,9600", "0,9601,1,0", "0,9600,3,0", "0,9600,1,N", "0,-9600,1,0"])
def test_line_settings_that_cannot_be_right_change_nothing(text):
    line = SerialLine("/dev/ttyS1", 19200, "E", 1)
    assert serial_line(line, "0,9600,2,1") == SerialLine("/dev/ttyS1", 9600, "O", 2)
    assert serial_line(line, text) == line


def test_where_a_line_is():
    assert line_at("modbus+tcp://127.0.0.1:1502") == TcpLine("127.0.0.1", 1502)
    assert line_at("modbus+tcp://gateway") == TcpLine("gateway", 502)
    assert line_at("modbus+rtu:///dev/ttyS1") == SerialLine("/dev/ttyS1", 9600, "N", 1)
    assert line_at("modbus+rtu:///tmp/a?baudrate=19200&parity=E&stopbits=2") == SerialLine(
        "/tmp/a", 19200, "E", 2
    )
    for wrong in (
        "tcp://a",
        "modbus+tcp://",
        "modbus+rtu://",
        "modbus+rtu:///a?parity=X",
        "modbus+rtu:///a?baudrate=1",
    ):
        with pytest.raises(ValueError, match=r"modbus|speed|parity"):
            line_at(wrong)


# -- published


def test_a_signal_is_published_and_commanded_at_a_broker():
    from firmware_sim.controller.home_assistant import Device
    from firmware_sim.controller.mqtt_topics import MqttTopics

    text = config()
    put(
        text, p.TOPIC, ObjectType.MQTT_TOPIC, name="house/boiler", object_type=52, links=(FLOW, PUMP), flags=3
    )
    made, _, line = installed(text)
    line.run(5)
    topics = MqttTopics(made, Device("0A", "x", "y", "1"), made.topics())
    made.listeners.append(topics.changed)
    states = {
        each.topic: json.loads(each.payload) for each in topics.connected(0.0) if "boiler/" in each.topic
    }
    assert states[f"house/boiler/{FLOW}"]["t"] == 65.5
    topics.received("house/boiler/cmd", json.dumps({"id": PUMP, "cmd": 1}).encode(), 1.0)
    line.run(3)
    assert [json.loads(each.payload)["s"] for each in topics.tick(5.0) if str(PUMP) in each.topic] == [1]
