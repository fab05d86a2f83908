"""Inside the product, as the application role, for `bench.debts_page`: `seed`, `explain PERSON` or `explain_guest CODE`.

Says JSON.
"""

import json
import secrets
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import django


def seed() -> list[Any]:
    """A town, a person who owes ten debts there, a visit of his, and a code: [person id, session key, pay code]."""
    from django.db import connection
    from django.utils import timezone

    from obolos.base.dates import athens_date
    from obolos.base.tenancy import tenancy
    from obolos.domain.notices.actions import pay_codes_for
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
        # A guest may pay this kind, too, and finds the first debt by a number and a plate.
        cursor.execute("UPDATE revenue_kind SET guest = true WHERE code = '00.0311.0001'")
        cursor.execute("UPDATE municipality SET law_version = law_version + 1 WHERE id = %s", [town])
        cursor.execute("SELECT min(id) FROM debt")
        debt = cursor.fetchone()[0]
        cursor.execute("UPDATE debt SET ticket_folded = 'T1', plate_folded = 'INA1' WHERE id = %s", [debt])
        code = pay_codes_for([debt], now=now)[debt]
    from importlib import import_module

    from django.conf import settings

    visit = import_module(settings.SESSION_ENGINE).SessionStore()
    visit.update({"person_id": person, "name": "ΔΟΚΙΜΗ", "visit": secrets.token_hex(16), "seen": int(time.time())})
    visit.set_expiry(timedelta(hours=2))
    visit.create()
    visit.save()
    return [person, visit.session_key, code]


def explain(person: int) -> list[Any]:
    """How the statements of «my debts» are run: [node types with tables and indexes, shared buffers in all]."""
    from django.utils import timezone

    from obolos.flows.show_debts import debts_of

    now = timezone.now()
    debts_of(person, now=now)  # reads the municipality's law, which is kept from then on
    said = _said_by(lambda: debts_of(person, now=now).count, 10)
    return _explained(said, {"person": person})


def explain_guest(code: str) -> list[Any]:
    """How the statements of a guest's page are run: found by number and plate, opened by its code."""
    from django.utils import timezone

    from obolos.flows.find_debt import find_fine
    from obolos.flows.guest import held_by_code, held_view

    now = timezone.now()
    held = held_by_code(code)
    held_view(held, now=now)
    said = _said_by(lambda: len(find_fine("T1", "INA1", now=now)), 1)
    said += _said_by(lambda: len(held_view(held_by_code(code), now=now).payable), 1)
    return _explained(said, {"municipality": held.municipality_id})


def _said_by(work: Callable[[], int], wanted: int) -> list[tuple[str, Any]]:
    """The statements that some work runs; it must come to what is wanted."""
    from django.db import connection

    said: list[tuple[str, Any]] = []

    def take_down(execute: Any, statement: str, values: Any, many: bool, context: Any) -> Any:
        said.append((statement, values))
        return execute(statement, values, many, context)

    with connection.execute_wrapper(take_down):
        found = work()
    assert found == wanted, found
    return said


def _explained(said: list[tuple[str, Any]], context: dict[str, int]) -> list[Any]:
    from django.db import connection

    from obolos.base.tenancy import tenancy

    lines: list[str] = []
    buffers = 0
    with tenancy(**context), connection.cursor() as cursor:
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
    what, *words = sys.argv[1:]
    told = seed() if what == "seed" else explain(int(words[0])) if what == "explain" else explain_guest(words[0])
    print(json.dumps(told))
