"""Dated law rows a new municipality starts from: schemes, windows, added lines, tariffs, revenue kinds.

Plain rows, no behaviour. Loaded once, as drafts or demo data, they belong to the municipality: a change of law is a
new row, never another number under an old date. `to_confirm` is the question the municipality's accountant answers
before the row is approved; empty where the legal basis itself says the number.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Generic, TypeVar

from obolos.domain.debts.rules import (
    OF_PRINCIPAL,
    AddedLine,
    AllocationPolicy,
    Counting,
    DiscountWindow,
    KindRules,
    LateReturnScheme,
    Rate,
    RateUnit,
    SurchargeScheme,
    SurchargeSource,
    Tariff,
    TariffDate,
    WindowEvent,
)

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Default(Generic[Row]):
    """A law row with its key, and what a municipality must confirm about it."""

    key: str
    row: Row
    to_confirm: str = ""


_KEDE_1 = "ΥΠΟΙΚ 1016358/2005 (ΚΕΔΕ άρθρο 6)"
_KEDE_073 = "ΔΠΕΙΣ 1198598 ΕΞ 2013, ν. 4978/2022 άρθρο 85 §5"
_ASK_MONTHS = "Μηνιαία ή ημερήσια, ημερολογιακοί μήνες ή από τη λήξη, και ανώτατο όριο, μετά τον ν. 4978/2022"
_ASK_PLAN = "Ποια ρύθμιση ισχύει και με ποια προσαύξηση εκπρόθεσμης δόσης"

KEDE = SurchargeScheme(
    code="KEDE",
    rates=(
        Rate(date(2005, 3, 1), date(2013, 12, 31), Decimal(1), _KEDE_1),
        Rate(date(2014, 1, 1), None, Decimal("0.73"), _KEDE_073),
    ),
)
"""Ordinary surcharge of certified municipal debts: 1 % a month, since 1/1/2014 0.73 %; before 1/3/2005 nothing."""

KEDE_DAILY = SurchargeScheme(
    code="KEDE_DAILY",
    rates=(Rate(date(2014, 1, 1), None, Decimal("8.76"), _KEDE_073),),
    unit=RateUnit.PCT_YEAR_DAILY,
    counting=Counting.DAYS,
)
"""The same rate counted by the day, for a municipality that decides so."""

PLAN_025 = SurchargeScheme("PLAN_025", (Rate(date(2015, 3, 21), None, Decimal("0.25"), "ν. 4321/2015"),))
PLAN_5 = SurchargeScheme("PLAN_5", (Rate(date(2005, 3, 1), None, Decimal(5), "ΚΔΚ άρθρο 170 §2"),))

SCHEMES: tuple[Default[SurchargeScheme], ...] = (
    Default("KEDE", KEDE, _ASK_MONTHS),
    Default("KEDE_DAILY", KEDE_DAILY, _ASK_MONTHS),
    Default("PLAN_025", PLAN_025, _ASK_PLAN),
    Default("PLAN_5", PLAN_5, _ASK_PLAN),
)

KOK_HALF = DiscountWindow(
    event=WindowEvent.VIOLATION,
    days=10,
    inclusive=True,
    shift_nonworking=True,
    factor_bp=5000,
    applies_from=None,
    applies_to=date(2018, 3, 30),
    legal_basis="ΚΟΚ άρθρο 104, ν. 3542/2007 άρθρο 93· καταργήθηκε με τον ν. 4530/2018 άρθρο 28 §7",
)
"""Half a traffic fine within ten days, for violations up to 30/3/2018 only."""

WINDOWS: tuple[Default[DiscountWindow], ...] = (Default("KOK_HALF", KOK_HALF),)

_DIGITAL_FEE_FROM = date(2024, 12, 1)
_STAMP_TO = date(2024, 11, 30)

STAMP_RENT = AddedLine(
    "STAMP_3", "χαρτόσημο 3%", "stamp duty 3%", Decimal(3), OF_PRINCIPAL, "00.4111.0001",
    date(2002, 1, 1), _STAMP_TO, False, "Κώδικας Τελών Χαρτοσήμου (π.δ. 28/1931)",
)  # fmt: skip
OGA_RENT = AddedLine(
    "OGA_20", "εισφορά ΟΓΑ στο χαρτόσημο", "OGA contribution on the stamp duty", Decimal(20), "STAMP_3",
    "00.4111.0002", date(2002, 1, 1), _STAMP_TO, False, "ν. 4169/1961 άρθρο 11",
)  # fmt: skip
DIGITAL_FEE_RENT = AddedLine(
    "DIGITAL_FEE", "Ψηφιακό Τέλος Συναλλαγής 3,6%", "digital transaction duty 3.6%", Decimal("3.6"), OF_PRINCIPAL,
    "00.4111.0003", _DIGITAL_FEE_FROM, None, False, "ν. 5135/2024",
)  # fmt: skip
VAT_WATER = AddedLine(
    "VAT_13", "ΦΠΑ 13%", "VAT 13%", Decimal(13), OF_PRINCIPAL, "00.4112.0013",
    date(2016, 6, 1), None, False, "ν. 2859/2000, παράρτημα III",
)  # fmt: skip
VAT_SEWER = AddedLine(
    "VAT_24", "ΦΠΑ 24%", "VAT 24%", Decimal(24), OF_PRINCIPAL, "00.4112.0024",
    date(2016, 6, 1), None, False, "ν. 2859/2000 άρθρο 21",
)  # fmt: skip
LOANS_FUND = AddedLine(
    "LOANS_FUND", "απόδοση ΤΠΔ 1,5‰", "Deposits and Loans Fund 0.15%", Decimal("0.15"), OF_PRINCIPAL, "00.4113.0001",
    date(2005, 3, 1), None, True, "Σύμβαση με το Ταμείο Παρακαταθηκών και Δανείων",
)  # fmt: skip
"""Retained: the municipality passes it on from what it collected; the payer never sees it."""

_ASK_STAMP = "Ποια έσοδα το φέρουν, ποιος το αποδίδει, ο κωδικός του, από πότε ακριβώς"
_ASK_VAT = "Αν η υπηρεσία υπάγεται σε ΦΠΑ και με ποιον συντελεστή· ο κωδικός του"

ADDED_LINES: tuple[Default[AddedLine], ...] = (
    Default("STAMP_3", STAMP_RENT, _ASK_STAMP),
    Default("OGA_20", OGA_RENT, _ASK_STAMP),
    Default("DIGITAL_FEE", DIGITAL_FEE_RENT, _ASK_STAMP),
    Default("VAT_13", VAT_WATER, _ASK_VAT),
    Default("VAT_24", VAT_SEWER, _ASK_VAT),
    Default("LOANS_FUND", LOANS_FUND, "Αν αποδίδεται, σε ποια έσοδα και με ποιον κωδικό"),
)

LATE_RETURN = LateReturnScheme(
    "LATE_RETURN_2", Decimal(2), Decimal(100), "ν. 1080/1980 άρθρο 6, ν. 2130/1993 άρθρα 17 και 19"
)
LATE_RETURNS: tuple[Default[LateReturnScheme], ...] = (
    Default("LATE_RETURN_2", LATE_RETURN, "Το πρόστιμο μετά τον ν. 5143/2024 άρθρο 30"),
)

_KOK_OLD_TO = date(2018, 3, 30)
_KOK_HALVED_FROM = date(2018, 3, 31)
_KOK_NEW_FROM = date(2025, 9, 13)
_KOK_HALVED_TO = date(2025, 9, 12)
_KOK_OLD = "ΚΟΚ άρθρο 104, ν. 3542/2007"
_KOK_HALVED = "ν. 4530/2018 άρθρο 28 §5"
_KOK_NEW = "ν. 5209/2025 άρθρα 7 §11γ και 108 §5"
_SPACE_NEW_FROM = date(2024, 10, 11)
_SPACE = "β.δ. 24-9/20-10-1958 άρθρο 13 §8"
_ASK_COUNCIL = "Το ποσό της απόφασης του δημοτικού συμβουλίου και η ΑΔΑ της"

_BY_VIOLATION, _BY_PERIOD = TariffDate.VIOLATION, TariffDate.PERIOD
_GROSS = "ν. 2130/1993 άρθρα 17 και 19"
_GRAZING = "ν. 1080/1980 άρθρο 1"
_ASK_LIST = "Παράδειγμα τιμής καταλόγου· ο πλήρης κατάλογος παραβάσεων του δήμου"
_ASK_START = "Η ημερομηνία έναρξης και τυχόν απόφαση του δημοτικού συμβουλίου"

TARIFFS: tuple[Default[Tariff], ...] = (
    Default("KOK_80_TO_2018", Tariff(
        "KOK_80", "FINE", date(2007, 6, 3), _KOK_OLD_TO, _BY_VIOLATION, _KOK_OLD, unit_cents=8000,
    ), _ASK_LIST),
    Default("KOK_80_HALVED", Tariff(
        "KOK_80", "FINE", _KOK_HALVED_FROM, _KOK_HALVED_TO, _BY_VIOLATION, _KOK_HALVED,
        unit_cents=8000, multiplier=Decimal("0.5"),
    ), f"{_ASK_LIST}· αν εκδόθηκαν οι αποφάσεις του ν. 4530/2018 άρθρο 28 §5"),
    Default("KOK_P69_TO_2025", Tariff(
        "KOK_P69", "FINE", _KOK_HALVED_FROM, _KOK_HALVED_TO, _BY_VIOLATION, _KOK_HALVED, unit_cents=1000,
    )),
    Default("KOK_P69_FROM_2025", Tariff(
        "KOK_P69", "FINE", _KOK_NEW_FROM, None, _BY_VIOLATION, _KOK_NEW, unit_cents=3000,
    )),
    Default("KOK_PAVEMENT_FROM_2025", Tariff(
        "KOK_PAVEMENT", "FINE", _KOK_NEW_FROM, None, _BY_VIOLATION, _KOK_NEW, unit_cents=15000,
    )),
    Default("ARBITRARY_USE_TO_2024", Tariff(
        "ARBITRARY_USE", "M2_YEAR", date(1958, 10, 20), date(2024, 10, 10), _BY_VIOLATION, _SPACE,
        unit_cents=5800, fine_multiplier=Decimal(1),
    ), _ASK_COUNCIL),
    Default("ARBITRARY_USE_FROM_2024", Tariff(
        "ARBITRARY_USE", "M2_YEAR", _SPACE_NEW_FROM, None, _BY_VIOLATION, f"{_SPACE}, ν. 5143/2024 άρθρο 31",
        unit_cents=5800, fine_multiplier=Decimal(3),
    ), f"{_ASK_COUNCIL}· από πότε ισχύει το τριπλάσιο πρόστιμο"),
    Default("GRAZING_LARGE", Tariff(
        "GRAZING_LARGE", "HEAD", date(1980, 10, 22), None, _BY_PERIOD, _GRAZING, unit_cents=500, free_units=4,
    ), _ASK_COUNCIL),
    Default("GRAZING_SMALL", Tariff(
        "GRAZING_SMALL", "HEAD", date(1980, 10, 22), None, _BY_PERIOD, _GRAZING, unit_cents=100, free_units=10,
    ), _ASK_COUNCIL),
    Default("GROSS_RECEIPTS", Tariff(
        "GROSS_RECEIPTS", "CENTS", date(1993, 4, 23), None, _BY_PERIOD, _GROSS, percent=Decimal("0.5"),
    ), _ASK_START),
    Default("GROSS_RECEIPTS_NIGHT", Tariff(
        "GROSS_RECEIPTS_NIGHT", "CENTS", date(1993, 4, 23), None, _BY_PERIOD, _GROSS, percent=Decimal(5),
    ), _ASK_START),
    Default("LODGING", Tariff(
        "LODGING", "CENTS", date(2012, 1, 1), None, _BY_PERIOD, "ν. 339/1976, ν. 2130/1993", percent=Decimal("0.5"),
    ), "Από πότε ισχύει το 0,5% (παλαιότερα ήταν υψηλότερο)"),
    Default("LODGING_RAISED", Tariff(
        "LODGING_RAISED", "CENTS", _SPACE_NEW_FROM, None, _BY_PERIOD, "ν. 5143/2024 άρθρο 30", percent=Decimal("0.75"),
    ), _ASK_COUNCIL),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KindDefault:
    """A revenue kind with what the switches of the administrator start from.

    `family`: FEE, FINE, RENT, WATER, TICKET (what is sold, not assessed) or OTHER. `guest_payable`: may be paid without
    signing in.
    """

    rules: KindRules
    family: str
    guest_payable: bool = False
    to_confirm: str = ""


_SURCHARGE_CODE = "00.1511.0001"
_COSTS_CODE = "00.1519.0001"
_BY_COUNCIL = "β.δ. 24-9/20-10-1958, απόφαση δημοτικού συμβουλίου"
_ASK_SALE = "Ο κωδικός του προϋπολογισμού του δήμου, και αν η τιμή περιέχει ΦΠΑ"
_ASK_RETURN = "Αν η εκπρόθεσμη δήλωση φέρει και πρόστιμο και προσαύξηση"
_ASK_ALLOCATION = "Αν δέχεται μερική πληρωμή και με ποια σειρά κατανέμεται"


def _kind(
    code: str,
    name_el: str,
    name_en: str,
    *,
    scheme: SurchargeScheme | None = KEDE,
    arranged_scheme: SurchargeScheme | None = None,
    windows: tuple[DiscountWindow, ...] = (),
    added_lines: tuple[AddedLine, ...] = (),
    allocation: AllocationPolicy = AllocationPolicy.PRORATA,
    partial_ok: bool = True,
    legal_basis: str = "",
) -> KindRules:
    return KindRules(
        code=code,
        name_el=name_el,
        name_en=name_en,
        scheme=scheme,
        arranged_scheme=arranged_scheme,
        windows=windows,
        added_lines=added_lines,
        allocation=allocation,
        partial_ok=partial_ok,
        surcharge_source=SurchargeSource.FMS_IF_PRESENT,
        surcharge_code=_SURCHARGE_CODE,
        fine_code="00.1513.0001",
        costs_code=_COSTS_CODE,
        legal_basis=legal_basis,
        versions=(f"{code}:1",),
    )


_RENT_LINES = (STAMP_RENT, OGA_RENT, DIGITAL_FEE_RENT)
_COSTS_FIRST = AllocationPolicy.COSTS_INTEREST_PRINCIPAL

KINDS: tuple[KindDefault, ...] = (
    KindDefault(_kind(
        "00.0111.0001", "Μίσθωμα ακινήτου", "Rent of municipal property",
        added_lines=_RENT_LINES, allocation=_COSTS_FIRST, legal_basis="π.δ. 270/1981",
    ), "RENT", to_confirm=_ASK_STAMP),
    KindDefault(_kind(
        "00.0112.0001", "Δικαίωμα βοσκής", "Grazing rights", legal_basis=_GRAZING,
    ), "FEE", to_confirm=_ASK_ALLOCATION),
    KindDefault(_kind(
        "00.0114.0001", "Μίσθωμα δημοτικής αγοράς", "Municipal market rent",
        added_lines=_RENT_LINES, allocation=_COSTS_FIRST, legal_basis="π.δ. 270/1981",
    ), "RENT", to_confirm=_ASK_STAMP),
    KindDefault(_kind(
        "00.0115.0001", "Τέλος διαφήμισης", "Advertising levy",
        legal_basis="β.δ. 24-9/20-10-1958 άρθρο 15, ν. 2946/2001",
    ), "FEE", to_confirm=_ASK_ALLOCATION),
    KindDefault(_kind(
        "00.0311.0001", "Τέλη καθαριότητας και φωτισμού", "Cleaning and lighting fees",
        legal_basis="ν. 25/1975, ν. 3979/2011 άρθρο 43",
    ), "FEE", to_confirm=_ASK_ALLOCATION),
    KindDefault(_kind(
        "00.0321.0001", "Ύδρευση", "Water", added_lines=(VAT_WATER,), legal_basis=_BY_COUNCIL,
    ), "WATER", to_confirm=_ASK_VAT),
    KindDefault(_kind(
        "00.0322.0001", "Αποχέτευση", "Sewerage", added_lines=(VAT_SEWER,), legal_basis=_BY_COUNCIL,
    ), "WATER", to_confirm=_ASK_VAT),
    KindDefault(_kind(
        "00.0413.0001", "Δικαιώματα κοιμητηρίου", "Cemetery fees", legal_basis=_BY_COUNCIL,
    ), "FEE", to_confirm=_ASK_ALLOCATION),
    KindDefault(_kind(
        "00.0441.0001", "ΤΑΠ", "Property levy (ΤΑΠ)", legal_basis="ν. 2130/1993 άρθρο 24",
    ), "FEE", to_confirm=_ASK_COUNCIL),
    KindDefault(_kind(
        "00.0451.0001", "Τέλος παρεπιδημούντων", "Lodging levy",
        partial_ok=False, legal_basis="ν. 339/1976, ν. 2130/1993, ν. 5143/2024 άρθρο 30",
    ), "FEE", to_confirm=_ASK_RETURN),
    KindDefault(_kind(
        "00.0452.0001", "Τέλος 0,5% ακαθαρίστων εσόδων", "0.5% levy on gross receipts",
        partial_ok=False, legal_basis=_GROSS,
    ), "FEE", to_confirm=_ASK_RETURN),
    KindDefault(_kind(
        "00.0461.0001", "Χρήση κοινόχρηστου χώρου", "Use of public space", legal_basis=_SPACE,
    ), "FEE", to_confirm=_ASK_ALLOCATION),
    KindDefault(_kind(
        "00.1512.0001", "Πρόστιμο ΚΟΚ", "Traffic fine",
        windows=(KOK_HALF,), partial_ok=False, legal_basis="ν. 2696/1999 (ΚΟΚ), ν. 4530/2018, ν. 5209/2025",
    ), "FINE", guest_payable=True, to_confirm="Αν τα βεβαιωμένα πρόστιμα φέρουν προσαύξηση"),
    KindDefault(_kind(
        "00.3221.0311", "Ρύθμιση οφειλών", "Payment arrangement",
        arranged_scheme=PLAN_025, partial_ok=False, legal_basis="ν. 4152/2013, ν. 4646/2019 άρθρο 43",
    ), "OTHER", to_confirm=_ASK_PLAN),
    KindDefault(_kind(
        "00.0434.0001", "Εισιτήρια εκδηλώσεων", "Event tickets",
        scheme=None, partial_ok=False, legal_basis="απόφαση δημοτικού συμβουλίου",
    ), "TICKET", guest_payable=True, to_confirm=_ASK_SALE),
    KindDefault(_kind(
        "00.0719.0001", "Πιστοποιητικά και βεβαιώσεις", "Certificates",
        scheme=None, partial_ok=False, legal_basis="απόφαση δημοτικού συμβουλίου",
    ), "TICKET", guest_payable=True, to_confirm=_ASK_SALE),
)  # fmt: skip


def default_rules(code: str) -> KindRules:
    """The default rules of one revenue code. KeyError when none is shipped."""
    for kind in KINDS:
        if kind.rules.code == code:
            return kind.rules
    raise KeyError(code)
