"""The command line: `thermogate`. The only room that knows the gateway and the simulators alike.

What goes in: arguments. What comes out: results on stdout, progress on stderr, an exit code. The invariant: a
person never sees a traceback, and with `--json` a program never sees anything but JSON on stdout.

Heavy modules are imported inside the commands that need them, so that `thermogate --help` stays quick.
"""

from __future__ import annotations

import sys


def main() -> None:
    """The console script."""
    from gateway.cli.app import run

    sys.exit(run(sys.argv[1:]))


__all__ = ["main"]
