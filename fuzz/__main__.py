"""`python -m fuzz list` or `find|endure|replay TARGET`; see README.md."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
from pathlib import Path

from fuzz.endurance import endure
from fuzz.targets import TARGETS, Target


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("action", choices=("list", "find", "endure", "replay"))
    parser.add_argument("target", nargs="?", choices=TARGETS)
    parser.add_argument("file", nargs="?", type=Path, help="of replay")
    parser.add_argument("--seconds", type=int, default=60, help="of find")
    parser.add_argument("--octets", type=int, default=10_000_000, help="of endure")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.action == "list":
        print("\n".join(TARGETS))
        return 0
    if options.target is None:
        parser.error(f"which target? One of: {', '.join(TARGETS)}")
    target = TARGETS[options.target]
    if options.action == "endure":
        print(json.dumps(dataclasses.asdict(endure(target, options.octets, options.seed))))
    elif options.action == "replay":
        if options.file is None:
            parser.error("replay needs a file")
        target.start()(options.file.read_bytes())
    else:
        find(target, options.seconds, options.seed)
    return 0


def find(target: Target, seconds: int, seed: int) -> None:
    """Coverage-guided, a fresh start for each input; ends the process."""
    import atheris

    def once(data: bytes) -> None:
        target.start()(data)

    with tempfile.TemporaryDirectory() as corpus:
        for number, example in enumerate(target.seeds):
            (Path(corpus) / str(number)).write_bytes(example)
        options = (f"-max_total_time={seconds}", f"-seed={seed}", "-max_len=600")
        atheris.instrument_all()
        atheris.Setup([sys.argv[0], *options, corpus], once)
        atheris.Fuzz()


if __name__ == "__main__":
    raise SystemExit(main())
