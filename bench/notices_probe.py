"""Inside the product, for `bench.notices`: people with debts, batches of notices by the worker's own flow, bare typst.

Run in a process of its own with the product's variables; prints one line of JSON. A batch's figures are those of one
file: from the clerk's start to the file in its place, database, QR codes and typesetting in a process of its own
included. The floor gets finished texts and makes the QR codes and the same pages with a compiler of its own.
"""

import json
import sys
import time
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from obolos.adapters.documents import notice, typesetting  # noqa: E402
from obolos.adapters.documents.qr import qr_image  # noqa: E402
from obolos.base.tenancy import tenancy  # noqa: E402
from obolos.domain.notices import batches  # noqa: E402
from obolos.domain.notices.batches import Choice  # noqa: E402
from obolos.flows.demo_data import SIGNED  # noqa: E402
from obolos.flows.demo_data.inhabitants import Inhabitant, with_check_digit  # noqa: E402
from obolos.flows.demo_data.places import IOANNINA, SWITCHES, accounts_of  # noqa: E402
from obolos.flows.demo_data.rows import write_debts  # noqa: E402
from obolos.flows.demo_data.shapes import DemoDebt, Part  # noqa: E402
from obolos.flows.enrol import enrol  # noqa: E402
from obolos.flows.notice_batches import PER_FILE, plan_of, run_batches, start_notices  # noqa: E402
from obolos.flows.notices import sender_of, view_of_content  # noqa: E402

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
_FIRST_YEAR = 1900
_KEPT_FILES = 12


def run(turns: int) -> list[tuple[float, float]]:
    """(ours, floor) in notices a second, turn by turn; who begins changes."""
    code = IOANNINA.municipality.code
    accounts = accounts_of(code, "http://127.0.0.1:9")
    town = enrol(IOANNINA.municipality, accounts=accounts, signed=SIGNED, switches=SWITCHES, now=NOW)
    _seed(town, turns + 1)
    warm = _ours(town, 0)[1]
    _floor(town, warm)
    found = []
    last = warm
    for turn in range(1, turns + 1):
        # The floor sets what our turn before settled: never the same content twice in one process.
        early = _floor(town, last) if turn % 2 else 0.0
        ours, contents = _ours(town, turn)
        floor = early or _floor(town, contents)
        last = contents
        found.append((ours, floor))
    return found


def _seed(town: int, groups: int) -> None:
    """So many people in each group owe a fee in two instalments, one of them late, and another fee."""
    people = [
        Inhabitant(with_check_digit(f"1{number:07d}"), f"Παπαδοπούλου Ελένη {number}", "N", ("9084",))
        for number in range(groups * PER_FILE)
    ]
    owed = []
    for number, person in enumerate(people):
        first: dict[str, Any] = {
            "code": "9084",
            "afm": person.afm,
            "kind": "CERTIFIED",
            "year": _FIRST_YEAR + number // PER_FILE,
        }
        halves = (Part(date(2026, 10, 30), 9_000 + number % 977), Part(date(2027, 1, 29), 9_000))
        certified: dict[str, Any] = {"certified_on": date(2026, 1, 10)}
        owed.append(DemoDebt(**first, **certified, rev_code="00.0311.0001", detail=f"Δωδώνης {number}", parts=halves))
        whole = (Part(date(2026, 12, 15), 2_000 + number % 1_013),)
        owed.append(DemoDebt(**first, **certified, rev_code="00.0311.0001", detail=f"Αβέρωφ {number}", parts=whole))
    with tenancy(municipality=town):
        write_debts(Random(1), people, owed, on=NOW.date(), now=NOW)


def _ours(town: int, turn: int) -> tuple[float, list[Any]]:
    """Notices a second of one batch of one file, and what they say."""
    plan = plan_of(Choice(year=_FIRST_YEAR + turn), municipality_id=town)
    assert plan.reach.persons == PER_FILE, plan.reach
    began = time.perf_counter()
    batch = start_notices(plan.choice, expected=plan.reach, municipality_id=town, language="el", by_user=1, now=NOW)
    assert run_batches(now=NOW) == 1
    taken = time.perf_counter() - began
    with tenancy(municipality=town):
        contents = batches.prepared_contents(batch, 1, PER_FILE)
    assert contents is not None
    return PER_FILE / taken, [content for content, _ in contents]


def _floor(town: int, contents: list[Any]) -> float:
    """Notices a second of bare typst and segno on finished texts of the same pages."""
    with tenancy(municipality=town):
        sender = sender_of("el")
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
    return len(contents) / taken


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]))))
    connection.close()
