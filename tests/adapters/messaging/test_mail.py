"""E-mail: content complete in both forms, safe against what people type, honest when it did not leave."""

import dataclasses
import email
import email.policy
import socket
from html.parser import HTMLParser

import pytest
from django.core.mail.backends.locmem import EmailBackend as Nowhere
from django.core.mail.backends.smtp import EmailBackend as Smtp

from obolos.adapters.messaging.mail import as_html, as_text, compose, send_email
from obolos.adapters.messaging.views import Attachment, BadMessage, Button, EmailView, NotSent

SENDER = "pliromes@ioannina.example"
VIEW = EmailView(
    to="eleni.m@example.gr",
    subject="Απόδειξη πληρωμής: 266,70\u00a0€ στον Δήμο Ιωαννιτών",
    language="el",
    sender_name="Δήμος Ιωαννιτών",
    heading="Η πληρωμή ολοκληρώθηκε",
    lead="266,70\u00a0€ στον Δήμο Ιωαννιτών: λάβαμε την πληρωμή σας.",
    rows=(("Αριθμός πληρωμής", "OB-7K2M-94QX"), ("Τρόπος", "Κάρτα")),
    paragraphs=("Πρώτη παράγραφος.", "Δεύτερη παράγραφος."),
    button=Button("Δείτε την πληρωμή", "https://pliromes.example.gr/pay/abc/?a=1&b=2"),
    footer=("Δεν ζητάμε ποτέ κωδικούς τράπεζας.", "Τηλέφωνο 26510 00000"),
    attachments=(
        Attachment("OB-7K2M-94QX.pdf", b"%PDF-1.7\x00\xff", "application/pdf"),
        Attachment("RF.ics", "BEGIN:VCALENDAR\r\nSUMMARY:Λήγει\r\nEND:VCALENDAR\r\n".encode(), "text/calendar"),
    ),
    reply_to="esoda@ioannina.example",
    message_id="delivery-17.1",
)


def changed(**fields):
    return dataclasses.replace(VIEW, **fields)


def smtp(port: int) -> Smtp:
    return Smtp(host="127.0.0.1", port=port, username="", password="", use_tls=False, timeout=5)


def parsed(raw: bytes):
    return email.message_from_bytes(raw, policy=email.policy.default)


