"""Well-known words of a description in English; what is not certain stays as the municipality wrote it."""

import pytest

from obolos.domain.debts.english import in_english


@pytest.mark.parametrize(
    ("greek", "english"),
    [
        ("παροχή 40-1187, 6ο δίμηνο 2026", "supply no. 40-1187, two-month period 6 of 2026"),
        ("Παροχή 40-1187, 6ο δίμηνο 2026", "supply no. 40-1187, two-month period 6 of 2026"),
        ("Σμύρνης 79, 2ο τρίμηνο 2013", "Σμύρνης 79, quarter 2 of 2013"),
        ("ακίνητο Σμύρνης 14, έτος 2026", "property Σμύρνης 14, year 2026"),
        ("πινακίδα 2 τ.μ., Λόρδου Βύρωνος 8, έτος 2026", "sign of 2 m², Λόρδου Βύρωνος 8, year 2026"),
        ("πινακίδα ΙΝΑ-1234", "plate ΙΝΑ-1234"),
        ("τάφος Β-12, έτος 2026", "grave Β-12, year 2026"),
        ("θέση 14, Νοέμβριος 2026", "place 14, November 2026"),
        ("δήλωση Μάιος 2026", "return of May 2026"),
        ("απόφαση 182/2026, δόση 3 από 12", "decision 182/2026, instalment 3 of 12"),
        ("δόση 3", "instalment 3"),
        ("", ""),
        ("οδός Παροχής 5", "οδός Παροχής 5"),
        ("παροχή νερού", "παροχή νερού"),
        ("Τάφος του Αγνώστου", "Τάφος του Αγνώστου"),
        ("θέση στάθμευσης 4", "θέση στάθμευσης 4"),
        ("πλατεία Δημοκρατίας 2026", "πλατεία Δημοκρατίας 2026"),
        ("Δωδώνης 2026", "Δωδώνης 2026"),
    ],
)
def test_only_what_is_certain_is_translated(greek: str, english: str) -> None:
    assert in_english(greek) == english
