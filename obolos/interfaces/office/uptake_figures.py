"""The tables of the uptake page with their headings, and what each figure means, in words."""

from collections.abc import Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from obolos.base.periods import Period
from obolos.base.shares import share
from obolos.flows.uptake import Funnel, KindShares, Uptake
from obolos.flows.uptake_advice import Advice
from obolos.interfaces.office import words
from obolos.interfaces.office.figures import CENTS, COUNT, POINTS, SECONDS, SHARE, TEXT, Column, Figures, Value, spoken

_MONTHS: tuple[str | Promise, ...] = (
    gettext_lazy("January"), gettext_lazy("February"), gettext_lazy("March"), gettext_lazy("April"), gettext_lazy("May"),
    gettext_lazy("June"), gettext_lazy("July"), gettext_lazy("August"), gettext_lazy("September"),
    gettext_lazy("October"), gettext_lazy("November"), gettext_lazy("December"),
)  # fmt: skip
_PATHS: dict[str, str | Promise] = {
    "": gettext_lazy("all"), "portal": gettext_lazy("signed in"), "guest": gettext_lazy("as a guest"),
    "reminder": gettext_lazy("by the code of a reminder"), "notice": gettext_lazy("by the code of a notice"),
    "other": gettext_lazy("without an order of ours"),
}  # fmt: skip
_PLACES: dict[str, str | Promise] = {
    "SEEN": gettext_lazy("saw what is owed, chose nothing"),
    "CHOSEN": gettext_lazy("chose, did not start to pay"),
    "BANK": gettext_lazy("went to the bank's page, did not come back"),
    "RETURNED": gettext_lazy("came back from the bank unpaid"),
    "RF_OPEN": gettext_lazy("have an RF code that may still be paid"),
    "RF_EXPIRED": gettext_lazy("let the RF code expire"),
}


def period_name(period: Period, language: str) -> str:
    """«November 2026», «4th quarter of 2026» or «2026»."""
    if period.months == 1:
        return f"{_MONTHS[period.first.month - 1]} {period.first.year}"
    if period.months == 3:
        return _("Quarter %(number)s of %(year)s") % {"number": period.quarter, "year": period.first.year}
    return str(period.first.year)


def tables(found: Uptake, language: str) -> Iterator[Figures]:
    """Every table of the page, in its order."""
    yield _kinds(found, language)
    yield _ways(found)
    yield _funnel(found)
    yield _means(found)
    yield _times(found)
    yield _left(found)
    yield _reasons(found)
    yield _effect(found, language)


def _kinds(found: Uptake, language: str) -> Figures:
    rows = [_kind(one.kind.name(language) if one.kind else "", one) for one in found.kinds]
    return Figures(
        "kinds",
        _("Digital share by revenue kind"),
        (
            Column(_("Revenue kind"), TEXT), Column(_("Obolos"), COUNT), Column(_("Elsewhere"), COUNT),
            Column(_("Share"), SHARE, bar=True), Column(_("Change, points"), POINTS),
            Column(_("Obolos, principal"), CENTS), Column(_("Elsewhere, principal"), CENTS),
            Column(_("Share of principal"), SHARE), Column(_("Change of it, points"), POINTS),
        ),
        [*rows, _kind(_("Total"), found.total)],
        total=True,
        notes=(
            _("One collection is money that came for one instalment at one time. Share: those through Obolos, of all."),
            _("Elsewhere is what the financial system tells us of its own collections, less what it takes back. It counts "
              "on the day the debts file speaks for. Nobody tells us of debts that a full file leaves out."),
            _("Principal only: what is collected elsewhere is told without surcharges. Money that waits to be applied "
              "is not in it."),
        ),
    )  # fmt: skip


def _kind(name: str, one: KindShares) -> list[Value]:
    now, before = one.now, one.before
    return [
        name, now.ours, now.elsewhere, now.by_count, _less(now.by_count, before.by_count), now.ours_cents,
        now.elsewhere_cents, now.by_amount, _less(now.by_amount, before.by_amount),
    ]  # fmt: skip


