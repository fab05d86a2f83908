"""What a citizen chose, as an address or a form says it, and the debts page's rows with that choice.

`d=17` an instalment, `d=17:2500` a smaller amount of it in cents, `a17=25,00` the amount as typed into its row's field.
Wrong typing never loses the rest of the choice: it comes back beside its field, with what is wrong.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.translation import gettext as _

from obolos.base.money import parse_euro
from obolos.base.wording import euro
from obolos.flows.pay import chosen_of
from obolos.flows.show_debts import Chosen, DebtRow, DebtsView, MunicipalityDebts, NotPayable

#: Nobody owes more open instalments than this on one page; a longer list is not a person's choice.
MOST = 500


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen debts; amounts as typed; what is wrong, by row; `damaged` when the address itself makes no sense."""

    chosen: tuple[Chosen, ...] = ()
    typed: Mapping[int, str] = field(default_factory=dict)
    wrong: Mapping[int, str] = field(default_factory=dict)
    damaged: str = ""

    @property
    def errors(self) -> list[tuple[str, str]]:
        """What is wrong, with the field to go to: a row's amount when one was typed, else its tick."""
        return [(f"{'a' if one in self.typed else 'd'}{one}", text) for one, text in self.wrong.items()]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A debt with the citizen's choice: ticked or not, the amount as typed, what is wrong with it, what it adds up."""

    row: DebtRow
    ticked: bool
    typed: str
    error: str
    cents: int


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A municipality's debts with the citizen's choice."""

    debts: MunicipalityDebts
    rows: tuple[ShownRow, ...]

    @property
    def chosen_cents(self) -> int:
        """What is chosen of this municipality."""
        return sum(row.cents for row in self.rows)


def read_choice(fields: QueryDict) -> Choice:
    """The choice of a request. Never raises."""
    values = fields.getlist("d")
    if len(values) > MOST:
        return Choice(damaged=_("These are too many debts for one payment."))
    chosen: dict[int, Chosen] = {}
    typed: dict[int, str] = {}
    wrong: dict[int, str] = {}
    for value in values:
        try:
            one = chosen_of(value)
        except ValueError:
            return Choice(damaged=_("The address of this page is damaged. Choose again what to pay."))
        words = fields.get(f"a{one.instalment_id}", "").strip()[:30]
        if words:
            typed[one.instalment_id] = words
            try:
                one = Chosen(one.instalment_id, parse_euro(words))
            except ValueError:
                wrong[one.instalment_id] = _("Write the amount in euro, like 25,00.")
        chosen[one.instalment_id] = one
    return Choice(tuple(chosen.values()), typed, wrong)


def beforehand(view: DebtsView, pick: str = "due") -> Choice:
    """What a quick selection chooses: all that can be paid, what is due soon (as shown at first), or nothing."""
    rows = {"all": _all_free(view), "due": [row for row in _rows(view) if row.preselected]}.get(pick, [])
    return Choice(tuple(Chosen(row.instalment_id) for row in rows))


def busy(row: DebtRow) -> bool:
    """Whether quick selection leaves a row out: it cannot be paid online, or a payment of it is under way."""
    return row.blocked in {"NOT_ONLINE", "RATE_MISSING"} or row.under_way


def _all_free(view: DebtsView) -> list[DebtRow]:
    """Everything that can be paid now; of a debt in instalments, none after one that is left out."""
    held = {(row.debt_id, row.number) for row in _rows(view) if busy(row)}
    first = {debt: min(number for other, number in held if other == debt) for debt, _number in held}
    return [row for row in _rows(view) if row.number < first.get(row.debt_id, row.number + 1)]


def refused(choice: Choice, error: NotPayable, view: DebtsView, language: str) -> Choice:
    """The choice with the reason why it cannot be paid, at the row it is about where there is one."""
    row = next((one for one in _rows(view) if one.instalment_id == error.instalment_id), None)
    text = _reason(error.reason, row, language)
    if row is None:
        return Choice(choice.chosen, choice.typed, choice.wrong, text)
    return Choice(choice.chosen, choice.typed, {**choice.wrong, row.instalment_id: text})


def shown(view: DebtsView, choice: Choice, language: str) -> tuple[ShownGroup, ...]:
    """The debts as the page shows them."""
    chosen = {one.instalment_id: one for one in choice.chosen}
    return tuple(
        ShownGroup(group, tuple(_shown(row, chosen.get(row.instalment_id), choice, language) for row in group.rows))
        for group in view.groups
    )


def _shown(row: DebtRow, one: Chosen | None, choice: Choice, language: str) -> ShownRow:
    typed = choice.typed.get(row.instalment_id, "")
    if not typed and one is not None and one.cents is not None:
        typed = f"{one.cents // 100}{',' if language == 'el' else '.'}{one.cents % 100:02d}"
    cents = 0 if one is None else row.amount_cents if one.cents is None else one.cents
    return ShownRow(row, one is not None, typed, choice.wrong.get(row.instalment_id, ""), cents)


def _rows(view: DebtsView) -> Iterator[DebtRow]:
    return (row for group in view.groups for row in group.rows)


def _reason(word: str, row: DebtRow | None, language: str) -> str:
    """Why a choice cannot be paid, and what to do."""
    if row is not None and word == "PREVIOUS_INSTALMENT":
        return _("Instalment %(first)s comes first: choose it whole, too.") % {"first": row.blocked_number or 1}
    if row is not None and word == "PARTIAL_TOO_SMALL":
        return _("The smallest amount you can pay is %(amount)s.") % {"amount": euro(row.min_partial_cents, language)}
    if row is not None and word == "PARTIAL_TOO_LARGE":
        return _("You owe %(amount)s here. Write that or less.") % {"amount": euro(row.amount_cents, language)}
    return {
        "EMPTY": _("Choose at least one debt."),
        "UNKNOWN": _("One of the debts you chose is not open any more. Look at the list and choose again."),
        "NOT_ONLINE": _("The municipality does not take this debt online. Pay it at the municipality's cash desk."),
        "RATE_MISSING": _("We cannot work out today's amount of this debt. Call the municipality."),
        "PARTIAL_NOT_ALLOWED": _("This debt is paid whole. Leave its amount field empty."),
    }.get(word, _("This cannot be paid online. Choose again."))
