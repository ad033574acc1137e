"""Shows the pre-activation bench: a table on a terminal, else a line for each change."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gateway.bench.slot import Phase
from gateway.cli.durations import describe_duration
from gateway.cli.live_view import WIDTH
from gateway.cli.state_words import signal_words
from provisioning.explanation import Actor
from provisioning.explanations import explain_state
from provisioning.verdicts import Kind, Verdict
from provisioning.words_of_verdicts import VERDICT_WORDS

if TYPE_CHECKING:
    from gateway.bench.bench import Bench, CardRow, SlotRow
    from gateway.cli.output import Output

MOST_PARKED: Final = 8
"""Parked cards that fit under the ports."""


class ActivationView:
    """Use: `with view.showing(bench):`, tell of changes with `told`, and at the end `sum_up`.

    Args:
        many: cards go one after another through each port.
        expected: how many cards the list has; None: there is no list.
    """

    def __init__(self, out: Output, *, many: bool, expected: int | None) -> None:
        self._out = out
        self._many = many
        self._expected = expected
        self._console = Console(stderr=True, highlight=False)
        self._live: Live | None = None
        self._said: dict[str, str] = {}

    @contextlib.contextmanager
    def showing(self, bench: Bench) -> Iterator[None]:
        """The picture, while this is entered."""
        if not self._console.is_terminal:
            yield
            return
        self._live = Live(
            get_renderable=lambda: self._picture(bench),
            console=self._console,
            refresh_per_second=2,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        with self._live:
            yield

    def told(self, bench: Bench) -> None:
        """Something has changed."""
        if self._live is not None:
            return
        for row in bench.slots_now():
            words = self._line(row)
            if self._said.get(row.port) != words:
                self._said[row.port] = words
                self._out.progress(f"{datetime.now().astimezone():%H:%M:%S}  {row.port}: {words}")

    def sum_up(self, bench: Bench) -> None:
        """The end, for a person."""
        if not self._many:
            for row in bench.slots_now():
                self._out.line(f"{row.port}: {self._result(row)}")
                if row.phase is not Phase.FINISHED:
                    explanation = explain_state(row.snapshot.state, row.snapshot.reason)
                    self._out.line(explanation.render(self._out.lang))
            return
        cards = bench.cards_now()
        self._out.line(self._counts(cards))
        for card in cards:
            if not card.verdict.served and card.verdict.kind is not Kind.NOT_SEEN:
                self._out.line(f"{card.iccid}: {self._verdict(card.verdict)}. {self._todo(card.verdict)}")

    # --- words ---

    def _verdict(self, verdict: Verdict) -> str:
        return VERDICT_WORDS[verdict.kind].short.in_(self._out.lang)

    def _todo(self, verdict: Verdict) -> str:
        return VERDICT_WORDS[verdict.kind].todo.in_(self._out.lang)

    def _line(self, row: SlotRow) -> str:
        words = self._verdict(row.verdict)
        if row.iccid is not None:
            words = f"{row.iccid} {words}"
        if row.snapshot.attempts:
            count = row.snapshot.attempts
            words += self._out.pick(en=f", attempts: {count}", ru=f", попыток: {count}")
        if self._many and row.phase in {Phase.DONE, Phase.SET_ASIDE}:
            words += self._out.pick(en="; put in the next card", ru="; вставьте следующую карту")
        return words

    def _result(self, row: SlotRow) -> str:
        out, snapshot = self._out, row.snapshot
        if row.phase is not Phase.FINISHED:
            return out.pick(en="waiting was given up", ru="ожидание прекращено")
        text = out.pick(en=f"the SIM card {row.iccid} is active", ru=f"SIM-карта {row.iccid} активна")
        if snapshot.activation_wait_s is not None:
            wait, attempts = describe_duration(snapshot.activation_wait_s, out.lang), snapshot.attempts
            text += out.pick(
                en=f" (waited {wait}, attempts: {attempts})", ru=f" (ожидание {wait}, попыток: {attempts})"
            )
        return text

    def _counts(self, cards: tuple[CardRow, ...]) -> str:
        served = sum(row.verdict.served for row in cards)
        unseen = sum(row.verdict.kind is Kind.NOT_SEEN for row in cards)
        open_ = [row for row in cards if not row.verdict.served and row.verdict.kind is not Kind.NOT_SEEN]
        waiting = sum(row.verdict.who is Actor.NOBODY for row in open_)
        acting = len(open_) - waiting
        text = self._out.pick(
            en=f"Cards: {len(cards)}. Served: {served}, waiting: {waiting}, need somebody: {acting}",
            ru=f"Карт: {len(cards)}. Работают: {served}, ждут: {waiting}, нужно действовать: {acting}",
        )
        if self._expected is not None:
            text += self._out.pick(en=f", not put in yet: {unseen}", ru=f", не вставлялись: {unseen}")
        return text + "."

    # --- the picture ---

    def _picture(self, bench: Bench) -> Group:
        width = min(self._console.width, WIDTH)
        parts: list[RenderableType] = [self._ports(bench, width)]
        if self._many:
            cards = bench.cards_now()
            if parked := [row for row in cards if row.parked]:
                parts.append(self._parked(parked, width))
            parts.append(Text(self._counts(cards), style="bold"))
            last = len(bench.slots)
            which = "1" if last == 1 else f"1-{last}"
            parts.append(
                Text(
                    self._out.pick(
                        en=f"{which}: the card of this port was changed and nothing happens; q: end",
                        ru=f"{which}: в порту сменили карту, а он не заметил; q: закончить",
                    ),
                    style="dim",
                )
            )
        return Group(*parts)

    def _ports(self, bench: Bench, width: int) -> Table:
        pick = self._out.pick
        table = Table(width=width, expand=False)
        table.add_column("№", justify="right", no_wrap=True)
        table.add_column(pick(en="port, SIM card", ru="порт, SIM-карта"), overflow="fold", ratio=3)
        table.add_column(pick(en="what is the matter", ru="что с ней"), overflow="fold", ratio=4)
        table.add_column(pick(en="tries", ru="попытки"), justify="right", no_wrap=True)
        table.add_column(pick(en="next in", ru="через"), no_wrap=True)
        for row in bench.slots_now():
            snapshot, todo = row.snapshot, self._todo(row.verdict)
            next_at = snapshot.next_attempt_at
            name = Text(row.port)
            if row.iccid is not None:
                name.append(f"\n{row.iccid}", style="bold")
            if row.expected is not None and row.expected.device_serial:
                name.append(f"\n{row.expected.device_serial}")
            matter = Text(self._verdict(row.verdict), style=_style(row.verdict))
            if snapshot.rssi_dbm is not None:
                matter.append(f"  {signal_words(snapshot.rssi_dbm, self._out.lang)}", style="dim")
            if self._many and row.phase in {Phase.DONE, Phase.SET_ASIDE}:
                todo = pick(en="Put in the next card.", ru="Вставьте следующую карту.")
            matter.append(f"\n{todo}", style="not bold default")
            waits = next_at is not None and not row.verdict.served
            table.add_row(
                str(row.number),
                name,
                matter,
                str(snapshot.attempts or ""),
                describe_duration((next_at or 0) - time.time(), self._out.lang) if waits else "",
            )
        return table

    def _parked(self, parked: list[CardRow], width: int) -> Table:
        pick = self._out.pick
        table = Table(width=width, title=pick(en="Parked, to be put in again", ru="Вынуты, вставить снова"))
        table.title_justify = "left"
        table.add_column(pick(en="SIM card", ru="SIM-карта"), no_wrap=True)
        table.add_column(pick(en="what is the matter", ru="что с ней"), overflow="fold", ratio=1)
        table.add_column(pick(en="put in after", ru="вставить через"), no_wrap=True)
        now = time.time()
        for row in sorted(parked, key=lambda each: each.next_attempt_at or 0.0)[:MOST_PARKED]:
            due = (row.next_attempt_at or 0.0) - now
            when = pick(en="now", ru="сейчас") if due <= 0 else describe_duration(due, self._out.lang)
            table.add_row(row.iccid, Text(self._verdict(row.verdict), style=_style(row.verdict)), when)
        if (more := len(parked) - MOST_PARKED) > 0:
            table.add_row(pick(en=f"and {more} more", ru=f"и ещё {more}"), "", "")
        return table


def _style(verdict: Verdict) -> str:
    if verdict.served:
        return "bold green"
    return "bold yellow" if verdict.who is Actor.NOBODY else "bold red"
