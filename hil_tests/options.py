"""What the command line says about the bench."""

from dataclasses import dataclass
from typing import Self

import pytest


@dataclass(frozen=True)
class BenchOptions:
    """The `--tg-` options.

    Attributes:
        port: link URL of a modem that somebody else provides; None = emulate one.
        pin: PIN for its SIM card; None = never enter one.
        apn: APN for data sessions; None = the SIM's default.
        broker: URL of a broker that somebody else provides; None = start one.
        allow_radio: whether a real modem's radio may be cycled and network signalling or traffic be spent.
        seed: of everything emulated.
    """

    port: str | None = None
    pin: str | None = None
    apn: str | None = None
    broker: str | None = None
    allow_radio: bool = False
    seed: int = 1

    @classmethod
    def of(cls, config: pytest.Config) -> Self:
        """Read the options of this pytest run."""
        option = config.getoption
        return cls(
            port=option("--tg-port"),
            pin=option("--tg-pin"),
            apn=option("--tg-apn"),
            broker=option("--tg-broker"),
            allow_radio=option("--tg-allow-radio"),
            seed=option("--tg-seed"),
        )

    def any_given(self) -> bool:
        """True if somebody asked for the bench on the command line."""
        return self != BenchOptions()

    def headline(self) -> str:
        """One line that names the modem under test and the seed."""
        modem = "emulated modem" if self.port is None else f"modem at {self.port}"
        radio = ", radio allowed" if self.allow_radio else ""
        return f"thermogate bench: {modem}{radio}, seed {self.seed}"
