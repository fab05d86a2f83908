"""Message (ειδοποίηση): an e-mail or SMS that left, or tried to leave, for a payer. Inquiry: what somebody wrote to us."""

from django.db import models

from obolos.base.tenant_model import TenantModel


class Message(TenantModel):
    """What we wrote, to which address, when, about what. Kept so that staff can answer «I never got it»."""

    channel = models.CharField(max_length=5, choices=[("email", "email"), ("sms", "sms")])
    address = models.CharField(max_length=254)
    kind = models.CharField(max_length=40)
    #: «kind:id» of what it is about.
    subject = models.CharField(max_length=80)
    title = models.CharField(max_length=200, blank=True, db_default="")
    text = models.TextField()
    sent_at = models.DateTimeField()

    class Meta:
        db_table = "message"
        indexes = [models.Index(fields=["municipality", "subject"], name="message_by_subject")]


class InquiryKind(models.TextChoices):
    """Ένσταση, «δεν είναι δική μου»."""

    OBJECTION = "OBJECTION"
    NOT_MINE = "NOT_MINE"


class InquiryState(models.TextChoices):
    """OPEN until a member of staff has answered it, or closed it with a reason."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"


class InquiryClosing(models.TextChoices):
    """Why one was closed without an answer of its own words; `wording.closing_words` says it to whoever wrote it."""

    STANDS = "STANDS"
    CORRECTED = "CORRECTED"
    PAPERS = "PAPERS"
    ELSEWHERE = "ELSEWHERE"
    TWICE = "TWICE"


class Inquiry(TenantModel):
    """Ένσταση ή ερώτημα: what somebody who holds a debt's code wrote to the municipality about it, and its answer.

    It is a message, no legal act of its own: nothing about the debt changes by it. `debt_id` points up, to what it is
    about, so no key of the database holds it. `person_id` is the debt's, who sees on his own list that it is objected to.
    """

    #: Short, for paper and telephone: IN-7K2M-94QX.
    reference = models.CharField(max_length=16)
    kind = models.CharField(max_length=10, choices=InquiryKind.choices)
    debt_id = models.BigIntegerField()
    person_id = models.BigIntegerField(null=True)
    text = models.TextField(blank=True, db_default="")
    #: Where the answer goes; empty when its writer left none.
    email = models.EmailField(blank=True, db_default="")
    language = models.CharField(max_length=2, default="el")
    state = models.CharField(max_length=6, choices=InquiryState.choices, default=InquiryState.OPEN)
    created_at = models.DateTimeField()
    #: Made when the form was shown: the same form sent twice is one inquiry.
    form_token = models.CharField(max_length=64)
    answer = models.TextField(blank=True, db_default="")
    #: Instead of an answer.
    closing = models.CharField(max_length=10, choices=InquiryClosing.choices, blank=True, db_default="")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.BigIntegerField(null=True)

    class Meta:
        db_table = "inquiry"
        constraints = [
            models.UniqueConstraint(fields=["municipality", "reference"], name="inquiry_reference"),
            models.UniqueConstraint(fields=["municipality", "form_token"], name="inquiry_form_once"),
            models.CheckConstraint(
                condition=models.Q(state="OPEN", closed_at__isnull=True)
                | models.Q(state="CLOSED", closed_at__isnull=False),
                name="inquiry_closed_once",
            ),
            models.CheckConstraint(
                condition=models.Q(closing="") | models.Q(state="CLOSED"), name="inquiry_closing_when_closed"
            ),
        ]
        indexes = [
            models.Index(fields=["municipality", "debt_id"], name="inquiry_by_debt"),
            models.Index(fields=["person_id"], name="inquiry_open_of_person", condition=models.Q(state="OPEN")),
            models.Index(fields=["municipality", "created_at"], name="inquiry_open", condition=models.Q(state="OPEN")),
        ]
