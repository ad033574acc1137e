"""What the core asks of each of its parts."""

from typing import Never, Protocol

from firmware_sim.modem.commands import Table


class Feature(Protocol):
    """A group of commands with the state behind them."""

    @property
    def table(self) -> Table[Never]:
        """Its commands by name: one table for all features of a class, whose handlers take the feature."""
        ...

    def reset(self) -> None:
        """Power came or went: forget all that is volatile."""
        ...
