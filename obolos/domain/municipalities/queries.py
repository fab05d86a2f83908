"""Reads of what everybody may know of a municipality.

Names and telephone numbers need no tenancy; the branding is read in the municipality's own context.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from obolos.base.tenancy import current_municipality
from obolos.domain.municipalities.models import Branding, BrandingState, Municipality


@dataclass(frozen=True, slots=True)
class Participant:
    """A municipality that takes part, and how to reach it."""

    code: str
    name_el: str
    name_en: str
    phone: str
    email: str
    slug: str
    id: int

    def name(self, language: str) -> str:
        """Its name in «el» or «en»."""
        return self.name_el if language == "el" else self.name_en


@dataclass(frozen=True, slots=True)
class BrandingView:
    """How a municipality shows itself, without the emblem's bytes; empty fields mean ours, or that it said nothing."""

    head: str = ""
    accent: str = ""
    website: str = ""
    phone: str = ""
    hours_el: str = ""
    hours_en: str = ""
    emblem_digest: str = ""
    changed_at: datetime | None = None

    def hours(self, language: str) -> str:
        """When somebody answers the telephone, in «el» or «en»; the Greek words where there are no English ones."""
        return self.hours_en or self.hours_el if language == "en" else self.hours_el


_FIELDS = ("code", "name_el", "name_en", "phone", "email", "slug", "id")
_SHOWN = ("head", "accent", "website", "phone", "hours_el", "hours_en", "emblem_digest", "changed_at")


def participants() -> tuple[Participant, ...]:
    """Every municipality, by its Greek name."""
    return tuple(Participant(*row) for row in Municipality.objects.order_by("name_el").values_list(*_FIELDS))


def participant_called(slug: str) -> Participant | None:
    """The municipality whose door has that address; None when there is none."""
    row = Municipality.objects.filter(slug=slug).values_list(*_FIELDS).first()
    return Participant(*row) if row else None


def participant_by_id(municipality_id: int) -> Participant:
    """The municipality of that id, which exists."""
    return Participant(*Municipality.objects.values_list(*_FIELDS).get(id=municipality_id))


def dressed_by_id(municipality_id: int) -> tuple[Participant, BrandingView | None, int]:
    """A municipality with its published branding and its law's version, in one round trip; in its own context."""
    names = ", ".join([*(f"m.{name}" for name in _FIELDS), "m.law_version", "b.id", *(f"b.{name}" for name in _SHOWN)])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {names} FROM municipality m LEFT JOIN branding b ON b.municipality_id = m.id AND b.state = %s "
            "WHERE m.id = %s",
            [BrandingState.PUBLISHED, municipality_id],
        )
        row = cursor.fetchone()
    count = len(_FIELDS)
    branding = BrandingView(*row[count + 2 :]) if row[count + 1] is not None else None
    return Participant(*row[:count]), branding, row[count]


def branding_of(state: BrandingState = BrandingState.PUBLISHED) -> BrandingView | None:
    """The branding of the open unit of work's municipality; None when there is none in that state."""
    found = Branding.objects.filter(municipality_id=current_municipality(), state=state)
    row = found.values_list(*_SHOWN).first()
    return BrandingView(*row) if row else None


def emblem_of(state: BrandingState = BrandingState.PUBLISHED) -> tuple[str, bytes]:
    """(hash, PNG) of the emblem; two empty values without one."""
    found = Branding.objects.filter(municipality_id=current_municipality(), state=state)
    row = found.values_list("emblem_digest", "emblem").first()
    return (row[0], bytes(row[1])) if row else ("", b"")
