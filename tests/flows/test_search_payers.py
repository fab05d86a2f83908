"""Staff find a payer by whatever they have at hand, only in their own municipality, and every look is on record."""

import pytest

from obolos.base.references import rf_code
from obolos.flows.hear_bank import hear_return
from obolos.flows.payer_record import PayerUnknown, payer_record
from obolos.flows.search_payers import Kind, Problem, payers_found, readings_of, search_payers
from obolos.flows.show_debts import Chosen
from tests.support.world import (
    ELENI,
    NOW,
    Town,
    bank_says_ready,
    certified,
    fine,
    make_town,
    one,
    order_by_card,
    order_by_rf,
    reference_of,
    rows,
    signed_return,
)

pytestmark = pytest.mark.usefixtures("db_clean")
STAFF = 77


def found(town: Town, text: str):
    return search_payers(text, municipality_id=town.id, by_user=STAFF, now=NOW)


@pytest.fixture
def town() -> Town:
    """Eleni owes a fee and a fine."""
    return make_town([certified(18_000), fine(3_000)])


def test_one_payer_by_every_key(town):
    keys = (
        ELENI, " 038 836 853 ", "EL038836853", "μαρκ", "Μαρκάκη Ελένη", "ΕΛΕΝΗ ΜΑΡΚΑΚΗ", "ελ μαρκ", "μαρκ\x00άκη", "2026-1",
        "2026 1", "ΙΝΑ1234", "ina-1234", one(town, "SELECT min(ext_id) FROM debt"),
    )  # fmt: skip
    for typed in keys:
        result = found(town, typed)
        assert [payer.name for payer in result.payers] == ["Μαρκάκη Ελένη"], typed
        assert (result.payers[0].open_count, result.payers[0].open_cents) == (2, 21_000), typed


def test_a_number_says_which_debts_led_to_the_payer(town):
    assert [match.ticket_no for match in found(town, "2026-1").payers[0].matches] == ["2026-1"]
    assert found(town, "μαρκ").payers[0].matches == ()


def test_orders_by_reference_rf_and_the_banks_reference(town, monkeypatch):
    bank_says_ready(monkeypatch)
    card = order_by_card(town.people[ELENI])
    rf = order_by_rf(town.people[ELENI])
    ids = dict(rows(town, "SELECT public_id, id FROM payment_order"))
    reference = one(town, "SELECT reference FROM payment_order WHERE public_id = %s", card)
    code = one(town, "SELECT code FROM rf_code")
    spaced = " ".join(code[i : i + 4] for i in range(0, 25, 4)).lower()
    typed = {reference: card, reference.lower().replace("-", ""): card, reference.replace("O", "Ο", 1): card,
             code: rf, spaced: rf, reference_of(town, card): card}  # fmt: skip
    assert {text: found(town, text).order_id for text in typed} == {text: ids[public] for text, public in typed.items()}


def test_a_printed_rf_code_leads_to_its_debtor(town):
    printed = rf_code("90081", 18_000, "000000000000001")
    with_rf = one(town, "SELECT min(id) FROM instalment")
    rows(town, "UPDATE instalment SET rf = %s WHERE id = %s RETURNING id", printed, with_rf)
    result = found(town, printed)
    assert (result.kind, [payer.name for payer in result.payers]) == (Kind.RF, ["Μαρκάκη Ελένη"])


def test_a_debt_by_its_place_in_the_roll(town):
    rows(town, "UPDATE debt SET year = 2026, catalogue = '67', line = '2083' WHERE ticket_no = '' RETURNING id")
    for typed in ("2026/67/2083", " 2026 / 67 / 2083 ", "2026-67-2083", "67/2083"):
        result = found(town, typed)
        assert (result.kind, [payer.name for payer in result.payers]) == (Kind.ROLL, ["Μαρκάκη Ελένη"]), typed
        assert [match.ticket_no for match in result.payers[0].matches] == [""]
    for typed in ("2025/67/2083", "2026/67/208", "2026/2083", "2026/67/", "/67/2083"):
        assert not found(town, typed).found, typed
    abroad = make_town([], code="9083")
    assert not found(abroad, "2026/67/2083").found


