"""A payment's whole story, its proof, and sending code or proof again."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from obolos.base.dates import athens_date
from obolos.domain.deliveries.models import Target
from obolos.flows.order_status import NothingToProve
from obolos.flows.payment_story import NoSuchPayment, Story, order_story, payment_story, staff_proof
from obolos.flows.resend import CannotResend, NoSuchOrder, resend, sendable
from obolos.interfaces.office.staff import language_of, staff_of, staff_required
from obolos.interfaces.office.steps import steps_of

#: What the last click came to, said once on the next page.
_SAID = "office_said"
_TARGETS = {Target.PAYER_EMAIL, Target.PAYER_SMS}


@staff_required()
@require_safe
def order(request: HttpRequest, order_id: int) -> HttpResponse:
    """The whole story of an order."""
    staff = staff_of(request)
    try:
        story = order_story(order_id, municipality_id=staff.municipality_id, by_user=staff.user_id, now=timezone.now())
    except NoSuchPayment as error:
        raise Http404 from error
    return _page(request, story)


@staff_required()
@require_safe
def payment(request: HttpRequest, payment_id: int) -> HttpResponse:
    """The whole story of a payment: of its order, when it has one."""
    staff = staff_of(request)
    try:
        story = payment_story(
            payment_id, municipality_id=staff.municipality_id, by_user=staff.user_id, now=timezone.now()
        )
    except NoSuchPayment as error:
        raise Http404 from error
    return _page(request, story)


def _page(request: HttpRequest, story: Story) -> HttpResponse:
    said = request.session.pop(_SAID, {})
    here = story.order is not None and said.get("order") == story.order.id
    values = {
        "story": story,
        "steps": steps_of(story),
        "what": sendable(story.order, story.payments, story.rf_codes, on=athens_date(timezone.now())),
        "said": said.get("said", "") if here else "",
        "said_to": said.get("to", "") if here else "",
        "section": "home",
    }
    return render(request, "office/story.html", values)


@staff_required()
@require_safe
def proof(request: HttpRequest, order_id: int) -> HttpResponse:
    """The proof of payment as PDF, as the payer holds it."""
    staff = staff_of(request)
    try:
        content = staff_proof(
            order_id,
            municipality_id=staff.municipality_id,
            by_user=staff.user_id,
            language=language_of(request),
            now=timezone.now(),
        )
    except (NoSuchPayment, NothingToProve) as error:
        raise Http404 from error
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="proof.pdf"'
    return response


@staff_required()
@require_POST
def resend_order(request: HttpRequest, order_id: int) -> HttpResponse:
    """Send a code or proof again, to the contact on file."""
    staff = staff_of(request)
    target = request.POST.get("target", "")
    if target not in _TARGETS:
        raise Http404
    try:
        sent = resend(
            order_id,
            target=Target(target),
            municipality_id=staff.municipality_id,
            by_user=staff.user_id,
            now=timezone.now(),
        )
        said = {"said": "SENT", "to": sent.to}
    except NoSuchOrder as error:
        raise Http404 from error
    except CannotResend as error:
        said = {"said": str(error.reason)}
    request.session[_SAID] = said | {"order": order_id}
    return redirect("office_order", order_id)
