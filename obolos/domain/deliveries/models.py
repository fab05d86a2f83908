"""Delivery (εξερχόμενο): what must be told to whom, written in the transaction that made it true."""

from django.db import models

from obolos.base.tenant_model import TenantModel


class Target(models.TextChoices):
    """Whom a delivery is for."""

    ERP = "ERP"
    PAYER_EMAIL = "PAYER_EMAIL"
    PAYER_SMS = "PAYER_SMS"


class DeliveryState(models.TextChoices):
    """PENDING → SENT, or → REFUSED (the other side said no: a person decides), or → PARKED (tries used up)."""

    PENDING = "PENDING"
    SENT = "SENT"
    REFUSED = "REFUSED"
    PARKED = "PARKED"


MOVES = {
    DeliveryState.PENDING: {DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.PARKED},
    DeliveryState.REFUSED: {DeliveryState.PENDING},
    DeliveryState.PARKED: {DeliveryState.PENDING},
    DeliveryState.SENT: set(),
}


class Delivery(TenantModel):
    """One thing to tell one outside party, once in effect: the unique key decides, whoever writes it again."""

    target = models.CharField(max_length=12, choices=Target.choices)
    #: «kind:id» of what it is about, e.g. «payment:17» or «rf:9».
    subject = models.CharField(max_length=80)
    event = models.CharField(max_length=30)
    version = models.IntegerField(default=1, db_default=1)
    #: What the drain cannot read back from the subject, e.g. the contact to write to.
    detail = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    tries = models.IntegerField(default=0, db_default=0)
    done_at = models.DateTimeField(null=True)
    #: The other side's last words.
    answer = models.JSONField(default=dict)

    class Meta:
        db_table = "delivery"
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "target", "subject", "event", "version"], name="delivery_once"
            )
        ]
        indexes = [
            models.Index(fields=["municipality", "due_at"], name="delivery_due", condition=models.Q(state="PENDING"))
        ]
