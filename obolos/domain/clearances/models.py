"""Clearance (βεβαίωση μη οφειλής) and the rule by which a municipality issues it.

A clearance is a fact about one moment and never changes; what it names is frozen in it. It ends by its date alone.
"""

from django.db import models
from django.db.models import Q

from obolos.base.tenant_model import TenantModel


class ClearanceRule(TenantModel):
    """When a municipality issues a clearance and for how long; without a row the defaults of `rules.Rule` hold."""

    offered = models.BooleanField(default=True, db_default=True)
    valid_days = models.IntegerField(default=30, db_default=30)
    #: Whether amounts that are not due yet (instalments of an arrangement included) are in the way too.
    not_due_blocks = models.BooleanField(default=False, db_default=False)
    #: Nothing is certified on news older than this.
    known_within_days = models.IntegerField(default=31, db_default=31)

    class Meta:
        db_table = "clearance_rule"
        constraints = [
            models.UniqueConstraint(fields=["municipality"], name="clearance_rule_once"),
            models.CheckConstraint(
                condition=Q(valid_days__gte=1, valid_days__lte=365)
                & Q(known_within_days__gte=1, known_within_days__lte=365),
                name="clearance_rule_days",
            ),
        ]


class Clearance(TenantModel):
    """Βεβαίωση μη οφειλής of one person towards one municipality. Append-only."""

    #: 16 readable characters, 80 random bits; printed with «BE-» before them.
    code = models.CharField(max_length=16, unique=True)
    person_id = models.BigIntegerField()
    form_token = models.CharField(max_length=64)
    holder = models.CharField(max_length=200)
    afm = models.CharField(max_length=9)
    issued_at = models.DateTimeField()
    #: Last legal date on which it may be relied on.
    valid_until = models.DateField()
    #: The moment for which the municipality's system had told its debts.
    debts_as_of = models.DateTimeField()
    #: What is open and not due yet: [{el, en, about, due_on, cents}, …].
    named = models.JSONField(default=list)
    #: Money of the holder that counts against no debt yet, and orders whose outcome no bank has told.
    unapplied_cents = models.BigIntegerField(default=0, db_default=0)
    undecided = models.IntegerField(default=0, db_default=0)

    class Meta:
        db_table = "clearance"
        constraints = [
            # The same form sent twice is one certificate; the database decides which press was first.
            models.UniqueConstraint(fields=["municipality", "person_id", "form_token"], name="clearance_form_once"),
        ]
        indexes = [models.Index(fields=["person_id", "-issued_at"], name="clearance_of_person")]
