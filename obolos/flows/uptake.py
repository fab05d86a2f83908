"""How many pay through Obolos, how far the others come, and what reminders do: the figures of one municipality.

Read in one unit of work, one statement per block, over a bounded period and the one before it. Counts decide; shares
are made of them here, and words in the interface. What each figure means stands beside it on the page.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from obolos.base.dates import athens_date, athens_day_bounds
from obolos.base.periods import Period
from obolos.base.shares import Difference, difference, share
from obolos.base.tenancy import tenancy
from obolos.domain.audit import funnel_queries
from obolos.domain.audit.funnel_queries import Reason, Took, Way
from obolos.domain.debts import elsewhere
from obolos.domain.debts.kind_queries import KindRow, kind_rows
from obolos.domain.payments import uptake_queries
from obolos.domain.payments.uptake_queries import WayRow
from obolos.domain.reminders.queries import ArmRow, effect_of, policy_of

PATHS = ("portal", "guest")


@dataclass(frozen=True, slots=True)
class Shares:
    """Collections through Obolos and elsewhere: instalments that money came for, and principal in cents."""

    ours: int = 0
    elsewhere: int = 0
    ours_cents: int = 0
    elsewhere_cents: int = 0

    @property
    def by_count(self) -> float | None:
        """Share of Obolos by number; None when nothing was collected."""
        return share(self.ours, self.ours + max(0, self.elsewhere))

    @property
    def by_amount(self) -> float | None:
        """Share of Obolos by principal."""
        return share(self.ours_cents, self.ours_cents + max(0, self.elsewhere_cents))


@dataclass(frozen=True, slots=True)
class KindShares:
    """One revenue kind, or all of them (`kind` None), in the period and in the one before."""

    kind: KindRow | None
    now: Shares
    before: Shares


@dataclass(frozen=True, slots=True)
class Funnel:
    """Visits that came so far, by path (all: empty). Each figure is part of the one before it."""

    path: str
    opened: int
    chosen: int
    started: int
    paid: int

    @property
    def completed(self) -> float | None:
        """Share of the visits that paid."""
        return share(self.paid, self.opened)


@dataclass(frozen=True, slots=True)
class MeansFunnel:
    """Visits that began to pay by card or RF code; `returned` from the bank's page (card only), `expired` codes (RF)."""

    means: str
    started: int
    returned: int
    expired: int
    paid: int


@dataclass(frozen=True, slots=True)
class Left:
    """Visits that went no further than this, by path."""

    where: str
    portal: int
    guest: int

    @property
    def count(self) -> int:
        """Of both paths."""
        return self.portal + self.guest


@dataclass(frozen=True, slots=True)
class Effect:
    """Who paid within 7 days of the first reminder of a due date, and who did of those held out. Each person once."""

    told: ArmRow
    held_out: ArmRow

    @property
    def difference(self) -> Difference | None:
        """Of the shares that paid; None when there are too few to tell."""
        return difference(self.told.paid, self.told.people, self.held_out.paid, self.held_out.people)


@dataclass(frozen=True, slots=True)
class Uptake:
    """All figures of a period; what ends in `_before` is of the period before it."""

    period: Period
    kinds: tuple[KindShares, ...]
    total: KindShares
    ways: tuple[WayRow, ...]
    funnels: tuple[Funnel, ...]
    funnel_before: Funnel
    means: tuple[MeansFunnel, ...]
    times: tuple[Took, ...]
    times_before: tuple[Took, ...]
    left: tuple[Left, ...]
    reasons: tuple[Reason, ...]
    effect: Effect
    #: Whether anybody is reminded at present.
    reminders_on: bool
    #: First day for which the municipality's system told of collections elsewhere; None: never.
    elsewhere_since: date | None

    @property
    def median(self) -> Took | None:
        """Of all visits that paid."""
        return next((one for one in self.times if not one.means), None)

    @property
    def median_before(self) -> Took | None:
        """Of all visits that paid in the period before."""
        return next((one for one in self.times_before if not one.means), None)


