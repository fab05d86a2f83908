"""Certificate of no debt (βεβαίωση μη οφειλής) as PDF/A, tagged, in the holder's language.

It says for which moment debts were known, until when it may be relied on, what is open but not due, and how anybody can
check it. What is shown comes in a `ClearanceView`; this module only words and lays it out.
"""

from dataclasses import replace
from datetime import UTC
from typing import Any

from obolos.adapters.documents.qr import qr_image
from obolos.adapters.documents.typesetting import NotTypeset, Typesetter, printable
from obolos.adapters.documents.views import ClearanceLine, ClearanceView
from obolos.base.wording import LANGUAGES, athens_moment, euro, long_date, short_date

__all__ = ["ClearanceLine", "ClearanceView", "render_clearance"]

_TEXTS = {
    "el": {
        "heading": "Βεβαίωση μη οφειλής",
        "office": "Ηλεκτρονικές πληρωμές",
        "statement": "Δεν υπάρχει ληξιπρόθεσμη ή αβεβαίωτη οφειλή προς τον δήμο με τον ΑΦΜ {afm}.",
        "statement_nothing": "Δεν υπάρχει καμία ανοιχτή οφειλή προς τον δήμο με τον ΑΦΜ {afm}.",
        "valid_until": "Ισχύει έως",
        "code": "Κωδικός βεβαίωσης",
        "holder": "Χορηγείται σε",
        "afm": "ΑΦΜ",
        "issued_at": "Εκδόθηκε",
        "as_of": "Οι οφειλές είναι γνωστές έως",
        "basis": "Βασίζεται σε όσα είχε δηλώσει το οικονομικό σύστημα του δήμου έως {as_of} και στις πληρωμές που έγιναν "
        "μέσα από το {domain} έως την έκδοση. Οφειλές που ο δήμος δεν έχει ακόμη συνδέσει με τον ΑΦΜ δεν φαίνονται σε αυτήν.",
        "named_title": "Ποσά που δεν έχουν λήξει",
        "named_lead": "Είναι ανοιχτά και πληρώνονται έως την ημερομηνία τους. Δεν εμποδίζουν τη βεβαίωση.",
        "what": "Οφειλή",
        "due": "Λήγει",
        "amount": "Ποσό σήμερα",
        "loose_title": "Τι εκκρεμεί",
        "unapplied": "{amount} έχουν πληρωθεί και δεν έχουν ακόμη αντιστοιχιστεί με οφειλή.",
        "undecided_one": "Για 1 πληρωμή δεν έχει απαντήσει ακόμη η τράπεζα.",
        "undecided": "Για {n} πληρωμές δεν έχει απαντήσει ακόμη η τράπεζα.",
        "verify_title": "Έλεγχος γνησιότητας",
        "verify": "Σαρώστε τον κωδικό QR ή γράψτε {domain} στον browser, επιλέξτε «Είναι γνήσιο;» και δώστε τον κωδικό "
        "{code}. Η σελίδα δεν δείχνει προσωπικά στοιχεία· ελέγχει και αν ο ΑΦΜ που γράφει το χαρτί είναι ο σωστός.",
        "qr_alt": "Κωδικός QR για τον έλεγχο της βεβαίωσης {code}",
        "logo_alt": "Έμβλημα: {municipality}",
        "phone": "Τηλέφωνο {phone}",
        "page": "Σελίδα {n} από {total}",
    },
    "en": {
        "heading": "Certificate of no debt",
        "office": "Online payments",
        "statement": "No overdue or uncertified debt to the municipality stands under tax number (ΑΦΜ) {afm}.",
        "statement_nothing": "No open debt at all to the municipality stands under tax number (ΑΦΜ) {afm}.",
        "valid_until": "Valid until",
        "code": "Certificate code",
        "holder": "Issued to",
        "afm": "Tax number (ΑΦΜ)",
        "issued_at": "Issued",
        "as_of": "Debts known as of",
        "basis": "It rests on what the municipality's financial system had told by {as_of}, and on payments made through "
        "{domain} until it was issued. Debts that the municipality has not tied to the tax number yet are not in it.",
        "named_title": "Amounts that are not due yet",
        "named_lead": "They are open and to be paid by their date. They do not stand in the way of this certificate.",
        "what": "Debt",
        "due": "Due",
        "amount": "Amount today",
        "loose_title": "What is pending",
        "unapplied": "{amount} was paid and is not yet counted against a debt.",
        "undecided_one": "The bank has not answered yet about 1 payment.",
        "undecided": "The bank has not answered yet about {n} payments.",
        "verify_title": "Checking this certificate",
        "verify": "Scan the QR code, or type {domain} into a browser, choose “Is it genuine?” and give the code {code}. "
        "The page shows no personal details; it also tells whether the tax number on the paper is the right one.",
        "qr_alt": "QR code to check certificate {code}",
        "logo_alt": "Emblem: {municipality}",
        "phone": "Telephone {phone}",
        "page": "Page {n} of {total}",
    },
}

