"""Notices (ειδοποιητήρια) as PDF/A, tagged: one, or many in one file, each beginning on a page of its own.

What is shown comes in a `NoticeView`; this module only words it and lays it out. It is no proof of anything: it asks
for money, so it says how to find out whether it is genuine.
"""

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from functools import lru_cache
from typing import Any

from obolos.adapters.documents.notice_views import NoticeDebt, NoticeInstalment, NoticeView, Sender
from obolos.adapters.documents.proof import masked_afm
from obolos.adapters.documents.qr import qr_image
from obolos.adapters.documents.typesetting import NotTypeset, Typesetter, printable
from obolos.base.references import rf_format
from obolos.base.wording import LANGUAGES, euro, long_date, short_date

#: A file holds at most so many: larger ones are slow to open and to send, and a print house asks for parts.
AT_MOST = 1_000

_TEXTS = {
    "el": {
        "heading": "Ειδοποιητήριο οφειλών",
        "many": "Ειδοποιητήρια οφειλών",
        "to": "Προς",
        "afm": "ΑΦΜ",
        "made": "Ημερομηνία",
        "reference": "Αριθμός ειδοποιητηρίου",
        "gone": "Έχει λήξει",
        "soon": "Λήγει έως {on}",
        "further": "Αργότερα, έως {on}",
        "today": "Σύνολο σήμερα",
        "number": "Δόση",
        "due": "Λήξη",
        "principal": "Κύρια οφειλή",
        "surcharge": "Προσαύξηση",
        "discount": "Έκπτωση",
        "vat": "ΦΠΑ",
        "other": "Λοιπά",
        "amount": "Ποσό σήμερα",
        "later": "Ποσό από",
        "overdue": "έληξε",
        "same": "αμετάβλητο",
        "rf": "Κωδικός RF",
        "rf_until": "ισχύει έως {on}",
        "code": "Κωδικός οφειλής",
        "qr_alt": "Κωδικός QR για την πληρωμή: {url}",
        "pay": "Πώς πληρώνετε",
        "pay_1": "Με κάρτα, χωρίς εγγραφή: σαρώστε τον κωδικό QR της οφειλής, ή γράψτε τον κωδικό οφειλής στο {portal}.",
        "pay_1_signed": "Με κάρτα: σαρώστε τον κωδικό QR της οφειλής, ή γράψτε τον κωδικό οφειλής στο {portal}, και συνδεθείτε "
        "με κωδικούς Taxisnet.",
        "pay_1_some": "Με κάρτα: σαρώστε τον κωδικό QR της οφειλής, ή γράψτε τον κωδικό οφειλής στο {portal}. Για {titles} "
        "χρειάζεται σύνδεση με κωδικούς Taxisnet, για τις άλλες όχι.",
        "pay_2": "Σε οποιαδήποτε τράπεζα, με web banking ή στο ταμείο της: δώστε τον κωδικό RF και ακριβώς το ποσό του.",
        "pay_3": "Με κωδικούς Taxisnet στο {portal}: βλέπετε όλες τις οφειλές σας και το ποσό της ημέρας.",
        "paid": "Αν έχετε ήδη πληρώσει, δεν χρεώνεστε ξανά: ο κωδικός QR δείχνει τι μένει.",
        "genuine": "Είναι γνήσιο; Γράψτε τον κωδικό οφειλής ή τον κωδικό RF στο {portal}/genuine.",
        "fraud": "Δεν ζητάμε ποτέ στοιχεία κάρτας ή κωδικούς τράπεζας με τηλέφωνο, SMS ή e-mail. "
        "Πληρώνετε μόνο στο {portal} ή με τον κωδικό RF στην τράπεζά σας.",
        "logo_alt": "Έμβλημα: {municipality}",
        "phone": "Τηλέφωνο {phone}",
        "page": "Σελίδα {n} από {total}",
        "BY_SLIP": "Πληρωμή με απόκομμα ελέγχεται. Ο δήμος εξετάζει αν αφορά αυτή την κλήση και δεν τη ζητά εδώ. Αν είναι "
        "δική σας, μην πληρώσετε ξανά.",
        "OBJECTED": "Σε ένσταση. Ο δήμος έχει ένα μήνυμα για αυτή την οφειλή και δεν έχει απαντήσει ακόμη. Μπορείτε πάντως να "
        "πληρώσετε.",
    },
    "en": {
        "heading": "Notice of debts",
        "many": "Notices of debts",
        "to": "To",
        "afm": "Tax number (ΑΦΜ)",
        "made": "Date",
        "reference": "Notice number",
        "gone": "Overdue",
        "soon": "Due by {on}",
        "further": "Later, until {on}",
        "today": "In all today",
        "number": "Instalment",
        "due": "Due",
        "principal": "Principal",
        "surcharge": "Surcharge",
        "discount": "Discount",
        "vat": "VAT",
        "other": "Other",
        "amount": "Today",
        "later": "From",
        "overdue": "overdue",
        "same": "unchanged",
        "rf": "RF code",
        "rf_until": "valid until {on}",
        "code": "Debt code",
        "qr_alt": "QR code to pay: {url}",
        "pay": "How to pay",
        "pay_1": "By card, without an account: scan the debt's QR code, or type its debt code at {portal}.",
        "pay_1_signed": "By card: scan the debt's QR code, or type its debt code at {portal}, and sign in with Taxisnet.",
        "pay_1_some": "By card: scan the debt's QR code, or type its debt code at {portal}. For {titles} you sign in with "
        "Taxisnet, for the others you need not.",
        "pay_2": "At any bank, online or at the counter: give the RF code and exactly its amount.",
        "pay_3": "With Taxisnet at {portal}: you see all your debts and the amount of the day.",
        "paid": "If you have already paid, you are not charged again: the QR code shows what is left.",
        "genuine": "Is it genuine? Type the debt code or the RF code at {portal}/genuine.",
        "fraud": "We never ask for card details or bank passwords by telephone, SMS or e-mail. "
        "Pay only at {portal}, or with the RF code at your bank.",
        "logo_alt": "Emblem: {municipality}",
        "phone": "Telephone {phone}",
        "page": "Page {n} of {total}",
        "BY_SLIP": "A payment by slip is being checked. The municipality is looking whether it is for this fine, and does not "
        "ask for it here. If it was yours, do not pay again.",
        "OBJECTED": "Under objection. The municipality has a message about this debt and has not answered it yet. You may pay "
        "all the same.",
    },
}
#: Shares of a debt's width: measuring ten thousand tables takes longer than setting them.
_WIDTHS = {
    "number": 6, "due": 21, "principal": 13, "surcharge": 15, "discount": 13, "vat": 9, "other": 9, "amount": 14,
    "later": 25,
}  # fmt: skip
#: What is due within so many days is what the payer is to pay next.
SOON_DAYS = 30
_typesetter = Typesetter("notice.typ")


