"""The administrator says how the municipality shows itself: draft, look, publish. Refuses what cannot be read or trusted."""

import re
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from obolos.base.contrast import colour
from obolos.base.pictures import BadPicture, clean_png
from obolos.base.tenancy import tenancy
from obolos.domain.audit.actions import add_audit_entry
from obolos.domain.audit.models import Actor
from obolos.domain.municipalities.door_actions import BrandingText, NoDraft, publish_draft, write_draft
from obolos.domain.municipalities.door_rules import Shortfall, shortfalls
from obolos.domain.municipalities.models import BrandingState
from obolos.domain.municipalities.queries import BrandingView, branding_of, participant_by_id

__all__ = [
    "BadPicture",
    "BrandingText",
    "Dressing",
    "NoDraft",
    "Refused",
    "Shortfall",
    "dress",
    "dressing_of",
    "publish",
]

_PHONE = re.compile(r"\+?[0-9][0-9 ]{3,28}[0-9]", re.ASCII)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})", re.ASCII)
LONGEST_HOURS, LONGEST_WEBSITE = 120, 200


class Refused(Exception):
    """Why a draft was not kept: `faults` by field (a machine word each), `shortfalls` of the colours, `picture`'s reason."""

    def __init__(self, faults: dict[str, str], colours: tuple[Shortfall, ...] = (), picture: str = "") -> None:
        super().__init__(faults, picture)
        self.faults = faults
        self.colours = colours
        self.picture = picture


@dataclass(frozen=True, slots=True)
class Dressing:
    """What the administrator works on: the draft (or what is published, or our defaults) and whether it is published."""

    draft: BrandingView
    published: BrandingView | None
    to_publish: bool


def dressing_of(municipality_id: int) -> Dressing:
    """The draft beside what is published."""
    town = participant_by_id(municipality_id)
    with tenancy(municipality=municipality_id):
        draft, published = branding_of(BrandingState.DRAFT), branding_of()
    shown = draft or published or BrandingView(phone=town.phone)
    return Dressing(shown, published, draft is not None and (published is None or _same(draft) != _same(published)))


def dress(
    text: BrandingText, *, emblem: bytes | None, municipality_id: int, by_user: int | None, now: datetime
) -> None:
    """Keep a draft of what was typed and uploaded (`emblem` None: as it is, b"": none). Raises Refused, wrote nothing then.
    `by_user`: None when no member of staff does it."""
    clean = _clean(text)
    picture = emblem
    if emblem:
        try:
            picture = clean_png(emblem).content
        except BadPicture as error:
            raise Refused({}, picture=error.reason) from error
    with tenancy(municipality=municipality_id):
        before = branding_of(BrandingState.DRAFT)
        write_draft(text=clean, emblem=picture, now=now)
        _note("door.drafted", before, branding_of(BrandingState.DRAFT), municipality_id, by_user, now)


def publish(*, seen_at: datetime, municipality_id: int, by_user: int | None, now: datetime) -> None:
    """Let everybody see the draft that the administrator looked at. Raises NoDraft when it is another one by now."""
    with tenancy(municipality=municipality_id):
        before = branding_of()
        publish_draft(seen_at=seen_at, now=now)
        _note("door.published", before, branding_of(), municipality_id, by_user, now)


def _clean(text: BrandingText) -> BrandingText:
    """As it may be kept. Raises Refused with every fault at once."""
    faults: dict[str, str] = {}
    typed = replace(text, **{name: " ".join(value.split()) for name, value in asdict(text).items()})
    found: dict[str, str] = {}
    for name in ("head", "accent"):
        value = getattr(typed, name)
        try:
            found[name] = colour(value) if value else ""
        except ValueError:
            faults[name] = "COLOUR"
    if not _PHONE.fullmatch(typed.phone):
        faults["phone"] = "PHONE"
    if typed.website:
        found["website"] = _website(typed.website)
        if not found["website"]:
            faults["website"] = "WEBSITE"
    for name in ("hours_el", "hours_en"):
        if len(getattr(typed, name)) > LONGEST_HOURS:
            faults[name] = "LONG"
    weak = shortfalls(found.get("head", ""), found.get("accent", ""))
    if faults or weak:
        raise Refused(faults, weak)
    return replace(typed, **found)


def _website(typed: str) -> str:
    """The municipality's own site as an address of https or http; empty when it cannot be one."""
    try:
        parts = urlsplit(typed if "://" in typed else f"https://{typed}")
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or parts.username or parts.query or parts.fragment:
        return ""
    if not _HOST.fullmatch(host) or not re.fullmatch(r"[\w/.~%-]*", parts.path, re.ASCII):
        return ""
    address = f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path}"
    return address if len(address) <= LONGEST_WEBSITE else ""


def _same(view: BrandingView) -> dict[str, object]:
    return {name: value for name, value in asdict(view).items() if name != "changed_at"}


def _note(
    act: str,
    before: BrandingView | None,
    after: BrandingView | None,
    municipality_id: int,
    by_user: int | None,
    now: datetime,
) -> None:
    """What changed, before and after. Nothing of a door is secret; of the emblem the hash is noted."""
    old, new = (_same(one) if one else {} for one in (before, after))
    changed = {name for name in old.keys() | new.keys() if old.get(name, "") != new.get(name, "")}
    add_audit_entry(
        actor=Actor.SYSTEM if by_user is None else Actor.STAFF,
        actor_id=by_user,
        action=act,
        subject=f"municipality:{municipality_id}",
        detail={
            "before": {name: old.get(name, "") for name in sorted(changed)},
            "after": {name: new.get(name, "") for name in sorted(changed)},
        },
        now=now,
    )