def test_a_payment_by_the_banks_approval_on_its_receipt(town, monkeypatch):
    bank_says_ready(monkeypatch)
    parts = [Chosen(id_) for (id_,) in rows(town, "SELECT id FROM instalment ORDER BY id")]
    for part in parts:
        public = order_by_card(town.people[ELENI], [part])
        said = signed_return(reference_of(town, public), ApprovalCode="341656", TransactionId=f"7{part}")
        hear_return("PIRAEUS", said, now=NOW)
        if part is parts[0]:
            assert found(town, " 341 656 ").order_id == one(town, "SELECT id FROM payment_order")
    listed = found(town, "341656")
    assert (listed.kind, listed.order_id, len(listed.orders)) == (Kind.NUMBER, None, 2)
    rows(town, "UPDATE debt SET ticket_no = '341656', ticket_folded = '341656' WHERE ticket_no <> '' RETURNING id")
    both = found(town, "341656")
    assert ([payer.name for payer in both.payers], len(both.orders)) == (["Μαρκάκη Ελένη"], 2)
    assert not found(make_town([], code="9083"), "341656").found


def test_what_is_not_found_says_why_when_it_can(town):
    problems = {
        "": Problem.EMPTY, "   ": Problem.EMPTY, "\x00\x00": Problem.EMPTY, "x": Problem.TOO_SHORT, "%": Problem.TOO_SHORT,
        "123456789": Problem.AFM_DIGITS, "RF12 3456": Problem.RF_LENGTH, "RF00900810000000000000001": Problem.RF_DIGITS,
        "094014201": Problem.NOTHING, "ψψψψψ": Problem.NOTHING, "'; DROP TABLE debtor; --": Problem.NOTHING,
        "9" * 5_000: Problem.NOTHING,
    }  # fmt: skip
    for typed, problem in problems.items():
        result = found(town, typed)
        assert (result.payers, result.order_id, result.problem) == ((), None, problem), typed


def test_nothing_of_another_municipality_is_found(town, monkeypatch):
    bank_says_ready(monkeypatch)
    abroad = make_town([], code="9083")
    order = order_by_rf(town.people[ELENI])
    reference, code, debtor = (
        one(town, "SELECT reference FROM payment_order WHERE public_id = %s", order),
        one(town, "SELECT code FROM rf_code"),
        one(town, "SELECT min(id) FROM debtor"),
    )
    ext_id = one(town, "SELECT min(ext_id) FROM debt")
    for typed in (reference, code, "2026-1", "ΙΝΑ-1234", ext_id):
        assert found(abroad, typed).problem is Problem.NOTHING
    assert payers_found([debtor], municipality_id=abroad.id) == ()
    with pytest.raises(PayerUnknown):
        payer_record(debtor, municipality_id=abroad.id, by_user=STAFF, now=NOW)


def test_every_search_is_on_record_without_what_was_typed(town):
    for typed in (ELENI, "μαρκ", "123456789", "zzz"):
        found(town, typed)
    debtor = one(town, "SELECT id FROM debtor WHERE afm = %s", ELENI)
    entries = rows(town, "SELECT actor, actor_id, subject, detail::text FROM audit_entry WHERE action = 'payer.searched' "
                         "ORDER BY id")  # fmt: skip
    assert [(actor, user, subject) for actor, user, subject, _ in entries] == [
        ("STAFF", STAFF, "search:afm"), ("STAFF", STAFF, "search:name"), ("STAFF", STAFF, "search:number"),
        ("STAFF", STAFF, "search:name"),
    ]  # fmt: skip
    assert str(debtor) in entries[0][3]
    assert not any(ELENI in detail or "123456789" in detail for *_, detail in entries)


def test_readings_keep_the_likeliest_first():
    kinds = {text: [reading.kind for reading in readings_of(text)[0]] for text in (ELENI, "ΙΝΑ 1234", "OB-7K2M-94QX")}
    assert kinds == {
        ELENI: [Kind.AFM, Kind.NUMBER],
        "ΙΝΑ 1234": [Kind.NUMBER, Kind.NAME],
        "OB-7K2M-94QX": [Kind.PRINTED, Kind.NUMBER, Kind.NAME],
    }
