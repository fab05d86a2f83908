"""What payers are told: exact words where it matters, one SMS part in the worst case, both languages complete."""

import ast
import inspect
import re
import string
from datetime import UTC, date, datetime

import pytest

from obolos.adapters.messaging import payer_messages as told
from obolos.adapters.messaging import reminder_messages, sale_messages
from obolos.adapters.messaging.mail import as_html, as_text, compose
from obolos.adapters.messaging.payer_messages import Payee
from obolos.adapters.messaging.texts import TEXTS
from obolos.adapters.messaging.views import BadMessage, Button
from obolos.base.text import sms_parts

RF = "RF64900120120000000004711"
URL = "https://pliromes.example.gr/pay/abcdefghijklmnopqrstuv/"
PAYEE = Payee("Ιωαννιτών", "Ioanniton", "26510 00000", "pliromes.example.gr")
# The longest names of the 325 municipalities, in either alphabet.
LONGEST = Payee(
    "Μαντουδίου - Λίμνης - Αγίας Άννας", "Mantoudiou - Limnis - Agias Annas", "", "pliromes.mantoudi.gov.gr"
)
WIDEST_CENTS = 99_999_999  # 999.999,99: ten characters
COMMON = {"amount_cents": 26_670, "about": "Ύδρευση 2026", "order_url": URL}
MAIL = COMMON | {"to": "eleni@example.gr"}
UNTIL = date(2026, 11, 30)
PAID_AT = datetime(2026, 11, 23, 17, 6, tzinfo=UTC)


def rf_mail(language="el", **fields):
    return told.rf_issued_email(PAYEE, **MAIL | {"language": language, "rf_code": RF, "valid_until": UNTIL} | fields)


def paid_mail(language="el", **fields):
    paid = {"language": language, "paid_at": PAID_AT, "means": "Κάρτα", "reference": "OB-7K2M-94QX"}
    return told.payment_received_email(PAYEE, **MAIL | paid | fields)


def waiting_mail(language="el"):
    return told.payment_waiting_email(PAYEE, **MAIL, language=language, reference="OB-7K2M-94QX")


def failed_mail(language="el", *, confirmed_not_charged=True, reason="DECLINED"):
    return told.payment_failed_email(
        PAYEE, **MAIL, language=language, reference="OB-7K2M-94QX", reason=reason,
        confirmed_not_charged=confirmed_not_charged,
    )  # fmt: skip


def code_mail(language="el"):
    return told.contact_code_email(
        to="eleni@example.gr", language=language, code="482913", valid_minutes=10, service_name="Obolos",
        domain="pliromes.example.gr",
    )  # fmt: skip


ALL_MAILS = [rf_mail, paid_mail, waiting_mail, failed_mail, code_mail]


@pytest.mark.parametrize("language", ["el", "en"])
@pytest.mark.parametrize("mail", ALL_MAILS)
def test_every_mail_is_whole_in_both_languages(mail, language):
    view = mail(language)
    compose(view, "pliromes@example.gr")
    source, text = as_html(view), as_text(view)
    assert "{" not in text
    assert "None" not in text
    assert f'<html lang="{language}">' in source
    assert view.footer[0].startswith(("Δεν ζητάμε ποτέ κωδικούς τράπεζας", "We never ask for bank passwords"))
    assert "pliromes.example.gr" in view.footer[1]
    greek = re.findall(r"[Α-Ωα-ωΆ-ώ]+", "".join((view.subject, view.heading, view.lead, *view.paragraphs)))
    assert bool(greek) == (language == "el") or set(greek) <= {"τριπλότυπο", "Πληρωμές"}


@pytest.mark.parametrize("mail", [rf_mail, paid_mail, waiting_mail, failed_mail])
def test_amount_and_payee_come_first(mail):
    assert mail("el").lead.startswith("266,70\u00a0€ στον Δήμο Ιωαννιτών: ")
    assert mail("en").lead.startswith("€266.70 to the Municipality of Ioanniton: ")
    assert "266,70\u00a0€ στον Δήμο Ιωαννιτών" in mail("el").subject
    assert mail("el").sender_name == "Δήμος Ιωαννιτών"
    assert mail("el").footer[0].endswith("τηλεφωνήστε στο 26510 00000.")


