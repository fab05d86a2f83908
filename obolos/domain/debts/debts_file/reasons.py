"""Why a row is refused: the slow and exact look at rows that the fast reading did not accept.

Says nothing about rows that are good. What is accepted is decided in `cells` and `rows`; here it only gets its name.
"""

import re
from collections.abc import Callable, Sequence

from obolos.base.references import BadReference, afm_valid, rf_check
from obolos.domain.debts.debts_file.cells import Amounts, Dates, name_like
from obolos.domain.debts.debts_file.context import KINDS, PERSON_TYPES, Context
from obolos.domain.debts.debts_file.defects import Findings, Reason
from obolos.domain.debts.debts_file.layout import COLUMNS, FIRST_YEAR, LAST_YEAR, MAX_INSTALMENTS

AT = {name: position for position, name in enumerate(COLUMNS)}
#: Columns in which the rows of one debt may differ.
OF_THE_INSTALMENT = frozenset(
    {"due_on", "instalment", "rf", "principal", "added", "surcharge", "surcharge_as_of", "paid", "written_off"}
)
_LONGEST = {
    "ext_id": 60, "name": 200, "orig_code": 20, "catalogue": 20, "line": 20, "atb": 30, "description": 200,
    "ticket_no": 30, "plate": 20,
}  # fmt: skip
_NUMBER = re.compile(r"[0-9]+", re.ASCII)
_ANY_AMOUNT = re.compile(r"[-\u2212]?[0-9]+(?:[.,][0-9]*)?", re.ASCII)
_ANY_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d\d/\d\d/\d{4}", re.ASCII)


def of_head(fields: Sequence[str], line: int, context: Context, found: Findings) -> None:
    """Add what is wrong with the columns that all rows of a debt share."""

    def check(column: str, why_not: Callable[[str], Reason | None], *, needed: bool = False) -> None:
        text = fields[AT[column]]
        reason = why_not(text) if text else Reason.MISSING if needed else None
        if reason is None and column in _LONGEST and len(text) > _LONGEST[column]:
            reason = Reason.TOO_LONG
        if reason is not None:
            found.add(line, column, text, reason)

    certified = fields[AT["kind"]] in {"CERTIFIED", "ARRANGED"}
    check("ext_id", _nothing, needed=True)
    check("version", why_not_number, needed=True)
    check("afm", why_not_afm, needed=True)
    check("name", lambda text: None if len(text) > 200 or name_like(text) else Reason.NAME, needed=True)
    check("person_type", lambda text: None if text in PERSON_TYPES else Reason.NOT_ONE_OF, needed=True)
    check("kind", lambda text: None if text in KINDS else Reason.NOT_ONE_OF, needed=True)
    check("rev_code", context.why_not_code, needed=True)
    for column in ("orig_code", "catalogue", "line", "atb", "description"):
        check(column, _nothing)
    check("year", lambda text: None if text in context.years else Reason.YEAR)
    check("certified_on", lambda text: _why_not_past(text, context))
    if fields[AT["certified_on"]] and fields[AT["kind"]] in KINDS and not certified:
        found.add(line, "certified_on", fields[AT["certified_on"]], Reason.UNCERTIFIED_WITH_DATE)
    check("ticket_no", _why_not_folded)
    check("plate", _why_not_folded)
    check("violation_on", lambda text: _why_not_past(text, context))


def of_part(fields: Sequence[str], line: int, context: Context, found: Findings) -> None:
    """Add what is wrong with the columns that are one instalment's own."""

    def check(column: str, reason: Reason | None) -> None:
        if reason is not None:
            found.add(line, column, fields[AT[column]], reason)

    due_on, number, of = (fields[AT[column]] for column in ("due_on", "instalment", "instalments"))
    check("due_on", why_not_date(due_on, context.dates) if due_on else Reason.MISSING)
    check("instalment", why_not_number(number) if number else Reason.MISSING)
    check("instalments", why_not_number(of) if of else Reason.MISSING)
    if why_not_number(number) is None and why_not_number(of) is None:
        if int(of) > MAX_INSTALMENTS or int(of) < 1:
            check("instalments", Reason.INSTALMENT_RANGE)
        elif not 1 <= int(number) <= int(of):
            check("instalment", Reason.INSTALMENT_RANGE)
    for column in ("principal", "paid", "written_off"):
        text = fields[AT[column]]
        check(column, why_not_amount(text, context.amounts) if text else Reason.MISSING)
    for column in ("added", "surcharge"):
        if text := fields[AT[column]]:
            check(column, why_not_amount(text, context.amounts))
    as_of, surcharge = fields[AT["surcharge_as_of"]], fields[AT["surcharge"]]
    if as_of:
        check("surcharge_as_of", why_not_date(as_of, context.dates))
        check("surcharge_as_of", None if surcharge else Reason.DATE_WITHOUT_SURCHARGE)
    elif surcharge:
        check("surcharge_as_of", Reason.SURCHARGE_WITHOUT_DATE)
    _against_principal(fields, context, check)
    if rf := fields[AT["rf"]]:
        check("rf", why_not_rf(rf))


