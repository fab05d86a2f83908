"""WorklistItem (εκκρεμότητα): something about money that a person must decide; and DIAS day files taken in."""

from django.db import models
from django.db.models import Q

from obolos.base.tenant_model import TenantModel


class WorklistKind(models.TextChoices):
    """Why a person is needed."""

    UNAPPLIED = "UNAPPLIED"
    ERP_REFUSED = "ERP_REFUSED"
    ERP_CONTRADICTS = "ERP_CONTRADICTS"
    OVERCOLLECTED = "OVERCOLLECTED"
    DIAS_UNCONFIRMED = "DIAS_UNCONFIRMED"
    DIAS_AMBIGUOUS = "DIAS_AMBIGUOUS"
    BANK_CONTRADICTS = "BANK_CONTRADICTS"
    #: A certificate was paid and is to be made out.
    CERTIFICATE = "CERTIFICATE"
    #: An event was cancelled: this purchase is to be given back.
    REFUND = "REFUND"
    #: A sale that only a person can end.
    SALE = "SALE"
    #: A fault of ours keeps something from being told; it is tried again.
    NOT_DELIVERED = "NOT_DELIVERED"
    #: A slip was paid before its fine came, and only a person can say what it paid.
    SLIP = "SLIP"


class WorklistItem(TenantModel):
    """One open question. For UNAPPLIED, the open amounts sum to the balance of account 42."""

    kind = models.CharField(max_length=20, choices=WorklistKind.choices)
    #: «payment:17», «instalment:9»: one open item per kind and subject.
    subject = models.CharField(max_length=80)
    payment_id = models.BigIntegerField(null=True)
    amount_cents = models.BigIntegerField(default=0, db_default=0)
    reason = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.BigIntegerField(null=True)
    #: The entry that moved the money on, for UNAPPLIED.
    closing_entry_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "worklist_item"
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "kind", "subject"],
                condition=Q(closed_at__isnull=True),
                name="worklist_item_once",
            )
        ]


class DiasDayFile(TenantModel):
    """A day file of DIAS that was read whole. The same file again changes nothing."""

    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    day = models.DateField()
    sequence = models.IntegerField()
    rows = models.IntegerField()
    amount_cents = models.BigIntegerField()
    read_at = models.DateTimeField()

    class Meta:
        db_table = "dias_day_file"
        constraints = [models.UniqueConstraint(fields=["municipality", "day", "sequence"], name="dias_day_file_once")]
