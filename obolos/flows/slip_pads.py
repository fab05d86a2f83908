"""Pads of slips as staff see them: made, printed, given to a print house, and the slips whose money found no fine."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from obolos.adapters.documents.slip_sheet import SlipView, render_slips
from obolos.base.money import euro_plain
from obolos.base.references import rf_format, slip_format, ticket_fold
from obolos.base.sheets import BOM, csv_lines
from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.debts.queries import locked_instalments
from obolos.domain.notices import pads, slip_said
from obolos.domain.notices import slips as rows
from obolos.domain.notices.models import VoidReason
from obolos.domain.notices.pads import PadRow
from obolos.domain.notices.slip_mentions import SlipMention, SlipMove, mentions, moves_of
from obolos.domain.notices.slips import Slip, TypedFine
from obolos.domain.reconciliation.slip_questions import slip_question
from obolos.flows.notices import sender_of
from obolos.flows.tell_slip_payers import tell_holders


class PadUnknown(Exception):
    """This municipality has no pad of that id."""


class SlipUnknown(Exception):
    """This municipality has no slip of that id."""


@dataclass(frozen=True, slots=True)
class SlipStory:
    """A paid slip for the clerk who decides: what came for it, what people said, and fines it may have paid.

    `reason`: why a person is asked; empty when nobody is. `fines`: under its number, then under the number looked for.
    """

    slip: Slip
    payments: tuple[rows.SlipPayment, ...]
    moves: tuple[SlipMove, ...]
    named: SlipMention
    plates: tuple[str, ...]
    fines: tuple[TypedFine, ...]
    reason: str


def recent_pads(*, municipality_id: int) -> tuple[PadRow, ...]:
    """The newest pads, newest first, with how many of their slips are paid and matched."""
    with tenancy(municipality=municipality_id):
        return tuple(pads.pads())


class CannotVoid(Exception):
    """The pad stays as it is. `reason`: REASON (none of ours), DONE (it is void already) or NOTHING (all slips are used)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def pad_to_void(pad_id: int, *, municipality_id: int) -> tuple[PadRow, int]:
    """A pad, and how many of its slips nobody has used. Raises PadUnknown."""
    with tenancy(municipality=municipality_id):
        pad = next(iter(pads.pads(pad_id)), None)
        if pad is None:
            raise PadUnknown(pad_id)
        return pad, len(pads.unused_slips(pad_id))


def void_pad(pad_id: int, *, reason: str, municipality_id: int, by_user: int, now: datetime) -> int:
    """Declare the slips of a pad void that nobody has used; how many. Raises PadUnknown, CannotVoid; then nothing changed.

    A slip that is paid, whose fine is there, or that somebody is paying just now keeps its story. Money that comes for a
    void slip all the same is booked, counts for nothing, and stands on the worklist with the slip's name.
    """
    if reason not in VoidReason.values:
        raise CannotVoid("REASON")
    with tenancy(municipality=municipality_id):
        if next(iter(pads.pads(pad_id)), None) is None:
            raise PadUnknown(pad_id)
        unused = pads.unused_slips(pad_id)
        if unused and not pads.void_pad(pad_id, reason=reason, by_user=by_user, now=now):
            raise CannotVoid("DONE")
        pads.lock_codes(list(unused))
        locked_instalments(sorted(unused.values()))
        count = pads.void_slips(pad_id, list(unused), now=now)
        if not count:
            raise CannotVoid("NOTHING")
        tell_holders(list(unused), now=now)
        add_audit_entry(
            actor=Actor.STAFF, actor_id=by_user, action="slips.voided", subject=f"slip_pad:{pad_id}",
            detail={"reason": reason, "slips": count}, now=now,
        )  # fmt: skip
    return count


def pad_pdf(
    pad_id: int, *, municipality_id: int, language: str, by_user: int, now: datetime
) -> tuple[str, bytes]:  # fmt: skip
    """(number, PDF) of a pad's labels. Raises PadUnknown; every printing is an audit entry."""
    pad, slips = _pad(pad_id, municipality_id, by_user, "pdf", now)
    with tenancy(municipality=municipality_id):
        sender = sender_of(language)
    views = [SlipView(one.number, one.code, one.rf, one.fixed_cents, one.amounts) for one in slips]
    return pad.number, render_slips(sender, pad.number, pad.made_at, views)


def pad_csv(pad_id: int, *, municipality_id: int, by_user: int, now: datetime) -> tuple[str, Iterator[bytes]]:
    """(number, CSV) of a pad for a print house. Raises PadUnknown."""
    pad, slips = _pad(pad_id, municipality_id, by_user, "csv", now)
    head = ("slip", "amount", "possible_amounts", "payment_code", "link", "rf")
    lines = [
        (
            slip_format(one.number),
            euro_plain(one.fixed_cents) if one.fixed_cents else "",
            " / ".join(euro_plain(cents) for cents in one.amounts),
            rf_format(one.code),
            f"{settings.OBOLOS_PORTAL_URL}/k/{one.code}",
            one.rf,
        )
        for one in slips
    ]
    return pad.number, iter([BOM + csv_lines([head, *lines])])


def _pad(pad_id: int, municipality_id: int, by_user: int, what: str, now: datetime) -> tuple[PadRow, list[Slip]]:
    with tenancy(municipality=municipality_id):
        pad = next(iter(pads.pads(pad_id)), None)
        if pad is None or pad.voided_at:
            raise PadUnknown(pad_id)
        slips = rows.slips("s.pad_id = %s ORDER BY s.serial", pad_id)
        add_audit_entry(
            actor=Actor.STAFF, actor_id=by_user, action="slips.printed", subject=f"slip_pad:{pad_id}",
            detail={"what": what}, now=now,
        )  # fmt: skip
    return pad, slips


def slip_story(slip_id: int, *, municipality_id: int, fine_number: str = "") -> SlipStory:
    """A slip with what it may have paid; `fine_number`: also look for fines under another number. Raises SlipUnknown."""
    with tenancy(municipality=municipality_id):
        slip = rows.slip_by_id(slip_id)
        if slip is None:
            raise SlipUnknown(slip_id)
        fines = rows.fines_of(slip.number)
        other = ticket_fold(fine_number)
        if other and other != slip.number:
            fines += rows.fines_of(other[:30])
        question: dict[str, Any] = slip_question(slip_id)
        payments = tuple(rows.payments_for(slip))
        return SlipStory(
            slip, payments, tuple(moves_of([one.payment_id for one in payments])), mentions(slip_ids=[slip_id])[0],
            tuple(sorted(slip_said.plates_said(slip_id))), tuple(fines), str(question.get("reason", "")),
        )  # fmt: skip
