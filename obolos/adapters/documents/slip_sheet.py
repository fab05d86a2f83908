"""Slips of a pad as labels on A4 sheets, ten to a page: number, QR, debt code and RF code of each.

What is shown comes in finished values; this module only words it and lays it out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from obolos.adapters.documents.notice_views import Sender
from obolos.adapters.documents.qr import qr_image
from obolos.adapters.documents.typesetting import Typesetter, printable
from obolos.base.references import rf_format, slip_format
from obolos.base.wording import LANGUAGES, euro

_TEXTS = {
    "el": {
        "title": "Μπλοκ κλήσεων {pad}",
        "slip": "Κλήση",
        "amount": "Ποσό",
        "euro": "€",
        "plate": "Πινακίδα",
        "day": "Ημερομηνία",
        "card": "Με κάρτα: σαρώστε τον κωδικό, ή γράψτε στο {portal} τον αριθμό και την πινακίδα.",
        "bank": "Σε τράπεζα, με κωδικό RF:",
        "code": "Κωδικός οφειλής",
        "qr_alt": "Κωδικός QR για την πληρωμή: {url}",
        "genuine": "Είναι γνήσιο; {portal}/genuine",
        "visitors": "Fine: to pay by card, scan the code. At any bank in Greece, use the RF number.",
    },
    "en": {
        "title": "Pad of slips {pad}",
        "slip": "Fine",
        "amount": "Amount",
        "euro": "€",
        "plate": "Plate",
        "day": "Date",
        "card": "By card: scan the code, or type number and plate at {portal}.",
        "bank": "At a bank, with the RF code:",
        "code": "Debt code",
        "qr_alt": "QR code to pay: {url}",
        "genuine": "Is it genuine? {portal}/genuine",
        "visitors": "",
    },
}
#: Longer amounts than these, all together, leave no room on a label: then the officer writes it.
LONGEST_BOXES = 34
_typesetter = Typesetter("slip_sheet.typ")


@dataclass(frozen=True, slots=True)
class SlipView:
    """One slip: its number (nine digits), debt code and RF code. `fixed_cents` None: the officer ticks one of `amounts`,
    or writes the amount where there are none."""

    number: str
    code: str
    rf: str
    fixed_cents: int | None = None
    amounts: tuple[int, ...] = ()


def render_slips(sender: Sender, pad: str, made_at: datetime, slips: Sequence[SlipView]) -> bytes:
    """The pad as PDF. Equal values give equal bytes. ValueError without slips or in an unknown language."""
    return _typesetter.pdf("pad", sheet_values(sender, pad, made_at, slips), apart=len(slips) > 50)


def render_slip_pictures(
    sender: Sender, pad: str, made_at: datetime, slips: Sequence[SlipView], *, ppi: float = 96
) -> list[bytes]:
    """The pages as PNG, to look at."""
    return _typesetter.pictures("pad", sheet_values(sender, pad, made_at, slips), ppi=ppi)


def sheet_values(sender: Sender, pad: str, made_at: datetime, slips: Sequence[SlipView]) -> dict[str, Any]:
    """What the template receives."""
    if sender.language not in LANGUAGES or not slips:
        raise ValueError("no slips, or no such language")
    texts = _TEXTS[sender.language]
    portal = printable(sender.portal)
    made = made_at.astimezone(UTC)
    return {
        "language": sender.language,
        "title": texts["title"].format(pad=printable(pad)),
        "texts": {name: text.format(portal=portal, url="", pad="") for name, text in texts.items()},
        "municipality": printable(sender.municipality),
        "phone": printable(sender.phone),
        "made": [made.year, made.month, made.day, made.hour, made.minute, made.second],
        "slips": [_slip(sender, slip, texts) for slip in slips],
    }


def _slip(sender: Sender, slip: SlipView, texts: dict[str, str]) -> dict[str, Any]:
    url = f"{sender.portal_url}/k/{slip.code}"
    boxes = [_short(cents, sender.language) for cents in slip.amounts]
    return {
        "number": slip_format(slip.number),
        "code": rf_format(slip.code),
        "rf": rf_format(slip.rf),
        "amount": printable(euro(slip.fixed_cents, sender.language)) if slip.fixed_cents else "",
        "amounts": boxes if sum(map(len, boxes)) <= LONGEST_BOXES else [],
        "qr": qr_image(url),
        "qr_alt": texts["qr_alt"].format(url=url),
    }


def _short(cents: int, language: str) -> str:
    """«40 €» beside its box: whole euros without their noughts."""
    return printable(euro(cents, language)).replace(",00", "").replace(".00", "")
