"""What waits for a person, and the day at a glance. Shows questions, not people: nobody is looked up here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from obolos.base.dates import athens_date
from obolos.base.tenancy import tenancy
from obolos.domain.debts import live
from obolos.domain.debts.file_queries import FileRow, latest_files
from obolos.domain.notices.slip_mentions import SlipMention, mentions
from obolos.domain.offerings.sale_mentions import SaleMention, sales_mentioned
from obolos.domain.payments.debtor_queries import DaySum, LatestPayment, day_sums, latest_payments
from obolos.domain.reconciliation.queries import AT_MOST, KindSum, QuestionRow, open_by_kind, open_questions

LATEST = 8


@dataclass(frozen=True, slots=True)
class Worklist:
    """Open questions, oldest first, with how many there are of each kind. Cents."""

    questions: tuple[QuestionRow, ...]
    kinds: tuple[KindSum, ...]
    more: bool
    #: Slips that the questions are about, by question.
    slips: dict[int, tuple[SlipMention, ...]] = field(default_factory=dict)
    #: The purchase that a question is about, by question.
    sales: dict[int, SaleMention] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """All open questions."""
        return sum(one.count for one in self.kinds)

    @property
    def unapplied_cents(self) -> int:
        """Money that fits nowhere yet: the balance of account 42."""
        return sum(one.cents for one in self.kinds if one.kind == "UNAPPLIED")


@dataclass(frozen=True, slots=True)
class Today:
    """A municipality's day: what came in, what waits, what was imported last, whether its financial system answers."""

    on: date
    sums: tuple[DaySum, ...]
    latest: tuple[LatestPayment, ...]
    kinds: tuple[KindSum, ...]
    last_file: FileRow | None
    #: How its financial system answers; None when it was never asked.
    erp: live.Standing | None = None

    @property
    def paid_cents(self) -> int:
        """All money of the day."""
        return sum(one.cents for one in self.sums)

    @property
    def paid_count(self) -> int:
        """All payments of the day."""
        return sum(one.count for one in self.sums)

    @property
    def questions(self) -> int:
        """How many questions wait."""
        return sum(one.count for one in self.kinds)

    @property
    def unapplied_cents(self) -> int:
        """Money that fits nowhere yet."""
        return sum(one.cents for one in self.kinds if one.kind == "UNAPPLIED")


def worklist(*, municipality_id: int, kind: str = "") -> Worklist:
    """The open questions, of one kind if given."""
    with tenancy(municipality=municipality_id):
        found = open_questions(kind=kind)
        kinds, more = tuple(open_by_kind()), len(found) >= AT_MOST
        return Worklist(tuple(found), kinds, more, _slips_behind(found), _sales_behind(found))


def _slips_behind(found: Sequence[QuestionRow]) -> dict[int, tuple[SlipMention, ...]]:
    """A payment under the code of a slip, or for its debt, says nothing by itself of the slip: here it does."""
    named = [one.subject.partition(":") for one in found]
    known = mentions(
        payment_ids=[one.payment_id for one in found if one.payment_id],
        order_ids=[one.order_id for one in found if one.order_id],
        codes=[rest for kind, _, rest in named if kind == "rf"],
        slip_ids=[int(rest) for kind, _, rest in named if kind == "slip"],
    )
    behind = {}
    for one in found:
        about = {one.subject, f"payment:{one.payment_id}", f"order:{one.order_id}"}
        behind[one.id] = tuple({slip.slip_id: slip for slip in known if slip.about in about}.values())
    return behind


def _sales_behind(found: Sequence[QuestionRow]) -> dict[int, SaleMention]:
    """Money for tickets says what they were for, and a purchase where its payment's story is."""
    of_purchase = {one.id: int(one.subject.partition(":")[2]) for one in found if one.subject.startswith("purchase:")}
    # One purchase may be paid by several orders: each question is looked up by what it names itself.
    by_purchase = {one.purchase_id: one for one in sales_mentioned(purchase_ids=list(of_purchase.values()))}
    by_order = {one.order_id: one for one in sales_mentioned(order_ids=[one.order_id for one in found if one.order_id])}
    behind = {one.id: by_order[one.order_id] for one in found if one.order_id and one.order_id in by_order}
    return behind | {row: by_purchase[named] for row, named in of_purchase.items() if named in by_purchase}


def today(*, municipality_id: int, now: datetime) -> Today:
    """The day so far."""
    on = athens_date(now)
    with tenancy(municipality=municipality_id):
        files = latest_files(1)
        return Today(
            on, tuple(day_sums(on)), tuple(latest_payments(LATEST)), tuple(open_by_kind()), next(iter(files), None),
            live.standing(),
        )  # fmt: skip
