"""What reminders say: one SMS part in the worst case, whole without a picture, one button, a way to stop them."""

from datetime import date
from itertools import product

import pytest

from obolos.adapters.messaging.mail import as_html, as_text, compose
from obolos.adapters.messaging.payer_messages import Payee
from obolos.adapters.messaging.reminder_messages import Due, reminder_email, reminder_sms
from obolos.adapters.messaging.views import BadMessage
from obolos.base.text import sms_parts

RF = "RF64900120120000000004711"
PAYEE = Payee("Ιωαννιτών", "Ioanniton", "26510 00000", "pliromes.example.gr")
LONGEST = Payee("Μαντουδίου - Λίμνης - Αγίας Άννας", "Mantoudiou - Limnis - Agias Annas", "", "")
WIDEST_CENTS = 99_999_999  # 999.999,99: ten characters
DUE = Due(
    "Μαρκάκη Ελένη", 7_848, date(2026, 11, 30), date(2026, 11, 27), "Ύδρευση: δόση 3 από 4", RF, date(2026, 11, 30)
)
LATE = Due("Μαρκάκη Ελένη", 7_848, date(2026, 11, 30), date(2026, 12, 3), "Ύδρευση", RF, date(2026, 12, 31))
URL, STOP = "https://pliromes.example.gr/k/ABCD", "https://pliromes.example.gr/reminders/stop/?p=7-0a"


def letter(due=DUE, language="el", **changes):
    fields = {"to": "eleni@example.gr", "language": language, "pay_url": URL, "stop_url": STOP} | changes
    return reminder_email(PAYEE, due, **fields)


def text(due=DUE, language="el", payee=PAYEE):
    return reminder_sms(payee, due, mobile="6940000000", language=language).text


def test_sms_are_exactly_these():
    assert text() == (
        "MAPKAKH EΛENH: 78,48 EUR ΣTON ΔHMO IΩANNITΩN EΩΣ 30/11/2026. RF64900120120000000004711 pliromes.example.gr"
    )
    assert text(LATE) == (
        "MAPKAKH EΛENH: 78,48 EUR ΣTON ΔHMO IΩANNITΩN, EΛHΞE 30/11/2026. RF64900120120000000004711 pliromes.example.gr"
    )
    assert text(language="en") == (
        "MAPKAKH EΛENH: 78.48 EUR to the Municipality of Ioanniton by 30/11/2026. RF64900120120000000004711 "
        "pliromes.example.gr"
    )


@pytest.mark.parametrize(
    ("language", "person", "domain", "late"),
    list(
        product(
            ["el", "en"],
            ["Ελένη", "Παπαδημητρίου-Χατζηκωνσταντίνου Αικατερίνη-Μαρία", "Ω" * 200],
            ["d.gr", "pliromes.mantoudi.gov.gr", "ilektronikes-pliromes.dimos-mantoudiou.gr"],
            [False, True],
        )
    ),
)
def test_the_longest_of_all_is_one_part_with_all_that_matters(language, person, domain, late):
    on = date(2026, 12, 31) if late else date(2026, 12, 1)
    due = Due(person, WIDEST_CENTS, date(2026, 12, 30), on, "x" * 200, RF, date(2026, 12, 30))
    payee = Payee(LONGEST.name_el, LONGEST.name_en, "", domain)
    said = text(due, language, payee)
    assert sms_parts(said) == 1
    assert len(said) <= 160
    assert f" {RF} " in said
    assert said.endswith(f" {domain}")
    assert "30/12/2026" in said
    assert ("999.999,99 EUR" if language == "el" else "999,999.99 EUR") in said
    assert ("MANTOYΔIOY - ΛIMNHΣ - AΓIAΣ ANNAΣ" if language == "el" else "Mantoudiou - Limnis - Agias Annas") in said
    assert "http" not in said
    assert "/k/" not in said


def test_a_domain_that_leaves_no_room_is_refused_rather_than_dropped():
    with pytest.raises(BadMessage):
        text(payee=Payee(LONGEST.name_el, "", "", f"{'a' * 100}.gr"))


@pytest.mark.parametrize(
    ("on", "el", "en"),
    [
        (date(2026, 11, 23), "Λήγει σε 7 ημέρες", "Due in 7 days"),
        (date(2026, 11, 29), "Λήγει αύριο", "Due tomorrow"),
        (date(2026, 11, 30), "Λήγει σήμερα", "Due today"),
        (date(2026, 12, 1), "Έληξε χθες", "Due yesterday"),
        (date(2026, 12, 3), "Έληξε πριν από 3 ημέρες", "Due 3 days ago"),
    ],
)
def test_the_subject_says_when_how_much_and_to_whom(on, el, en):
    due = Due("Μαρκάκη Ελένη", 7_848, date(2026, 11, 30), on, "Ύδρευση")
    assert letter(due).subject == f"{el}: 78,48\u00a0€ στον Δήμο Ιωαννιτών"
    assert letter(due, "en").subject == f"{en}: €78.48 to the Municipality of Ioanniton"


@pytest.mark.parametrize(("due", "language"), list(product([DUE, LATE], ["el", "en"])))
def test_the_letter_has_one_button_and_says_everything_in_plain_text_too(due, language):
    view = letter(due, language)
    plain, page = as_text(view), as_html(view)
    for needed in (view.lead, "RF64 9001 2012 0000 0000 0471 1", URL, STOP, due.about):
        assert needed in plain
        assert needed in page
    assert page.count("<a ") == 2
    assert "<img" not in page
    assert f'lang="{language}"' in page
    assert "26510 00000" in plain
    message = compose(view, "no-reply@example.gr")
    assert message.extra_headers["List-Unsubscribe"] == f"<{STOP}>"
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_other_letters_offer_no_way_to_stop_them():
    view = letter()
    other = view.__class__(view.to, view.subject, "el", view.heading, view.lead)
    assert "List-Unsubscribe" not in compose(other, "no-reply@example.gr").extra_headers


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://x.gr/\r\nBcc: a@b.gr", "https://x.gr/>,<http://evil", ""]
)
def test_a_link_that_would_break_out_of_its_header_is_refused(url):
    with pytest.raises(BadMessage):
        compose(letter(stop_url=url), "no-reply@example.gr")


def test_without_a_code_the_message_leads_to_our_address():
    due = Due("Μαρκάκη Ελένη", 7_848, date(2026, 11, 30), date(2026, 11, 27), "Ύδρευση")
    assert text(due) == "MAPKAKH EΛENH: 78,48 EUR ΣTON ΔHMO IΩANNITΩN EΩΣ 30/11/2026. pliromes.example.gr"
    assert "RF" not in as_text(letter(due))