def _ways(found: Uptake) -> Figures:
    whole = sum(one.count for one in found.ways)
    return Figures(
        "ways",
        _("How they paid"),
        (
            Column(_("Way"), TEXT), Column(_("Payments"), COUNT, bar=True), Column(_("Share"), SHARE),
            Column(_("Amount"), CENTS), Column(_("Payments before"), COUNT),
        ),
        [
            [f"{words.plain(one.channel)}, {_PATHS[one.path]}", one.count, share(one.count, whole), one.cents,
             one.count_before]
            for one in found.ways
        ],
        notes=(_("Payments through Obolos of these legal dates, each once, with surcharges."),),
    )  # fmt: skip


def _funnel(found: Uptake) -> Figures:
    every, portal, guest = found.funnels
    steps = (
        (_("opened what is owed"), "opened", ""), (_("chose what to pay"), "chosen", "opened"),
        (_("started to pay"), "started", "chosen"), (_("paid what they chose"), "paid", "started"),
    )  # fmt: skip
    return Figures(
        "funnel",
        _("From opening to paid"),
        (
            Column(_("Step"), TEXT), Column(_("Visits"), COUNT, bar=True), Column(_("Went on"), SHARE),
            Column(_("Signed in"), COUNT), Column(_("Went on, signed in"), SHARE), Column(_("Guests"), COUNT),
            Column(_("Went on, guests"), SHARE),
        ),
        [
            [name, getattr(every, step), _on(every, step, last), getattr(portal, step), _on(portal, step, last),
             getattr(guest, step), _on(guest, step, last)]
            for name, step, last in steps
        ],
        whole=True,
        notes=(
            _("A visit is one sitting of somebody, who stays unknown. It counts in the period in which it began, and "
              "so does what it paid within 30 days. Went on: of the step before."),
        ),
    )  # fmt: skip


def _on(funnel: Funnel, step: str, last: str) -> float | None:
    return share(getattr(funnel, step), getattr(funnel, last)) if last else None


def _means(found: Uptake) -> Figures:
    card, rf = found.means
    rows: list[list[Value]] = [
        [_("card: went to the bank's page"), card.started, None],
        [_("card: came back from it"), card.returned, share(card.returned, card.started)],
        [_("card: paid"), card.paid, share(card.paid, card.started)],
        [_("RF: got a code"), rf.started, None],
        [_("RF: paid it"), rf.paid, share(rf.paid, rf.started)],
        [_("RF: let it expire"), rf.expired, share(rf.expired, rf.started)],
    ]
    return Figures(
        "means",
        _("By card and by RF code"),
        (Column(_("Step"), TEXT), Column(_("Visits"), COUNT, bar=True), Column(_("Of those who started"), SHARE)),
        rows,
        notes=(_("Who tried both counts in both. Paid also without coming back: we ask the bank ourselves."),),
    )


def _times(found: Uptake) -> Figures:
    before = {(one.path, one.means): one.seconds for one in found.times_before}
    rows: list[list[Value]] = []
    for one in found.times:
        name = _("all") if not one.means else f"{words.plain(one.means.upper())}, {_PATHS[one.path]}"
        rows.append([name, one.count, one.seconds, before.get((one.path, one.means))])
    return Figures(
        "times",
        _("Time from opening to paid"),
        (Column(_("Way"), TEXT), Column(_("Visits"), COUNT), Column(_("Median"), SECONDS),
         Column(_("Median before"), SECONDS)),
        rows,
        notes=(_("Half of the visits that paid took less, half took more; minutes and seconds below an hour."),),
    )  # fmt: skip


def _left(found: Uptake) -> Figures:
    whole = sum(one.count for one in found.left)
    return Figures(
        "left",
        _("Where people leave"),
        (
            Column(_("Last step"), TEXT), Column(_("Visits"), COUNT, bar=True), Column(_("Share"), SHARE),
            Column(_("Signed in"), COUNT), Column(_("Guests"), COUNT),
        ),
        [[str(_PLACES[one.where]), one.count, share(one.count, whole), one.portal, one.guest] for one in found.left],
        notes=(_("Visits that did not pay, by the last step they took. Visits of the last minutes may still go on."),),
    )  # fmt: skip


def _reasons(found: Uptake) -> Figures:
    whole = sum(one.count for one in found.reasons)
    return Figures(
        "reasons",
        _("Why attempts at the bank ended"),
        (
            Column(_("Reason"), TEXT), Column(_("Attempts"), COUNT, bar=True), Column(_("Share"), SHARE),
            Column(_("Attempts before"), COUNT),
        ),
        [[words.plain(one.word), one.count, share(one.count, whole), one.count_before] for one in found.reasons],
        notes=(_("Attempts that ended without money in the period, by what the bank said; several may be one visit's."),),
    )  # fmt: skip


