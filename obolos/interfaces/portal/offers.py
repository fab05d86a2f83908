"""What the pages of events and of certificates share: what a buyer typed, what refused him, where he goes next.

Nobody signs in. One page holds numbers, e-mail and means, with one button; nothing is charged before the bank's page.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from obolos.base.access import access
from obolos.base.text import plain
from obolos.base.wording import athens_moment
from obolos.domain.offerings.purchase_queries import HeldRow, PurchaseRow
from obolos.domain.offerings.queries import CertificateRow, EventRow
from obolos.flows.confirm_contact import BadAddress, clean_address
from obolos.flows.note_step import OPENED, note_step
from obolos.flows.sell import LONGEST_REQUEST, Buyer, Sold
from obolos.flows.show_door import DoorUnknown, bare_domain, door_of
from obolos.flows.show_offerings import NotOffered, held_of_event
from obolos.interfaces.portal.citizen import language_of, see_other, visit_of
from obolos.interfaces.portal.outcomes import Outcome
from obolos.interfaces.portal.pay import is_token


@dataclass(frozen=True, slots=True)
class Typed:
    """What a buyer filled in, to be shown again beside what is wrong."""

    email: str = ""
    means: str = ""
    request: str = ""


def at_door(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Pages below a municipality's door: 404 when there is no such municipality or thing."""

    @wraps(view)
    def guarded(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, slug, **kwargs)
        except (DoorUnknown, NotOffered) as error:
            raise Http404 from error

    return access("public")(guarded)


def form_values(
    request: HttpRequest,
    sold: EventRow | CertificateRow,
    typed: Typed | None,
    errors: Mapping[str, str] | None,
    refusal: Outcome | None,
) -> dict[str, Any]:
    """What both forms need. When the bank is down, the other way is chosen beforehand."""
    typed = typed or Typed()
    failed_by_bank = bool(refusal or (errors and "means" in errors)) and sold.rf
    means = "rf" if failed_by_bank or not sold.card else typed.means or "card"
    return {
        "typed": typed,
        "errors": dict(errors or {}),
        "refusal": refusal,
        "means": means,
        "form_token": secrets.token_hex(16),
        "domain": bare_domain(),
        "return_path": request.path,
        "longest_request": LONGEST_REQUEST,
    }


def typed_by(request: HttpRequest) -> Typed:
    means = request.POST.get("means", "")
    return Typed(
        email=plain(request.POST.get("email", ""), 254),
        means=means if means in {"card", "rf"} else "card",
        request=plain(request.POST.get("request", ""), LONGEST_REQUEST),
    )


def buyer_of(request: HttpRequest, typed: Typed) -> tuple[Buyer | None, dict[str, str]]:
    token = request.POST.get("form_token", "")
    try:
        email = clean_address("email", typed.email)
    except BadAddress:
        return None, {"email": _("Write an e-mail address, like maria@example.gr.")}
    if not is_token(token):
        return None, {"means": _("The form was not complete. Look at it once more and press the button again.")}
    return Buyer(email, typed.means, token, language_of(request), visit_of(request)), {}


def go_on(slug: str, sold: Sold, buyer: Buyer) -> HttpResponse:
    if not sold.order:
        return see_other(f"/d/{slug}/bought/{sold.purchase}/")
    return see_other(f"/pay/{sold.order}/" + ("bank/" if buyer.means == "card" else ""))


def held_here(request: HttpRequest, slug: str, event: EventRow) -> tuple[HeldRow, ...]:
    """Places of an event that this browser began to buy and that are held for it still."""
    begun = [] if event.cancelled_at else request.session.get("begun", [])
    return held_of_event(event.id, begun, municipality_id=door_of(slug).town.id, now=timezone.now())


def remember(request: HttpRequest, sold: Sold) -> None:
    """This browser began to buy something: pages tell it so until that is paid or its places went back."""
    begun = request.session.get("begun", [])
    if sold.order and sold.purchase not in begun:
        request.session["begun"] = [*begun[-9:], sold.purchase]


def unseen(request: HttpRequest, held: Sequence[HeldRow], form_token: str) -> tuple[HeldRow, ...]:
    """What is held of which the page said nothing on which the buyer pressed. A form that comes again is no new one."""
    said = request.POST.getlist("held")
    return tuple(one for one in held if one.public_id not in said and one.form_token != form_token)


def held_words(held: Sequence[HeldRow], language: str) -> str:
    """A press for more places, of somebody who was not told that he holds some."""
    places = sum(one.places for one in held)
    until = athens_moment(min(one.hold_until for one in held), language)
    said = ngettext(
        "You hold %(n)s place already, until %(until)s. Nothing new was held or charged. To buy what you chose now as well, "
        "press the button again.",
        "You hold %(n)s places already, until %(until)s. Nothing new was held or charged. To buy what you chose now as well, "
        "press the button again.",
        places,
    )
    return said % {"n": places, "until": until}


def note_opened(request: HttpRequest, slug: str) -> None:
    town = door_of(slug).town.id
    note_step(OPENED, municipality_ids=[town], visit=visit_of(request), channel="guest", now=timezone.now())


def refusal_words(reason: str, event: EventRow | None = None) -> str:
    """Why nothing was sold, and what to do."""
    left = event.free if event else 0
    words = {
        "NOTHING": _("Choose how many tickets you want."),
        "TOO_MANY": _("You can buy up to %(n)s tickets at once.") % {"n": event.most_at_once if event else 0},
        "FREE_ALREADY": _("This e-mail address has free places already: up to %(n)s for each address.")
        % {"n": event.most_at_once if event else 0},
        "HELD_ALREADY": _(
            "Tickets are already held for this e-mail address. Pay for them first, or wait until they are free again."
        ),
        "NO_PLACES": _("So many places are not free any more. %(n)s are left; choose fewer.") % {"n": left},
        "SOLD_OUT": _("The last tickets have just been taken. Nothing was charged. Some may come back on sale."),
        "CLOSED": _("Online sales have ended. Nothing was charged."),
        "OVER": _("The event has begun. Nothing was charged."),
        "BEFORE": _("Sales have not begun yet."),
        "CANCELLED": _("The event was cancelled. Nothing was charged."),
        "CHANGED": _("A price has changed. Nothing was charged: look at the new prices and go on if you agree."),
        "RF_TOO_LATE": _(
            "Sales end too soon for an RF code: some banks would tell us of your payment too late. Nothing was charged: pay by "
            "card."
        ),
        "AGAIN": _("Your first try did not begin, and nothing was charged. Press the button again."),
        "REQUEST": _("Write what the office must know to make it out."),
    }
    return words.get(reason, _("This cannot be paid this way. Nothing was charged: choose the other one."))


def sold_before(purchase: PurchaseRow, language: str) -> str:
    """A form came again with something else in it: what it began the first time, and what pressing again does."""
    if purchase.state == "PAID":
        said = _("With this page you have bought something already (%(reference)s), and it stays as it is.")
    elif purchase.event_id is None:
        said = _(
            "With this page you have begun another request (%(reference)s). It ends by itself if you do not pay it."
        )
    else:
        said = ngettext(
            "With this page you have begun to buy %(n)s ticket (%(reference)s). If you do not pay for it, it goes back on "
            "sale at %(until)s.",
            "With this page you have begun to buy %(n)s tickets (%(reference)s). If you do not pay for them, they go back "
            "on sale at %(until)s.",
            purchase.places,
        )
    until = athens_moment(purchase.hold_until, language)
    values = {"n": purchase.places, "reference": purchase.reference, "until": until}
    return (
        said % values + " " + _("Nothing new was charged. To buy what you chose now as well, press the button again.")
    )
