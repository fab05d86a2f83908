"""Proof of payment (ανεπίσημη απόδειξη) as PDF/A, tagged, in the payer's language.

It is not the official receipt (τριπλότυπο): it carries the order's random reference and no number of any series, and
says so in its title. What is shown comes in a `ProofView`; this module only words and lays it out.
"""

from dataclasses import replace
from datetime import UTC
from typing import Any

from obolos.adapters.documents.qr import qr_image
from obolos.adapters.documents.typesetting import NotTypeset, Typesetter, printable
from obolos.adapters.documents.views import ProofComponent, ProofLine, ProofPayment, ProofView
from obolos.base.references import rf_format
from obolos.base.wording import LANGUAGES, amount_in_words, athens_moment, euro

__all__ = ["ProofComponent", "ProofLine", "ProofPayment", "ProofView", "masked_afm", "render_proof"]

_TEXTS = {
    "el": {
        "heading": "Απόδειξη πληρωμής",
        "office": "Ηλεκτρονικές πληρωμές",
        "unofficial": "Ανεπίσημη: δείχνει ότι λάβαμε τα χρήματα. Δεν είναι η επίσημη απόδειξη (τριπλότυπο είσπραξης).",
        "paid": "Πληρώσατε",
        "reference": "Αριθμός πληρωμής",
        "paid_at": "Ημερομηνία και ώρα",
        "nth": "{n}η πληρωμή",
        "payer": "Πλήρωσε",
        "afm": "ΑΦΜ",
        "means": "Τρόπος πληρωμής",
        "bank": "Τράπεζα",
        "approval": "Έγκριση τράπεζας",
        "rf": "Κωδικός RF",
        "official": "Τριπλότυπο είσπραξης",
        "lines": "Τι πληρώθηκε",
        "what": "Οφειλή",
        "bought": "Αγορά",
        "amount": "Ποσό",
        "total": "Σύνολο",
        "next": "Τι γίνεται τώρα",
        "next_default": "Ο δήμος εκδίδει την επίσημη απόδειξη (τριπλότυπο). Δεν χρειάζεται άλλη ενέργεια από εσάς.",
        "next_counted": "Ο δήμος εκδίδει την επίσημη απόδειξη (τριπλότυπο) για ό,τι καταλογίστηκε σε οφειλή.",
        "next_receipt": "Ο δήμος εκδίδει την επίσημη απόδειξη (τριπλότυπο).",
        "next_less": "Πληρώσατε {amount} από τα {asked} που ζητήθηκαν. Με αυτή την πληρωμή έμειναν ανοιχτά {left}: πληρώστε τα "
        "με νέο κωδικό ή με κάρτα, αν δεν πληρώθηκαν στο μεταξύ.",
        "next_late": "Πληρώσατε μετά την τελευταία ημέρα του κωδικού. Αν ως τότε η οφειλή είχε αυξηθεί, η διαφορά μένει ανοιχτή: "
        "δείτε το στη σελίδα της πληρωμής.",
        "next_uncounted": "Τα {amount} δεν εξόφλησαν οφειλή. Ο δήμος τα έχει και αποφασίζει για την επιστροφή ή τον "
        "συμψηφισμό τους. Μην πληρώσετε ξανά. Για ερωτήσεις δώστε τον αριθμό πληρωμής.",
        "uncounted": "Χωρίς καταλογισμό σε οφειλή",
        "uncounted_why": "το τακτοποιεί ο δήμος",
        "verify_title": "Έλεγχος γνησιότητας",
        "verify": "Ο κωδικός QR περιέχει τον αριθμό πληρωμής {reference}. "
        "Με αυτόν η ταμειακή υπηρεσία του δήμου επιβεβαιώνει ότι η πληρωμή έγινε.",
        "verify_url": "Σαρώστε τον κωδικό QR ή γράψτε {site} στον browser: ο καθένας βλέπει εκεί αν η απόδειξη {reference} "
        "είναι γνήσια. Η σελίδα δεν δείχνει προσωπικά στοιχεία.",
        "qr_alt": "Κωδικός QR με τον αριθμό πληρωμής {reference}",
        "logo_alt": "Έμβλημα: {municipality}",
        "phone": "Τηλέφωνο {phone}",
        "page": "Σελίδα {n} από {total}",
    },
    "en": {
        "heading": "Proof of payment",
        "office": "Online payments",
        "unofficial": "Unofficial: it shows that we received the money. It is not the official receipt (τριπλότυπο είσπραξης).",
        "paid": "You paid",
        "reference": "Payment reference",
        "paid_at": "Date and time",
        "nth": "Payment {n}",
        "payer": "Paid by",
        "afm": "Tax number (ΑΦΜ)",
        "means": "Paid with",
        "bank": "Bank",
        "approval": "Bank approval",
        "rf": "RF code",
        "official": "Official receipt",
        "lines": "What was paid",
        "what": "Debt",
        "bought": "Purchase",
        "amount": "Amount",
        "total": "Total",
        "next": "What happens next",
        "next_default": "The municipality issues the official receipt. There is nothing else you need to do.",
        "next_counted": "The municipality issues the official receipt for what counted against a debt.",
        "next_receipt": "The municipality issues the official receipt.",
        "next_less": "You paid {amount} of the {asked} asked. {left} stayed open with this payment: pay it with a new code or "
        "by card, if it has not been paid since.",
        "next_late": "You paid after the code's last day. If more was owed by then, the difference stays open: the page of "
        "the payment says so.",
        "next_uncounted": "{amount} settled no debt. The municipality has it and decides whether to give it back or set "
        "it off. Do not pay again. If you ask about it, give the payment reference.",
        "uncounted": "Not counted against a debt",
        "uncounted_why": "the municipality deals with it",
        "verify_title": "Checking this proof",
        "verify": "The QR code holds the payment reference {reference}. "
        "With it the municipality's cash desk can confirm that the payment was made.",
        "verify_url": "Scan the QR code or type {site} into a browser: anybody sees there whether proof {reference} is "
        "genuine. The page shows no personal details.",
        "qr_alt": "QR code with the payment reference {reference}",
        "logo_alt": "Emblem: {municipality}",
        "phone": "Telephone {phone}",
        "page": "Page {n} of {total}",
    },
}

