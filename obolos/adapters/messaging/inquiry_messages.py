"""Letters to somebody who wrote about a debt: that it arrived, and the municipality's answer. Wording only."""

from obolos.adapters.messaging.payer_messages import Payee, amount_words, footer_of
from obolos.adapters.messaging.views import EmailView

_TEXTS = {
    "el": {
        "opened_subject": "Λάβαμε το μήνυμά σας: {reference}",
        "opened_heading": "Λάβαμε το μήνυμά σας",
        "opened_lead": "{reference}: το μήνυμά σας έφτασε {to}.",
        "opened_next": "Σας απαντά ο δήμος σε αυτό το e-mail. Οι προθεσμίες πληρωμής και ένστασης δεν αλλάζουν.",
        "answered_subject": "Απάντηση στο μήνυμά σας {reference}",
        "answered_heading": "Ο δήμος απάντησε",
        "answered_lead": "{municipality}: απάντηση στο μήνυμά σας {reference}.",
        "row_reference": "Κωδικός μηνύματος",
        "row_about": "Αφορά",
        "row_yours": "Το μήνυμά σας",
    },
    "en": {
        "opened_subject": "We have your message: {reference}",
        "opened_heading": "We have your message",
        "opened_lead": "{reference}: your message has reached {municipality}.",
        "opened_next": "The municipality answers you at this e-mail address. "
        "The deadlines for paying and for objecting do not change.",
        "answered_subject": "Answer to your message {reference}",
        "answered_heading": "The municipality has answered",
        "answered_lead": "{municipality}: answer to your message {reference}.",
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
    message_id: str = "",
) -> EmailView:
    """That an inquiry has arrived; with an `answer`, that answer in the municipality's own words."""
    values = {"reference": reference, "municipality": payee.name(language), "to": payee.to(language)}
    say = {key: words.format(**values) for key, words in _TEXTS[language].items()}
    sort = "answered" if answer else "opened"
    rows = [(say["row_reference"], reference), (say["row_about"], about)]
    if text:
        rows.append((say["row_yours"], text))
    paragraphs = tuple(part.strip() for part in answer.split("\n") if part.strip()) or (say["opened_next"],)
    return EmailView(
        to=to,
        subject=say[f"{sort}_subject"],
        language=language,
        sender_name=payee.name(language),
        heading=say[f"{sort}_heading"],
        lead=say[f"{sort}_lead"],
        rows=tuple(rows),
        paragraphs=paragraphs,
        footer=footer_of(payee, amount_words(payee, language, 0)),
        message_id=message_id,
    )