def _effect(found: Uptake, language: str) -> Figures:
    effect, gap = found.effect, found.effect.difference
    waiting = effect.told.waiting + effect.held_out.waiting
    told = [_effect_words(found, language)]
    if waiting:
        told.append(
            ngettext(
                "%(n)s person's 7 days are not over yet; not counted.",
                "%(n)s people's 7 days are not over yet; not counted.",
                waiting,
            )
            % {"n": spoken(waiting, COUNT, language)}
        )
    rows: list[list[Value]] = [
        [words.plain(arm.arm), arm.people, arm.paid, share(arm.paid, arm.people)]
        for arm in (effect.told, effect.held_out)
    ]
    rows[0] += [gap.value, gap.low, gap.high] if gap else [None, None, None]
    rows[1] += [None, None, None]
    return Figures(
        "effect",
        _("What reminders do"),
        (
            Column(_("Group"), TEXT), Column(_("People"), COUNT), Column(_("Paid within 7 days"), COUNT),
            Column(_("Share"), SHARE, bar=True), Column(_("Difference, points"), POINTS),
            Column(_("from (95%)"), POINTS), Column(_("to (95%)"), POINTS),
        ),
        rows,
        told=told,
        whole=True,
        notes=(
            _("Each person counts once, from the first reminder of a due date in the period; those left out, from the moment "
              "they would have had it. Paid: anything of it, through Obolos. Interval: Newcombe's method 10."),
        ),
    )  # fmt: skip


def _effect_words(found: Uptake, language: str) -> str:
    gap = found.effect.difference
    if gap is None:
        return _("Too few people to tell: each group needs 30, with 5 who paid and 5 who did not.")
    values = {
        "points": spoken(gap.value, POINTS, language),
        "low": spoken(gap.low, POINTS, language),
        "high": spoken(gap.high, POINTS, language),
    }
    if gap.certain:
        return (
            _("Reminding makes a difference of %(points)s points; with 95%% certainty from %(low)s to %(high)s.")
            % values
        )
    return _("No difference can be told: %(points)s points, with 95%% certainty from %(low)s to %(high)s.") % values


def _less(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else now - before


def advice_words(advice: Advice, language: str) -> dict[str, str]:
    """A suggestion: what stands out, what to do about it, and where."""
    values = {
        "count": spoken(advice.count, COUNT, language),
        "whole": spoken(advice.whole, COUNT, language),
        "kind": advice.kind.name(language) if advice.kind else "",
        "reason": words.plain(advice.reason) if advice.reason else "",
    }
    said = {
        "LEFT_SEEN": (
            _("Most people leave after seeing what they owe: %(count)s of %(whole)s."),
            _("Look at the descriptions and amounts that the financial system sends."), "",
        ),
        "LEFT_CHOSEN": (
            _("Most people leave at the choice of card or RF: %(count)s of %(whole)s."),
            _("See whether every revenue kind takes both."), "office_kinds",
        ),
        "LEFT_BANK": (
            _("Most people leave at the bank's page: %(count)s of %(whole)s."),
            _("Ask the bank what its page asks of them."), "",
        ),
        "LEFT_RETURNED": (
            _("Most people leave after the bank said no: %(count)s of %(whole)s. Most frequent reason: %(reason)s.")
            if advice.reason
            else _("Most people leave after the bank said no: %(count)s of %(whole)s."),
            _("Tell people of the RF code: it needs no card."), "",
        ),
        "LEFT_RF_EXPIRED": (
            _("Most people let their RF code expire: %(count)s of %(whole)s."),
            _("Remind them before the last day."), "office_reminders",
        ),
        "NOT_ONLINE": (
            _("%(kind)s cannot be paid online: %(count)s collections elsewhere."), _("Switch it on."), "office_kinds",
        ),
        "NO_CARD": (
            _("%(kind)s takes no card: %(count)s collections elsewhere."), _("Switch cards on."), "office_kinds",
        ),
        "REMINDERS_OFF": (
            _("Nobody is reminded, and %(count)s collections came elsewhere."), _("Switch reminders on."), "office_reminders",
        ),
    }  # fmt: skip
    what, remedy, link = said[advice.rule]
    return {"what": what % values, "remedy": remedy, "link": link}
