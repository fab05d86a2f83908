"""Notices by the worker, against bare typst and segno making the same pages: `python -m bench.notices [--notices N]`.

Ours is all of it: the batch and its people in the database, each instalment quoted with its later amount, orders, RF
and pay codes written, content frozen, QR codes, typesetting in a process of its own, the file in its place. The floor
is a compiler that gets finished texts. Each notice has its own name, amounts, three RF codes and two QR codes. In turns
of one file, in one run. Fewer than ten thousand by default: each turn is a file of its own, so more turns only take longer.
"""

import argparse
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass

from launch import environment, places
from launch.scratch import fresh_database

TARGET = 0.6
NOTICES = 2_000
PER_FILE = 200


@dataclass(frozen=True, slots=True)
class Measured:
    """Notices a second of both, turn by turn."""

    ours: list[float]
    floor: list[float]
    per_file: int = PER_FILE

    @property
    def notices(self) -> int:
        """How many were made of each."""
        return len(self.ours) * self.per_file

    @property
    def ratio(self) -> float:
        """Median of the turns' own ratios: what else the machine does falls on both."""
        return statistics.median(one / other for one, other in zip(self.ours, self.floor, strict=True))


def measure(notices: int = NOTICES) -> Measured:
    """So many notices, rounded up to whole files, on a fresh database with every control on."""
    turns = max(3, -(-notices // PER_FILE))
    with fresh_database("obolos_bench_notices") as scratch:
        done = subprocess.run(
            [sys.executable, "-m", "bench.notices_probe", str(turns)], cwd=places.ROOT, check=True,
            env=environment.with_machine(scratch.variables()), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    pairs = json.loads(done.stdout.splitlines()[-1])
    return Measured([ours for ours, _ in pairs], [floor for _, floor in pairs])


def main(words: list[str] | None = None) -> int:
    """Measure and print; non-zero when the target is missed."""
    parser = argparse.ArgumentParser(prog="notices", description=__doc__)
    parser.add_argument("--notices", type=int, default=NOTICES)
    found = measure(parser.parse_args(words).notices)
    print(f"{found.notices:,} notices, each of its own content, in files of {found.per_file}, PDF/A and PDF/UA")
    print(f"  ours  {statistics.median(found.ours):7.1f} /s, 10,000 in {10_000 / statistics.median(found.ours):.0f} s")
    print(f"  floor {statistics.median(found.floor):7.1f} /s")
    print(f"  ratio {found.ratio:.2f}   target {TARGET}")
    return 0 if found.ratio >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
