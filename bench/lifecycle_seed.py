"""Fill a fresh database for the lifecycle: towns of their own, people with two debts each, signed in already.

`python -m bench.lifecycle_seed STUB_URL TOWNS PEOPLE OUT.json [ERP_URL]`, as the application role. Without ERP_URL the
towns' financial systems do not answer.
"""

import json
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import django


def main() -> None:
    """Write towns, people, debts and sessions; tell the clients whom they play."""
    django.setup()
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
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

    stub, towns, people, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    erp = sys.argv[5] if len(sys.argv) > 5 else "http://127.0.0.1:9"
    now = timezone.now()
    on = athens_date(now)
    told = []
    for town in range(towns):
        code = f"99{town:02d}"
        place = replace(
            PLACES[0].municipality, code=code, slug=f"bench-{code}", sms_sender=f"B{code}", dias_code=f"8{code}"
        )
        accounts = [
            replace(one, public=dict(one.public) | {"base_url": stub}) if one.bank == "PIRAEUS" else one
            for one in accounts_of(code, erp)
        ]
        municipality = enrol(place, accounts=accounts, signed=SIGNED, now=now)
        who = [
            Inhabitant(with_check_digit(f"{10_000_000 + town * 100_000 + n:08d}"), f"ΔΟΚΙΜΗ {n}", "N", (code,))
            for n in range(people)
        ]
        debts = [
            DemoDebt(
                code=code, afm=person.afm, kind="CERTIFIED", rev_code="00.0311.0001", year=on.year, detail=f"μέτρηση {n}",
                parts=(Part(on + timedelta(days=40 + n), 5_000),), certified_on=on,
            )
            for person in who
            for n in (0, 1)
        ]  # fmt: skip
        with tenancy(municipality=municipality), connection.cursor() as cursor:
            write_debts(Random(town), who, debts, on=on, now=now)
            cursor.execute("SELECT person_id, array_agg(id ORDER BY id) FROM instalment GROUP BY person_id ORDER BY 1")
            found = cursor.fetchall()
        store = SessionStore()
        sessions, payers = [], []
        for person_id, instalments in found:
            key = f"{municipality:08d}{person_id:024d}"
            # As in the middle of a live visit: seen a moment ago, so that the first click renews nothing.
            values = {"person_id": person_id, "name": "ΔΟΚΙΜΗ", "visit": f"{person_id:032x}", "seen": int(time.time())}
            sessions.append(
                Session(session_key=key, session_data=store.encode(values), expire_date=now + timedelta(hours=2))
            )
            payers.append({"session": key, "debts": instalments, "cents": 10_000})
        Session.objects.bulk_create(sessions, batch_size=2_000)
        told.append({"code": code, "merchant": f"21{code}", "pos": f"99{code}", "payers": payers})
    out.write_text(json.dumps(told))


if __name__ == "__main__":
    main()
