"""What the core asks of each of its parts."""

from typing import Protocol

from firmware_sim.modem.commands import Table


class Feature(Protocol):
    """A group of commands with the state behind them."""

    @property
    def table(self) -> Table:
        """Its commands by name."""
        ...

    def reset(self) -> None:
        """Power came or went: forget all that is volatile."""
        ...
