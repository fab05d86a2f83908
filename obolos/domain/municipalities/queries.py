"""Reads of what everybody may know of a municipality. Needs no tenancy."""

from dataclasses import dataclass

from obolos.domain.municipalities.models import Municipality


@dataclass(frozen=True, slots=True)
class Participant:
    """A municipality that takes part, and how to reach it."""

    code: str
    name_el: str
    name_en: str
    phone: str
    email: str

    def name(self, language: str) -> str:
        """Its name in «el» or «en»."""
        return self.name_el if language == "el" else self.name_en


def participants() -> tuple[Participant, ...]:
    """Every municipality, by its Greek name."""
    rows = Municipality.objects.order_by("name_el").values_list("code", "name_el", "name_en", "phone", "email")
    return tuple(Participant(*row) for row in rows)
