"""What somebody who is not the debtor is told of a debt: what it is and enough to recognise it, never whose it is.

A debt that nobody's name stands behind (a ticket sold, a slip not yet typed in) has nothing to hide. Of any other the
free words of the municipality's system are left out: they may hold a street, a meter, even a name.
"""

from obolos.base.masking import masked_plate, without_words
from obolos.domain.debts.law import Kind
from obolos.domain.debts.queries import OpenInstalment
from obolos.flows.show_debts import about_of, titles_of


def titles_for_guests(kind: Kind, one: OpenInstalment) -> tuple[str, str]:
    """What an instalment is called before somebody who is not its debtor, Greek and English."""
    if one.ticket_no or one.person_id is None:
        return titles_of(kind, one)
    part_el = f": δόση {one.snapshot.number} από {one.snapshot.of}" if one.snapshot.of > 1 else ""
    part_en = f": instalment {one.snapshot.number} of {one.snapshot.of}" if one.snapshot.of > 1 else ""
    return kind.name_el + part_el, kind.name_en + part_en


def about_for_guests(one: OpenInstalment) -> str:
    """Where it stands: a masked plate and the day of a fine, place in the roll of the others."""
    if not one.plate or one.person_id is None:
        return about_of(one)
    day = f", {one.violation_on:%d/%m/%Y}" if one.violation_on else ""
    return f"{masked_plate(one.plate)}{day}"


def object_of(description: str, kind_name: str, *, name: str, afm: str) -> str:
    """What the debt is about beyond its kind, without the debtor's name and ΑΦΜ.

    Whoever holds the paper (its code, or its number and the plate) may read what the paper says.
    """
    detail = description.removeprefix(kind_name).lstrip(" ,:·-–")
    return without_words(detail, f"{name} {afm}")
