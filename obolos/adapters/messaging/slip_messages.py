"""Letters to whoever paid a fine slip before its fine was typed in: what the money was counted for. Wording only."""

from dataclasses import dataclass, replace
from datetime import date

from obolos.adapters.messaging.payer_messages import Payee, amount_words, footer_of
from obolos.adapters.messaging.views import Button, EmailView
from obolos.base.references import rf_format
from obolos.base.wording import euro, short_date

_TEXTS = {
    "el": {
        "waits_declared": "Πληρώσατε όσα δηλώσατε. Όταν ο δήμος καταχωρίσει την κλήση, σας γράφουμε αν μένει κάτι.",
        "waits_fixed": "Πληρώσατε όσα γράφει η κλήση. Όταν ο δήμος την καταχωρίσει, σας γράφουμε αν μένει κάτι.",
        "matched_subject": "Η πληρωμή σας {paid} μέτρησε για την κλήση {fine}",
        "matched_heading": "Ο δήμος καταχώρισε την κλήση",
        "matched_lead": "{counted} {to} μέτρησαν για την κλήση {fine}.",
        "nothing": "Δεν μένει τίποτα να πληρώσετε για αυτή την κλήση.",
        "left": "Μένουν {left}, πληρωτέα έως {due}.",
        "kept": "Για την κλήση δεν χρειάστηκαν: {kept}. Τα χρήματα είναι ασφαλή στον δήμο, που αποφασίζει για την "
        "επιστροφή ή τον συμψηφισμό τους. Αν θέλετε να ρωτήσετε, τηλεφωνήστε στο {phone} με τον αριθμό πληρωμής {reference}.",
        "left_subject": "Η πληρωμή σας {paid} μένει όπως έγινε: κλήση {number}",
        "left_heading": "Ο δήμος εξέτασε την πληρωμή σας",
        "left_lead": "{paid} {to} μένουν όπως πληρώθηκαν, για την κλήση {number}.",
        "left_why": "Ο δήμος αποφάσισε ότι τα χρήματα δεν μετρούν για άλλη κλήση.",
        "left_ask": "Αν σας ζητηθεί και άλλο ποσό για αυτή την κλήση, τηλεφωνήστε στο {phone} πριν πληρώσετε και δώστε τον "
        "αριθμό πληρωμής {reference}.",
        "void_subject": "Μην πληρώσετε τον κωδικό RF: η κλήση {number} ακυρώθηκε",
        "void_heading": "Η κλήση ακυρώθηκε: μην πληρώσετε τον κωδικό",
        "void_lead": "Ο δήμος ακύρωσε την κλήση {number}. Ο κωδικός RF που πήρατε για {paid} δεν πληρώνεται πια.",
        "void_paid": "Αν τον πληρώσατε ήδη, τα χρήματα δεν χάνονται, αλλά δεν μετρούν για την κλήση: ο δήμος αποφασίζει για την "
        "επιστροφή τους.",
        "void_ask": "Αν σας έδωσε την κλήση υπάλληλος του δήμου, τηλεφωνήστε στο {phone} πριν πληρώσετε οτιδήποτε και δώστε τον "
        "αριθμό πληρωμής {reference}.",
        "row_void": "Κλήση",
        "row_rf": "Κωδικός RF",
        "button_void": "Δείτε την πληρωμή",
        "row_slip": "Κλήση που πληρώσατε",
        "row_fine": "Κλήση στον δήμο",
        "row_fine_cents": "Ποσό κλήσης",
        "row_paid": "Πληρώσατε",
        "row_left": "Μένουν",
        "row_reference": "Αριθμός πληρωμής",
        "button_pay": "Πληρωμή {left}",
        "button_see": "Δείτε την κλήση",
    },
    "en": {
        "waits_declared": "You paid what you declared. When the municipality has typed the ticket in, we write to you "
        "whether anything is left.",
        "waits_fixed": "You paid what stands on the ticket. When the municipality has typed it in, we write to you "
        "whether anything is left.",
        "matched_subject": "Your payment of {paid} was counted for ticket {fine}",
        "matched_heading": "The municipality has typed the ticket in",
        "matched_lead": "{counted} {to} were counted for ticket {fine}.",
        "nothing": "There is nothing left to pay for this ticket.",
        "left": "{left} is left, due {due}.",
        "kept": "Not needed for the ticket: {kept}. The money is safe at the municipality, which decides whether to give "
        "it back or set it off. If you want to ask, call {phone} and give the reference {reference}.",
        "left_subject": "Your payment of {paid} stays as it was made: ticket {number}",
        "left_heading": "The municipality has looked at your payment",
        "left_lead": "{paid} {to} stay as they were paid, for ticket {number}.",
        "left_why": "The municipality has decided that the money counts for no other ticket.",
        "left_ask": "If you are asked for more for this ticket, call {phone} before you pay and give the reference "
        "{reference}.",
        "void_subject": "Do not pay the RF code: ticket {number} was declared void",
        "void_heading": "The ticket is void: do not pay the code",
        "void_lead": "The municipality declared ticket {number} void. The RF code that you took for {paid} cannot be paid "
        "any more.",
        "void_paid": "If you have paid it already, the money is not lost, but it does not count for the ticket: the "
        "municipality decides whether to give it back.",
        "void_ask": "If an officer gave you the ticket, call {phone} before you pay anything and give the payment reference "
        "{reference}.",
        "row_void": "Ticket",
        "row_rf": "RF code",
        "button_void": "See the payment",
        "row_slip": "Ticket that you paid",
        "row_fine": "Ticket at the municipality",
        "row_fine_cents": "Amount of the ticket",
        "row_paid": "You paid",
        "row_left": "Left to pay",
        "row_reference": "Payment reference",
        "button_pay": "Pay {left}",
        "button_see": "See the ticket",
    },
}


