"""Letters to somebody who wrote about a debt: that it arrived, its answer, or why there is none. Wording only."""

from obolos.adapters.messaging.payer_messages import Payee, amount_words, footer_of
from obolos.adapters.messaging.views import Button, EmailView

_TEXTS = {
    "el": {
        "opened_subject": "Λάβαμε το μήνυμά σας: {reference}",
        "opened_heading": "Λάβαμε το μήνυμά σας",
        "opened_lead": "{reference}: το μήνυμά σας έφτασε {to}.",
        "opened_next": "Σε αυτό το e-mail σας γράφουμε μόλις ο δήμος απαντήσει ή κλείσει το μήνυμα. "
        "Οι προθεσμίες πληρωμής και ένστασης δεν αλλάζουν.",
        "answered_subject": "Απάντηση στο μήνυμά σας {reference}",
        "answered_heading": "Ο δήμος απάντησε",
        "answered_lead": "{municipality}: απάντηση στο μήνυμά σας {reference}.",
        "answered_said": "Η απάντηση του δήμου",
        "closed_subject": "Έκλεισε το μήνυμά σας {reference}",
        "closed_heading": "Ο δήμος έκλεισε το μήνυμά σας",
        "closed_lead": "{municipality}: το μήνυμά σας {reference} έκλεισε.",
        "closed_said": "Γιατί έκλεισε",
        "closed_next": "Για ερωτήσεις τηλεφωνήστε στο {phone} και δώστε τον κωδικό {reference}.",
        "button": "Δείτε την οφειλή",
        "row_reference": "Κωδικός μηνύματος",
        "row_about": "Αφορά",
        "row_yours": "Το μήνυμά σας",
    },
    "en": {
        "opened_subject": "We have your message: {reference}",
        "opened_heading": "We have your message",
        "opened_lead": "{reference}: your message has reached {municipality}.",
        "opened_next": "We write to you at this address as soon as the municipality answers or closes the message. "
        "The deadlines for paying and for objecting do not change.",
        "answered_subject": "Answer to your message {reference}",
        "answered_heading": "The municipality has answered",
        "answered_lead": "{municipality}: answer to your message {reference}.",
        "answered_said": "The municipality's answer",
        "closed_subject": "Your message {reference} was closed",
        "closed_heading": "The municipality has closed your message",
        "closed_lead": "{municipality}: your message {reference} was closed.",
        "closed_said": "Why it was closed",
        "closed_next": "If you want to ask, call {phone} and give the reference {reference}.",
        "button": "See the debt",
        "row_reference": "Reference of the message",
        "row_about": "About",
        "row_yours": "Your message",
    },
}


def inquiry_email(
    payee: Payee,
    *,
    to: str,
    language: str,
    reference: str,
    about: str,
    text: str,
    answer: str = "",
    closing: str = "",
    url: str = "",
    message_id: str = "",
) -> EmailView:
    """That an inquiry has arrived; with an `answer`, that in the municipality's own words; with `closing`, why it ended
    without one. `url`: the debt's page.
    """
    values = {
        "phone": payee.phone,
        "reference": reference,
        "municipality": payee.name(language),
        "to": payee.to(language),
    }
    say = {key: words.format(**values) for key, words in _TEXTS[language].items()}
    sort = "answered" if answer else "closed" if closing else "opened"
    rows = [(say["row_reference"], reference), (say["row_about"], about)]
    if text:
        rows.append((say["row_yours"], text))
    said = tuple(part.strip() for part in (answer or closing).split("\n") if part.strip())
    after = {"opened": (say["opened_next"],), "closed": (say["closed_next"],)}
    return EmailView(
        to=to,
        subject=say[f"{sort}_subject"],
        language=language,
        sender_name=payee.name(language),
        heading=say[f"{sort}_heading"],
        lead=say[f"{sort}_lead"],
        said_heading=say.get(f"{sort}_said", ""),
        said=said,
        rows=tuple(rows),
        button=Button(say["button"], url) if said and url else None,
        paragraphs=after.get(sort, ()),
        footer=footer_of(payee, amount_words(payee, language, 0)),
        message_id=message_id,
    )
