"""Why a payer pays an amount, in one plain sentence, Greek or English, with the arithmetic as small print.

Rules are free of Django, so these words are too: both languages stand here side by side. «Εσείς», present tense,
the amount and the date said, the law only in the small print. Computes nothing that a quote has not computed.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from obolos.base.money import euro_el, euro_en
from obolos.domain.debts.rules.allocations import Allocation
from obolos.domain.debts.rules.holding import Holding
from obolos.domain.debts.rules.kinds import Component
from obolos.domain.debts.rules.quotes import (
    AddedInputs,
    DiscountInputs,
    GivenInputs,
    PrincipalInputs,
    Quote,
    QuoteLine,
    SurchargeInputs,
)
from obolos.domain.debts.rules.rates import MICRO, Counting, Segment

Language = Literal["el", "en"]

_MONTHS_EL = (
    "Ιανουαρίου", "Φεβρουαρίου", "Μαρτίου", "Απριλίου", "Μαΐου", "Ιουνίου",
    "Ιουλίου", "Αυγούστου", "Σεπτεμβρίου", "Οκτωβρίου", "Νοεμβρίου", "Δεκεμβρίου",
)  # fmt: skip
_MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

_LABELS: dict[Component, tuple[str, str]] = {
    Component.PRINCIPAL: ("Κύρια οφειλή", "Original amount"),
    Component.ADDED: ("Κρατήσεις και φόροι", "Withholdings and taxes"),
    Component.SURCHARGE: ("Προσαύξηση (επιπλέον ποσό λόγω καθυστέρησης)", "Surcharge (extra for lateness)"),
    Component.FINE: ("Πρόστιμο εκπρόθεσμης δήλωσης", "Fine for a late return"),
    Component.COSTS: ("Έξοδα είσπραξης", "Collection costs"),
    Component.EXTRA_FEE: ("Πρόσθετη επιβάρυνση", "Extra fee"),
    Component.DISCOUNT: ("Έκπτωση", "Discount"),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """`sentence`: one plain sentence. `small_print`: base, rate, months and article; may be empty."""

    sentence: str
    small_print: str


def line_label(line: QuoteLine, language: Language) -> str:
    """Short name of a line for a breakdown: «Κύρια οφειλή», «ΦΠΑ 13%»."""
    if isinstance(line.inputs, AddedInputs):
        return line.inputs.name_el if language == "el" else line.inputs.name_en
    if isinstance(line.inputs, PrincipalInputs):
        return _principal_label(line.inputs, language)
    return component_label(line.component, language)


def _principal_label(inputs: PrincipalInputs, language: Language) -> str:
    greek, number, of, partly = language == "el", inputs.number, inputs.of, bool(inputs.original_cents)
    if of > 1 and partly:
        return f"Υπόλοιπο της δόσης {number} από {of}" if greek else f"Rest of instalment {number} of {of}"
    if of > 1:
        return f"Δόση {number} από {of}" if greek else f"Instalment {number} of {of}"
    if partly:
        return "Υπόλοιπο της κύριας οφειλής" if greek else "Rest of the original amount"
    return component_label(Component.PRINCIPAL, language)


def vat_cents(quote: Quote) -> int:
    """How much of a quote is value added tax (ΦΠΑ): lines named so, and what another system added where all lines are."""
    laws = [law for law in quote.rules.added_lines if not law.retained and law.in_force(quote.snapshot.arose_on)]
    only_vat = bool(laws) and all(law.name_el.startswith("ΦΠΑ") for law in laws)
    return sum(
        line.amount_cents
        for line in quote.lines
        if line.component is Component.ADDED
        and (line.inputs.name_el.startswith("ΦΠΑ") if isinstance(line.inputs, AddedInputs) else only_vat)
    )


def component_label(component: Component, language: Language) -> str:
    """Short name of a component."""
    return _LABELS[component][0 if language == "el" else 1]


def explain(line: QuoteLine, language: Language, *, on: date | None = None) -> Explanation:
    """One line in words. `on`: the day it is read, so that its own year need not be said.

    «Πληρώνετε 1,83 € επιπλέον, επειδή η προθεσμία πέρασε στις 31 Οκτωβρίου.»
    """
    return _explain_el(line, on) if language == "el" else _explain_en(line, on)


def explain_validity(held: Holding, language: Language, *, on: date) -> str:
    """Until when an amount holds and what it is afterwards, as far as anybody can say; empty when nothing changes it."""
    until, later = held.until, held.later_cents
    if until is None:
        return ""
    if language == "el":
        after = f" Μετά είναι {euro_el(later)}." if later is not None else ""
        return f"Το ποσό ισχύει έως {_until_el(until, on)}.{after}"
    after = f" After that it is {euro_en(later)}." if later is not None else ""
    return f"This amount holds until {date_en(until, on)}.{after}"


def explain_allocation(allocation: Allocation, language: Language) -> str:
    """What a payment covers and what stays open of the debt itself, before one pays it.

    «Με 100,00 € πληρώνετε 97,86 € από την κύρια οφειλή και 2,14 € προσαύξηση. Μένουν 202,14 €.»
    """
    sums: dict[Component, int] = {}
    for part in allocation.parts:
        if part.cents:
            sums[part.component] = sums.get(part.component, 0) + part.cents
    used = allocation.paid_cents - allocation.unapplied_cents
    left = allocation.principal_left_cents
    if language == "el":
        parts = [f"{euro_el(cents)} {_COVERS[component][0]}" for component, cents in sums.items()]
        rest = f" Από την κύρια οφειλή μένουν {euro_el(left)}." if left else " Η οφειλή εξοφλείται."
        return f"Με {euro_el(used)} πληρώνετε {_listed(parts, 'και')}.{rest if allocation.settled or left else ''}"
    parts = [f"{euro_en(cents)} {_COVERS[component][1]}" for component, cents in sums.items()]
    rest = f" {euro_en(left)} of the original amount stays open." if left else " The debt is then settled."
    return f"{euro_en(used)} pays {_listed(parts, 'and')}.{rest if allocation.settled or left else ''}"


_COVERS: dict[Component, tuple[str, str]] = {
    Component.PRINCIPAL: ("από την κύρια οφειλή", "of the original amount"),
    Component.ADDED: ("για κρατήσεις και φόρους", "for withholdings and taxes"),
    Component.SURCHARGE: ("για προσαύξηση", "of surcharge"),
    Component.FINE: ("για πρόστιμο", "of fine"),
    Component.COSTS: ("για έξοδα", "of costs"),
    Component.EXTRA_FEE: ("για πρόσθετη επιβάρυνση", "of extra fee"),
}


def date_el(on: date, read_on: date | None = None) -> str:
    """«31 Οκτωβρίου», with the year unless it is that of the reading day; the first is «1η»."""
    day = "1η" if on.day == 1 else str(on.day)
    year = "" if read_on and read_on.year == on.year else f" {on.year}"
    return f"{day} {_MONTHS_EL[on.month - 1]}{year}"


def date_en(on: date, read_on: date | None = None) -> str:
    """31 October, with the year unless it is that of the reading day."""
    year = "" if read_on and read_on.year == on.year else f" {on.year}"
    return f"{on.day} {_MONTHS_EN[on.month - 1]}{year}"


def percent(micro: int, language: Language) -> str:
    """730000 → `0,73%` or `0.73%`, without needless zeros."""
    whole, rest = divmod(micro, MICRO)
    decimals = f"{rest:06d}".rstrip("0")
    mark = "," if language == "el" else "."
    return f"{whole}{mark + decimals if decimals else ''}%"


def _at_el(on: date, read_on: date | None) -> str:
    return f"{'την' if on.day == 1 else 'στις'} {date_el(on, read_on)}"


def _until_el(on: date, read_on: date | None) -> str:
    return f"{'την ' if on.day == 1 else ''}{date_el(on, read_on)}"


def _explain_el(line: QuoteLine, on: date | None) -> Explanation:
    amount = euro_el(abs(line.amount_cents))
    match line.inputs:
        case PrincipalInputs() as inputs:
            return _with_article(_principal_el(inputs, amount), f"Λήξη {inputs.due_on:%d/%m/%Y}.", line.article)
        case SurchargeInputs() as inputs:
            passed = _at_el(inputs.effective_due_on, on or inputs.on)
            sentence = f"Πληρώνετε {amount} επιπλέον, επειδή η προθεσμία πέρασε {passed}."
            return _with_article(sentence, _arithmetic(inputs, "el"), line.article)
        case AddedInputs() as inputs:
            sentence = f"Πληρώνετε και {amount} για {inputs.name_el}."
            small = f"{percent(inputs.rate_micro, 'el')} επί {euro_el(inputs.base_cents)}."
            return _with_article(sentence, small, line.article)
        case DiscountInputs() as inputs:
            sentence = f"Πληρώνετε {amount} λιγότερα, αν πληρώσετε έως {_until_el(inputs.last_on, on)}."
            share = percent(inputs.factor_bp * MICRO // 100, "el")
            small = f"Πληρώνεται το {share} από {euro_el(inputs.base_cents)}."
            return _with_article(sentence, small, line.article)
        case GivenInputs(as_of):
            return _with_article(_given_el(line.component, amount, as_of, on), "", line.article)
    raise TypeError(line.inputs)


def _principal_el(inputs: PrincipalInputs, left: str) -> str:
    what = f"Η δόση {inputs.number} από {inputs.of}" if inputs.of > 1 else "Η κύρια οφειλή"
    if not inputs.original_cents:
        return f"{what} είναι {left}."
    gone = (
        (inputs.collected_cents, "πληρώθηκαν εδώ"),
        (inputs.elsewhere_cents, "σύμφωνα με τον δήμο πληρώθηκαν αλλού"),
        (inputs.written_off_cents, "διαγράφηκαν"),
        (inputs.discounted_cents, "αφαιρέθηκαν ως έκπτωση"),
    )
    became = _listed([f"{words} {euro_el(cents)}" for cents, words in gone if cents], "και")
    return f"{what} ήταν {euro_el(inputs.original_cents)}: {became}. Μένουν {left}."


def _given_el(component: Component, amount: str, as_of: date | None, on: date | None) -> str:
    when = f" {_at_el(as_of, on)}" if as_of else ""
    match component:
        case Component.SURCHARGE:
            return f"Πληρώνετε {amount} επιπλέον λόγω καθυστέρησης, όπως το υπολόγισε ο δήμος{when}."
        case Component.ADDED:
            return f"Πληρώνετε και {amount} για κρατήσεις και φόρους, όπως τα υπολόγισε ο δήμος{when}."
        case Component.FINE:
            return f"Πληρώνετε και {amount} πρόστιμο, επειδή η δήλωση έγινε εκπρόθεσμα ή με λάθος ποσό."
        case Component.COSTS:
            return f"Πληρώνετε και {amount} για έξοδα είσπραξης."
    return f"Πληρώνετε και {amount}, όπως τα όρισε ο δήμος{when}."


def _explain_en(line: QuoteLine, on: date | None) -> Explanation:
    amount = euro_en(abs(line.amount_cents))
    match line.inputs:
        case PrincipalInputs() as inputs:
            return _with_article(_principal_en(inputs, amount), f"Due {inputs.due_on:%d/%m/%Y}.", line.article)
        case SurchargeInputs() as inputs:
            passed = date_en(inputs.effective_due_on, on or inputs.on)
            sentence = f"You pay {amount} more because the deadline passed on {passed}."
            return _with_article(sentence, _arithmetic(inputs, "en"), line.article)
        case AddedInputs() as inputs:
            sentence = f"You also pay {amount} for {inputs.name_en}."
            small = f"{percent(inputs.rate_micro, 'en')} of {euro_en(inputs.base_cents)}."
            return _with_article(sentence, small, line.article)
        case DiscountInputs() as inputs:
            sentence = f"You pay {amount} less if you pay by {date_en(inputs.last_on, on)}."
            share = percent(inputs.factor_bp * MICRO // 100, "en")
            return _with_article(sentence, f"{share} of {euro_en(inputs.base_cents)} is to be paid.", line.article)
        case GivenInputs(as_of):
            return _with_article(_given_en(line.component, amount, as_of, on), "", line.article)
    raise TypeError(line.inputs)


def _principal_en(inputs: PrincipalInputs, left: str) -> str:
    what = f"Instalment {inputs.number} of {inputs.of}" if inputs.of > 1 else "The original amount"
    if not inputs.original_cents:
        return f"{what} is {left}."
    gone = (
        (inputs.collected_cents, "was paid here"),
        (inputs.elsewhere_cents, "was paid elsewhere according to the municipality"),
        (inputs.written_off_cents, "was written off"),
        (inputs.discounted_cents, "was taken off as a discount"),
    )
    became = _listed([f"{euro_en(cents)} {words}" for cents, words in gone if cents], "and")
    return f"{what} was {euro_en(inputs.original_cents)}: {became}. {left} is left."


def _given_en(component: Component, amount: str, as_of: date | None, on: date | None) -> str:
    when = f" on {date_en(as_of, on)}" if as_of else ""
    match component:
        case Component.SURCHARGE:
            return f"You pay {amount} more for lateness, as the municipality worked it out{when}."
        case Component.ADDED:
            return f"You also pay {amount} for withholdings and taxes, as the municipality worked them out{when}."
        case Component.FINE:
            return f"You also pay a fine of {amount} because the return was late or had a wrong amount."
        case Component.COSTS:
            return f"You also pay {amount} for collection costs."
    return f"You also pay {amount}, as the municipality set it{when}."


def _arithmetic(inputs: SurchargeInputs, language: Language) -> str:
    """Units × rate of each stretch, the base, and what is remembered or was moved."""
    greek = language == "el"
    euro = euro_el if greek else euro_en
    said = []
    if inputs.segments:
        sums = " + ".join(_stretch(segment, inputs, language) for segment in inputs.segments)
        if inputs.capped:
            top = percent(inputs.rate_sum_micro // _year(inputs), language)
            sums += f", το πολύ {top}" if greek else f", at most {top}"
        elif inputs.counting is not Counting.DAYS and (len(inputs.segments) > 1 or inputs.segments[0].units > 1):
            sums += f" = {percent(inputs.rate_sum_micro, language)}"
        said.append(f"{sums} {'επί' if greek else 'of'} {euro(inputs.base_cents)}.")
    if inputs.charged_before:
        count = _units(inputs.charged_before, inputs.counting, language)
        said.append(f"Έχουν ήδη χρεωθεί: {count}." if greek else f"Already charged: {count}.")
    if inputs.carried_cents:
        carried = euro(inputs.carried_cents)
        said.append(f"Από πριν μένουν {carried}." if greek else f"{carried} is left from before.")
    if inputs.effective_due_on != inputs.due_on:
        due, moved = f"{inputs.due_on:%d/%m/%Y}", f"{inputs.effective_due_on:%d/%m/%Y}"
        said.append(
            f"Η λήξη {due} δεν ήταν εργάσιμη και μεταφέρθηκε στις {moved}."
            if greek
            else f"The due date {due} was not a working day and moved to {moved}."
        )
    return " ".join(said)


def _stretch(segment: Segment, inputs: SurchargeInputs, language: Language) -> str:
    yearly = "" if inputs.counting is not Counting.DAYS else f" / {inputs.day_basis}"
    count = _units(segment.units, inputs.counting, language)
    return f"{count} × {percent(segment.rate_micro, language)}{yearly}"


def _units(count: int, counting: Counting, language: Language) -> str:
    if counting is Counting.DAYS:
        words = ("ημέρα", "ημέρες") if language == "el" else ("day", "days")
    else:
        words = ("μήνας", "μήνες") if language == "el" else ("month", "months")
    return f"{count} {words[0 if count == 1 else 1]}"


def _year(inputs: SurchargeInputs) -> int:
    return inputs.day_basis if inputs.counting is Counting.DAYS else 1


def _with_article(sentence: str, small_print: str, article: str) -> Explanation:
    law = f"{article.rstrip('.')}." if article else ""
    return Explanation(sentence, f"{small_print} {law}".strip())


def _listed(parts: list[str], word: str) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"
