"""Ten thousand notices by the worker, against bare typst and segno making the same pages: `python -m bench.notices`.

Ours is all of it: the batch and its people in the database, each instalment quoted with its later amount, orders, RF
and pay codes written, content frozen, QR codes, typesetting in a process of its own, the file in its place. The floor
is a compiler that gets finished texts. Each notice has its own name, amounts, three RF codes and two QR codes. One
batch, as a clerk starts it; after each file of ours the floor makes the same one, in the same run.
"""

import argparse
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass

from launch import environment, places
from launch.scratch import fresh_database

TARGET, AIM = 0.6, 0.75
NOTICES = 10_000


@dataclass(frozen=True, slots=True)
class Measured:
    """Notices a second of both, file by file; the start and end of the batch are shared among ours. Peaks of memory: the
    worker's, and that of the process which sets one file."""

    notices: int
    ours: list[float]
    floor: list[float]
    worker_mib: float
    typesetter_mib: float

    @property
    def ratio(self) -> float:
        """Median of the files' own ratios: what else the machine does falls on both."""
        return statistics.median(one / other for one, other in zip(self.ours, self.floor, strict=True))


def measure(notices: int = NOTICES) -> Measured:
    """One batch of so many, on a fresh database with every control on."""
    with fresh_database("obolos_bench_notices") as scratch:
        variables = environment.with_machine(scratch.variables())
        for what in ("seed", "run"):
            done = subprocess.run(
                [sys.executable, "-m", "bench.notices_probe", what, str(notices)], cwd=places.ROOT, check=True,
                env=variables, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[-1])
    each = notices / len(found["ours"])
    shared = found["rest"] / len(found["ours"])
    return Measured(
        notices,
        [each / (seconds + shared) for seconds in found["ours"]],
        [each / seconds for seconds in found["floor"]],
        found["worker_mib"],
        found["typesetter_mib"],
    )


def show(found: Measured) -> None:
    """Print the figures."""
    rate = statistics.median(found.ours)
    print(f"{found.notices:,} notices, each of its own content, in {len(found.ours)} files, PDF/A and PDF/UA")
    print(f"  ours  {rate:7.1f} /s, all of them in {found.notices / rate:.0f} s")
    print(f"  floor {statistics.median(found.floor):7.1f} /s")
    print(f"  ratio {found.ratio:.2f}   target {TARGET}, aim {AIM}")
    print(
        f"  memory at most: worker {found.worker_mib:.0f} MiB, the process that sets a file {found.typesetter_mib:.0f} MiB"
    )


def main(words: list[str] | None = None) -> int:
    """Measure and print; non-zero when the target is missed."""
    parser = argparse.ArgumentParser(prog="notices", description=__doc__)
    parser.add_argument("--notices", type=int, default=NOTICES)
    found = measure(parser.parse_args(words).notices)
    show(found)
    return 0 if found.ratio >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
