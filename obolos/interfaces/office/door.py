"""The administrator's pages for the municipality's door: how it looks, a preview, and what to paste into other sites."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from obolos.base.pictures import MOST_BYTES
from obolos.base.text import plain
from obolos.flows.dress_door import BrandingText, NoDraft, Refused, dress, dressing_of, publish
from obolos.flows.show_door import bare_domain, draft_door_of, draft_emblem_of, stylesheet
from obolos.interfaces.office.door_words import door_fault, picture_fault, shortfall
from obolos.interfaces.office.staff import staff_of, staff_required

NAMES = tuple(field.name for field in fields(BrandingText))
_PUBLISHED = "office_door_published"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form: what was typed or kept, and what is wrong with it."""

    name: str
    value: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Snippet:
    """What to paste, in one language: a link and a button with the same words."""

    language: str
    words: str
    address: str
    link: str
    button: str


@staff_required("ADMIN")
@require_http_methods(["GET", "HEAD", "POST"])
def door(request: HttpRequest) -> HttpResponse:
    """The form; a good one is kept as draft and shown as preview."""
    staff = staff_of(request)
    if request.method != "POST":
        return _form(request)
    text = BrandingText(**{name: plain(request.POST.get(name, ""), 300) for name in NAMES})
    try:
        dress(
            text,
            emblem=_emblem(request),
            municipality_id=staff.municipality_id,
            by_user=staff.user_id,
            now=timezone.now(),
        )
    except Refused as refused:
        return _form(request, text, refused)
    return redirect("office_door_preview")


def _emblem(request: HttpRequest) -> bytes | None:
    """What was uploaded; b"" to have none, None to leave it. Of too large a file one byte more than allowed is read."""
    given = request.FILES.get("emblem")
    if given is not None:
        return given.read(MOST_BYTES + 1) or None
    return b"" if request.POST.get("without") == "1" else None


def _form(request: HttpRequest, text: BrandingText | None = None, refused: Refused | None = None) -> HttpResponse:
    dressing = dressing_of(staff_of(request).municipality_id)
    kept = text or BrandingText(**{name: getattr(dressing.draft, name) for name in NAMES})
    errors = _errors(refused) if refused else {}
    values = {
        "fields": {name: Field(name, value, errors.get(name, "")) for name, value in asdict(kept).items()},
        "emblem_error": errors.get("emblem", ""),
        "errors": errors,
        "dressing": dressing,
        "door": draft_door_of(staff_of(request).municipality_id),
        "published": request.session.pop(_PUBLISHED, False) if not refused else False,
        "section": "door",
    }
    return render(request, "office/door.html", values, status=422 if refused else 200)


def _errors(refused: Refused) -> dict[str, str]:
    """What to tell, by field."""
    found = {name: door_fault(word) for name, word in refused.faults.items()}
    found |= {one.field.lower(): shortfall(one) for one in refused.colours}
    if refused.picture:
        found["emblem"] = picture_fault(refused.picture)
    return found


@staff_required("ADMIN")
@require_safe
def preview(request: HttpRequest) -> HttpResponse:
    """The door as it would be, with the button that publishes it."""
    municipality_id = staff_of(request).municipality_id
    values = {
        "door": draft_door_of(municipality_id),
        "domain": bare_domain(),
        "dressing": dressing_of(municipality_id),
    }
    return render(request, "office/door_preview.html", values)


@staff_required("ADMIN")
@require_POST
def publish_door(request: HttpRequest) -> HttpResponse:
    """Everybody sees the draft from now on; a draft that changed since it was looked at is shown again instead."""
    staff = staff_of(request)
    try:
        seen = datetime.fromisoformat(request.POST.get("seen", ""))
        publish(seen_at=seen, municipality_id=staff.municipality_id, by_user=staff.user_id, now=timezone.now())
    except (NoDraft, ValueError):
        return redirect("office_door_preview")
    request.session[_PUBLISHED] = True
    return redirect("office_door")


@staff_required("ADMIN")
@require_safe
def emblem(request: HttpRequest) -> HttpResponse:
    """The draft's emblem, for the preview."""
    content = draft_emblem_of(staff_of(request).municipality_id)
    if not content:
        raise Http404
    return HttpResponse(content, content_type="image/png")


@staff_required("ADMIN")
@require_safe
def colours(request: HttpRequest) -> HttpResponse:
    """The draft's colours, for the preview."""
    found = stylesheet(draft_door_of(staff_of(request).municipality_id).branding)
    return HttpResponse(found, content_type="text/css; charset=utf-8")


@staff_required("ADMIN")
@require_safe
def embed(request: HttpRequest) -> HttpResponse:
    """What to paste into the municipality's own site: plain HTML, no script, nothing that is asked for from elsewhere."""
    town = draft_door_of(staff_of(request).municipality_id).town
    path = reverse("door", args=[town.slug])
    address = f"{settings.OBOLOS_PORTAL_URL}{path}"
    snippets = []
    for language in ("el", "en"):
        with override(language):
            words = _("Pay to the municipality online")
        there = address if language == "el" else f"{address}?lang={language}"
        snippets.append(Snippet(language, words, there, _link(there, words), _button(there, words)))
    values = {
        "address": address,
        "with_reference": f"{address}?ref=2026-004512",
        "snippets": snippets,
        "section": "door",
    }
    return render(request, "office/door_embed.html", values)


def _link(address: str, words: str) -> str:
    return format_html('<a href="{}">{}</a>', address, words)


def _button(address: str, words: str) -> str:
    """A link that looks like a button by itself, since the other site's styles are not ours; white on our green."""
    style = (
        "display:inline-block;padding:.75em 1.25em;background:#006736;color:#fff;font-weight:600;"
        "text-decoration:none;border-radius:4px"
    )
    return format_html('<a href="{}" style="{}">{}</a>', address, style, words)
