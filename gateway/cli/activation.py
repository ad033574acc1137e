"""The pre-activation bench as a command: ports and lists in, a picture, files and results out.

No uplink exists here, so no data session can be opened.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Final, TypeAlias

from gateway.bench.bench import Bench, CardRow, SlotRow
from gateway.bench.card_table import card_fields, cards_csv
from gateway.bench.expected_cards import ExpectedCards
from gateway.bench.ledger import Ledger
from gateway.bench.report import report_html
from gateway.bench.slot import Phase, SlotSettings
from gateway.cli.activation_view import ActivationView
from gateway.cli.bench_keys import keys
from gateway.cli.card_lists import problems_json, read_list, show_problems
from gateway.cli.failures import explain_failure
from gateway.cli.output import ExitCode, Json, Output, explanation_json
from gateway.cli.table_files import write_whole
from gateway.modem import Modem
from provisioning.backoff import POLICIES
from provisioning.clock import SystemClock
from provisioning.device_store import DeviceStore
from provisioning.explanation import Actor
from provisioning.explanations import explain_state
from provisioning.store import Database
from provisioning.verdicts import Kind

if TYPE_CHECKING:
    from provisioning.explanations import Explanation

Failure: TypeAlias = "tuple[Explanation, ExitCode]"

POLL_S: Final = 5.0
BENCH_POLL_S: Final = 0.2
"""Between two looks at the registration; they cost the network nothing."""

FILES_S: Final = 1.0
"""The table and the report are written at most so often."""


@dataclass(frozen=True)
class ActivationOptions:
    """Options of `thermogate activate`, checked. `many`: cards one after another in each port."""

    ports: tuple[str, ...]
    pin: str | None
    policy: str
    give_up_after_s: float | None
    owns_network: bool
    state_dir: Path | None
    baudrate: int
    many: bool
    cards: Path | None
    csv: Path | None
    report: Path | None
    issuers: tuple[str, ...]
    patience_s: float


async def activate_all(out: Output, options: ActivationOptions) -> ExitCode:
    """One card a port until all are served; or with `many` card after card, until the list is done or a person ends
    it.
    """
    expected: ExpectedCards | None = None
    if options.cards is not None:
        checked = read_list(options.cards)
        if checked.problems:
            out.record({"file": str(options.cards), **problems_json(checked, out)})
            show_problems(out, checked)
            return ExitCode.USAGE
        expected = ExpectedCards(checked.taken())
    async with Database(str(_state_file(options.state_dir))) as db:
        return await _at_the_bench(out, options, expected, DeviceStore(db))


async def _at_the_bench(
    out: Output, options: ActivationOptions, expected: ExpectedCards | None, store: DeviceStore
) -> ExitCode:
    clock, policy = SystemClock(), POLICIES[options.policy]
    ledger = Ledger(store, clock)
    await ledger.load()

    def modem_at(port: str) -> Modem:
        return Modem.at(port, baudrate=options.baudrate, store=store)

    ports = tuple(dict.fromkeys(options.ports))
    # A bench of many ports begins with those that work; of one card a port a wrong one is an error at once.
    failures = {} if options.many else await _wrong_ports(ports, modem_at)
    for port, (failure, _) in failures.items():
        out.progress(f"{port}: {failure.what.in_(out.lang)}")
    files = _Files(out, options)

    def changed() -> None:
        view.told(bench)
        files.stale()

    view = ActivationView(out, many=options.many, expected=None if expected is None else len(expected))
    bench = Bench(
        tuple(port for port in ports if port not in failures),
        ledger,
        SlotSettings(
            policy,
            pin=options.pin,
            poll_s=POLL_S if policy.real_modem else BENCH_POLL_S,
            one_card=not options.many,
            owns_network=options.owns_network,
        ),
        open_modem=modem_at,
        clock=clock,
        random=SystemRandom(),
        expected=expected,
        issuers=options.issuers,
        patience_s=options.patience_s,
        observer=changed,
    )
    gave_up = False
    try:
        with view.showing(bench):
            listening = keys(
                ports=len(bench.slots),
                changed=lambda number: bench.slots[number - 1].card_changed(),
                end=bench.end,
            )
            with listening if options.many else contextlib.nullcontext():
                async with files.written(bench):
                    gave_up = not await _run(bench, options.give_up_after_s)
    except ExceptionGroup as group:
        # One reason is enough: it is the bench's own, not that of a port.
        raise group.exceptions[0] from None
    slots, cards = bench.slots_now(), bench.cards_now()
    code = _code(bench, slots, cards, failures, gave_up=gave_up, many=options.many)
    results: list[Json] = [_failed_port(out, port, failures[port][0]) for port in ports if port in failures]
    results += [_port_json(out, row) for row in slots]
    results.sort(key=lambda each: ports.index(str(each["port"])) if isinstance(each, dict) else 0)
    out.record(
        {
            "activated": sum(row.verdict.served for row in (cards if options.many else slots)),
            "gave_up": code is ExitCode.GAVE_UP,
            "results": results,
            **({"cards": [card_fields(row) for row in cards]} if options.many else {}),
        }
    )
    for port, (failure, _) in failures.items():
        out.line(f"{port}: {out.pick(en='failed', ru='неудача')}")
        out.line(failure.render(out.lang))
    view.sum_up(bench)
    return code


async def _run(bench: Bench, give_up_after_s: float | None) -> bool:
    """False: the waiting was given up."""
    if not bench.slots:
        return True
    try:
        async with asyncio.timeout(give_up_after_s):
            await bench.run()
    except TimeoutError:
        return False
    return True


def _code(
    bench: Bench,
    slots: tuple[SlotRow, ...],
    cards: tuple[CardRow, ...],
    failures: dict[str, Failure],
    *,
    gave_up: bool,
    many: bool,
) -> ExitCode:
    """FAILED: somebody must act. GAVE_UP: only time is missing."""
    if failures:
        codes = {failure_code for _, failure_code in failures.values()}
        return ExitCode.USAGE if ExitCode.USAGE in codes else ExitCode.FAILED
    if not many:
        served = all(row.phase is Phase.FINISHED for row in slots)
        return ExitCode.DONE if served else ExitCode.GAVE_UP
    if bench.complete:
        return ExitCode.DONE
    open_cards = [row for row in cards if not row.verdict.served]
    if not cards:
        return ExitCode.GAVE_UP if gave_up else ExitCode.NOTHING_EXECUTED
    waits = {Kind.NOT_SEEN}
    if any(row.verdict.who is not Actor.NOBODY and row.verdict.kind not in waits for row in open_cards):
        return ExitCode.FAILED
    return ExitCode.GAVE_UP if open_cards else ExitCode.DONE


async def _wrong_ports(ports: tuple[str, ...], modem_at: Callable[[str], Modem]) -> dict[str, Failure]:
    """Ports that cannot be opened or where no modem answers, with the reason."""

    async def check(port: str) -> Failure | None:
        modem = modem_at(port)
        try:
            await modem.open()
        except Exception as error:  # noqa: BLE001 one port's failure must not stop the others
            return explain_failure(error)
        finally:
            await modem.close()
        return None

    told = await asyncio.gather(*map(check, ports))
    return {port: failure for port, failure in zip(ports, told, strict=True) if failure is not None}


class _Files:
    """The table and the report, written anew after changes and at the end, also when that comes by a signal."""

    def __init__(self, out: Output, options: ActivationOptions) -> None:
        self._out = out
        self._csv, self._report = options.csv, options.report
        self._stale = asyncio.Event()

    def stale(self) -> None:
        """Something has changed."""
        self._stale.set()

    @contextlib.asynccontextmanager
    async def written(self, bench: Bench) -> AsyncIterator[None]:
        """Raises OSError at the beginning: they cannot be written."""
        self._write(bench)
        writing = asyncio.create_task(self._keep_up(bench), name="files")
        try:
            yield
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            self._write(bench)

    async def _keep_up(self, bench: Bench) -> None:
        while True:
            await self._stale.wait()
            self._stale.clear()
            # A disk that is full now may have room at the end; then it is told.
            with contextlib.suppress(OSError):
                self._write(bench)
            await asyncio.sleep(FILES_S)

    def _write(self, bench: Bench) -> None:
        cards = bench.cards_now()
        if self._csv is not None:
            write_whole(self._csv, cards_csv(cards))
        if self._report is not None:
            seen = [row.record for row in cards if row.record is not None]
            text = report_html(
                cards,
                lang=self._out.lang,
                at=datetime.now().astimezone(),
                simulated=bool(seen) and all(record.snapshot.simulated for record in seen),
            )
            write_whole(self._report, text.encode("utf-8"))


def _port_json(out: Output, row: SlotRow) -> dict[str, Json]:
    snapshot = row.snapshot
    explanation = explain_state(snapshot.state, snapshot.reason)
    return {
        "port": row.port,
        "activated": row.verdict.served,
        "verdict": row.verdict.kind.value,
        "who": row.verdict.who.value,
        "state": snapshot.state.value,
        "imei": snapshot.imei,
        "iccid": row.iccid,
        "simulated": snapshot.simulated,
        "attempts": snapshot.attempts,
        "activation_wait_s": snapshot.activation_wait_s,
        "explanation": explanation_json(explanation, out.lang),
    }


def _failed_port(out: Output, port: str, failure: Explanation) -> dict[str, Json]:
    return {"port": port, "activated": False, "explanation": explanation_json(failure, out.lang)}


def _state_file(directory: Path | None) -> Path:
    if directory is None:
        base = os.environ.get("XDG_STATE_HOME")
        directory = (Path(base) if base else Path.home() / ".local" / "state") / "thermogate" / "activate"
    directory.mkdir(parents=True, exist_ok=True)
    return directory / "cards.db"
