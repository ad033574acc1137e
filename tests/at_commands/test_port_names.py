"""A port that is unplugged and comes back under another name: real ptys, and links to them as udev makes."""

from __future__ import annotations

import os
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from at_commands.port_names import PortName, lasting_name

ID = "usb-SimTech_SIM7600_0123456789ABCDEF-if02-port0"
PATH = "pci-0000:00:14.0-usb-0:2:1.2-port0"


@pytest.fixture
def new_pty() -> Iterator[Callable[[], str]]:
    descriptors: list[int] = []

    def make() -> str:
        near, far = os.openpty()
        descriptors.extend((near, far))
        tty.setraw(far)
        return os.ttyname(far)

    yield make
    for descriptor in descriptors:
        os.close(descriptor)


@pytest.fixture
def serial(tmp_path: Path) -> Path:
    for kind in ("by-id", "by-path"):
        (tmp_path / "serial" / kind).mkdir(parents=True)
    return tmp_path / "serial"


def link(name: Path, target: str) -> str:
    name.unlink(missing_ok=True)
    name.symlink_to(target)
    return str(name)


def test_by_id_goes_before_by_path(serial: Path, new_pty) -> None:
    port = new_pty()
    by_path = link(serial / "by-path" / PATH, port)
    assert lasting_name(port, directory=serial) == by_path
    by_id = link(serial / "by-id" / ID, port)
    assert lasting_name(port, directory=serial) == by_id
    own = link(serial.parent / "modem", port)
    assert lasting_name(own, directory=serial) == by_id


def test_a_name_of_udev_is_kept_as_it_was_chosen(serial: Path, new_pty) -> None:
    port = new_pty()
    link(serial / "by-id" / ID, port)
    by_path = link(serial / "by-path" / PATH, port)
    assert lasting_name(by_path, directory=serial) == by_path


def test_twins_without_a_serial_number_are_told_apart_by_their_socket(serial: Path, new_pty) -> None:
    first, second = new_pty(), new_pty()
    by_path = [
        link(serial / "by-path" / f"{PATH}{number}", port) for number, port in ((1, first), (2, second))
    ]
    link(serial / "by-id" / "usb-1a86_USB2.0-Serial-if00-port0", second)  # whichever came last
    assert lasting_name(first, directory=serial) == by_path[0]
    assert lasting_name(second, directory=serial) == by_path[1]


def test_without_links_a_name_is_its_own(serial: Path, new_pty) -> None:
    port = new_pty()
    own = link(serial.parent / "modem", port)
    link(serial / "by-id" / "dangling", "/dev/ttyUSB-gone")
    assert lasting_name(port, directory=serial) == port
    assert lasting_name(own, directory=serial) == own
    assert lasting_name(port, directory=serial / "nowhere") == port


def test_the_port_is_followed_and_its_old_name_is_another_device(serial: Path, new_pty) -> None:
    before, after = new_pty(), new_pty()
    by_id = link(serial / "by-id" / ID, before)
    port = PortName(before, directory=serial)
    assert port.current() == by_id
    (serial / "by-id" / ID).unlink()  # unplugged; somebody else may be `before` now
    assert port.current() == by_id
    link(serial / "by-id" / ID, after)
    assert Path(port.current()).resolve() == Path(after)


def test_a_port_that_is_not_there_yet_is_learned_when_it_comes(serial: Path, new_pty) -> None:
    name = serial.parent / "ttyUSB2"
    port = PortName(str(name), directory=serial)
    assert port.current() == str(name)
    real = new_pty()
    link(name, real)
    by_id = link(serial / "by-id" / ID, real)
    assert port.current() == by_id


def test_other_urls_stay_as_they_are(serial: Path) -> None:
    for url in ("socket://192.0.2.7:7000", "unix:///run/modem"):
        assert PortName(url, directory=serial).current() == url
