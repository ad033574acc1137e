"""The real broker, for every room's tests:

`mosquitto` (open to all) and `start_mosquitto` (with settings).
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# Debian keeps the broker where an ordinary user's PATH does not look.
PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
START_ATTEMPTS = 5


class Mosquitto:
    """A mosquitto process of our own on a loopback port; the port survives kill() and restart().

    Args:
        users: name → password; without users anybody may connect.
        acl: text of an ACL file.
        tls: (CA file, certificate file, key file) of the listener.
        client_certificates: clients must have a certificate of that CA.
        config: further lines of configuration.
    """

    def __init__(
        self,
        directory: Path,
        *,
        users: dict[str, str] | None = None,
        acl: str | None = None,
        tls: tuple[Path, Path, Path] | None = None,
        client_certificates: bool = False,
        config: str = "",
    ) -> None:
        self._directory = directory
        self._users = users
        self._acl = acl
        self._tls = tls
        self._client_certificates = client_certificates
        self._config = config
        self._process: subprocess.Popen[str] | None = None
        self.host = "127.0.0.1"
        self.port = 0
        self.log: list[str] = []
        directory.mkdir(parents=True, exist_ok=True)
        for _ in range(START_ATTEMPTS):  # somebody else may take the port before the broker does
            self.port = _free_port()
            if self._start():
                return
        pytest.fail("mosquitto does not start:\n" + "\n".join(self.log))

    @property
    def url(self) -> str:
        return f"{'mqtts' if self._tls else 'mqtt'}://{self.host}:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL: the broker forgets what it had not saved."""
        self._stop(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM: it says goodbye."""
        self._stop(signal.SIGTERM)

    def restart(self) -> None:
        """Start again on the same port."""
        self.kill()
        if not self._start():
            pytest.fail("mosquitto does not start again:\n" + "\n".join(self.log))

    def _stop(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.send_signal(signal.SIGCONT)  # a stopped process would not hear SIGTERM
            self._process.wait(10)
            self._process = None

    def _start(self) -> bool:
        process = subprocess.Popen(
            [_find("mosquitto"), "-c", str(self._write_config()), "-v"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        for line in process.stderr:
            self.log.append(line.rstrip())
            if line.rstrip().endswith("running"):
                threading.Thread(target=self._drain, args=(process,), daemon=True).start()
                self._process = process
                return True
        process.wait(10)
        return False

    def _drain(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        with process.stderr:
            self.log.extend(line.rstrip() for line in process.stderr)

    def _write_config(self) -> Path:
        # "user root" keeps a broker that was started by root able to read the test's own files.
        lines = ["user root", f"listener {self.port} {self.host}", self._config]
        lines.append(f"allow_anonymous {'false' if self._users else 'true'}")
        if self._users:
            passwords = self._directory / "passwords"
            passwords.write_text("".join(f"{name}:{secret}\n" for name, secret in self._users.items()))
            subprocess.run([_find("mosquitto_passwd"), "-U", str(passwords)], check=True)
            lines.append(f"password_file {passwords}")
        if self._acl is not None:
            acl = self._directory / "acl"
            acl.write_text(self._acl)
            lines.append(f"acl_file {acl}")
        if self._tls is not None:
            ca, certificate, key = self._tls
            lines += [f"cafile {ca}", f"certfile {certificate}", f"keyfile {key}"]
            lines.append(f"require_certificate {'true' if self._client_certificates else 'false'}")
        path = self._directory / "mosquitto.conf"
        path.write_text("\n".join(lines) + "\n")
        return path


def _find(program: str) -> str:
    found = shutil.which(program, path=PATH)
    if found is None:
        pytest.fail(f"{program} is missing. Run: sudo apt-get install -y mosquitto mosquitto-clients")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def start_mosquitto(tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    """A function that starts a broker (see Mosquitto for its arguments);

    all are stopped at the end of the test.
    """
    brokers: list[Mosquitto] = []

    def start(**settings: Any) -> Mosquitto:
        broker = Mosquitto(tmp_path / f"mosquitto{len(brokers)}", **settings)
        brokers.append(broker)
        return broker

    yield start
    for broker in brokers:
        broker.kill()


@pytest.fixture
def mosquitto(start_mosquitto: Callable[..., Mosquitto]) -> Mosquitto:
    """A mosquitto that lets everybody in: .host, .port, .url, .kill(), .restart(), .log."""
    return start_mosquitto()
