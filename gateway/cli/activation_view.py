"""Shows the modems of the pre-activation bench: a table on a terminal, else a line for each change."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gateway.cli.durations import describe_duration
from gateway.cli.live_view import WIDTH
from gateway.cli.state_words import signal_words, state_words
from provisioning.journey import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from gateway.cli.activation import Station
    from gateway.cli.output import Output


class ActivationView:
    """Use as `with ActivationView(out, stations) as view:`; tell it of changes with `told`."""

    def __init__(self, out: Output, stations: Sequence[Station]) -> None:
        self._out = out
        self._stations = stations
        self._console = Console(stderr=True, highlight=False)
        self._live: Live | None = None
        self._said: dict[str, str] = {}

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live = Live(
                get_renderable=self._table,
                console=self._console,
                refresh_per_second=2,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def told(self, station: Station) -> None:
        """A station has changed."""
        if self._live is not None:
            return
        words = self._words(station)
        if self._said.get(station.port) != words:
            self._said[station.port] = words
            self._out.progress(f"{datetime.now().astimezone():%H:%M:%S}  {station.port}: {words}")

    def sum_up(self) -> None:
        """The end, for a person."""
        for station in self._stations:
            self._out.line(f"{station.port}: {self._result(station)}")
            explanation = station.explanation
            if not station.activated and explanation is not None:
                self._out.line(explanation.render(self._out.lang))

    def _words(self, station: Station) -> str:
        lang, snapshot = self._out.lang, station.snapshot
        if station.failure is not None:
            return station.failure.what.in_(lang)
        if snapshot is not None and snapshot.reason is Reason.ACTIVATED:
            return self._out.pick(en="activated", ru="активирована")
        if snapshot is None:
            return self._out.pick(en="opening", ru="открываю")
        words = state_words(snapshot.state.value, lang)
        if snapshot.attempts:
            words += self._out.pick(
                en=f", attempts: {snapshot.attempts}", ru=f", попыток: {snapshot.attempts}"
            )
        return words

    def _result(self, station: Station) -> str:
        out, snapshot = self._out, station.snapshot
        if station.activated and snapshot is not None:
            text = out.pick(
                en=f"the SIM card {snapshot.iccid} is active",
                ru=f"SIM-карта {snapshot.iccid} активна",
            )
            if snapshot.activation_wait_s is not None:
                wait, attempts = describe_duration(snapshot.activation_wait_s, out.lang), snapshot.attempts
                text += out.pick(
                    en=f" (waited {wait}, attempts: {attempts})",
                    ru=f" (ожидание {wait}, попыток: {attempts})",
                )
            return text
        if station.failure is None:
            return out.pick(en="waiting was given up", ru="ожидание прекращено")
        return out.pick(en="failed", ru="неудача")

    def _table(self) -> Table:
        pick = self._out.pick
        table = Table(width=min(self._console.width, WIDTH), expand=False)
        for heading in (
            pick(en="port", ru="порт"),
            pick(en="state", ru="состояние"),
            pick(en="attempts", ru="попытки"),
            pick(en="next in", ru="через"),
            pick(en="signal", ru="сигнал"),
        ):
            table.add_column(heading, overflow="fold")
        for station in self._stations:
            snapshot = station.snapshot
            next_at = None if snapshot is None else snapshot.next_attempt_at
            style = "green" if station.activated else "red" if station.failure is not None else "yellow"
            table.add_row(
                station.port,
                Text(self._words(station).partition(",")[0], style=style),
                "" if snapshot is None else str(snapshot.attempts),
                "" if next_at is None else describe_duration(next_at - time.time(), self._out.lang),
                "" if snapshot is None else signal_words(snapshot.rssi_dbm, self._out.lang),
            )
        return table
