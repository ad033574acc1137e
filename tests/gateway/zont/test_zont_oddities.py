"""What a real controller may do to a client: late, mute, restarting, pushing, changing under its hands."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from odd_controller import OddController, Request
from striding_clock import StridingClock

from gateway.controllers import (
    ControllerForeignError,
    ControllerLoginError,
    ControllerSilentError,
    ControllerUnreachableError,
    SetpointNotConfirmedError,
)
from gateway.controllers.zont_local import LIST_AGAIN_S, ZontController
from provisioning.messages import Reading


@pytest.fixture
async def odd() -> AsyncIterator[OddController]:
    made = OddController()
    async with made.serving():
        yield made


@pytest.fixture
def clock() -> StridingClock:
    return StridingClock()


def driver_of(odd: OddController, clock: StridingClock, **options) -> ZontController:
    options = {"timeout_s": 0.3, "confirm_s": 0.3, "poll_s": 0.0, "password": "s3cret", **options}
    return ZontController(
        f"zont://127.0.0.1:{odd.port}", "installer", options.pop("password"), clock=clock, **options
    )


@pytest.fixture
async def driver(odd: OddController, clock: StridingClock) -> AsyncIterator[ZontController]:
    made = driver_of(odd, clock)
    await made.open()
    yield made
    await made.close()


async def by_name(driver: ZontController) -> dict[str, Reading]:
    return {each.name: each for each in await driver.read()}


async def test_a_late_answer_is_never_taken_for_that_of_the_next_question(odd, clock, driver):
    """The ids of relays come after their deadline; asked anew they must not become those of the next type."""
    late = asyncio.Event()

    async def hesitate(socket, asked: Request) -> bool:
        if asked.get("req_ids") == 14 and not late.is_set():
            await late.wait()
        return False

    odd.odd = hesitate
    with pytest.raises(ControllerSilentError, match="req_ids"):
        await driver.read()
    late.set()
    # The old line is of no use any more, whatever still comes on it.
    with pytest.raises(ControllerUnreachableError):
        await driver.read()
    clock.ahead_s += 6
    await driver.open()
    readings = await by_name(driver)
    assert readings["relay.7.on"].value == 0
    assert readings["circuit.8.setpoint"].value == 21
    assert len(odd.requests) == 2


async def test_what_is_pushed_before_the_sign_in_is_not_believed(odd, clock):
    odd.greeting = [{"id": 7, "type": 14, "name": "Полив", "s": 1, "a": 1}, {"id": 99, "type": 14, "s": 1}]
    driver = driver_of(odd, clock)
    told = asyncio.Event()
    driver.notify(told.set)
    await driver.open()
    readings = await by_name(driver)
    assert readings["relay.7.on"].value == 0
    assert "relay.99.on" not in readings
    assert not told.is_set()
    await driver.close()


async def test_a_controller_that_restarts_over_a_setpoint_is_asked_again_and_not_told_again(odd):
    clock = StridingClock(strides=True)
    driver = driver_of(odd, clock, confirm_s=30.0)
    await driver.open()
    await driver.read()

    async def restart(socket, asked: Request) -> bool:
        if "cmd" not in asked:
            return False
        odd.answer(asked)
        await socket.close()
        return True

    odd.odd = restart
    assert await driver.write("circuit.8.setpoint", 19.5) == 19.5
    assert odd.commands == [2925]
    assert len(odd.requests) == 2
    await driver.close()


async def test_a_restart_that_forgot_the_setpoint_is_said(odd):
    clock = StridingClock(strides=True)
    driver = driver_of(odd, clock, confirm_s=30.0)
    await driver.open()

    async def restart(socket, asked: Request) -> bool:
        if "cmd" not in asked:
            return False
        await socket.close()
        return True

    odd.odd = restart
    with pytest.raises(SetpointNotConfirmedError, match="not answered, but 21 is shown") as failed:
        await driver.write("circuit.8.setpoint", 19.5)
    assert failed.value.shown == 21
    assert odd.commands == [2925]
    await driver.close()


async def test_a_controller_that_stays_away_after_a_command_leaves_it_open(odd):
    clock = StridingClock(strides=True)
    driver = driver_of(odd, clock, confirm_s=30.0)
    await driver.open()

    async def vanish(socket, asked: Request) -> bool:
        if "cmd" in asked or "user" in asked:
            await socket.close()
            return True
        return False

    await driver.read()
    odd.odd = vanish
    with pytest.raises(SetpointNotConfirmedError, match="nothing can be read"):
        await driver.write("relay.7.on", 1)
    await driver.close()


async def test_a_question_that_is_never_answered_does_not_cost_the_others(odd, clock, driver, caplog):
    """One object and one line that this firmware is mute about; after two lines each is left alone."""
    mute = ({"id": 7, "req_state": 0}, {"scmd": "#S6?"})

    async def partly_mute(socket, asked: Request) -> bool:
        return asked in mute

    odd.odd = partly_mute
    for _ in range(2):
        with pytest.raises(ControllerSilentError):
            await driver.read()
        clock.ahead_s += 61
        await driver.open()
    for _ in range(2):
        # The objects have answered: that the line about the supply has not is no reason to throw them away.
        assert (await by_name(driver))["circuit.8.setpoint"].value == 21
        clock.ahead_s += 61
        await driver.open()
    with caplog.at_level(logging.WARNING):
        readings = await by_name(driver)
        readings = await by_name(driver)
    assert readings["circuit.8.setpoint"].value == 21
    assert [each for each in odd.requests[-1] if each in mute] == []
    # Its state is heard of when it is pushed, and from then on it is asked again.
    await odd.push({"id": 7, "type": 14, "name": "Полив", "s": 1, "a": 1})
    await driver.identify()
    odd.odd = _as_usual
    odd.objects[7]["s"] = 1
    assert (await by_name(driver))["relay.7.on"].value == 1


async def test_a_failed_sensor_is_bad_however_it_is_said(odd, driver):
    said: list[Request] = [
        {"t": 65535, "a": 1}, {"t": 6280.5, "a": 1}, {"t": "65535", "a": 1}, {"t": 20.1, "a": 0}, {"a": 1},
        {"t": None, "a": 1}, {"t": "warm", "a": 1}, {"t": 20.1, "a": "0"}, {"t": -273.0, "a": 1},
    ]  # fmt: skip
    for fields in said:
        odd.objects[4099] = {"type": 1, "name": "Улица", **fields}
        await odd.push("CFG_RELOAD_REQ")
        await driver.identify()
        reading = (await by_name(driver))["sensor.4099.temp"]
        assert (reading.value, reading.quality, reading.unit) == (None, "bad", "C"), fields
    odd.objects[4099] = {"type": 1, "name": "Улица", "t": "-7.4", "a": "1"}
    assert (await by_name(driver))["sensor.4099.temp"].value == -7.4


async def test_a_circuit_that_is_off_has_no_setpoint(odd, driver):
    await driver.read()
    odd.objects[8] = {"type": 16, "stype": 3, "name": "Дом", "c": 20.5, "m": "off", "m_id": 0, "f": 0, "a": 1}
    await odd.push({"id": 8, "m": "off"})
    readings = await by_name(driver)
    assert readings["circuit.8.setpoint"].quality == "bad"
    assert readings["circuit.8.state"].value == "off"


async def test_objects_come_go_and_change_their_names(odd, clock, driver):
    assert driver.title("relay.7.on") == ""
    assert set(await by_name(driver)) >= {"relay.7.on", "circuit.8.setpoint"}
    assert driver.title("relay.7.on") == "Полив"
    told = asyncio.Event()
    driver.notify(told.set)
    # One that is pushed is taken in with the next report.
    odd.objects[9] = {"type": 17, "name": "Насос", "s": 1, "a": 1}
    await odd.push({"id": 9, **odd.objects[9]})
    await asyncio.wait_for(told.wait(), 5)
    assert (await by_name(driver))["pump.9.on"].value == 1
    # One that has gone is bad once, then it is no longer listed.
    del odd.objects[9]
    odd.objects[7]["name"] = "Двор"
    assert (await by_name(driver))["pump.9.on"].quality == "bad"
    assert "pump.9.on" not in await by_name(driver)
    assert driver.title("relay.7.on") == "Двор"
    # One that comes without a word is found in time.
    odd.objects[10] = {"type": 1, "name": "Подвал", "t": 11, "a": 1}
    assert "sensor.10.temp" not in await by_name(driver)
    clock.ahead_s += LIST_AGAIN_S
    assert (await by_name(driver))["sensor.10.temp"].value == 11


async def test_objects_of_an_unknown_type_and_noise_are_left_alone(odd, driver, caplog):
    odd.objects[11] = {"type": 99, "name": "Новое", "s": 1, "a": 1}
    odd.objects[12] = {"type": "16", "stype": "3", "name": "Гараж", "c": "7.5", "s": "8", "m": "heat", "a": 1}
    await driver.read()
    for noise in ("", "null", "[]", "{", '{"id":7,"s":NaN}', '{"id":"x","type":14}', "CFG_RELOAD_REQ"):
        await odd.push(noise)
    await odd.push({"id": 11, "type": 99, "s": 0})
    await odd.sockets[0].send_bytes(b"\x40\x00\xff")
    readings = await by_name(driver)
    assert not [name for name in readings if ".11." in name]
    assert readings["circuit.12.current"].value == 7.5 if "circuit.12.current" in readings else True
    assert readings["relay.7.on"].value == 0


async def test_no_more_is_asked_than_once_a_minute(odd, clock):
    driver = driver_of(odd, clock, poll_s=60.0)
    await driver.open()
    await driver.read()
    asked = len(odd.requests[0])
    await odd.push({"id": 7, "s": 1})
    await odd.push({"id": 8, "c": 20.7})
    await driver.identify()
    clock.ahead_s += 30
    readings = await by_name(driver)
    assert len(odd.requests[0]) == asked + 2  # Who it is.
    assert (readings["relay.7.on"].value, readings["circuit.8.current"].value) == (1, 20.7)
    # A value is as old as it is.
    assert readings["circuit.8.fault"].at < clock.now() - 29
    clock.ahead_s += 30
    await driver.read()
    assert len(odd.requests[0]) > asked + 2
    # Nothing but questions: who only reads must not write.
    assert all({"user", "req_ids", "req_state", "scmd"} & each.keys() for each in odd.requests[0])
    assert all(str(each["scmd"]).endswith("?") for each in odd.requests[0] if "scmd" in each)
    await driver.close()


async def test_a_line_that_breaks_is_told_of_at_once(odd, driver):
    await driver.read()
    told = asyncio.Event()
    driver.notify(told.set)
    await odd.hang_up()
    await asyncio.wait_for(told.wait(), 5)
    with pytest.raises(ControllerUnreachableError):
        await driver.read()


async def test_a_line_that_breaks_early_is_no_success_however_late_that_is_noticed(odd, clock, driver):
    waits = []
    for _ in range(4):
        await odd.hang_up()
        await asyncio.sleep(0.02)
        clock.ahead_s += 61 if waits else 0
        await driver.close()
        waits.append(driver._ladder._failures)
        clock.ahead_s += 61
        await driver.open()
    assert waits == [1, 2, 3, 4]


async def test_a_wrong_password_is_tried_once_a_minute_only(odd, clock):
    driver = driver_of(odd, clock, password="admin")
    with pytest.raises(ControllerLoginError) as first:
        await driver.open()
    assert first.value.retry_after_s == pytest.approx(60)
    clock.ahead_s += 30
    with pytest.raises(ControllerLoginError, match="next try in 30 s"):
        await driver.open()
    assert len(odd.requests) == 1


async def test_over_tls_a_certificate_of_its_own_will_do(odd, tmp_path, clock):
    secure = OddController()
    async with secure.serving(own_certificate(tmp_path)):
        driver = ZontController(f"zonts://127.0.0.1:{secure.port}", "installer", "s3cret", clock=clock)
        await driver.open()
        assert (await driver.identify()).model == "H-1V.02 PRO"
        await driver.close()
        plain = driver_of(secure, clock)
        with pytest.raises(ControllerUnreachableError):
            await plain.open()


async def test_what_is_no_controller_is_called_so(clock, odd):
    async def say_hello(reader, writer) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    async def not_found(reader, writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    for stranger in (say_hello, not_found):
        server = await asyncio.start_server(stranger, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(ControllerForeignError):
                await ZontController(f"zont://127.0.0.1:{port}", "a", "b", clock=clock).open()

    async def deaf(socket, asked: Request) -> bool:
        return True

    odd.odd = deaf
    with pytest.raises(ControllerSilentError, match="sign-in"):
        await driver_of(odd, clock).open()


async def _as_usual(socket, asked: Request) -> bool:
    return False


def own_certificate(directory: Path) -> ssl.SSLContext:
    """As a controller makes one for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "zont")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = directory / "zont.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