def render_notices(sender: Sender, views: Sequence[NoticeView], *, apart: bool = False) -> bytes:
    """One file with a notice for each view, in their order. Equal values give equal bytes.

    `apart`: in a process of its own, whose memory (2 MiB for each notice) goes when it ends.

    ValueError without views, with too many, or when a notice does not add up. A broken emblem costs nobody the notice.
    """
    values = page_values(sender, views)
    try:
        return _typesetter.pdf("notices", values, apart=apart)
    except NotTypeset:
        if not sender.logo:
            raise
        return _typesetter.pdf("notices", values | {"logo": None}, apart=apart)


def render_notice_pictures(sender: Sender, views: Sequence[NoticeView], *, ppi: float = 96) -> list[bytes]:
    """The pages as PNG, to look at; never sent to anybody."""
    return _typesetter.pictures("notices", page_values(sender, views), ppi=ppi)


def page_values(sender: Sender, views: Sequence[NoticeView]) -> dict[str, Any]:
    """What the template receives: every text finished, nothing left to calculate. Same refusals as `render_notices`."""
    if sender.language not in LANGUAGES:
        raise ValueError(f"no notice in language {sender.language!r}")
    if not 0 < len(views) <= AT_MOST:
        raise ValueError(f"{len(views)} notices do not make a file")
    texts = _TEXTS[sender.language]
    municipality = printable(sender.municipality)
    phone = texts["phone"].format(phone=printable(sender.phone)) if sender.phone else ""
    made = max(view.made_at for view in views).astimezone(UTC)
    alone = len(views) == 1
    title = f"{texts['heading']} {printable(views[0].reference)}" if alone else f"{texts['many']}, {municipality}"
    portal = printable(sender.portal)
    return {
        "language": sender.language,
        "texts": texts,
        "title": title,
        "municipality": municipality,
        "phone": phone,
        "made": [made.year, made.month, made.day, made.hour, made.minute, made.second],
        "paid": texts["paid"],
        "genuine": texts["genuine"].format(portal=portal),
        "fraud": texts["fraud"].format(portal=portal),
        "logo": list(sender.logo) or None,
        "logo_format": "png" if sender.logo.startswith(b"\x89PNG") else "svg",
        "logo_alt": texts["logo_alt"].format(municipality=municipality),
        "notices": [_notice(sender, view, texts, phone) for view in views],
    }


