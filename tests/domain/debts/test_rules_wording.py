"""Sentences for payers, Greek and English, and the small print that carries rate, months, base and article."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from obolos.base.dates import Calendar, greek_holidays
from obolos.domain.debts.law_defaults import ADDED_LINES, KEDE, KEDE_DAILY, KOK_HALF
from obolos.domain.debts.rules import (
    GIVEN,
    AllocationPolicy,
    Component,
    Counting,
    GivenInputs,
    InstalmentSnapshot,
    KindRules,
    Quote,
    QuoteLine,
    Settled,
    SurchargeSource,
    allocate,
    holding,
    quote_instalment,
)
from obolos.domain.debts.wording import (
    component_label,
    date_el,
    date_en,
    explain,
    explain_allocation,
    explain_validity,
    line_label,
    percent,
    vat_cents,
)

CALENDAR = Calendar.of({day for year in range(2010, 2028) for day in greek_holidays(year)})
RULES = KindRules("00.0311.0001", scheme=KEDE, legal_basis="ν. 25/1975")
LINES = {default.key: default.row for default in ADDED_LINES}
NB = "\u00a0"


def quote(on: date, due_on: date, cents: int, rules: KindRules = RULES, **known: Any) -> Quote:
    one = InstalmentSnapshot(1, known.pop("number", 1), known.pop("of", 1), due_on, cents, **known)
    return quote_instalment(one, rules, CALENDAR, on)


def line(found: Quote, component: Component) -> QuoteLine:
    return next(one for one in found.lines if one.component is component)


def test_the_surcharge_in_words() -> None:
    found = line(quote(date(2025, 12, 20), date(2025, 10, 31), 42466), Component.SURCHARGE)
    greek, english = explain(found, "el"), explain(found, "en")
    assert greek.sentence == f"Πληρώνετε 6,20{NB}€ επιπλέον, επειδή η προθεσμία πέρασε στις 31 Οκτωβρίου."
    assert greek.small_print == f"2 μήνες × 0,73% = 1,46% επί 424,66{NB}€. {KEDE.rates[1].legal_basis}."
    assert english.sentence == "You pay €6.20 more because the deadline passed on 31 October."
    assert english.small_print == f"2 months × 0.73% = 1.46% of €424.66. {KEDE.rates[1].legal_basis}."


def test_the_year_is_said_when_it_is_another() -> None:
    found = line(quote(date(2026, 1, 20), date(2025, 10, 1), 10000), Component.SURCHARGE)
    assert "πέρασε την 1η Οκτωβρίου 2025." in explain(found, "el").sentence
    assert "passed on 1 October 2025." in explain(found, "en").sentence
    assert explain(found, "el", on=date(2025, 11, 1)).sentence.endswith("την 1η Οκτωβρίου.")


@pytest.mark.parametrize(
    ("rules", "known", "due_on", "on", "greek", "english"),
    [
        pytest.param(
            RULES, {}, date(2013, 10, 31), date(2014, 3, 10),
            f"2 μήνες × 1% + 3 μήνες × 0,73% = 4,19% επί 1.000,00{NB}€.",
            "2 months × 1% + 3 months × 0.73% = 4.19% of €1,000.00.", id="two rates",
        ),
        pytest.param(
            RULES, {}, date(2025, 11, 15), date(2025, 12, 1),
            f"1 μήνας × 0,73% επί 1.000,00{NB}€. "
            "Η λήξη 15/11/2025 δεν ήταν εργάσιμη και μεταφέρθηκε στις 17/11/2025.",
            "1 month × 0.73% of €1,000.00. The due date 15/11/2025 was not a working day and moved to 17/11/2025.",
            id="moved due date",
        ),
        pytest.param(
            replace(RULES, scheme=KEDE_DAILY), {}, date(2025, 6, 30), date(2025, 9, 5),
            f"67 ημέρες × 8,76% / 365 επί 1.000,00{NB}€.", "67 days × 8.76% / 365 of €1,000.00.", id="days",
        ),
        pytest.param(
            replace(RULES, scheme=replace(KEDE, cap_percent=Decimal(2))), {}, date(2025, 6, 30), date(2025, 9, 5),
            f"3 μήνες × 0,73%, το πολύ 2% επί 1.000,00{NB}€.", "3 months × 0.73%, at most 2% of €1,000.00.",
            id="capped",
        ),
        pytest.param(
            RULES, {"surcharged_months": 1, "surcharge_carried_cents": 119}, date(2025, 6, 30), date(2025, 9, 5),
            f"2 μήνες × 0,73% = 1,46% επί 1.000,00{NB}€. Έχουν ήδη χρεωθεί: 1 μήνας. Από πριν μένουν 1,19{NB}€.",
            "2 months × 0.73% = 1.46% of €1,000.00. Already charged: 1 month. €1.19 is left from before.",
            id="remembered",
        ),
        pytest.param(
            replace(RULES, scheme=replace(KEDE, counting=Counting.ANNIVERSARY)), {},
            date(2025, 3, 13), date(2025, 4, 20),
            f"2 μήνες × 0,73% = 1,46% επί 1.000,00{NB}€.", "2 months × 0.73% = 1.46% of €1,000.00.", id="anniversary",
        ),
    ],
)  # fmt: skip
def test_the_arithmetic_of_a_surcharge(
    rules: KindRules, known: dict[str, int], due_on: date, on: date, greek: str, english: str
) -> None:
    found = line(quote(on, due_on, 100000, rules, **known), Component.SURCHARGE)
    assert explain(found, "el").small_print.startswith(greek)
    assert explain(found, "en").small_print.startswith(english)
    assert explain(found, "el").small_print.endswith(f"{found.article}.")


def test_the_principal_in_words() -> None:
    found = quote(date(2025, 6, 1), date(2025, 6, 30), 18000).lines[0]
    assert explain(found, "el").sentence == f"Η κύρια οφειλή είναι 180,00{NB}€."
    assert explain(found, "en").small_print == "Due 30/06/2025. ν. 25/1975."
    third = quote(date(2025, 6, 1), date(2025, 6, 30), 7500, number=3, of=12).lines[0]
    assert explain(third, "el").sentence == f"Η δόση 3 από 12 είναι 75,00{NB}€."
    assert explain(third, "en").sentence == "Instalment 3 of 12 is €75.00."
    assert (line_label(third, "el"), line_label(third, "en")) == ("Δόση 3 από 12", "Instalment 3 of 12")


def test_added_lines_in_words() -> None:
    rules = replace(RULES, added_lines=(LINES["VAT_13"],))
    found = line(quote(date(2025, 6, 1), date(2025, 6, 30), 4673, rules), Component.ADDED)
    assert explain(found, "el").sentence == f"Πληρώνετε και 6,07{NB}€ για ΦΠΑ 13%."
    assert explain(found, "el").small_print == f"13% επί 46,73{NB}€. ν. 2859/2000, παράρτημα III."
    assert explain(found, "en").sentence == "You also pay €6.07 for VAT 13%."
    assert line_label(found, "en") == "VAT 13%"


@pytest.mark.parametrize(
    ("lines", "given", "cents"),
    [(("VAT_13",), None, 607), (("VAT_13",), 500, 500), (("DIGITAL_FEE",), None, 0), (("VAT_13", "DIGITAL_FEE"), None, 607),
     (("VAT_13", "DIGITAL_FEE"), 500, 0), ((), 500, 0), ((), None, 0)],
)  # fmt: skip
def test_what_of_a_quote_is_value_added_tax(lines: tuple[str, ...], given: int | None, cents: int) -> None:
    rules = replace(RULES, added_lines=tuple(LINES[one] for one in lines))
    assert vat_cents(quote(date(2025, 6, 1), date(2025, 6, 30), 4673, rules, added_cents=given)) == cents


def test_a_discount_in_words() -> None:
    rules = replace(RULES, windows=(KOK_HALF,))
    found = quote(date(2017, 5, 8), date(2017, 7, 4), 8000, rules, violation_on=date(2017, 5, 4))
    discount = line(found, Component.DISCOUNT)
    assert explain(discount, "el", on=found.on).sentence == (
        f"Πληρώνετε 40,00{NB}€ λιγότερα, αν πληρώσετε έως 15 Μαΐου."
    )
    assert explain(discount, "en", on=found.on).sentence == "You pay €40.00 less if you pay by 15 May."
    assert explain(discount, "el").small_print.startswith(f"Πληρώνεται το 50% από 80,00{NB}€.")
    held = holding(found, CALENDAR)
    assert explain_validity(held, "el", on=found.on) == f"Το ποσό ισχύει έως 15 Μαΐου. Μετά είναι 80,00{NB}€."
    assert explain_validity(held, "en", on=found.on) == "This amount holds until 15 May. After that it is €80.00."
    unsaid = replace(held, later_cents=None)
    assert explain_validity(unsaid, "el", on=found.on) == "Το ποσό ισχύει έως 15 Μαΐου."
    assert explain_validity(unsaid, "en", on=found.on) == "This amount holds until 15 May."


def test_given_amounts_name_the_municipality_and_the_date() -> None:
    found = quote(
        date(2025, 11, 25),
        date(2025, 10, 31),
        18000,
        replace(RULES, surcharge_source=SurchargeSource.FMS),
        surcharge_cents=620,
        surcharge_as_of=date(2025, 11, 20),
    )
    given = line(found, Component.SURCHARGE)
    assert explain(given, "el", on=found.on).sentence == (
        f"Πληρώνετε 6,20{NB}€ επιπλέον λόγω καθυστέρησης, όπως το υπολόγισε ο δήμος στις 20 Νοεμβρίου."
    )
    assert explain(given, "en").sentence == (
        "You pay €6.20 more for lateness, as the municipality worked it out on 20 November 2025."
    )


def test_every_component_has_words_in_both_languages() -> None:
    for component in Component:
        given = QuoteLine(component, "X", "00.1", 1000, GIVEN, "", GivenInputs(None))
        sentences = {explain(given, "el").sentence, explain(given, "en").sentence}
        assert len(sentences) == 2
        assert all(one.endswith(".") and one.count(". ") == 0 for one in sentences)
        assert component_label(component, "el") != component_label(component, "en")


def test_what_a_payment_covers_in_words() -> None:
    found = quote(date(2025, 8, 12), date(2025, 5, 30), 30000, replace(RULES, partial_ok=True))
    part, whole = allocate(found, 10000), allocate(found, 30657)
    assert explain_allocation(part, "el") == (
        f"Με 100,00{NB}€ πληρώνετε 97,86{NB}€ από την κύρια οφειλή και 2,14{NB}€ για προσαύξηση. "
        f"Από την κύρια οφειλή μένουν 202,14{NB}€."
    )
    assert explain_allocation(part, "en") == (
        "€100.00 pays €97.86 of the original amount and €2.14 of surcharge. €202.14 of the original amount stays open."
    )
    assert explain_allocation(whole, "el").endswith("Η οφειλή εξοφλείται.")
    assert explain_allocation(whole, "en").endswith("The debt is then settled.")
    surcharge_left = allocate(found, 30000, AllocationPolicy.PRINCIPAL_FIRST)
    assert explain_allocation(surcharge_left, "en") == "€300.00 pays €300.00 of the original amount."


def test_nothing_to_say_about_a_total_that_does_not_change() -> None:
    found = quote(date(2025, 11, 25), date(2025, 10, 31), 18000, replace(RULES, scheme=None))
    held = holding(found, CALENDAR)
    assert (explain_validity(held, "el", on=found.on), explain_validity(held, "en", on=found.on)) == ("", "")


def test_dates_and_percentages() -> None:
    assert date_el(date(2026, 11, 23)) == "23 Νοεμβρίου 2026"
    assert date_el(date(2026, 11, 1), date(2026, 3, 1)) == "1η Νοεμβρίου"
    assert date_en(date(2026, 11, 23)) == "23 November 2026"
    assert [percent(micro, "el") for micro in (730_000, 1_000_000, 142_580_000, 500_000)] == [
        "0,73%", "1%", "142,58%", "0,5%",
    ]  # fmt: skip
    assert percent(730_000, "en") == "0.73%"


@pytest.mark.parametrize(
    ("settled", "known", "labels", "greek", "english"),
    [
        pytest.param(
            Settled(), {}, ("Κύρια οφειλή", "Original amount"),
            f"Η κύρια οφειλή είναι 75,83{NB}€.", "The original amount is €75.83.", id="nothing gone",
        ),
        pytest.param(
            Settled(collected_cents=10_000), {}, ("Υπόλοιπο της κύριας οφειλής", "Rest of the original amount"),
            f"Η κύρια οφειλή ήταν 175,83{NB}€: πληρώθηκαν εδώ 100,00{NB}€. Μένουν 75,83{NB}€.",
            "The original amount was €175.83: €100.00 was paid here. €75.83 is left.", id="paid here",
        ),
        pytest.param(
            Settled(10_000, 5_000, 2_000), {"number": 1, "of": 24},
            ("Υπόλοιπο της δόσης 1 από 24", "Rest of instalment 1 of 24"),
            f"Η δόση 1 από 24 ήταν 245,83{NB}€: πληρώθηκαν εδώ 100,00{NB}€, σύμφωνα με τον δήμο πληρώθηκαν αλλού "
            f"50,00{NB}€ και διαγράφηκαν 20,00{NB}€. Μένουν 75,83{NB}€.",
            "Instalment 1 of 24 was €245.83: €100.00 was paid here, €50.00 was paid elsewhere according to the "
            "municipality and €20.00 was written off. €75.83 is left.", id="all ways",
        ),
        pytest.param(
            Settled(discounted_cents=7_583), {}, ("Υπόλοιπο της κύριας οφειλής", "Rest of the original amount"),
            f"Η κύρια οφειλή ήταν 151,66{NB}€: αφαιρέθηκαν ως έκπτωση 75,83{NB}€. Μένουν 75,83{NB}€.",
            "The original amount was €151.66: €75.83 was taken off as a discount. €75.83 is left.", id="discount",
        ),
    ],
)  # fmt: skip
def test_what_is_left_is_never_called_the_original_amount(
    settled: Settled, known: dict[str, int], labels: tuple[str, str], greek: str, english: str
) -> None:
    whole = quote(date(2025, 10, 1), date(2025, 10, 31), 7583, settled=settled, **known)
    found = line(whole, Component.PRINCIPAL)
    assert (line_label(found, "el"), line_label(found, "en")) == labels
    assert explain(found, "el").sentence == greek
    assert explain(found, "en").sentence == english
    assert whole.total_cents == 7583
