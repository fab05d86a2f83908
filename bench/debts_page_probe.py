"""Inside the product, as the application role, for `bench.debts_page`: `seed`, or `explain PERSON`. Says JSON."""

import json
import secrets
import sys
import time
from datetime import timedelta
from random import Random
from typing import Any

import django


def seed() -> list[Any]:
    """A town, a person who owes ten debts there, and a visit of that person: [person id, session key]."""
    from django.db import connection
    from django.utils import timezone

    from obolos.base.dates import athens_date
    from obolos.base.tenancy import tenancy
    from obolos.flows.demo_data import SIGNED
    from obolos.flows.demo_data.inhabitants import Inhabitant, with_check_digit
    from obolos.flows.demo_data.places import PLACES, accounts_of
    from obolos.flows.demo_data.rows import write_debts
    from obolos.flows.demo_data.shapes import DemoDebt, Part
    from obolos.flows.enrol import enrol

    now = timezone.now()
    on = athens_date(now)
    place = PLACES[0].municipality
    town = enrol(place, accounts=accounts_of(place.code, "http://127.0.0.1:9"), signed=SIGNED, now=now)
    payer = Inhabitant(with_check_digit("12345678"), "ΔΟΚΙΜΗ ΜΕΤΡΗΣΗΣ", "N", (place.code,))
    debts = [
        DemoDebt(
            code=place.code, afm=payer.afm, kind="CERTIFIED", rev_code="00.0311.0001", year=on.year,
            detail=f"μέτρηση {n}", parts=(Part(on + timedelta(days=9 * n - 40), 5_000 + n),), certified_on=on,
        )
        for n in range(10)
    ]  # fmt: skip
    with tenancy(municipality=town), connection.cursor() as cursor:
        write_debts(Random(1), [payer], debts, on=on, now=now)
        cursor.execute("SELECT person_id FROM debtor")
        person = cursor.fetchone()[0]
    from importlib import import_module

    from django.conf import settings

    visit = import_module(settings.SESSION_ENGINE).SessionStore()
    visit.update({"person_id": person, "name": "ΔΟΚΙΜΗ", "visit": secrets.token_hex(16), "seen": int(time.time())})
    visit.set_expiry(timedelta(hours=2))
    visit.create()
    visit.save()
    return [person, visit.session_key]


def explain(person: int) -> list[Any]:
    """How the statements of «my debts» are run: [node types with tables and indexes, shared buffers in all]."""
    from django.db import connection
    from django.utils import timezone

    from obolos.base.tenancy import tenancy
    from obolos.flows.show_debts import debts_of

    said: list[tuple[str, Any]] = []

    def take_down(execute: Any, statement: str, values: Any, many: bool, context: Any) -> Any:
        said.append((statement, values))
        return execute(statement, values, many, context)

    now = timezone.now()
    debts_of(person, now=now)  # reads the municipality's law, which is kept from then on
    with connection.execute_wrapper(take_down):
        view = debts_of(person, now=now)
    assert view.count == 10, view.count
    lines: list[str] = []
    buffers = 0
    with tenancy(person=person), connection.cursor() as cursor:
        for statement, values in said:
            if " FROM " not in " ".join(statement.split()):
                continue  # sets the context: no table is read
            for _ in range(2):  # the second time every page is in memory
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", values)
                found = cursor.fetchone()[0]
            plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
            lines += _lines(plan)
            buffers += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return [lines, buffers]


def _lines(plan: dict[str, Any], depth: int = 0) -> list[str]:
    index = f" using {plan['Index Name']}" if "Index Name" in plan else ""
    table = f" on {plan['Relation Name']}" if "Relation Name" in plan else ""
    line = f"{'  ' * depth}{plan['Node Type']}{index}{table}"
    return [line, *(one for part in plan.get("Plans", ()) for one in _lines(part, depth + 1))]


if __name__ == "__main__":
    django.setup()
    print(json.dumps(seed() if sys.argv[1] == "seed" else explain(int(sys.argv[2]))))
