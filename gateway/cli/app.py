"""The tree of commands, and what becomes of everything that can go wrong in them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import Final

import typer

from gateway.cli import activate, at, cloud, controller, demo, gateway_run, modem, ports, sim, sims
from gateway.cli.frame import JsonOption, LangOption, current_output, make_app
from gateway.cli.output import ExitCode, Output, explanation_json, hush_stdout, prepare_streams
from gateway.cli.running import StoppedBySignalError

# typer has the parser's errors, but no public name for their common base.
_COMMAND_LINE_ERROR: Final[type[Exception]] = typer.BadParameter.__mro__[2]

app: Final = make_app(
    "Thermogate brings GSM heating controllers on line: drives the modem, waits for the SIM card's "
    "activation, registers over MQTT. Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 nothing was "
    "executed, 4 waiting was given up."
)


@app.callback()
def _root(as_json: JsonOption = False, lang: LangOption = None) -> None:
    """Both options may stand before the command as well; `Output.wanted` has read them."""


demo.add_to(app)
gateway_run.add_to(app)
at.add_to(app)
modem.add_to(app)
activate.add_to(app)
ports.add_to(app)
controller.add_to(app)
cloud.add_to(app)
sim.add_to(app)
sims.add_to(app)


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns the process's exit code."""
    output = Output.wanted(arguments, os.environ)
    prepare_streams(as_json=output.as_json)
    current_output.set(output)
    try:
        code = typer.main.get_command(app)(
            args=list(arguments), prog_name="thermogate", standalone_mode=False
        )
    except (KeyboardInterrupt, typer.Abort):
        return _stopped(output, signal.SIGINT)
    except StoppedBySignalError as stopped:
        return _stopped(output, stopped.number)
    except BrokenPipeError:
        hush_stdout()
        return ExitCode.FAILED
    except _COMMAND_LINE_ERROR as error:
        return _usage(output, error)
    except Exception as error:  # noqa: BLE001 the last line of defence against tracebacks
        from gateway.cli.failures import explain_failure

        explanation, exit_code = explain_failure(error)
        output.explain(explanation)
        return exit_code
    return int(code or 0)


def _stopped(output: Output, number: int) -> int:
    from gateway.cli.failures import INTERRUPTED

    output.record({"error": explanation_json(INTERRUPTED, output.lang)})
    output.progress(INTERRUPTED.what.in_(output.lang))
    return 128 + number


def _usage(output: Output, error: Exception) -> int:
    from gateway.cli.failures import explain_usage

    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        print(error, file=sys.stderr)
    else:
        output.explain(explain_usage(error, context.command_path if context else "thermogate"))
    return ExitCode.USAGE