class Page(HTMLParser):
    """Visible and hidden text, every element, every attribute that loads or leads somewhere."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.links: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.links += [value for name, value in attrs if name in ("href", "src", "background", "srcset", "action")]

    def handle_data(self, data):
        self.text.append(data)


def test_what_arrives_is_the_message_with_all_its_headers_and_files(mail_server):
    send_email(VIEW, f"Obolos <{SENDER}>", connection=smtp(mail_server.port))
    ((mail_from, to, raw),) = mail_server.letters
    letter = parsed(raw)
    assert (mail_from, to) == (SENDER, ["eleni.m@example.gr"])
    assert letter["Subject"].strip() == "Απόδειξη πληρωμής: 266,70 € στον Δήμο Ιωαννιτών"
    assert letter["From"].addresses[0].display_name == "Δήμος Ιωαννιτών"
    assert letter["From"].addresses[0].addr_spec == SENDER
    assert letter["Reply-To"] == "esoda@ioannina.example"
    assert letter["Message-ID"] == "<delivery-17.1@ioannina.example>"
    assert letter["Content-Language"] == "el"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content_type() == "multipart/mixed"
    alternative, pdf, calendar = letter.iter_parts()
    plain, html = alternative.iter_parts()
    assert plain.get_content().replace("\r\n", "\n") == as_text(VIEW)
    assert html.get_content_type() == "text/html"
    assert html.get_content().replace("\r\n", "\n").strip() == as_html(VIEW).strip()
    assert (pdf.get_filename(), pdf.get_content_type(), pdf.get_content()) == (
        "OB-7K2M-94QX.pdf",
        "application/pdf",
        b"%PDF-1.7\x00\xff",
    )
    assert (calendar.get_filename(), calendar.get_content_type()) == ("RF.ics", "text/calendar")
    assert "SUMMARY:Λήγει" in calendar.get_content()


def test_plain_text_is_complete_and_starts_with_amount_and_payee():
    assert as_text(VIEW) == (
        "266,70\u00a0€ στον Δήμο Ιωαννιτών: λάβαμε την πληρωμή σας.\n"
        "\n"
        "Η πληρωμή ολοκληρώθηκε\n"
        "Αριθμός πληρωμής: OB-7K2M-94QX\n"
        "Τρόπος: Κάρτα\n"
        "\n"
        "Δείτε την πληρωμή:\n"
        "https://pliromes.example.gr/pay/abc/?a=1&b=2\n"
        "\n"
        "Πρώτη παράγραφος.\n"
        "\n"
        "Δεύτερη παράγραφος.\n"
        "\n"
        "--\n"
        "Δήμος Ιωαννιτών\n"
        "Δεν ζητάμε ποτέ κωδικούς τράπεζας.\n"
        "Τηλέφωνο 26510 00000\n"
    )


def test_html_says_the_same_and_previews_the_lead():
    page = Page(as_html(VIEW))
    shown = " ".join(page.text)
    for said in (VIEW.heading, *VIEW.rows[0], *VIEW.rows[1], *VIEW.paragraphs, *VIEW.footer, VIEW.button.label):
        assert said in shown
    assert ("html", {"lang": "el"}) in page.elements
    body = shown[shown.index("@media") :]
    body = body[body.index("266,70") :]
    assert body.startswith(VIEW.lead), "the first text of the body is the preview line"
    assert shown.count(VIEW.lead) == 2


def test_html_loads_nothing_and_leads_only_where_the_button_does():
    page = Page(as_html(VIEW))
    assert page.links == ["https://pliromes.example.gr/pay/abc/?a=1&b=2"]
    assert {tag for tag, _ in page.elements} == {
        "html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "h1", "p", "span", "a",
    }  # fmt: skip
    source = as_html(VIEW)
    assert "url(" not in source
    assert "@import" not in source
    assert "max-width:600px" in source
    assert "prefers-color-scheme: dark" in source


def test_what_people_type_is_text_in_html():
    hostile = "<img src=x onerror=alert(1)>{{ 7*7 }}{% x %}\"'&amp;"
    view = changed(
        heading=hostile, lead=hostile, rows=((hostile, hostile),), paragraphs=(hostile,), footer=(hostile,),
        sender_name="<b>x</b>", subject=hostile, button=Button(hostile, "https://x.example/?q=\"><script>"),
    )  # fmt: skip
    page = Page(as_html(view))
    assert not {"img", "script", "b"} & {tag for tag, _ in page.elements}
    assert page.text.count(hostile) == 8
    assert page.links == ['https://x.example/?q="><script>']


def test_least_message_has_no_empty_parts():
    view = EmailView(to="a@b.gr", subject="s", language="en", heading="h", lead="l")
    assert as_text(view) == "l\n\nh\n"
    message = compose(view, SENDER)
    assert message.from_email == SENDER
    assert message.extra_headers == {"Auto-Submitted": "auto-generated", "Content-Language": "en"}
    assert "<a " not in as_html(view)


@pytest.mark.parametrize(
    "fields",
    [
        {"subject": "x\nBcc: a@b.gr"},
        {"subject": "x\r\nBcc: a@b.gr"},
        {"subject": "x\x00"},
        {"subject": "x\u2028y"},
        {"subject": "  "},
        {"subject": "x" * 201},
        {"sender_name": "x\nBcc: a@b.gr"},
        {"language": "el\nX: y"},
        {"to": ""},
        {"to": "a@b.gr\nBcc: c@d.gr"},
        {"to": "a@b.gr, c@d.gr"},
        {"to": "Όνομα <a@b.gr>"},
        {"to": "a@"},
        {"to": "a@b..gr"},
        {"to": "a b@c.gr"},
        {"reply_to": "a@b.gr\r\nX: y"},
        {"reply_to": "a@b.gr,c@d.gr"},
        {"message_id": "x@y"},
        {"message_id": "x>\r\nBcc: a@b.gr"},
        {"button": Button("x", "javascript:alert(1)")},
        {"button": Button("x", "//evil.example/")},
        {"button": Button("", "https://x.example/")},
        {"attachments": (Attachment("x\r\ny.pdf", b"", "application/pdf"),)},
        {"attachments": (Attachment("../x.pdf", b"", "application/pdf"),)},
        {"attachments": (Attachment("x.pdf", b"", "application/pdf\r\nX: y"),)},
    ],
)
def test_what_would_break_a_header_is_refused_before_sending(fields, mail_server):
    with pytest.raises(BadMessage):
        send_email(changed(**fields), SENDER, connection=smtp(mail_server.port))
    assert mail_server.letters == []


@pytest.mark.parametrize("sender", ["", "x", "a@b.gr\nBcc: c@d.gr", "x\ny <a@b.gr>"])
def test_a_sender_that_is_no_address_is_refused(sender):
    with pytest.raises(BadMessage):
        compose(changed(reply_to=""), sender)


def test_quotes_in_a_name_stay_inside_the_name(mail_server):
    send_email(changed(sender_name='Δήμος "Χ" <evil@x.example>, y'), SENDER, connection=smtp(mail_server.port))
    (address,) = parsed(mail_server.letters[0][2])["From"].addresses
    assert address.addr_spec == SENDER


@pytest.mark.parametrize(
    ("refusal", "retry"),
    [
        ({"refuse_rcpt": "550 no such mailbox"}, False),
        ({"refuse_rcpt": "450 mailbox busy"}, True),
        ({"refuse_data": "554 not wanted"}, False),
        ({"refuse_data": "451 try later"}, True),
    ],
)
def test_a_refusal_says_whether_trying_again_helps(mail_server, refusal, retry):
    vars(mail_server).update(refusal)
    with pytest.raises(NotSent) as caught:
        send_email(VIEW, SENDER, connection=smtp(mail_server.port))
    assert caught.value.retry is retry
    assert "eleni" not in str(caught.value)


def test_a_server_that_is_down_is_not_sent():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = taken.getsockname()[1]
        with pytest.raises(NotSent) as caught:
            send_email(VIEW, SENDER, connection=smtp(closed))
    assert caught.value.retry is True


def test_a_server_that_never_greets_is_not_sent():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        slow = Smtp(host="127.0.0.1", port=silent.getsockname()[1], timeout=0.2)
        with pytest.raises(NotSent):
            send_email(VIEW, SENDER, connection=slow)


def test_a_backend_that_takes_nothing_is_not_sent():
    class Refusing(Nowhere):
        def send_messages(self, messages):
            return 0

    with pytest.raises(NotSent):
        send_email(VIEW, SENDER, connection=Refusing())
