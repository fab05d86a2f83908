"""The rows a municipality starts from can be quoted with, and every one has a legal basis or a question."""

import re
from datetime import date
from pathlib import Path

import pytest

from obolos.base.dates import Calendar, greek_holidays
from obolos.domain.debts.law_defaults import (
    ADDED_LINES,
    KINDS,
    LATE_RETURNS,
    SCHEMES,
    TARIFFS,
    WINDOWS,
    KindDefault,
    default_rules,
)
from obolos.domain.debts.rules import DebtKind, InstalmentSnapshot, quote_instalment

ROOT = Path(__file__).parents[3]
CALENDAR = Calendar.of({day for year in range(2020, 2028) for day in greek_holidays(year)})
#: Revenue codes that municipalities' files name and a demo must know.
KNOWN = {
    "00.0111.0001", "00.0311.0001", "00.0321.0001", "00.0413.0001", "00.0441.0001", "00.0451.0001",
    "00.0452.0001", "00.0461.0001", "00.1512.0001", "00.3221.0311",
}  # fmt: skip


def test_kinds_are_known_once() -> None:
    codes = [kind.rules.code for kind in KINDS]
    assert len(codes) == len(set(codes))
    assert set(codes) >= KNOWN
    assert default_rules("00.1512.0001").name_el == "Πρόστιμο ΚΟΚ"
    with pytest.raises(KeyError):
        default_rules("00.9999.0001")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.rules.code)
def test_every_kind_can_be_quoted(kind: KindDefault) -> None:
    assert kind.rules.name_el
    assert kind.rules.name_en
    assert kind.rules.legal_basis
    assert kind.to_confirm
    for debt_kind in DebtKind:
        one = InstalmentSnapshot(1, 1, 1, date(2024, 5, 10), 10000, kind=debt_kind)
        for line in quote_instalment(one, kind.rules, CALENDAR, date(2026, 2, 3)).lines:
            assert line.article
            assert line.target_code.startswith("00.")


def test_keys_are_unique_and_rows_have_a_basis() -> None:
    for rows in (SCHEMES, WINDOWS, ADDED_LINES, TARIFFS, LATE_RETURNS):
        keys = [default.key for default in rows]
        assert len(keys) == len(set(keys))
    for default in (*WINDOWS, *ADDED_LINES, *TARIFFS, *LATE_RETURNS):
        assert default.row.legal_basis
    for scheme in SCHEMES:
        assert all(rate.legal_basis for rate in scheme.row.rates)


def test_only_partly_payable_kinds_are_never_fines() -> None:
    assert not any(kind.rules.partial_ok for kind in KINDS if kind.family == "FINE")


def test_the_law_page_names_tests_and_modules_that_exist() -> None:
    page = (ROOT / "docs" / "law.md").read_text(encoding="utf-8")
    tests = {path.name: path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_rules*.py")}
    every = "\n".join(tests.values())
    for example in re.findall(r"\bX\d\d\b", page):
        assert re.search(rf"{example}\b|{example.lower()}_", every), example
    for number in [*range(1, 14), *range(18, 32), *range(41, 45)]:
        assert f"X{number:02d}" in page
    for module in re.findall(r"`(obolos/[\w/]+\.py)`", page):
        assert (ROOT / module).is_file(), module
    for name, test in re.findall(r"`(test_rules\w*\.py)(?:::(\w+))?`", page):
        assert name in tests, name
        assert not test or f"def {test}(" in tests[name], test