def _notice(sender: Sender, view: NoticeView, texts: dict[str, str], phone: str) -> dict[str, Any]:
    _check(view)
    language = sender.language
    on = view.made_at
    columns = _columns(view)
    reference = printable(view.reference)
    return {
        "reference": reference,
        "name": printable(view.name),
        "afm": masked_afm(view.afm),
        "made": _long(on.date(), language),
        "sums": _sums(view, texts, language),
        "amount": _money(view.today_cents, language),
        "columns": [texts[name] for name in columns],
        "widths": [_WIDTHS[name] for name in columns],
        "debts": [_debt(sender, debt, columns, texts) for debt in view.debts],
        "pay": _ways(sender, view, texts),
        "footer": " · ".join(part for part in (printable(sender.municipality), phone, reference) if part),
    }


def _ways(sender: Sender, view: NoticeView, texts: dict[str, str]) -> list[str]:
    """How this notice can be paid: nothing is promised that its debts do not allow."""
    asked = [debt for debt in view.debts if debt.instalments]
    signed = [debt.title for debt in asked if not debt.guest]
    card = "pay_1" if not signed else "pay_1_signed" if len(signed) == len(asked) else "pay_1_some"
    bank = any(part.rf for debt in view.debts for part in debt.instalments)
    said = [card, *(["pay_2"] if bank else []), "pay_3"]
    titles = ", ".join(f"«{printable(one)}»" for one in signed)
    return [texts[name].format(portal=printable(sender.portal), titles=titles) for name in said]


def _sums(view: NoticeView, texts: dict[str, str], language: str) -> list[list[str]]:
    """What is overdue, what is due next and by when, and what comes later: word and amount, without what is nothing.

    Next is what is due within `SOON_DAYS`; when nothing is, whatever is due first.
    """
    parts = [part for debt in view.debts for part in debt.instalments]
    ahead = [part for part in parts if not part.overdue]
    first = min((part.due_on for part in ahead), default=date.max)
    soon_on = max(first, view.made_at.date() + timedelta(days=SOON_DAYS)) if ahead else first
    told = []
    for name, some in (
        ("gone", [part for part in parts if part.overdue]),
        ("soon", [part for part in ahead if part.due_on <= soon_on]),
        ("further", [part for part in ahead if part.due_on > soon_on]),
    ):
        if some:
            last = _short(max(part.due_on for part in some))
            told.append([texts[name].format(on=last), _money(sum(part.today_cents for part in some), language)])
    return told


