"""All measurements, one table: `make bench`, or `python -m bench [--quick]`. Non-zero when a target is missed.

Each is a ratio within this run, on fresh databases with every control on. The figures are kept in `var/bench/`.
`--quick` takes fewer debts and shorter rounds: good for a look, not for a claim.
"""

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from bench import debts_page, import_bench, lifecycle, notices, proof, slow_erp, web_worker
from launch import keys, places, roles, servers
from launch.stop import Stop


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `ratio` is what the verdict is about; `more` holds other figures of the same run."""

    work: str
    ours: str
    floor: str
    ratio: float
    target: str
    aim: str
    good: bool
    more: dict[str, Any] = field(default_factory=dict)


def _lifecycle(quick: bool) -> Line:
    found = lifecycle.measure(seconds=3, rounds=3) if quick else lifecycle.measure()
    return Line(
        f"card lifecycle over HTTP, {lifecycle.CLIENTS} clients",
        f"{statistics.median(found.ours):.0f} /s",
        f"{statistics.median(found.lean):.0f} /s",
        found.ratio,
        f">= {lifecycle.TARGET}",
        f"{lifecycle.AIM}",
        found.ratio >= lifecycle.TARGET,
        {"ours": found.ours, "floor": found.lean},
    )


def _import(quick: bool) -> Line:
    with servers.running("pg-bench", keys.read_or_make()) as server:
        roles.make_roles(server)
        found = import_bench.measure(server, 50_000 if quick else import_bench.DEBTS)
    return Line(
        f"import of {found.debts:,} debts, {found.memory_mib:.0f} of {import_bench.TARGET_MIB} MiB",
        f"{found.debts / found.import_seconds:,.0f} /s",
        f"{found.debts / found.copy_seconds:,.0f} /s",
        found.ratio,
        f">= {import_bench.TARGET_RATIO}",
        "",
        found.good,
        asdict(found),
    )


def _debts_page(quick: bool) -> Line:
    return _among_many(debts_page.measure(50_000 if quick else debts_page.MANY)[0], "my debts")


def _guest_page(quick: bool) -> Line:
    """Of the same run as «my debts»."""
    return _among_many(debts_page.measure(50_000 if quick else debts_page.MANY)[1], "guest page")


def _among_many(found: debts_page.Measured, name: str) -> Line:
    debts_page.show(found)
    return Line(
        f"{name} at {found.many.debts:,} debts, {'same' if found.same_plan else 'OTHER'} plan",
        f"{found.many.buffers} pages",
        f"{found.few.buffers} pages",
        found.ratio,
        f"<= {debts_page.BUFFERS_TARGET}",
        "1.0",
        found.good,
        asdict(found),
    )


def _slow_erp(quick: bool) -> Line:
    found = slow_erp.measure(seconds=4, rounds=3) if quick else slow_erp.measure()
    return Line(
        f"other pages' p95 with {slow_erp.SYSTEMS} financial systems of {slow_erp.SLOW_SECONDS} s",
        f"{found.slow:.0f} ms",
        f"{found.quick:.0f} ms",
        found.ratio,
        f"<= {slow_erp.TARGET}",
        "1.0",
        found.ratio <= slow_erp.TARGET,
        asdict(found),
    )


def _proof(quick: bool) -> Line:
    found = proof.measure(3 if quick else 8)
    return Line(
        "proof PDF",
        f"{statistics.median(found.ours):.0f} /s",
        f"{statistics.median(found.floor):.0f} /s",
        found.ratio,
        f">= {proof.TARGET}",
        f"{proof.AIM}",
        found.ratio >= proof.TARGET,
        asdict(found),
    )


def _web_worker(quick: bool) -> Line:
    found = web_worker.measure(600 if quick else 2000)
    web_worker.show(found)
    cold, empty = statistics.median(found.cold_seconds), statistics.median(found.empty_seconds)
    return Line(
        f"a web worker's {max(found.workers_mib):.0f} of {web_worker.MEMORY_TARGET_MIB} MiB, first page after",
        f"{cold:.2f} s",
        f"{empty:.2f} s",
        cold,
        f"<= {web_worker.COLD_TARGET_SECONDS} s",
        "",
        found.good,
        asdict(found),
    )


def _notices(quick: bool) -> Line:
    found = notices.measure(600) if quick else notices.measure()
    notices.show(found)
    return Line(
        f"{found.notices:,} notices from start to files, worker {found.worker_mib:.0f} MiB",
        f"{statistics.median(found.ours):.0f} /s",
        f"{statistics.median(found.floor):.0f} /s",
        found.ratio,
        f">= {notices.TARGET}",
        f"{notices.AIM}",
        found.ratio >= notices.TARGET,
        asdict(found),
    )


#: Proofs last: they start threads in this process, which the clients' forks must not inherit.
WORKS: dict[str, Callable[[bool], Line]] = {
    "lifecycle": _lifecycle,
    "import": _import,
    "debts": _debts_page,
    "guest": _guest_page,
    "worker": _web_worker,
    "slow_erp": _slow_erp,
    "notices": _notices,
    "proof": _proof,
}


def table(lines: list[Line]) -> str:
    """The results as text."""
    rows = [("work", "ours", "floor", "ratio", "target", "aim", "")]
    rows += [
        (one.work, one.ours, one.floor, f"{one.ratio:.2f}", one.target, one.aim, "ok" if one.good else "MISSED")
        for one in lines
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows)


def _keep(lines: list[Line], quick: bool) -> str:
    folder = places.var() / "bench"
    folder.mkdir(exist_ok=True)
    path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    machine = {"system": platform.platform(), "python": platform.python_version()}
    told = {"quick": quick, "machine": machine, "results": [asdict(one) for one in lines]}
    path.write_text(json.dumps(told, ensure_ascii=False, indent=2))
    return str(path)


def main(words: list[str] | None = None) -> int:
    """Run what is asked for, all of it by default."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("works", nargs="*", metavar="work", help=f"of {', '.join(WORKS)}; all by default")
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args(words)
    unknown = [work for work in asked.works if work not in WORKS]
    if unknown:
        parser.error(f"no such work: {', '.join(unknown)}")
    lines = []
    for name, measure in WORKS.items():
        if asked.works and name not in asked.works:
            continue
        print(f"{name} …", flush=True)
        lines.append(measure(asked.quick))
    print()
    print(table(lines))
    print(f"kept in {_keep(lines, asked.quick)}")
    return 0 if all(one.good for one in lines) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Stop as stop:
        sys.exit(f"obolos: {stop}")