@dataclass(frozen=True, slots=True)
class SlipLetter:
    """One payment of a slip. `fine` is empty while its money stays on the slip; of it `counted_cents` were counted for the
    fine, of which `left_cents` are open today. `number` and `fine` as they are printed; `url` shows how it stands."""

    to: str
    language: str
    number: str
    reference: str
    paid_cents: int
    url: str
    message_id: str
    fine: str = ""
    fine_cents: int = 0
    counted_cents: int = 0
    left_cents: int = 0
    due_on: date | None = None


def slip_email(payee: Payee, one: SlipLetter) -> EmailView:
    """What became of a slip's payment, with what is left to pay."""
    language = one.language
    values = {
        "to": payee.to(language), "phone": payee.phone, "number": one.number, "fine": one.fine,
        "reference": one.reference, "paid": euro(one.paid_cents, language), "left": euro(one.left_cents, language),
        "counted": euro(one.counted_cents, language), "kept": euro(one.paid_cents - one.counted_cents, language),
        "due": short_date(one.due_on) if one.due_on else "",
    }  # fmt: skip
    say = {key: words.format(**values) for key, words in _TEXTS[language].items()}
    sort = "matched" if one.fine else "left"
    rows = [(say["row_slip"], one.number)]
    if one.fine:
        rows += [(say["row_fine"], one.fine), (say["row_fine_cents"], euro(one.fine_cents, language))]
    rows.append((say["row_paid"], values["paid"]))
    if one.fine:
        rows.append((say["row_left"], values["left"]))
    pays = bool(one.fine and one.left_cents)
    if one.fine:
        paragraphs = [say["left"] if pays else say["nothing"]]
        paragraphs += [say["kept"]] if one.paid_cents > one.counted_cents else []
    else:
        paragraphs = [say["left_why"], say["left_ask"]]
    return EmailView(
        to=one.to,
        subject=say[f"{sort}_subject"],
        language=language,
        sender_name=payee.name(language),
        heading=say[f"{sort}_heading"],
        lead=say[f"{sort}_lead"],
        rows=(*rows, (say["row_reference"], one.reference)),
        paragraphs=tuple(paragraphs),
        button=Button(say["button_pay"] if pays else say["button_see"], one.url),
        footer=footer_of(payee, amount_words(payee, language, one.paid_cents)),
        message_id=one.message_id,
    )


def void_email(payee: Payee, one: SlipLetter, rf: str) -> EmailView:
    """The slip for which somebody holds an RF code was declared void: the code is dead. `paid_cents`: what it asked."""
    language = one.language
    say = _TEXTS[language]
    values = {
        "number": one.number, "paid": euro(one.paid_cents, language), "phone": payee.phone, "reference": one.reference,
    }  # fmt: skip
    return EmailView(
        to=one.to,
        subject=say["void_subject"].format(**values),
        language=language,
        sender_name=payee.name(language),
        heading=say["void_heading"],
        lead=say["void_lead"].format(**values),
        rows=((say["row_void"], one.number), (say["row_rf"], rf_format(rf)), (say["row_reference"], one.reference)),
        paragraphs=(say["void_paid"], say["void_ask"].format(**values)),
        button=Button(say["button_void"], one.url),
        footer=footer_of(payee, amount_words(payee, language, one.paid_cents)),
        message_id=one.message_id,
    )


def with_slip(view: EmailView, *, waits: bool, declared: bool, left: bool = False) -> EmailView:
    """The letter about a slip's payment: in place of «nothing else to do», that we write when the fine has come; and
    nothing in its place when that letter is on its way already. `left`: what it says in that place is open stays said."""
    words = _TEXTS[view.language]["waits_declared" if declared else "waits_fixed"]
    first, rest, *more = view.paragraphs
    return replace(view, paragraphs=(first, *((rest,) if left else ()), *((words,) if waits else ()), *more))