_typesetter = Typesetter("clearance.typ")


def render_clearance(view: ClearanceView) -> bytes:
    """The certificate as PDF/A-2a and PDF/UA-1 bytes; the same view gives the same bytes.

    ValueError for a language other than el and en, a naive moment, or no code: such a certificate must not exist.
    """
    try:
        return _typesetter.pdf("clearance", page_values(view))
    except NotTypeset:
        if not view.logo:
            raise
        return render_clearance(replace(view, logo=b""))  # a broken emblem costs nobody the certificate


def render_clearance_pictures(view: ClearanceView, *, ppi: float = 96) -> list[bytes]:
    """The pages as PNG, to look at; never given to a holder."""
    return _typesetter.pictures("clearance", page_values(view), ppi=ppi)


def page_values(view: ClearanceView) -> dict[str, Any]:
    """What the template receives: every text finished. Same refusals as `render_clearance`."""
    if view.language not in LANGUAGES:
        raise ValueError(f"no certificate in language {view.language!r}")
    if not view.code.strip() or not view.afm.strip():
        raise ValueError("a certificate without code or tax number")
    texts = _TEXTS[view.language]
    municipality = printable(view.municipality)
    as_of = athens_moment(view.debts_as_of, view.language)
    made = view.issued_at.astimezone(UTC)
    statement = texts["statement" if view.named else "statement_nothing"].format(afm=view.afm)
    words = {"domain": view.domain, "code": view.code, "as_of": as_of}
    phone = texts["phone"].format(phone=printable(view.phone)) if view.phone else ""
    return {
        "language": view.language,
        "texts": texts,
        "title": f"{texts['heading']} {view.code}",
        "municipality": municipality,
        "code": printable(view.code),
        "made": [made.year, made.month, made.day, made.hour, made.minute, made.second],
        "statement": printable(statement),
        "valid_until": long_date(view.valid_until, view.language),
        "phone": phone,
        "facts": _facts(view, texts, as_of),
        "basis": printable(texts["basis"].format(**words)),
        "named": [_line(line, view.language) for line in view.named],
        "loose": _loose(view, texts),
        "verify": printable(texts["verify"].format(**words)),
        "qr": qr_image(view.verify_url),
        "qr_alt": texts["qr_alt"].format(code=view.code),
        "footer": " · ".join(part for part in (municipality, phone, view.code) if part),
        "logo": list(view.logo) or None,
        "logo_alt": texts["logo_alt"].format(municipality=municipality),
    }


def _facts(view: ClearanceView, texts: dict[str, str], as_of: str) -> list[tuple[str, str]]:
    rows = (
        ("holder", view.holder),
        ("afm", view.afm),
        ("issued_at", athens_moment(view.issued_at, view.language)),
        ("as_of", as_of),
    )
    return [(texts[name], printable(value)) for name, value in rows if value]


def _line(line: ClearanceLine, language: str) -> dict[str, str]:
    return {
        "description": printable(line.description),
        "about": printable(line.about),
        "due": short_date(line.due_on),
        "amount": printable(euro(line.amount_cents, language)),
    }


def _loose(view: ClearanceView, texts: dict[str, str]) -> list[str]:
    """What must not be hidden, as sentences; nothing when there is nothing."""
    found = []
    if view.unapplied_cents:
        found.append(texts["unapplied"].format(amount=euro(view.unapplied_cents, view.language)))
    if view.undecided:
        found.append(texts["undecided_one" if view.undecided == 1 else "undecided"].format(n=view.undecided))
    return [printable(sentence) for sentence in found]