def test_rf_mail_tells_the_code_the_amount_and_the_last_day():
    view = rf_mail(calendar=b"BEGIN:VCALENDAR")
    assert view.subject == "Κωδικός RF για 266,70\u00a0€ στον Δήμο Ιωαννιτών, έως 30/11/2026"
    assert view.rows == (
        ("Κωδικός RF", "RF64 9001 2012 0000 0000 0471 1"),
        ("Ποσό", "266,70\u00a0€"),
        ("Ισχύει έως", "30 Νοεμβρίου 2026"),
        ("Αφορά", "Ύδρευση 2026"),
    )
    assert view.button == Button("Δείτε τον κωδικό και το QR", URL)
    assert [(file.filename, file.media_type) for file in view.attachments] == [(f"{RF}.ics", "text/calendar")]
    assert "Πληρώστε ακριβώς 266,70\u00a0€." in view.paragraphs[1]
    assert rf_mail().attachments == ()


def test_paid_mail_carries_the_proof_or_says_where_it_is():
    with_proof = paid_mail(proof=b"%PDF")
    assert with_proof.subject == "Απόδειξη πληρωμής: 266,70\u00a0€ στον Δήμο Ιωαννιτών"
    assert [(file.filename, file.content) for file in with_proof.attachments] == [("OB-7K2M-94QX.pdf", b"%PDF")]
    assert ("Ημερομηνία", "23 Νοεμβρίου 2026, 19:06") in with_proof.rows
    assert ("Αριθμός πληρωμής", "OB-7K2M-94QX") in with_proof.rows
    assert "στο συνημμένο PDF" in with_proof.paragraphs[0]
    without = paid_mail()
    assert without.attachments == ()
    assert "συνημμένο" not in as_text(without)


def test_sent_again_says_so():
    for mail in (rf_mail, paid_mail):
        assert "Σας το στέλνουμε ξανά, όπως ζητήσατε από τον δήμο." in mail(again=True).paragraphs
        assert "ξανά" not in as_text(mail())


def test_waiting_mail_says_do_not_pay_again_in_subject_and_lead():
    for language, words in (("el", "Μην πληρώσετε ξανά"), ("en", "Do not pay again")):
        view = waiting_mail(language)
        assert view.subject.startswith(words)
        assert words in view.lead


def test_not_charged_is_said_only_when_the_bank_confirmed_it():
    sure = as_text(failed_mail())
    assert "Τι συνέβη: Η τράπεζα δεν ενέκρινε την κάρτα. Δεν χρεωθήκατε.\n" in sure
    assert "Δοκιμάστε ξανά:" in sure
    unsure = as_text(failed_mail(confirmed_not_charged=False))
    assert "Δεν χρεωθήκατε" not in unsure
    assert "μην πληρώσετε ξανά" in unsure
    assert "Δοκιμάστε" not in unsure
    assert "You were not charged." in as_text(failed_mail("en"))
    assert "You were not charged" not in as_text(failed_mail("en", confirmed_not_charged=False))


def test_an_unknown_reason_is_told_as_technical():
    assert "Η τράπεζα δεν μπόρεσε να ολοκληρώσει την πληρωμή." in as_text(failed_mail(reason="ZZ_99"))
    assert "Η τράπεζα δεν μπόρεσε" in as_text(failed_mail(reason=""))


def test_code_mail_says_the_code_first_and_warns():
    view = code_mail()
    assert view.subject == "Κωδικός επιβεβαίωσης: 482913"
    assert view.lead == "Ο κωδικός σας είναι 482913. Ισχύει για 10 λεπτά."
    assert view.button is None
    assert view.paragraphs[-1] == "Μην δώσετε τον κωδικό σε κανέναν, ούτε στο τηλέφωνο."


def rf_sms(payee, language, cents=WIDEST_CENTS):
    return told.rf_issued_sms(
        payee, mobile="694 000 0000", language=language, rf_code=RF, amount_cents=cents, valid_until=UNTIL
    )


def paid_sms(payee, language, about=""):
    return told.payment_received_sms(
        payee, mobile="6940000000", language=language, amount_cents=WIDEST_CENTS, reference="OB-7K2M-94QX", about=about
    )


