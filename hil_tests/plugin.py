"""The pytest plugin `thermogate`: options, the `tg_` fixtures, and an honest exit code.

Every pytest in the environment loads this file, so it must not be felt where the bench is not used: it
imports only pytest's own world, defines no autouse fixture, and prints or decides nothing unless a
*bench test* was collected, one which uses a `tg_` fixture or carries `needs(...)`.

A bench run in which no test was executed (all skipped, all deselected, none found) has shown nothing and must
not look like success: it ends with exit code 3 and a sentence that says so.
"""

from typing import Final

import pytest

from hil_tests.abilities import MARKER, needed_by
from hil_tests.fixtures import tg_broker, tg_clock, tg_gateway, tg_modem, tg_sim_card
from hil_tests.options import BenchOptions

__all__ = ["tg_broker", "tg_clock", "tg_gateway", "tg_modem", "tg_sim_card"]

EXIT_NOTHING_EXECUTED: Final = 3
"""Exit code of every Thermogate tool that executed nothing. (pytest itself means an internal error by 3.)"""

_FIXTURE_PREFIX: Final = "tg_"
_PACKAGE: Final = "hil_tests"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the `--tg-` options; their meaning is in `BenchOptions`."""
    group = parser.getgroup("thermogate", "the Thermogate bench (fixtures tg_*)")
    group.addoption(
        "--tg-port",
        metavar="URL",
        help="test the modem at URL (path of a tty, socket://host:port, rfc2217://host:port, unix:///path) "
        "instead of an emulated one",
    )
    group.addoption(
        "--tg-pin", metavar="PIN", help="PIN of the SIM card in that modem; by default none is entered"
    )
    group.addoption("--tg-apn", metavar="APN", help="APN for data sessions of that modem")
    group.addoption(
        "--tg-broker",
        metavar="URL",
        help="MQTT broker to use (mqtt://user:password@host:port); by default one is started here",
    )
    group.addoption(
        "--tg-allow-radio",
        action="store_true",
        help="allow what costs on a real modem: radio cycles, USSD, data sessions",
    )
    group.addoption(
        "--tg-seed", metavar="N", type=int, default=1, help="seed of all that is emulated (default: 1)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, so that --strict-markers accepts it, and begin to keep the books of this run."""
    config.addinivalue_line("markers", f"{MARKER}(*abilities): what the modem under test must be able to do")
    config.pluginmanager.register(_BenchRun(config), "thermogate-bench-run")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a gate which nobody would open."""
    if needed_by(item) and "tg_modem" not in getattr(item, "fixturenames", ()):
        pytest.fail(
            f"needs(...) asks what tg_modem can do, but {item.name} does not use tg_modem", pytrace=False
        )


class _BenchRun:
    """The books of one pytest run: is it about the bench, and was anything executed?"""

    def __init__(self, config: pytest.Config) -> None:
        self._options = BenchOptions.of(config)
        self._asked_for = self._options.any_given() or any(
            str(argument).startswith(_PACKAGE) for argument in config.invocation_params.args
        )
        self._bench_tests = 0
        self._executed = 0
        self._nothing_executed = False

    @property
    def _concerns_the_bench(self) -> bool:
        return self._asked_for or self._bench_tests > 0

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Count the bench tests before anything is deselected."""
        fixtures: tuple[str, ...] = tuple(getattr(item, "fixturenames", ()))
        if any(name.startswith(_FIXTURE_PREFIX) for name in fixtures) or item.get_closest_marker(MARKER):
            self._bench_tests += 1

    def pytest_report_collectionfinish(self) -> list[str]:
        """Say in the header what is tested, so that a report can be read without its command line."""
        return [self._options.headline()] if self._concerns_the_bench else []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count what ran: a call that was not skipped (an expected failure did run), or any failure."""
        ran = report.when == "call" and (not report.skipped or hasattr(report, "wasxfail"))
        if ran or report.failed:
            self._executed += 1

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Turn a bench run that executed nothing into exit code 3."""
        option = session.config.option
        only_looking = option.collectonly or option.setupplan or option.setuponly
        otherwise_fine = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
        if self._concerns_the_bench and otherwise_fine and not only_looking and self._executed == 0:
            self._nothing_executed = True
            session.exitstatus = EXIT_NOTHING_EXECUTED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Repeat what was tested, and say plainly if nothing was."""
        if not self._concerns_the_bench:
            return
        terminalreporter.write_line(self._options.headline())
        if self._nothing_executed:
            terminalreporter.write_line(
                "Nothing was executed: every test was skipped, deselected or missing, which shows nothing "
                f"(exit code {EXIT_NOTHING_EXECUTED}).",
                red=True,
            )