_typesetter = Typesetter("proof.typ")


def render_proof(view: ProofView) -> bytes:
    """The proof as PDF/A-2a and PDF/UA-1 bytes; the same view gives the same bytes. One process sets one at a time.

    ValueError for a language other than el and en, a naive `paid_at`, no reference, nothing counted and nothing
    uncounted, or lines, rest or payments that do not add up to `amount_cents`: a proof with a wrong sum must not exist.
    """
    try:
        return _typesetter.pdf("proof", page_values(view))
    except NotTypeset:
        if not view.logo:
            raise
        return render_proof(replace(view, logo=b""))  # a broken emblem costs nobody the proof


def render_proof_pictures(view: ProofView, *, ppi: float = 96) -> list[bytes]:
    """The pages as PNG, to look at; never given to a payer."""
    return _typesetter.pictures("proof", page_values(view), ppi=ppi)


def masked_afm(afm: str) -> str:
    """The number with only its last four digits, as 094014201 → •••••4201: enough to recognise, too little to use."""
    return "•" * max(len(afm) - 4, 0) + afm[-4:]


def page_values(view: ProofView) -> dict[str, Any]:
    """What the template receives: every text finished, nothing left to calculate. Same refusals as `render_proof`."""
    _check(view)
    texts = _TEXTS[view.language]
    reference = printable(view.reference)
    municipality = printable(view.municipality)
    made = view.paid_at.astimezone(UTC)
    return {
        "language": view.language,
        "texts": texts | {"what": texts["bought" if view.sold else "what"]},
        "title": f"{texts['heading']} {reference}",
        "heading": texts["heading"],
        "municipality": municipality,
        "reference": reference,
        "made": [made.year, made.month, made.day, made.hour, made.minute, made.second],
        "amount": _money(view.amount_cents, view.language),
        "amount_words": amount_in_words(view.amount_cents, view.language),
        "phone": _phone(view, texts),
        "facts": _facts(view, texts),
        "lines": [_line(line, view.language) for line in (*view.lines, *_uncounted(view, texts))],
        "next_steps": [printable(step) for step in view.next_steps or _next_steps(view, texts)],
        "verify": texts["verify_url" if view.verify_url else "verify"].format(
            reference=reference, site=_site(view.verify_url)
        ),
        "qr": qr_image(view.verify_url or view.reference),
        "qr_alt": texts["qr_alt"].format(reference=reference),
        "footer": " · ".join(part for part in (municipality, _phone(view, texts), reference) if part),
        "logo": list(view.logo) or None,
        "logo_format": "png" if view.logo.startswith(b"\x89PNG") else "svg",
        "logo_alt": texts["logo_alt"].format(municipality=municipality),
    }


