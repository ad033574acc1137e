"""The suite as its users run it: in a directory of their own, from the installed package, on any modem."""

import asyncio
import itertools
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hil_tests.probe import probe
from hil_tests.relay import MeteredRelay

REPOSITORY = Path(__file__).parents[2]
NOTHING_EXECUTED = 3
BENCH_UNUSABLE = 2

# Radio, signalling, data, messages, calls, PIN.
COSTS = re.compile(
    rb"(?i)AT\+(?:CFUN=|COPS=|CUSD=|CGATT=|CGACT=|CSTT|CIICR|CIPSTART|CMGS|CPIN=)[^\r]*|ATD[^\r]*"
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

RunSuite = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def installed_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pip install` would put into site-packages: the unpacked wheel."""
    built, installed = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("site-packages")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(built)],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
    )
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        wheel.extractall(installed)
    return installed


@pytest.fixture
def run_suite(installed_package: Path, tmp_path: Path) -> RunSuite:
    """Run `pytest --pyargs` in an empty directory outside of the repository, on the installed package."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-rs", "-p", "no:cacheprovider", "--pyargs", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(installed_package)},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def modem_of_somebody_else() -> Iterator[str]:
    """`thermogate sim modem` with an active SIM card, registered: its URL."""
    arguments = ["--listen", "tcp:127.0.0.1:0", "--sim-state", "active", "--seed", "7", "--json"]
    command = [sys.executable, "-m", "gateway.cli", "sim", "modem", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url: str = json.loads(process.stdout.readline())["url"]
        asyncio.run(until_registered(url))
        yield url
        process.terminate()


async def until_registered(url: str) -> None:
    async with asyncio.timeout(60):
        registered = False
        while not registered:
            registered = (await probe(url, pin=None)).registered


def outcomes(run: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """The counts in pytest's last line: {"passed": 20, "skipped": 2}."""
    words = run.stdout.strip().splitlines()[-1].replace(",", "").split()
    return {name: int(count) for count, name in itertools.pairwise(words) if count.isdigit()}


def test_the_whole_suite_runs_emulated_from_the_installed_package(
    run_suite: RunSuite, installed_package: Path
) -> None:
    run = run_suite("hil_tests.suite", "-v")
    assert run.returncode == 0, run.stdout + run.stderr
    assert outcomes(run).get("skipped", 0) == 0
    assert outcomes(run)["passed"] > 25
    assert "thermogate bench: emulated modem, seed 1" in run.stdout
    where = subprocess.run(
        [sys.executable, "-c", "import hil_tests.suite; print(hil_tests.suite.__file__)"],
        cwd=installed_package,
        capture_output=True,
        text=True,
        check=True,
    )
    assert where.stdout.startswith(str(installed_package))


def test_the_same_suite_runs_on_a_modem_of_somebody_else(
    run_suite: RunSuite, modem_of_somebody_else: str
) -> None:
    run = run_suite("hil_tests.suite", "--tg-port", modem_of_somebody_else)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"modem at {modem_of_somebody_else}" in run.stdout
    counts = outcomes(run)
    assert counts["passed"] > 18
    assert counts["skipped"] > 5
    assert "this modem's operator cannot be told to change the state of the SIM" in run.stdout


async def test_nothing_that_costs_is_asked_of_a_real_modem_unless_allowed(
    run_suite: RunSuite, modem_of_somebody_else: str
) -> None:
    """A modem that does not say that it is a simulator is a real one, even if it is a simulator."""
    sent = bytearray()

    def hide(answer: bytes) -> bytes:
        return b"\r\nERROR\r\n" if b"%THERMOGATE" in answer else answer

    async with MeteredRelay(modem_of_somebody_else, tap=sent.extend, spoil=hide) as relay:
        run = await asyncio.to_thread(run_suite, "hil_tests.suite", "--tg-port", relay.url)
    assert run.returncode == 0, run.stdout + run.stderr
    assert outcomes(run)["passed"] > 10
    for why in ("cycling the radio", "USSD", "data session"):
        assert re.search(rf"{why} .*--tg-allow-radio would allow it", run.stdout)
    assert b"AT+CREG?" in sent
    assert COSTS.findall(bytes(sent)) == []


def test_where_that_modem_can_do_nothing_of_it_the_run_is_no_success(
    run_suite: RunSuite, modem_of_somebody_else: str
) -> None:
    run = run_suite("hil_tests.suite.test_denial_and_activation", "--tg-port", modem_of_somebody_else)
    assert run.returncode == NOTHING_EXECUTED, run.stdout + run.stderr
    assert "Nothing was executed" in run.stdout


@pytest.mark.parametrize("port", ["/dev/no-such-port", "socket://127.0.0.1:9", "gopher://modem"])
def test_a_port_that_cannot_be_used_is_one_sentence_and_code_2(run_suite: RunSuite, port: str) -> None:
    run = run_suite("hil_tests.suite", "--tg-port", port)
    assert run.returncode == BENCH_UNUSABLE, run.stdout + run.stderr
    assert f"the modem at --tg-port {port} cannot be used" in run.stdout
    assert "Traceback" not in run.stdout + run.stderr
