"""The live picture of a commissioning on a terminal; without one, a line for each change.

In: `JourneyView`, a snapshot in words. Out: a rich renderable of at most 80 columns, or plain lines.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from gateway.cli.output import Language
from gateway.cli.state_words import STEPS, state_words, step_of

WIDTH: Final = 80
NEWS_LINES: Final = 6
REFRESH_PER_S: Final = 8

_COLOURS: Final = {"online": "green", "denied": "yellow", "waiting_activation": "yellow", "sim_locked": "red"}


@dataclass(frozen=True)
class JourneyView:
    """What there is to see of one commissioning at one moment.

    Args:
        state: commissioning state, its name.
        clock: the time there, ready to print.
        sentence: what goes on and who must act.
        facts: name and value, one row each, in order.
    """

    state: str
    clock: str
    sentence: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class News:
    """Something that happened, with the clock's time."""

    clock: str
    text: str


@dataclass
class LiveView:
    """Shows a journey on stderr while the context is entered.

    On a terminal a picture drawn anew several times a second, otherwise a line for each piece of news.

    Args:
        title: heading of the picture.
        lang: of the texts.
        look: gives the present view; called for every picture.
    """

    title: str
    lang: Language
    look: Callable[[], JourneyView]
    console: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))
    _news: deque[News] = field(default_factory=lambda: deque(maxlen=NEWS_LINES))
    _live: Live | None = None

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._live = Live(
                get_renderable=self._picture,
                console=self.console,
                refresh_per_second=REFRESH_PER_S,
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

    def tell(self, clock: str, text: str) -> None:
        """Show a piece of news."""
        self._news.append(News(clock, text))
        if self._live is None:
            print(f"{clock}  {text}", file=sys.stderr, flush=True)

    def _picture(self) -> Group:
        view = self.look()
        colour = _COLOURS.get(view.state, "cyan")
        body = Table.grid(padding=(0, 2), expand=True)
        body.add_column(no_wrap=True, style="dim")
        body.add_column(ratio=1, overflow="fold")
        state = Text(state_words(view.state, self.lang), style=f"bold {colour}")
        body.add_row(_pick(self.lang, "State", "Состояние"), state)
        body.add_row("", Text(view.sentence))
        for name, value in view.facts:
            body.add_row(name, Text(value))
        told = [Text(f"{news.clock}  {news.text}", style="dim") for news in self._news]
        rows: list[RenderableType] = [body, Text(), *told]
        panel = Panel(
            Group(_steps(view.state, self.lang), Text(), *rows),
            title=Text(self.title, style="bold"),
            subtitle=view.clock,
            title_align="left",
            subtitle_align="right",
            border_style=colour,
            width=min(self.console.width, WIDTH),
        )
        return Group(panel)


def _steps(state: str, lang: Language) -> Text:
    """The way with what is done, what is under way and what is ahead."""
    here = step_of(state)
    line = Text()
    for index, (english, russian, _) in enumerate(STEPS):
        done = index < here or state == "online"
        mark, style = ("✓", "green") if done else ("●", "bold yellow") if index == here else ("○", "dim")
        if index:
            line.append("  ")
        line.append(f"{mark} {_pick(lang, english, russian)}", style=style)
    return line


def _pick(lang: Language, english: str, russian: str) -> str:
    return russian if lang == "ru" else english