def of_difference(fields: Sequence[str], first: Sequence[str], line: int, found: Findings) -> None:
    """Add the columns in which a row differs from its debt's first row although it must not."""
    for column, text, before in zip(COLUMNS, fields, first, strict=True):
        if text != before and column not in OF_THE_INSTALMENT:
            found.add(line, column, text, Reason.DIFFERS_IN_DEBT)


def why_not_number(text: str) -> Reason | None:
    """Whole numbers in ASCII digits; NOT_A_NUMBER else, TOO_LONG beyond 18 digits."""
    if not _NUMBER.fullmatch(text):
        return Reason.NOT_A_NUMBER
    return Reason.TOO_LONG if len(text) > 18 else None


def why_not_afm(text: str) -> Reason | None:
    """AFM_SHAPE unless nine digits, AFM_CHECK_DIGIT unless they check (000000000 does not)."""
    if not (len(text) == 9 and _NUMBER.fullmatch(text)):
        return Reason.AFM_SHAPE
    return None if afm_valid(text) else Reason.AFM_CHECK_DIGIT


def why_not_rf(text: str) -> Reason | None:
    """RF_SHAPE, RF_LENGTH or RF_CHECK_DIGITS."""
    try:
        rf_check(text)
    except BadReference as bad:
        return Reason(f"RF_{bad.reason}")
    return None


def why_not_amount(text: str, amounts: Amounts) -> Reason | None:
    """What keeps a text from being an amount of this file."""
    if amounts[text] is not None:
        return None
    if not _ANY_AMOUNT.fullmatch(text):
        return Reason.AMOUNT_SHAPE
    if text[0] in "-\u2212":
        return Reason.AMOUNT_NEGATIVE
    other = "," if amounts.mark == "." else "."
    whole, _, decimals = text.replace(other, amounts.mark).partition(amounts.mark)
    if len(decimals) != 2:
        return Reason.AMOUNT_DECIMALS
    if other in text:
        return Reason.AMOUNT_STYLE
    return Reason.AMOUNT_TOO_LARGE if len(whole) > 9 and whole[0] != "0" else Reason.AMOUNT_SHAPE


def why_not_date(text: str, dates: Dates) -> Reason | None:
    """What keeps a text from being a date of this file."""
    if dates[text] is not None:
        return None
    if not _ANY_DATE.fullmatch(text):
        return Reason.DATE_SHAPE
    if dates.shape.fullmatch(text) is None:
        return Reason.DATE_STYLE
    on = dates.parse(text)
    if on is None:
        return Reason.DATE_IMPOSSIBLE
    assert not FIRST_YEAR <= on.year <= LAST_YEAR
    return Reason.DATE_RANGE


def _against_principal(fields: Sequence[str], context: Context, check: Callable[[str, Reason | None], None]) -> None:
    principal = context.amounts[fields[AT["principal"]]]
    if principal is None:
        return
    for column, reason in (("paid", Reason.PAID_OVER_PRINCIPAL), ("written_off", Reason.WRITTEN_OFF_OVER_PRINCIPAL)):
        cents = context.amounts[fields[AT[column]]]
        if cents is not None and cents > principal:
            check(column, reason)


def _why_not_past(text: str, context: Context) -> Reason | None:
    reason = why_not_date(text, context.dates)
    if reason is None and (context.dates[text] or "") > context.latest:
        return Reason.DATE_IN_FUTURE
    return reason


def _why_not_folded(text: str) -> Reason | None:
    return None if any(char.isalnum() for char in text) else Reason.NO_LETTER_OR_DIGIT


def _nothing(_text: str) -> None:
    return None
