"""The Modbus driver against a real server on TCP and a serial line, and against whatever else may answer."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from pymodbus.client import AsyncModbusTcpClient

from firmware_sim.controller import MODELS, EmulatedController, Installation
from firmware_sim.controller.presets import OUTDOOR, RADIATORS
from firmware_sim.plant import BoilerFault
from firmware_sim.virtual_time import LoopClock, ScaledClock, run_virtual
from gateway.controllers import (
    ControllerDataError,
    ControllerDriver,
    ControllerIdentity,
    ControllerMismatchError,
    ControllerRefusedError,
    ControllerSilentError,
    ControllerUnreachableError,
    ControllerUrlError,
    ModbusBus,
    ModbusController,
    SetpointNotConfirmedError,
    SetpointRefusedError,
)
from gateway.controllers.modbus import ModbusAddress
from provisioning.controller_profile import Register, RegisterType, load_profile
from provisioning.messages import Reading

PROFILE = load_profile("thermogate_h1v")
UNIT = 17
READS = 288


@pytest_asyncio.fixture
async def emulated() -> AsyncIterator[EmulatedController]:
    clock = ScaledClock(rate=60)
    installation = Installation(serial="00C0FFEE0001", now=clock.monotonic())
    async with EmulatedController(installation, unit=UNIT, clock=clock) as controller:
        yield controller


@pytest_asyncio.fixture(params=["tcp", "rtu"])
async def url(request: pytest.FixtureRequest, emulated: EmulatedController, tmp_path: Path) -> str:
    if request.param == "tcp":
        return await emulated.serve_modbus_tcp()
    return await emulated.serve_modbus_rtu(f"pty:{tmp_path / 'controller'}")


@pytest_asyncio.fixture
async def driver(url: str) -> AsyncIterator[ModbusController]:
    controller = ModbusController(url, PROFILE, timeout_s=0.5, confirm_s=1.0)
    await controller.open()
    yield controller
    await controller.close()


def by_name(readings: list[Reading]) -> dict[str, Reading]:
    return {reading.name: reading for reading in readings}


def test_it_is_a_driver() -> None:
    driver: ControllerDriver = ModbusController("modbus+tcp://host", PROFILE)
    assert driver


async def test_identity(driver: ModbusController) -> None:
    assert await driver.identify() == ControllerIdentity("00C0FFEE0001", "H-1V.02", "625")


async def test_readings_are_those_of_the_house(
    driver: ModbusController, emulated: EmulatedController
) -> None:
    emulated.plant.first_room.air_c = 19.7
    emulated.installation.advance(emulated.installation.now + 1.0)
    readings = by_name(await driver.read())
    assert set(readings) == {register.name for register in PROFILE.readings}
    air = readings["air_temp"]
    assert air.value == pytest.approx(emulated.plant.first_room.air_c, abs=0.2)
    assert (air.unit, air.quality) == ("°C", "good")
    assert readings["heating_mode"].value == "air"


async def test_a_lost_sensor_is_a_bad_reading(driver: ModbusController, emulated: EmulatedController) -> None:
    emulated.installation.wiring.cut.add("28-outdoor")
    emulated.installation.advance(emulated.installation.now + 60.0)
    assert emulated.firmware.state(OUTDOOR) == {"id": OUTDOOR, "type": 1, "name": "Улица", "a": 0}
    readings = by_name(await driver.read())
    assert (readings["outdoor_temp"].value, readings["outdoor_temp"].quality) == (None, "bad")
    assert PROFILE["alarms"].flag_names(readings["alarms"].value) == ("outdoor_sensor_fault",)


async def test_a_setpoint_is_written_and_read_back(
    driver: ModbusController, emulated: EmulatedController
) -> None:
    assert await driver.write("air_setpoint", 22.5) == 22.5
    assert emulated.firmware.state(RADIATORS)["s"] == 22.5
    assert await driver.write("heating_mode", "curve") == "curve"
    assert emulated.registers.value("heating_mode") == "curve"
    assert await driver.write("heating_mode", "off") == "off"
    assert "s" not in emulated.firmware.state(RADIATORS)


async def test_a_momentary_register_is_done_when_it_reads_zero(
    driver: ModbusController, emulated: EmulatedController
) -> None:
    boiler = emulated.plant.boiler
    boiler.lock_out(BoilerFault.NO_FLAME)
    emulated.installation.advance(emulated.installation.now + 5.0)
    assert boiler.locked_out
    assert emulated.registers.value("alarms") == 1 << 2
    assert await driver.write("boiler_reset", 1) == 0
    assert not boiler.locked_out


async def test_an_acknowledged_setpoint_that_is_not_taken_is_not_done(
    driver: ModbusController, emulated: EmulatedController
) -> None:
    emulated.slave.deaf_to_writes = True
    with pytest.raises(SetpointNotConfirmedError, match="read back"):
        await driver.write("air_setpoint", 25.0)


@pytest.mark.parametrize(
    ("name", "value"), [("air_setpoint", 99.0), ("air_temp", 20.0), ("no_such", 1), ("heating_mode", "turbo")]
)
async def test_an_impossible_setpoint_never_reaches_the_line(
    driver: ModbusController, emulated: EmulatedController, name: str, value: float | str
) -> None:
    emulated.slave.silent = True
    with pytest.raises(SetpointRefusedError):
        await driver.write(name, value)


async def test_the_controller_has_the_last_word_on_limits(url: str, emulated: EmulatedController) -> None:
    lax = replace(
        PROFILE,
        registers=tuple(
            replace(r, maximum=None) if r.name == "air_setpoint" else r for r in PROFILE.registers
        ),
    )
    driver = ModbusController(url, lax, timeout_s=0.5)
    with pytest.raises(ControllerRefusedError) as refused:
        await driver.write("air_setpoint", 60.0)
    assert refused.value.code == 3
    assert emulated.firmware.state(RADIATORS)["s"] == 21.0
    await driver.close()


async def test_what_the_controller_does_not_have_is_a_bad_reading(url: str) -> None:
    extra = Register("humidity", 300, RegisterType.UINT16, unit="%")
    driver = ModbusController(url, replace(PROFILE, registers=(*PROFILE.registers, extra)), timeout_s=0.5)
    readings = by_name(await driver.read())
    assert readings["humidity"].quality == "bad"
    assert readings["air_temp"].quality == "good"
    await driver.close()


async def test_another_model_is_not_read_by_this_profile(url: str) -> None:
    driver = ModbusController(url, replace(PROFILE, models=("H-2",)), timeout_s=0.5)
    with pytest.raises(ControllerMismatchError, match=r"H-1V\.02.*H-2"):
        await driver.identify()
    await driver.close()


async def test_a_foreign_unit_meets_silence(url: str) -> None:
    driver = ModbusController(url.replace("unit=17", "unit=18"), PROFILE, timeout_s=0.2, retries=0)
    with pytest.raises(ControllerSilentError):
        await driver.identify()
    await driver.close()


async def test_a_silent_controller_is_an_error_and_its_return_is_not(
    driver: ModbusController, emulated: EmulatedController
) -> None:
    emulated.slave.silent = True
    with pytest.raises(ControllerSilentError):
        await driver.read()
    emulated.slave.silent = False
    assert await driver.read()


async def test_a_cancelled_request_leaves_the_line_usable(
    driver: ModbusController, emulated: EmulatedController
) -> None:
    emulated.slave.silent = True
    reading = asyncio.ensure_future(driver.read())
    await asyncio.sleep(0.05)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    emulated.slave.silent = False
    assert (await driver.identify()).serial == "00C0FFEE0001"


async def test_many_at_once_take_turns_on_one_bus(url: str) -> None:
    bus = ModbusBus(ModbusAddress.parse(url), timeout_s=1.0)
    drivers = [ModbusController(url, PROFILE, bus=bus) for _ in range(4)]
    results = await asyncio.gather(*(driver.read() for driver in drivers for _ in range(3)))
    assert all(len(readings) == len(PROFILE.readings) for readings in results)
    for driver in drivers:
        await driver.close()
    assert await drivers[0].identify()
    await bus.close()


async def test_a_restarted_controller_is_found_again() -> None:
    async with EmulatedController(clock=ScaledClock()) as first:
        url = await first.serve_modbus_tcp()
        driver = ModbusController(url, PROFILE, timeout_s=0.3, retries=0)
        assert await driver.read()
    address = ModbusAddress.parse(url)
    with pytest.raises((ControllerSilentError, ControllerUnreachableError)):
        await driver.read()
    async with EmulatedController(clock=ScaledClock()) as second:
        await second.serve_modbus_tcp(address.host, address.port)
        assert await driver.read()
        await driver.close()


async def test_a_busy_port_is_called_busy(emulated: EmulatedController, tmp_path: Path) -> None:
    url = await emulated.serve_modbus_rtu(f"pty:{tmp_path / 'controller'}")
    first, second = (ModbusController(url, PROFILE, timeout_s=0.3) for _ in range(2))
    await first.open()
    with pytest.raises(ControllerUnreachableError, match="in use"):
        await second.open()
    await first.close()
    await second.open()
    await second.close()


async def test_nothing_listens(tmp_path: Path, unused_tcp_port: int) -> None:
    for url in (f"modbus+tcp://127.0.0.1:{unused_tcp_port}", f"modbus+rtu://{tmp_path}/none"):
        driver = ModbusController(url, PROFILE, timeout_s=0.3)
        with pytest.raises(ControllerUnreachableError, match="cannot open"):
            await driver.open()
        await driver.close()


async def test_something_else_answers() -> None:
    async def web_server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(web_server, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        driver = ModbusController(f"modbus+tcp://127.0.0.1:{port}", PROFILE, timeout_s=0.3, retries=0)
        with pytest.raises(ControllerSilentError):
            await driver.identify()
        await driver.close()


async def test_identity_registers_without_text(url: str) -> None:
    moved = replace(PROFILE, identity=("serial", "model", "air_temp"))
    other = ModbusController(url, moved, timeout_s=0.5)
    with pytest.raises(ControllerDataError, match="no text"):
        await other.identify()
    await other.close()


async def test_standard_identification_is_the_controllers_own(emulated: EmulatedController) -> None:
    """Function 43/14, asked by a foreign client while a second controller lives in this process."""
    newer = Installation(model=replace(MODELS["H-1V.02"], firmware=999))
    async with EmulatedController(newer, clock=ScaledClock()) as other:
        urls = (await emulated.serve_modbus_tcp(), await other.serve_modbus_tcp())
        versions = []
        for url in urls:
            address = ModbusAddress.parse(url)
            async with AsyncModbusTcpClient(address.host, port=address.port) as client:
                answer = await client.read_device_information(device_id=address.unit)
                versions.append(answer.information[2])
    assert versions == [b"625", b"999"]


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("tcp://host", "starts with"),
        ("modbus+tcp://", "host is needed"),
        ("modbus+tcp://host:99999", "port"),
        ("modbus+tcp://host?unit=0", "unit"),
        ("modbus+tcp://host?unit=248", "unit"),
        ("modbus+tcp://host?unt=1", "unknown option 'unt'"),
        ("modbus+tcp://host?baudrate=9600", "unknown option"),
        ("modbus+rtu://", "port is needed"),
        ("modbus+rtu://dev/ttyUSB0", "port is needed"),
        ("modbus+rtu:///dev/ttyUSB0?parity=X", "parity"),
        ("modbus+rtu:///dev/ttyUSB0?baudrate=fast", "baudrate"),
        ("modbus+rtu:///dev/ttyUSB0?stopbits=3", "stopbits"),
    ],
)
def test_a_wrong_url_is_named(url: str, problem: str) -> None:
    with pytest.raises(ControllerUrlError, match=problem):
        ModbusController(url, PROFILE)


def test_a_serial_url() -> None:
    address = ModbusAddress.parse("modbus+rtu:///dev/ttyUSB0?unit=5&baudrate=9600&parity=e&stopbits=2")
    assert (address.device, address.unit, address.baudrate, address.parity, address.stopbits) == (
        "/dev/ttyUSB0",
        5,
        9600,
        "E",
        2,
    )


class TestSerialLine:
    async def test_the_link_goes_with_the_controller(self, tmp_path: Path) -> None:
        link = tmp_path / "controller"
        async with EmulatedController(clock=ScaledClock()) as controller:
            await controller.serve_modbus_rtu(f"pty:{link}")
            assert link.is_symlink()
        assert not link.is_symlink()
        assert len(asyncio.all_tasks()) == 1

    async def test_a_link_left_behind_is_replaced_and_a_file_is_not(self, tmp_path: Path) -> None:
        stale, file = tmp_path / "stale", tmp_path / "file"
        stale.symlink_to("/dev/pts/9999")
        file.write_text("mine")
        async with EmulatedController(clock=ScaledClock()) as controller:
            await controller.serve_modbus_rtu(f"pty:{stale}")
            with pytest.raises(FileExistsError):
                await controller.serve_modbus_rtu(f"pty:{file}")
        assert file.read_text() == "mine"

    async def test_a_client_may_come_and_go(self, emulated: EmulatedController, tmp_path: Path) -> None:
        url = await emulated.serve_modbus_rtu(f"pty:{tmp_path / 'controller'}")
        for _ in range(5):
            driver = ModbusController(url, PROFILE, timeout_s=0.5)
            assert await driver.identify()
            await driver.close()


@pytest.mark.parametrize("line", ["tcp", "rtu"])
def test_six_hours_on_virtual_time_are_the_same_every_time(line: str, tmp_path: Path) -> None:
    """Kernel sockets and ptys beside a clock that jumps: no false timeout, the same readings to the digit."""

    async def six_hours() -> list[tuple[float, object]]:
        clock = LoopClock()
        seen: list[tuple[float, object]] = []
        async with EmulatedController(clock=clock) as controller:
            if line == "tcp":
                url = await controller.serve_modbus_tcp()
            else:
                url = await controller.serve_modbus_rtu(f"pty:{tmp_path / 'controller'}")
            driver = ModbusController(url, PROFILE, clock=clock)
            for _ in range(READS):
                seen.extend((reading.at, reading.value) for reading in await driver.read())
                await clock.sleep(75)
            await driver.close()
        return seen

    first = run_virtual(six_hours())
    assert len(first) == READS * len(PROFILE.readings)
    assert first == run_virtual(six_hours())
