"""Inside the product, for `bench.notices`: people with debts, a batch by the worker's own flow, bare typst beside it.

Run in processes of its own with the product's variables: `seed N`; `run N`, which makes one batch and prints one line of
JSON; `floor`, which `run` starts. Ours is everything from the clerk's start to the batch being done: database, QR codes,
typesetting in a process of its own, files in their places. After each file ours stands still while the floor, in a
process of its own, gets the same file's finished texts and makes the QR codes and the same pages.
"""

import json
import resource
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from obolos.adapters.documents import notice, typesetting  # noqa: E402
from obolos.adapters.documents.qr import qr_image  # noqa: E402
from obolos.base.tenancy import tenancy  # noqa: E402
from obolos.domain.municipalities.models import Municipality  # noqa: E402
from obolos.domain.notices import batches  # noqa: E402
from obolos.domain.notices.batches import Choice  # noqa: E402
from obolos.domain.notices.queries import BatchRow  # noqa: E402
from obolos.flows import notice_batches  # noqa: E402
from obolos.flows.demo_data import SIGNED  # noqa: E402
from obolos.flows.demo_data.inhabitants import Inhabitant, with_check_digit  # noqa: E402
from obolos.flows.demo_data.places import IOANNINA, SWITCHES, accounts_of  # noqa: E402
from obolos.flows.demo_data.rows import write_debts  # noqa: E402
from obolos.flows.demo_data.shapes import DemoDebt, Part  # noqa: E402
from obolos.flows.enrol import enrol  # noqa: E402
from obolos.flows.notice_batches import PER_FILE, plan_of, run_batches, start_notices  # noqa: E402
from obolos.flows.notices import sender_of, view_of_content  # noqa: E402

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
_YEAR = 2026
_KEPT_FILES = 12


def seed(people: int) -> None:
    """So many people owe a fee in two instalments, one of them late, and another fee."""
    code = IOANNINA.municipality.code
    accounts = accounts_of(code, "http://127.0.0.1:9")
    town = enrol(IOANNINA.municipality, accounts=accounts, signed=SIGNED, switches=SWITCHES, now=NOW)
    owers, owed = _group(code, people)
    with tenancy(municipality=town), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        write_debts(Random(1), owers, owed, on=NOW.date(), now=NOW)


def _group(code: str, people: int) -> tuple[list[Inhabitant], list[DemoDebt]]:
    owers, owed = [], []
    for number in range(people):
        afm = with_check_digit(f"1{number:07d}")
        owers.append(Inhabitant(afm, f"Παπαδοπούλου Ελένη {number}", "N", (code,)))
        first: dict[str, Any] = {"code": code, "afm": afm, "kind": "CERTIFIED", "year": _YEAR}
        halves = (Part(date(2026, 10, 30), 9_000 + number % 977), Part(date(2027, 1, 29), 9_000))
        certified: dict[str, Any] = {"certified_on": date(2026, 1, 10)}
        owed.append(DemoDebt(**first, **certified, rev_code="00.0311.0001", detail=f"Δωδώνης {number}", parts=halves))
        whole = (Part(date(2026, 12, 15), 2_000 + number % 1_013),)
        owed.append(DemoDebt(**first, **certified, rev_code="00.0311.0001", detail=f"Αβέρωφ {number}", parts=whole))
    return owers, owed


def run(people: int) -> dict[str, Any]:
    """One batch for all of them. Seconds of each file of both, seconds of the rest of ours, peaks of memory in MiB."""
    town = Municipality.objects.values_list("id", flat=True).get()
    plan = plan_of(Choice(year=_YEAR), municipality_id=town)
    assert plan.reach.persons == people, plan.reach
    ours: list[float] = []
    floor: list[float] = []
    make_file = notice_batches._make_file  # noqa: SLF001 — where one file ends and the next begins
    with subprocess.Popen(
        [sys.executable, "-m", "bench.notices_probe", "floor"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as bare:
        assert bare.stdin is not None
        assert bare.stdout is not None

        def one_file(municipality_id: int, batch: BatchRow, number: int, now: datetime) -> bool:
            began = time.perf_counter()
            made = make_file(municipality_id, batch, number, now)
            ours.append(time.perf_counter() - began)
            first, last = (number - 1) * PER_FILE + 1, min(number * PER_FILE, people)
            bare.stdin.write(f"{town} {batch.id} {first} {last}\n")  # type: ignore[union-attr]
            bare.stdin.flush()  # type: ignore[union-attr]
            floor.append(float(bare.stdout.readline()))  # type: ignore[union-attr]
            still.append(time.perf_counter() - began - ours[-1])
            return made

        still: list[float] = []
        notice_batches._make_file = one_file  # noqa: SLF001
        began = time.perf_counter()
        start_notices(plan.choice, expected=plan.reach, municipality_id=town, language="el", by_user=1, now=NOW)
        made = run_batches(now=NOW)
        taken = time.perf_counter() - began - sum(still)
        assert made == len(ours) == -(-people // PER_FILE)
        peaks = _peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        bare.stdin.close()
    return {
        "ours": ours, "floor": floor, "rest": taken - sum(ours), "worker_mib": peaks[0], "typesetter_mib": peaks[1],
    }  # fmt: skip


def _peak() -> float:
    """The most that this process held, in MiB."""
    line = next(one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def serve_floor() -> None:
    """For each line «municipality batch first last»: seconds of bare typst and segno for these notices."""
    for line in sys.stdin:
        town, *places = map(int, line.split())
        print(_floor(town, *places), flush=True)


def _floor(town: int, batch: int, first: int, last: int) -> float:
    """Seconds that bare typst and segno take on finished texts of the same pages."""
    with tenancy(municipality=town):
        prepared = batches.prepared_contents(batch, first, last)
        sender = sender_of("el")
    assert prepared is not None
    contents = [content for content, _ in prepared]
    values = notice.page_values(sender, [view_of_content(content) for content in contents])
    urls = [f"{settings.OBOLOS_PORTAL_URL}/k/{debt['code']}" for content in contents for debt in content["debts"]]
    compiler = typesetting.new_compiler(typesetting.Typesetter("notice.typ").template)
    how: dict[str, Any] = {"format": "pdf", "pdf_standards": typesetting.PDF_STANDARDS}
    began = time.perf_counter()
    drawn = iter([qr_image(url) for url in urls])
    for one in values["notices"]:
        for debt in one["debts"]:
            debt["qr"] = next(drawn)
    compiler.compile(sys_inputs={"notices": typesetting.as_json(values)}, **how)
    taken = time.perf_counter() - began
    # typst keeps what it set for ten files more; small ones push it out, outside of the time.
    small = values | {"notices": values["notices"][:1]}
    for number in range(_KEPT_FILES):
        compiler.compile(sys_inputs={"notices": typesetting.as_json(small | {"title": str(number)})}, **how)
    return taken


if __name__ == "__main__":
    if sys.argv[1] == "seed":
        seed(int(sys.argv[2]))
    elif sys.argv[1] == "run":
        print(json.dumps(run(int(sys.argv[2]))))
    else:
        serve_floor()
    connection.close()
