"""The bench that a request is about, with its time brought up to now."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from firmware_sim.controller.control.bench import Bench
from firmware_sim.http_api.problems import ProblemError
from provisioning.explanation import Text


async def bench_now(request: Request) -> Bench:
    """The bench."""
    bench: Bench = request.app.state.bench
    bench.advance()
    return bench


def refuse_if_off(bench: Bench) -> None:
    """For what only a controller that is on can do. Raises ProblemError: it is off."""
    if bench.firmware.lines.is_off:
        raise ProblemError(
            409,
            "powered_off",
            Text(
                "контроллер выключен: нет ни сети, ни батареи; завершите неисправность mains_off",
                "the controller is off, without mains and battery; end the fault mains_off",
            ),
        )


async def running_bench(request: Request) -> Bench:
    """The same, of a controller that is on."""
    bench = await bench_now(request)
    refuse_if_off(bench)
    return bench


Asked = Annotated[Bench, Depends(bench_now)]
"""A parameter of every route."""

Running = Annotated[Bench, Depends(running_bench)]