def uptake_of(period: Period, *, municipality_id: int, now: datetime) -> Uptake:
    """The figures of a period, beside those of the one before it."""
    days = {"first": period.before.first, "middle": period.first, "last": period.last}
    span = funnel_queries.Span(
        first=athens_day_bounds(period.before.first)[0],
        middle=athens_day_bounds(period.first)[0],
        last=athens_day_bounds(period.last)[1],
        today=athens_date(now).isoformat(),
    )
    with tenancy(municipality=municipality_id):
        kinds = {kind.id: kind for kind in kind_rows()}
        ours = uptake_queries.collected_by_kind(**days)
        others = elsewhere.collected_elsewhere(**days)
        since = elsewhere.told_since()
        ways = uptake_queries.paid_by_way(**days)
        visits, times = funnel_queries.visits_told(span)
        reasons = funnel_queries.reasons(span)
        arms = {one.arm: one for one in effect_of(first=span.middle, last=span.last, now=now)}
        policy = policy_of()
    shares = _shares(kinds, ours, others)
    here, earlier = [one for one in visits if one.now], [one for one in visits if not one.now]
    return Uptake(
        period=period,
        kinds=tuple(shares),
        total=KindShares(None, _sum(one.now for one in shares), _sum(one.before for one in shares)),
        ways=tuple(one for one in ways if one.count or one.count_before),
        funnels=tuple(_funnel(here, path) for path in ("", *PATHS)),
        funnel_before=_funnel(earlier, ""),
        means=(_means(here, "card"), _means(here, "rf")),
        times=tuple(one for one in times if one.now),
        times_before=tuple(one for one in times if not one.now),
        left=tuple(_left(here)),
        reasons=tuple(one for one in reasons if one.count),
        effect=Effect(*(arms.get(arm, ArmRow(arm, 0, 0, 0)) for arm in ("TOLD", "HELD_OUT"))),
        reminders_on=policy.on and any(rule.on for rule in policy.rules),
        elsewhere_since=since,
    )


def _shares(
    kinds: dict[int, KindRow],
    ours: Sequence[uptake_queries.KindRow],
    others: Sequence[elsewhere.ElsewhereRow],
) -> list[KindShares]:
    """By revenue kind, those with anything collected in either period, the largest first."""
    here, there = {one.revenue_kind_id: one for one in ours}, {one.revenue_kind_id: one for one in others}
    found = []
    for kind_id, kind in kinds.items():
        us, them = here.get(kind_id), there.get(kind_id)
        now = Shares(us.count if us else 0, them.count if them else 0, us.cents if us else 0, them.cents if them else 0)
        before = Shares(
            us.count_before if us else 0,
            them.count_before if them else 0,
            us.cents_before if us else 0,
            them.cents_before if them else 0,
        )
        if now != Shares() or before != Shares():
            found.append(KindShares(kind, now, before))
    return sorted(found, key=lambda one: (-(one.now.ours + one.now.elsewhere), one.kind.code if one.kind else ""))


def _sum(shares: Iterable[Shares]) -> Shares:
    listed = list(shares)
    return Shares(
        sum(one.ours for one in listed),
        sum(one.elsewhere for one in listed),
        sum(one.ours_cents for one in listed),
        sum(one.elsewhere_cents for one in listed),
    )


def _count(ways: Sequence[Way], counts: Callable[[Way], bool]) -> int:
    return sum(one.count for one in ways if counts(one))


def _funnel(ways: Sequence[Way], path: str) -> Funnel:
    """Whoever paid had started, whoever started had chosen: a step that was not noted is taken as made."""
    of = [one for one in ways if path in {"", one.path}]
    return Funnel(
        path=path,
        opened=_count(of, lambda one: True),
        chosen=_count(of, lambda one: one.chosen or one.paid),
        started=_count(of, lambda one: one.started or one.paid),
        paid=_count(of, lambda one: one.paid),
    )


def _means(ways: Sequence[Way], means: str) -> MeansFunnel:
    if means == "card":
        return MeansFunnel(
            means,
            started=_count(ways, lambda one: one.card or one.card_paid),
            returned=_count(ways, lambda one: one.returned),
            expired=0,
            paid=_count(ways, lambda one: one.card_paid),
        )
    return MeansFunnel(
        means,
        started=_count(ways, lambda one: one.rf or one.rf_paid),
        returned=0,
        expired=_count(ways, lambda one: one.rf_expired and not one.paid),
        paid=_count(ways, lambda one: one.rf_paid),
    )


def place_of_leaving(way: Way) -> str:
    """The last step of a visit that did not pay; empty when it paid.

    SEEN what is owed, CHOSEN what to pay, at the BANK's page, RETURNED from it unpaid, RF code that EXPIRED or may still
    be paid. Who tried both is counted with the RF code: it is what he holds.
    """
    if way.paid:
        return ""
    if way.rf:
        return "RF_EXPIRED" if way.rf_expired else "RF_OPEN"
    if way.card:
        return "RETURNED" if way.returned else "BANK"
    return "CHOSEN" if way.chosen else "SEEN"


PLACES = ("SEEN", "CHOSEN", "BANK", "RETURNED", "RF_OPEN", "RF_EXPIRED")


def _left(ways: Sequence[Way]) -> list[Left]:
    found = {place: dict.fromkeys(PATHS, 0) for place in PLACES}
    for one in ways:
        place = place_of_leaving(one)
        if place:
            found[place][one.path] += one.count
    return [Left(place, **by_path) for place, by_path in found.items()]
