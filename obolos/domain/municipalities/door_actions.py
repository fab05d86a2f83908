"""Writes of a municipality's branding: the draft as often as one likes, then the draft becomes what everybody sees."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.municipalities.models import Branding, BrandingState, Municipality

_SHOWN = "head, accent, website, phone, hours_el, hours_en, emblem, emblem_digest"


@dataclass(frozen=True, slots=True)
class BrandingText:
    """All of a branding but the emblem; colours «#rrggbb» or empty for ours."""

    head: str = ""
    accent: str = ""
    website: str = ""
    phone: str = ""
    hours_el: str = ""
    hours_en: str = ""


class NoDraft(Exception):
    """There is nothing to publish, or the draft has changed since it was looked at; nothing was written."""


def write_draft(*, text: BrandingText, emblem: bytes | None, now: datetime) -> None:
    """Keep a draft. `emblem`: a PNG of our own making, b"" for none, None to leave the draft's as it is.

    IntegrityError when a colour is none: the caller has checked them.
    """
    values = {
        "head": text.head,
        "accent": text.accent,
        "website": text.website,
        "phone": text.phone,
        "hours_el": text.hours_el,
        "hours_en": text.hours_en,
        "changed_at": now,
    }
    if emblem is not None:
        values |= {"emblem": emblem, "emblem_digest": hashlib.sha256(emblem).hexdigest() if emblem else ""}
    Branding.objects.update_or_create(
        municipality_id=current_municipality(), state=BrandingState.DRAFT, defaults=values
    )


def publish_draft(*, seen_at: datetime, now: datetime) -> None:
    """Let everybody see the draft that was looked at (`seen_at`: its change then), and make its telephone number the
    municipality's. Raises NoDraft."""
    here = current_municipality()
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO branding (municipality_id, state, changed_at, {_SHOWN}) "
            f"SELECT municipality_id, 'PUBLISHED', %s, {_SHOWN} FROM branding "
            "WHERE municipality_id = %s AND state = 'DRAFT' AND changed_at = %s "
            "ON CONFLICT (municipality_id, state) DO UPDATE SET (changed_at, "
            f"{_SHOWN}) = ROW (EXCLUDED.changed_at, {', '.join(f'EXCLUDED.{one}' for one in _SHOWN.split(', '))}) "
            "RETURNING phone",
            [now, here, seen_at],
        )
        row = cursor.fetchone()
    if row is None:
        raise NoDraft(here)
    Municipality.objects.filter(id=here).update(phone=row[0])
