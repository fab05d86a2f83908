"""A municipality's door: who it is, what can be paid there, and how its pages are coloured. Reads only, of public facts."""

from dataclasses import dataclass

from django.conf import settings

from obolos.base.contrast import mixed
from obolos.base.tenancy import tenancy
from obolos.domain.debts.kind_queries import PayableKind, payable_kinds
from obolos.domain.municipalities.models import BrandingState
from obolos.domain.municipalities.queries import (
    BrandingView,
    Participant,
    branding_of,
    dressed_by_id,
    emblem_of,
    participant_by_id,
    participant_called,
)

#: In the order in which a door shows them; a family that is none of these stands with the last.
FAMILIES = ("FINE", "FEE", "WATER", "RENT", "OTHER")
#: So many letters of a hash are in an address: enough that a changed emblem or colour has another address.
DIGEST_LETTERS = 32


class DoorUnknown(Exception):
    """No municipality has that address, or its emblem or colours are others by now."""


@dataclass(frozen=True, slots=True)
class Door:
    """A municipality as its door shows it. `groups`: (family, kinds), families without kinds left out. A draft's emblem
    and colours have addresses of the office's, for staff only."""

    town: Participant
    branding: BrandingView
    groups: tuple[tuple[str, tuple[PayableKind, ...]], ...]
    draft: bool = False

    @property
    def phone(self) -> str:
        """The number to call."""
        return self.branding.phone or self.town.phone

    @property
    def guest_kinds(self) -> tuple[PayableKind, ...]:
        """What can be paid without signing in."""
        return tuple(kind for _, kinds in self.groups for kind in kinds if kind.guest)

    @property
    def emblem_path(self) -> str:
        """Address of the emblem; empty without one."""
        digest = self.branding.emblem_digest[:DIGEST_LETTERS]
        if digest and self.draft:
            return f"/office/door/emblem.png?{digest}"
        return f"/d/{self.town.slug}/emblem/{digest}.png" if digest else ""

    @property
    def colours_path(self) -> str:
        """Address of the stylesheet with its two colours; empty when they are ours."""
        named = colours_name(self.branding)
        if named and self.draft:
            return f"/office/door/colours.css?{named}"
        return f"/d/{self.town.slug}/colours/{named}.css" if named else ""


def door_of(slug: str) -> Door:
    """The door of that address as everybody sees it. Raises DoorUnknown."""
    town = _town(slug)
    return _door(town, BrandingState.PUBLISHED)


def plain_door_of(municipality_id: int) -> Door:
    """A municipality's name, colours and telephone for a page about something else: without what can be paid there."""
    with tenancy(municipality=municipality_id):
        town, branding, _version = dressed_by_id(municipality_id)
    return Door(town, branding or BrandingView(phone=town.phone), ())


def draft_door_of(municipality_id: int) -> Door:
    """The door as it would be with the draft; as it is when there is no draft."""
    return _door(participant_by_id(municipality_id), BrandingState.DRAFT)


def _door(town: Participant, state: BrandingState) -> Door:
    with tenancy(municipality=town.id):
        branding = branding_of(state) or branding_of() or BrandingView(phone=town.phone)
        kinds = payable_kinds()
    return Door(town, branding, _grouped(kinds), state is BrandingState.DRAFT)


def _grouped(kinds: list[PayableKind]) -> tuple[tuple[str, tuple[PayableKind, ...]], ...]:
    groups: dict[str, list[PayableKind]] = {family: [] for family in FAMILIES}
    for kind in kinds:
        groups[kind.family if kind.family in groups else "OTHER"].append(kind)
    return tuple((family, tuple(found)) for family, found in groups.items() if found)


def emblem_called(slug: str, digest: str) -> bytes:
    """The emblem whose hash begins so, while it is the municipality's. Raises DoorUnknown."""
    with tenancy(municipality=_town(slug).id):
        held, content = emblem_of()
    if not held or held[:DIGEST_LETTERS] != digest:
        raise DoorUnknown(slug)
    return content


def draft_emblem_of(municipality_id: int) -> bytes:
    """The draft's emblem; empty without one."""
    with tenancy(municipality=municipality_id):
        return emblem_of(BrandingState.DRAFT)[1]


def colours_called(slug: str, named: str) -> str:
    """The stylesheet of two colours, while they are the municipality's. Raises DoorUnknown."""
    with tenancy(municipality=_town(slug).id):
        branding = branding_of()
    if branding is None or not named or colours_name(branding) != named:
        raise DoorUnknown(slug)
    return stylesheet(branding)


def colours_name(branding: BrandingView) -> str:
    """The two colours as a word for an address, «7a1f2b-2a79c4»; «x» stands for one of ours, nothing for both."""
    if not branding.head and not branding.accent:
        return ""
    return "-".join(one.removeprefix("#") or "x" for one in (branding.head, branding.accent))


def stylesheet(branding: BrandingView) -> str:
    """Our colour roles with the municipality's in their place, in light and in dark.

    In the dark a bright header would dazzle: it is the same colour a third darker, and white on it is only easier read.
    """
    light, dark = [], []
    if branding.head:
        light.append(f"--ob-primary:{branding.head}")
        dark.append(f"--ob-primary:{mixed(branding.head, '#000000', 0.35)}")
    if branding.accent:
        light.append(f"--ob-primary-2:{branding.accent}")
        dark += [f"--ob-primary-2:{branding.accent}", f"--ob-frame:{branding.accent}"]
    return (
        f":root{{{';'.join(light)}}}\n@media (prefers-color-scheme:dark){{:root:not(.ob-light){{{';'.join(dark)}}}}}\n"
    )


def bare_domain() -> str:
    """Our address as people type it, without https://."""
    return str(settings.OBOLOS_PORTAL_URL).partition("//")[2]


def _town(slug: str) -> Participant:
    town = participant_called(slug)
    if town is None:
        raise DoorUnknown(slug)
    return town
