"""Settings that are a few numbers, checked against their ranges, read back, and without further effect here.

+CSSN: (0,1),(0,1)    what =? says, from the ranges themselves
+CSSN: 0,0            what ? says
AT+CSSN=1             sets the first; parameters left out keep their values
"""

from collections.abc import Sequence

from firmware_sim.modem.commands import Arguments, Command, OnDevice
from firmware_sim.modem.outcomes import CmeRefusedError, Outcome, info

INCORRECT_PARAMETERS = 50


def numbers(
    name: str, *allowed: Sequence[int], start: tuple[int, ...], bare: bool = False
) -> Command[OnDevice]:
    """A setting.

    Args:
        allowed: For each parameter the values it may have, ascending.
        start: Its values after power-up.
        bare: Answers have no ``+NAME: `` before them (V.250 6.1 style, as ``+FCLASS`` of T.31).
    """
    prefix = "" if bare else f"{name}: "
    first = ",".join(map(str, start))

    def read(feature: OnDevice) -> Outcome:
        return info(f"{prefix}{feature.device.remembered.get(name, first)}")

    def keep(feature: OnDevice, arguments: Arguments) -> Outcome:
        if len(arguments) > len(allowed):
            raise CmeRefusedError(INCORRECT_PARAMETERS)
        values = feature.device.remembered.get(name, first).split(",")
        for place, choice in enumerate(allowed[: len(arguments)]):
            value = arguments.number(place, int(values[place]))
            if value not in choice:
                raise CmeRefusedError(INCORRECT_PARAMETERS)
            values[place] = str(value)
        feature.device.remembered[name] = ",".join(values)
        return info()

    def test(_: OnDevice) -> Outcome:
        return info(prefix + ",".join(map(written, allowed)))

    return Command(test=test, read=read, set=keep)


def written(allowed: Sequence[int]) -> str:
    """A set of values as ``=?`` writes it (V.250 5.7.3): runs of three and more as ``first-last``."""
    runs: list[list[int]] = []
    for value in allowed:
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return (
        "("
        + ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(map(str, run)) for run in runs)
        + ")"
    )
