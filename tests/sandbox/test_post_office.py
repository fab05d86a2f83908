"""What is sent by mail and SMS is caught whole, and refused on purpose when asked."""

import smtplib
from email.message import EmailMessage

import httpx
import pytest

from sandbox import gsm
from tests.sandbox.outside import Outside

SUBJECT = "Πληρωμή 1.234,56 € στον Δήμο Μαντουδίου, Λίμνης και Αγίας Άννας για τα τέλη ύδρευσης του έτους 2026"


def letter(to: str = "eleni@example.org") -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = SUBJECT, "Δήμος <portal@example.org>", to
    message.set_content("Κείμενο http://localhost/x\n")
    message.add_alternative("<p>Κείμενο<script>alert(1)</script></p>", subtype="html")
    message.add_attachment(b"%PDF-1.7 x", maintype="application", subtype="pdf", filename="OB-1.pdf")
    return message


def send(outside: Outside, message: EmailMessage) -> None:
    port = int(outside.address.rpartition(":")[2]) + 1
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as server:
        server.send_message(message)


def test_a_letter_is_kept_whole(outside: Outside) -> None:
    send(outside, letter())
    send(outside, letter("giorgos@example.org"))
    [found] = outside.get("mail", to="ELENI@example.org")
    assert found["subject"] == SUBJECT
    assert found["to"] == ["eleni@example.org"]
    assert found["text"].startswith("Κείμενο")
    assert "<p>" in found["html"]
    [attached] = found["attachments"]
    assert (attached["name"], attached["type"]) == ("OB-1.pdf", "application/pdf")
    answer = httpx.get(f"{outside.address}{attached['url']}")
    assert answer.content == b"%PDF-1.7 x"
    assert answer.headers["content-disposition"] == 'attachment; filename="OB-1.pdf"'
    assert len(outside.get("mail")) == 2


def test_a_subject_folded_at_once_has_no_blanks_before_it(outside: Outside) -> None:
    port = int(outside.address.rpartition(":")[2]) + 1
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as server:
        server.sendmail(
            "a@example.org", ["b@example.org"], b"Subject:\r\n One\r\n two\r\nTo: b@example.org\r\n\r\nx\r\n"
        )
    assert outside.get("mail")[0]["subject"] == "One two"


def test_the_pages_show_it_and_run_nothing_of_it(outside: Outside) -> None:
    send(outside, letter())
    [found] = outside.get("mail")
    assert SUBJECT.split("€", maxsplit=1)[0] in httpx.get(f"{outside.address}/mail/").text
    page = httpx.get(f"{outside.address}/mail/{found['id']}/").text
    assert "OB-1.pdf" in page
    assert "<script>alert" not in page
    framed = httpx.get(f"{outside.address}/mail/{found['id']}/html/")
    assert "sandbox" in framed.headers["content-security-policy"]
    assert httpx.get(f"{outside.address}/mail/1/").status_code == 404


def test_mail_is_refused_on_purpose(outside: Outside) -> None:
    outside.post("faults", actor="mail", fault="refuse", match="eleni@")
    send(outside, letter("giorgos@example.org"))
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(outside, letter())
    assert refused.value.smtp_code == 451
    send(outside, letter())
    assert len(outside.get("mail", to="eleni@example.org")) == 1


@pytest.mark.parametrize(
    ("text", "alphabet", "parts"),
    [
        ("Α" * 160, "UCS-2", 3), ("A" * 160, "GSM-7", 1), ("A" * 161, "GSM-7", 2), ("ΔΗΜΟΣ", "UCS-2", 1),
        ("ΔΦΓΛΩΠΨΣΘΞ", "GSM-7", 1), ("€" * 80, "GSM-7", 1), ("€" * 81, "GSM-7", 2), ("ά" * 70, "UCS-2", 1),
        ("ά" * 71, "UCS-2", 2), ("", "GSM-7", 1),
    ],
)  # fmt: skip
def test_parts_of_an_sms(text: str, alphabet: str, parts: int) -> None:
    assert (gsm.alphabet_of(text), gsm.parts_of(text)) == (alphabet, parts)


def test_sms(outside: Outside) -> None:
    body = {"to": "+306940000001", "sender": "OBOLOS", "text": "RF64 9001"}
    url = f"{outside.address}/sms/send"
    outside.fault("sms", "refuse")
    assert httpx.post(url, json=body).status_code == 503
    for _ in range(2):
        assert httpx.post(url, json=body, headers={"Idempotency-Key": "K"}).status_code == 202
    assert httpx.post(url, json={"to": "1"}).status_code == 400
    assert httpx.post(url, json=body | {"sender": "x" * 12}).status_code == 400
    [found] = outside.get("sms", to="+306940000001")
    assert (found["text"], found["sender"]) == ("RF64 9001", "OBOLOS")
    assert (found["alphabet"], found["parts"]) == ("GSM-7", 1)
    assert outside.get("sms", to="+306940000002") == []
    assert "RF64 9001" in httpx.get(f"{outside.address}/sms/").text