def _columns(view: NoticeView) -> list[str]:
    """The columns of a notice, the same for all its debts: one grid, without what is nowhere."""
    parts = [part for debt in view.debts for part in debt.instalments]
    there = {
        "number": any(part.of > 1 for part in parts),
        "surcharge": any(part.surcharge_cents for part in parts),
        "discount": any(part.discount_cents for part in parts),
        "vat": any(part.vat_cents for part in parts),
        "other": any(part.other_cents for part in parts),
        "later": any(part.same_until for part in parts),
    }
    return [name for name in _WIDTHS if there.get(name, True)]


def _debt(sender: Sender, debt: NoticeDebt, columns: Sequence[str], texts: dict[str, str]) -> dict[str, Any]:
    language = sender.language
    url = f"{sender.portal_url}/k/{debt.code}"
    told: dict[str, Any] = {
        "title": _printable(debt.title),
        "about": _printable(debt.about),
        "remark": texts[debt.remark] if debt.remark else "",
    }
    if not debt.instalments:
        return told | {"amount": "", "code": "", "qr": None, "qr_alt": "", "rows": []}
    return told | {
        "amount": _money(debt.today_cents, language),
        "code": rf_format(debt.code),
        "qr": qr_image(url),
        "qr_alt": texts["qr_alt"].format(url=url),
        "rows": [_row(part, columns, texts, language) for part in debt.instalments],
    }


def _row(part: NoticeInstalment, columns: Sequence[str], texts: dict[str, str], language: str) -> dict[str, Any]:
    due = _short(part.due_on)
    later = "" if part.same_until else texts["same"]
    if part.same_until and part.later_cents is not None:
        later = f"{_short(date.fromordinal(part.same_until.toordinal() + 1))}: {_money(part.later_cents, language)}"
    cells = {
        "number": f"{part.number}/{part.of}" if part.of > 1 else "",
        "due": f"{due} ({texts['overdue']})" if part.overdue else due,
        "principal": _money(part.principal_cents, language),
        "surcharge": _money(part.surcharge_cents, language) if part.surcharge_cents else "",
        "discount": _money(-part.discount_cents, language) if part.discount_cents else "",
        "vat": _money(part.vat_cents, language) if part.vat_cents else "",
        "other": _money(part.other_cents, language) if part.other_cents else "",
        "amount": _money(part.today_cents, language),
        "later": later,
    }
    told = {"rf": "", "rf_amount": "", "rf_until": ""}
    if part.rf:
        told = {
            "rf": rf_format(part.rf),
            "rf_amount": _money(part.rf_cents, language),
            "rf_until": texts["rf_until"].format(on=_short(part.rf_until)) if part.rf_until else "",
        }
    return {"cells": [cells[name] for name in columns], **told}


def _check(view: NoticeView) -> None:
    if not any(debt.instalments for debt in view.debts):
        raise ValueError("a notice of nothing")
    if any(not debt.instalments and debt.remark != "BY_SLIP" for debt in view.debts):
        raise ValueError("a debt of which nothing is asked, and no word why")
    if view.today_cents != sum(debt.today_cents for debt in view.debts):
        raise ValueError("the debts of a notice do not add up to its amount")
    for debt in view.debts:
        if debt.today_cents != sum(part.today_cents for part in debt.instalments):
            raise ValueError("the instalments of a debt do not add up to its amount")
        for part in debt.instalments:
            added = part.surcharge_cents + part.vat_cents + part.other_cents
            sum_of_parts = part.principal_cents + added - part.discount_cents
            if part.today_cents != sum_of_parts:
                raise ValueError("the parts of an instalment do not add up to its amount")


# A batch says the same dates, kinds and round amounts ten thousand times.
_short = lru_cache(4096)(short_date)
_long = lru_cache(64)(long_date)
_printable = lru_cache(8192)(printable)


@lru_cache(16384)
def _money(cents: int, language: str) -> str:
    return printable(euro(cents, language))
