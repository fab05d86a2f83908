"""Entry and Posting (λογιστική εγγραφή): double entry in integer cents, debit positive, credit negative.

Accounts are texts «kind:qualifier», kinds after the chart of docs/architecture.md:
11 clearing of an acquirer, 12 clearing of DIAS, 20 receivable by revenue code, 30 revenue, 31 surcharge,
40 withheld for others, 42 unapplied.
PostgreSQL refuses an entry whose postings do not sum to zero, and any change of either table.
"""

from django.db import models

from obolos.base.tenant_model import TenantModel


class Entry(TenantModel):
    """One accounting event. `key` says what it is for, once: «pay:…», «certify:…», «allocate:…»."""

    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    #: Legal date, Europe/Athens.
    on = models.DateField()
    booked_at = models.DateTimeField()
    reverses = models.ForeignKey("self", null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")

    class Meta:
        db_table = "entry"
        constraints = [models.UniqueConstraint(fields=["municipality", "key"], name="entry_once")]


class Posting(TenantModel):
    """One line of an entry. Never zero. `instalment_id` is the sub-ledger of account 20."""

    entry = models.ForeignKey(Entry, on_delete=models.DO_NOTHING, db_constraint=False, related_name="postings")
    account = models.CharField(max_length=60)
    amount_cents = models.BigIntegerField()
    instalment_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "posting"
        constraints = [models.CheckConstraint(condition=~models.Q(amount_cents=0), name="posting_not_zero")]
        indexes = [models.Index(fields=["municipality", "account"], name="posting_by_account")]
