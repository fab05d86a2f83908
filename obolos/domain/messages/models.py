"""Message (ειδοποίηση): an e-mail or SMS that left, or tried to leave, for a payer."""

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
