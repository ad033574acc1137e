"""How long a person waits for `thermogate --help`, beside a bare interpreter and one that imports typer.

python -m benchmarks.cli_start
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 9
TARGET_S = 0.5

COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import typer": [sys.executable, "-c", "import typer.main"],
    "thermogate --help": [sys.executable, "-m", "gateway.cli", "--help"],
}


def main() -> int:
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            begun = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            taken[name].append(time.perf_counter() - begun)
    for name, seconds in taken.items():
        print(
            f"{name:20} median {statistics.median(seconds) * 1000:5.0f} ms, least {min(seconds) * 1000:5.0f} ms"
        )
    kept = statistics.median(taken["thermogate --help"]) <= TARGET_S
    print(f"  {'kept  ' if kept else 'MISSED'} --help within {TARGET_S:g} s")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
