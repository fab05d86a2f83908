"""The export page: files that open, spans that make sense, finance and administrator only."""

import csv
import io
import zipfile

import pytest

from obolos.domain.people.models import Role
from obolos.flows.hear_bank import hear_return
from tests.interfaces.office.conftest import NOW, SignIn, today
from tests.support.world import ELENI, Town, order_by_card, reference_of, rows, signed_return


@pytest.fixture
def paid(town: Town) -> None:
    """Eleni has paid by card today."""
    public = order_by_card(town.people[ELENI], now=NOW)
    hear_return("PIRAEUS", signed_return(reference_of(town, public)), now=NOW)


def ask(client, **values: str):
    return client.get("/office/export/", {"from": today(), "to": today(), "what": "payments", "form": "csv"} | values)


def test_a_csv_that_greek_spreadsheets_open(town: Town, staff: SignIn, paid: None) -> None:
    answer = ask(staff(town, Role.FINANCE))
    content = b"".join(answer.streaming_content)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="payments-')
    assert answer.headers["Cache-Control"] == "no-store"
    assert content.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    assert (row["Ποσό (€)"], row["ΑΦΜ"]) == ("240,00", ELENI)


def test_a_workbook_with_both_lists(town: Town, staff: SignIn, paid: None) -> None:
    answer = ask(staff(town, Role.ADMIN), form="xlsx")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as book:
        assert {"xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"} <= set(book.namelist())
    assert rows(town, "SELECT count(*) FROM audit_entry WHERE action = 'payments.exported'") == [(1,)]


def test_spans_that_make_no_sense_are_said_so(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.FINANCE)
    for span in (
        {"from": "2026-13-01"}, {"from": "x"}, {"to": "99999-01-01"}, {"from": "2026-11-22", "to": "2026-11-21"},
        {"from": "2020-01-01", "to": "2026-01-01"}, {"from": "0001-01-01"}, {"from": "20261122"},
    ):  # fmt: skip
        answer = ask(client, **span)
        assert answer.status_code == 422, span
        assert 'id="errors"' in answer.content.decode()
    assert rows(town, "SELECT 1 FROM audit_entry WHERE action = 'payments.exported'") == []


def test_without_a_form_it_is_a_page(town: Town, staff: SignIn) -> None:
    client = staff(town, Role.FINANCE)
    for values in ({}, {"form": "pdf"}, {"form": "csv", "what": "secrets"}):
        page = client.get("/office/export/", values)
        assert page.status_code == 200
        assert 'name="from"' in page.content.decode()


def test_each_sees_his_own_municipality_only(town: Town, paid: None, elsewhere: Town, staff: SignIn) -> None:
    content = b"".join(ask(staff(elsewhere, Role.FINANCE)).streaming_content).decode()
    assert content.count("\r\n") == 1, "headings only"
