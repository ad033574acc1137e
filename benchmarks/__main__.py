"""Run every yardstick, one after another: `python -m benchmarks [NAME …]`.

Each module prints its figures beside a peer measured in the same run, because absolute figures of a shared machine
mean little.
"""

import pkgutil
import subprocess
import sys
from pathlib import Path


def main() -> int:
    here = Path(__file__).parent
    names = sys.argv[1:] or sorted(
        m.name for m in pkgutil.iter_modules([str(here)]) if not m.name.startswith("_")
    )
    failed = []
    for name in names:
        print(f"== {name}", flush=True)
        # A fresh process for each: the heap and the event loop of one must not colour the next.
        if subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}"], cwd=here.parent, check=False
        ).returncode:
            failed.append(name)
        print(flush=True)
    if failed:
        print("failed:", ", ".join(failed), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