def _check(view: ProofView) -> None:
    if view.language not in LANGUAGES:
        raise ValueError(f"no proof in language {view.language!r}")
    if not view.reference.strip():
        raise ValueError("a proof without a reference")
    if view.uncounted_cents < 0 or not (view.lines or view.uncounted_cents):
        raise ValueError("a proof without lines")
    if sum(line.amount_cents for line in view.lines) + view.uncounted_cents != view.amount_cents:
        raise ValueError("the lines of a proof do not add up to its amount")
    if view.payments and sum(one.amount_cents for one in view.payments) != view.amount_cents:
        raise ValueError("the payments of a proof do not add up to its amount")
    for line in view.lines:
        if line.components and sum(part.amount_cents for part in line.components) != line.amount_cents:
            raise ValueError("the parts of a line do not add up to its amount")


def _site(address: str) -> str:
    """Where to check, as people type it: «pay.ioannina.gr/genuine»."""
    return printable(address.partition("//")[2].partition("/?")[0])


def _phone(view: ProofView, texts: dict[str, str]) -> str:
    return texts["phone"].format(phone=printable(view.phone)) if view.phone else ""


def _uncounted(view: ProofView, texts: dict[str, str]) -> tuple[ProofLine, ...]:
    if not view.uncounted_cents:
        return ()
    return (ProofLine(texts["uncounted"], view.uncounted_cents, (texts["uncounted_why"],)),)


def _next_steps(view: ProofView, texts: dict[str, str]) -> list[str]:
    if not view.uncounted_cents:
        return _next_counted(view, texts)
    rest = texts["next_uncounted"].format(amount=_money(view.uncounted_cents, view.language))
    return [*([texts["next_counted"]] if view.lines else ()), rest]


def _next_counted(view: ProofView, texts: dict[str, str]) -> list[str]:
    """Where all money counted: whether that was all that had been asked."""
    if view.asked_cents <= view.amount_cents and not view.late:
        return [texts["next_default"]]
    if view.asked_cents <= view.amount_cents:
        return [texts["next_receipt"], texts["next_late"]]
    cents = {"amount": view.amount_cents, "asked": view.asked_cents, "left": view.asked_cents - view.amount_cents}
    said = {name: _money(value, view.language) for name, value in cents.items()}
    return [texts["next_receipt"], texts["next_less"].format(**said)]


def _facts(view: ProofView, texts: dict[str, str]) -> list[tuple[str, str]]:
    several = view.payments if len(view.payments) > 1 else ()
    facts = [
        (texts["nth"].format(n=number), printable(_payment(one, view.language)))
        for number, one in enumerate(several, 1)
    ]
    afm = view.payer_afm if view.afm_in_full else masked_afm(view.payer_afm)
    rows = (
        ("paid_at", "" if several else athens_moment(view.paid_at, view.language)),
        ("payer", view.payer),
        ("afm", afm),
        ("means", view.means),
        ("approval", " · ".join(part for part in (view.approval, view.bank) if part) if view.approval else ""),
        ("bank", "" if view.approval else view.bank),
        ("rf", rf_format(view.rf_code) if view.rf_code else ""),
        ("official", view.official_receipt),
    )
    return facts + [(texts[name], printable(value)) for name, value in rows if value]


def _payment(one: ProofPayment, language: str) -> str:
    return " · ".join(
        part
        for part in (athens_moment(one.paid_at, language), euro(one.amount_cents, language), one.approval, one.bank)
        if part
    )


def _line(line: ProofLine, language: str) -> dict[str, Any]:
    return {
        "description": printable(line.description),
        "details": printable(" · ".join(line.details)),
        "amount": _money(line.amount_cents, language),
        "components": [
            {
                "name": printable(part.name),
                "amount": _money(part.amount_cents, language),
                "reason": printable(part.reason),
            }
            for part in line.components
        ],
    }


def _money(cents: int, language: str) -> str:
    return printable(euro(cents, language))