def test_sms_texts_are_exactly_these():
    assert rf_sms(PAYEE, "el", 2_000).text == (
        "ΔHMOΣ IΩANNITΩN: KΩΔIKOΣ RF64900120120000000004711, ΠOΣO 20,00 EUR, EΩΣ 30/11/2026. "
        "WEB BANKING, ATM H TPAΠEZA. pliromes.example.gr"
    )
    assert rf_sms(PAYEE, "en", 2_000).text == (
        "Municipality of Ioanniton: code RF64900120120000000004711, 20.00 EUR, until 30/11/2026. "
        "Web banking, ATM or bank. pliromes.example.gr"
    )
    assert paid_sms(PAYEE, "el", "την κλήση 2026-004512").text == (
        "ΔHMOΣ IΩANNITΩN: ΛABAME 999.999,99 EUR ΓIA THN KΛHΣH 2026-004512. ΠΛHPΩMH: OB-7K2M-94QX pliromes.example.gr"
    )
    code = told.contact_code_sms(
        mobile="6940000000", language="el", code="482913", valid_minutes=10, domain="pliromes.example.gr"
    )
    assert code.text == (
        "482913 O KΩΔIKOΣ EΠIBEBAIΩΣHΣ. IΣXYEI 10 ΛEΠTA. MHN TON ΔΩΣETE ΣE KANENAN. pliromes.example.gr"
    )
    assert code.to == "+306940000000"


@pytest.mark.parametrize("language", ["el", "en"])
@pytest.mark.parametrize(
    "domain", ["", "d.gr", "pliromes.mantoudi.gov.gr", "ilektronikes-pliromes.dimos-mantoudiou.gr"]
)
def test_longest_name_widest_amount_and_rf_fit_one_part(language, domain):
    payee = Payee(LONGEST.name_el, LONGEST.name_en, "", domain)
    name = "MANTOYΔIOY - ΛIMNHΣ - AΓIAΣ ANNAΣ" if language == "el" else "Mantoudiou - Limnis - Agias Annas"
    for sms in (rf_sms(payee, language), paid_sms(payee, language, "την Κλήση ΚΟΚ 2026-004512 και 12 ακόμη οφειλές")):
        assert sms_parts(sms.text) == 1
        assert len(sms.text) <= 160
        assert name in sms.text
        assert sms.text.endswith(domain)
    code = rf_sms(payee, language).text
    assert RF in code
    assert ("999.999,99 EUR" if language == "el" else "999,999.99 EUR") in code
    assert "30/11/2026" in code
    assert "OB-7K2M-94QX" in paid_sms(payee, language).text


def test_what_is_left_out_is_left_out_in_order():
    roomy = rf_sms(PAYEE, "el", 2_000).text
    assert "WEB BANKING" in roomy
    tight = rf_sms(Payee(LONGEST.name_el, "", "", "pliromes.mantoudi.gov.gr"), "el").text
    assert "WEB BANKING" not in tight
    assert tight.endswith(" pliromes.mantoudi.gov.gr")
    long_about = paid_sms(PAYEE, "el", "οφειλή " * 30).text
    assert long_about == "ΔHMOΣ IΩANNITΩN: ΛABAME 999.999,99 EUR. ΠΛHPΩMH: OB-7K2M-94QX pliromes.example.gr"


def test_a_name_no_part_can_hold_is_refused():
    with pytest.raises(BadMessage):
        rf_sms(Payee("Ω" * 120, "x", "", ""), "el")


def test_greek_inside_english_sms_is_folded_rather_than_doubled():
    sms = paid_sms(PAYEE, "en", "Ύδρευση 2026")
    assert sms_parts(sms.text) == 1
    assert "YΔPEYΣH 2026" in sms.text


@pytest.mark.parametrize("language", ["el", "en"])
@pytest.mark.parametrize("mail", ALL_MAILS)
def test_every_mail_says_our_address_and_where_to_check_it(language, mail):
    for body in (as_text(mail(language)), as_html(mail(language))):
        assert "pliromes.example.gr" in body
        assert "pliromes.example.gr/genuine" in body


@pytest.mark.parametrize("language", ["el", "en"])
def test_no_sms_holds_a_link_or_the_euro_sign(language):
    for sms in (rf_sms(PAYEE, language), paid_sms(PAYEE, language, "x")):
        assert "http" not in sms.text.lower()
        assert "/pay" not in sms.text
        assert "€" not in sms.text


def test_catalogue_is_the_same_in_both_languages_and_all_of_it_is_used():
    assert TEXTS["el"].keys() == TEXTS["en"].keys()
    for key, greek in TEXTS["el"].items():
        names = [
            {name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (greek, TEXTS["en"][key])
        ]
        assert names[0] == names[1], key
    sources = (inspect.getsource(told), inspect.getsource(reminder_messages), inspect.getsource(sale_messages))
    strings = {
        node.value for source in sources for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)
    }
    composed = (
        r"failed_[A-Z]+|due_sms.*|sale_(attached|taken_again)_one|"
        r"(tickets|tickets_one|requested|issued|cancelled)_(subject|heading)"
    )
    unused = {key for key in TEXTS["el"] if key not in strings and not re.fullmatch(composed, key)}
    assert unused == set()
