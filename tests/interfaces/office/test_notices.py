"""Notices and slips in the office: by whom, what is shown before anything is made, what the worklist lets decide."""

import io
import zipfile
from typing import Any

import pytest
from django.test import Client

from obolos.flows import notice_batches
from obolos.flows.match_slips import match_slips
from obolos.flows.notice_batches import run_batches
from tests.flows.test_slips import ask_dias, numbers, pad, rf_of
from tests.interfaces.office.conftest import NOW, SignIn
from tests.support.world import ELENI, Town, broken_proofs, one, rows


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Any) -> None:
    settings.OBOLOS_NOTICES = tmp_path


def debtor(town: Town) -> int:
    """Eleni's number here."""
    return int(one(town, "SELECT id FROM debtor WHERE afm = %s", ELENI))


def hidden(client: Client, address: str) -> dict[str, str]:
    """The fields of the form that starts what a page shows."""
    import re

    page = client.get(address).content.decode().partition("office/notices/start")[2].partition("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="(?!csrf)(\w+)" value="([^"]*)"', page))


def test_a_notice_from_the_payer_s_record(town: Town, staff: SignIn) -> None:
    client = staff(town, "CASHIER")
    assert "Ειδοποιητήριο (PDF)" in client.get(f"/office/payers/{debtor(town)}/").content.decode()
    made = client.post(f"/office/payers/{debtor(town)}/notice/")
    assert made.status_code == 302
    pdf = client.get(made.url)
    assert (pdf.status_code, pdf.headers["Content-Type"]) == (200, "application/pdf")
    assert pdf.content.startswith(b"%PDF")
    assert pdf.headers["Cache-Control"] == "no-store"
    assert one(town, "SELECT count(*) FROM audit_entry WHERE action LIKE 'notice.%%'") == 2


def test_a_batch_is_looked_at_started_made_and_taken_along(town: Town, staff: SignIn) -> None:
    client = staff(town, "CLERK")
    before = one(town, "SELECT count(*) FROM notice")
    page = client.get("/office/notices/?look=1").content.decode()
    assert "Δημιουργία 2 ειδοποιητηρίων" in page
    assert one(town, "SELECT count(*) FROM notice") == before
    started = client.post("/office/notices/start/", hidden(client, "/office/notices/?look=1"))
    assert started.status_code == 302
    waiting = client.get(started.url)
    assert waiting.headers["Refresh"] == "3"
    assert client.get(f"{started.url}1.pdf").status_code == 404
    assert run_batches(now=NOW) == 1
    done = client.get(started.url)
    assert "Refresh" not in done.headers
    assert f"{started.url}1.pdf" in done.content.decode()
    file = client.get(f"{started.url}1.pdf")
    assert b"".join(file.streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
    codes = b"".join(client.get(f"{started.url}codes.csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert codes.startswith("notice;file;name;")
    assert ELENI not in codes
    assert one(town, "SELECT count(*) FROM audit_entry WHERE action = 'notices.downloaded'") == 2


def test_all_files_of_a_batch_are_taken_along_at_once(
    town: Town, staff: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(notice_batches, "PER_FILE", 1)
    client = staff(town, "CLERK")
    batch = client.post("/office/notices/start/", hidden(client, "/office/notices/?look=1")).url
    assert client.get(f"{batch}all.zip").status_code == 404, "it is not made yet"
    for _ in range(3):
        run_batches(now=NOW)
    assert f"{batch}all.zip" in client.get(batch).content.decode()
    answer = client.get(f"{batch}all.zip")
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.streaming
    number = int(batch.rstrip("/").rpartition("/")[2])
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:  # type: ignore[attr-defined]
        assert archive.testzip() is None
        assert archive.namelist() == [f"notices-{number}-001.pdf", f"notices-{number}-002.pdf"]
        for place, name in enumerate(archive.namelist(), 1):
            single = b"".join(client.get(f"{batch}{place}.pdf").streaming_content)  # type: ignore[attr-defined]
            assert archive.read(name) == single
    assert one(
        town, "SELECT detail::text FROM audit_entry WHERE action = 'notices.downloaded' ORDER BY id LIMIT 1"
    ) == ('{"file": "zip"}')


def test_a_form_that_is_posted_twice_makes_one_batch(town: Town, staff: SignIn) -> None:
    client = staff(town, "CLERK")
    fields = hidden(client, "/office/notices/?look=1")
    first, again = (client.post("/office/notices/start/", fields) for _ in range(2))
    assert (again.status_code, again.url) == (302, first.url)
    assert one(town, "SELECT count(*) FROM notice_batch") == 1
    assert one(town, "SELECT count(*) FROM audit_entry WHERE action = 'notices.started'") == 1
    assert client.post("/office/notices/start/", fields | {"form_token": "x"}).status_code == 200
    assert one(town, "SELECT count(*) FROM notice_batch") == 1
    other = client.post("/office/notices/start/", hidden(client, "/office/notices/?look=1"))
    assert other.url != first.url


def test_figures_that_changed_are_shown_again_and_nothing_is_made(town: Town, staff: SignIn) -> None:
    client = staff(town, "CLERK")
    fields = hidden(client, "/office/notices/?look=1") | {"persons": "1"}
    refused = client.post("/office/notices/start/", fields)
    assert refused.status_code == 422
    assert "Δεν δημιουργήθηκε τίποτα" in refused.content.decode()
    assert one(town, "SELECT count(*) FROM notice_batch") == 0


@pytest.mark.parametrize("wrong", ["due_from=2026-13-01", "min=abc", "year=20261", "due_to=x", "catalogue=" + "9" * 40])
def test_what_cannot_be_read_is_said(town: Town, staff: SignIn, wrong: str) -> None:
    assert staff(town, "CLERK").get(f"/office/notices/?look=1&{wrong}").status_code == 422


def test_others_roles_and_other_municipalities_have_no_part_in_it(town: Town, elsewhere: Town, staff: SignIn) -> None:
    theirs = staff(elsewhere, "CLERK")
    batch = theirs.post("/office/notices/start/", hidden(theirs, "/office/notices/?look=1")).url
    run_batches(now=NOW)
    ours, cashier = staff(town, "CLERK"), staff(town, "CASHIER")
    for address in (batch, f"{batch}1.pdf", f"{batch}codes.csv", f"{batch}all.zip"):
        assert ours.get(address).status_code == 404
        assert cashier.get(address).status_code == 403
    assert ours.post(f"{batch}cancel/").status_code == 404
    assert ours.post(f"/office/payers/{debtor(elsewhere)}/notice/").status_code == 404
    assert staff(town, "FINANCE").get("/office/slips/").status_code == 403


def test_a_pad_is_made_printed_and_refused_in_words(town: Town, staff: SignIn) -> None:
    client = staff(town, "CLERK")
    kind = str(one(town, "SELECT id FROM revenue_kind WHERE family = 'FINE'"))
    for wrong in (
        {"count": "0"},
        {"how": "fixed", "amounts": "20 / 40"},
        {"how": "some", "amounts": "x"},
        {"kind": "1"},
    ):
        given = {"kind": kind, "count": "3", "how": "any"} | wrong
        assert client.post("/office/slips/", given).status_code == 422
    assert one(town, "SELECT count(*) FROM slip_pad") == 0
    assert (
        client.post("/office/slips/", {"kind": kind, "count": "3", "how": "some", "amounts": "20 / 40"}).status_code
        == 302
    )
    made = one(town, "SELECT id FROM slip_pad")
    assert client.get(f"/office/slips/pads/{made}.pdf").content.startswith(b"%PDF")
    told = b"".join(client.get(f"/office/slips/pads/{made}.csv").streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert told.count("\r\n") == 4
    assert all(rf in told for (rf,) in rows(town, "SELECT code FROM rf_code"))


def test_a_clerk_says_which_fine_a_slip_paid(town: Town, staff: SignIn) -> None:
    pad(town, count=1)
    number = numbers(town)[0]
    assert ask_dias(rf_of(town, number), 6_000) is None
    match_slips(now=NOW)
    client = staff(town, "CLERK")
    slip = one(town, "SELECT id FROM preissued_slip")
    fine = one(town, "SELECT id FROM debt WHERE ticket_no = '2026-1'")
    assert "Πλήρωσε αυτό" not in client.get(f"/office/slips/{slip}/").content.decode()
    found = client.get(f"/office/slips/{slip}/?fine_number=2026-1").content.decode()
    assert "Πλήρωσε αυτό" in found
    assert client.post(f"/office/slips/{slip}/match/", {"fine": "1"}).status_code == 422
    assert client.post(f"/office/slips/{slip}/match/", {"fine": str(fine)}).status_code == 302
    assert "ταυτίστηκε με το πρόστιμο" in client.get(f"/office/slips/{slip}/").content.decode()
    assert one(town, "SELECT open_cents FROM instalment WHERE debt_id = %s", fine) == 0
    assert one(town, "SELECT count(*) FROM audit_entry WHERE action = 'slip.matched' AND actor = 'STAFF'") == 1
    assert broken_proofs() == []


def test_the_worklist_leads_to_the_slip_and_it_can_be_left(town: Town, staff: SignIn) -> None:
    from datetime import timedelta

    pad(town, count=1)
    assert ask_dias(rf_of(town, numbers(town)[0]), 6_000) is None
    match_slips(now=NOW + timedelta(days=40))
    client = staff(town, "FINANCE")
    slip = one(town, "SELECT id FROM preissued_slip")
    assert f"/office/slips/{slip}/" in client.get("/office/worklist/?kind=SLIP").content.decode()
    assert client.post(f"/office/slips/{slip}/leave/").status_code == 302
    assert one(town, "SELECT count(*) FROM worklist_item WHERE closed_at IS NULL") == 0
    assert "έμεινε όπως είναι" in client.get(f"/office/slips/{slip}/").content.decode()
