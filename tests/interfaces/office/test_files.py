"""The clerk's upload page: the municipality's files come in whole, or are refused line by line, or ask first."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from obolos.base.dates import athens_date
from obolos.flows.import_debts import run_waiting
from tests.interfaces.office.conftest import NOW, SignIn
from tests.support.world import Town, certified, make_town, one

SAMPLES = Path(__file__).parents[2] / "data" / "debts"


def send(client: Client, content: bytes, name: str) -> str:
    """Upload a file; gives its page."""
    answer = client.post("/office/import/", {"file": SimpleUploadedFile(name, content, "text/csv")})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer.url)


def trailer_of(content: bytes) -> tuple[int, int]:
    """Rows and principal in cents, as the file's own last line says."""
    _, count, principal, *_ = content.strip().splitlines()[-1].decode("ascii").split(";")
    euro, _, cents = principal.replace(".", ",").rpartition(",")
    return int(count), int(euro.replace(",", "")) * 100 + int(cents)


@pytest.mark.parametrize("code", ["9083", "9084", "9086"])
def test_a_sample_file_comes_in_with_the_sums_of_its_trailer(code: str, staff: SignIn) -> None:
    town = make_town([], code=code, now=NOW)
    client = staff(town, "CLERK")
    path = next(SAMPLES.glob(f"{code}_*.csv"))
    page = send(client, path.read_bytes(), path.name)
    waiting = client.get(page)
    assert "διαβάζεται" in waiting.content.decode()
    assert waiting.headers["Refresh"] == "2"
    assert run_waiting(datetime.now(UTC)) == 1
    done = client.get(page)
    text = done.content.decode()
    assert "εισήχθη" in text
    assert "Refresh" not in done.headers
    count, cents = trailer_of(path.read_bytes())
    assert one(town, "SELECT rows FROM debts_file") == count
    assert one(town, "SELECT principal_cents FROM debts_file") == cents
    assert one(town, "SELECT sum(principal_cents)::bigint FROM instalment") == cents
    assert path.name in client.get("/office/import/").content.decode()


def test_the_same_file_again_changes_nothing(staff: SignIn) -> None:
    town = make_town([], code="9083", now=NOW)
    client = staff(town, "CLERK")
    path = next(SAMPLES.glob("9083_*.csv"))
    for _ in range(2):
        page = send(client, path.read_bytes(), path.name)
        run_waiting(datetime.now(UTC))
    assert "έχει εισαχθεί" in client.get(page).content.decode()
    home = client.get("/office/").content.decode()
    assert "απορρίφθηκε" not in home
    assert "είχε εισαχθεί" in home
    assert one(town, "SELECT count(*) FROM debts_file WHERE state = 'DONE'") == 1


def test_a_bad_file_is_refused_with_its_lines_named_and_harmless(town: Town, staff: SignIn) -> None:
    client = staff(town, "CLERK")
    before = one(town, "SELECT count(*) FROM debt")
    sample = next(SAMPLES.glob("9084_*.csv")).read_bytes()
    lines = sample.splitlines(keepends=True)
    fields = lines[1].split(b";")
    lines[1] = b";".join([*fields[:2], b"<script>alert(1)</script>", *fields[3:]])
    page = send(client, b"".join(lines), "9084_DEBTS_20261120_1.csv")
    run_waiting(datetime.now(UTC))
    text = client.get(page).content.decode()
    assert "απορρίφθηκε" in text
    assert "δεν γράφτηκε τίποτα" in text
    assert '<th scope="row">2</th>' in text
    assert "<script>alert" not in text
    assert one(town, "SELECT count(*) FROM debt") == before


def test_a_full_file_that_closes_much_asks_and_goes_on_when_a_clerk_says_so(staff: SignIn) -> None:
    due = athens_date(NOW)
    town = make_town([certified(1_000 + n, due, code="9086") for n in range(60)], code="9086", now=NOW)
    client = staff(town, "CLERK")
    path = next(SAMPLES.glob("9086_*.csv"))
    open_before = one(town, "SELECT count(*) FROM instalment WHERE open_cents > 0")
    page = send(client, path.read_bytes(), path.name)
    run_waiting(datetime.now(UTC))
    text = client.get(page).content.decode()
    assert "ρωτά πριν κλείσει οφειλές" in text
    assert "Δεν γράφτηκε τίποτα ακόμη" in text
    assert "Τελείωσε" not in text
    assert 'class="ob-btn ob-btn--danger' in text
    assert one(town, "SELECT count(*) FROM instalment WHERE open_cents > 0") == open_before
    assert client.get(f"{page}confirm/").status_code == 405
    assert client.post(f"{page}confirm/").url == page
    run_waiting(datetime.now(UTC))
    assert "εισήχθη" in client.get(page).content.decode()
    assert one(town, "SELECT count(*) FROM audit_entry WHERE action = 'debts_file.confirmed'") == 1


def test_nothing_or_nothing_in_it_is_said_beside_the_field(town: Town, staff: SignIn) -> None:
    client = staff(town, "CLERK")
    nothing = client.post("/office/import/")
    assert nothing.status_code == 422
    assert "Διαλέξτε πρώτα" in nothing.content.decode()
    empty = client.post("/office/import/", {"file": SimpleUploadedFile("9084_DEBTS_20261120_1.csv", b"")})
    assert empty.status_code == 422
    assert one(town, "SELECT count(*) FROM debts_file") == 0


def test_another_municipality_s_file_is_not_there(town: Town, elsewhere: Town, staff: SignIn) -> None:
    theirs = send(staff(elsewhere, "CLERK"), b"H;1;9083;X\n", "9083_DEBTS_20261120_1.csv")
    ours = staff(town, "CLERK")
    assert ours.get(theirs).status_code == 404
    assert ours.post(f"{theirs}confirm/").status_code == 404
    assert "9083_DEBTS" not in ours.get("/office/import/").content.decode()


def test_a_cashier_sends_no_file(town: Town, staff: SignIn) -> None:
    given = {"file": SimpleUploadedFile("9084_DEBTS_20261120_1.csv", b"H;1;9084")}
    assert staff(town, "CASHIER").post("/office/import/", given).status_code == 403
    assert one(town, "SELECT count(*) FROM debts_file") == 0
