"""AuditEntry (εγγραφή ιχνηλάτησης) and FunnelEvent: append-only, written in the act's own database transaction.

LookupTry counts look-ups of strangers, to slow them down.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from obolos.base.tenant_model import TenantModel


class Actor(models.TextChoices):
    """Who acted."""

    STAFF = "STAFF"
    CITIZEN = "CITIZEN"
    GUEST = "GUEST"
    BANK = "BANK"
    SYSTEM = "SYSTEM"


class AuditEntry(TenantModel):
    """Who did what when. `subject` is «kind:id», never an ΑΦΜ; `detail` holds what changed, before and after."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=8, choices=Actor.choices)
    #: Id of the staff user or person; null for banks and the system.
    actor_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=80)
    detail = models.JSONField(default=dict)

    class Meta:
        db_table = "audit_entry"
        indexes = [models.Index(fields=["municipality", "subject", "id"], name="audit_by_subject")]


class FunnelEvent(TenantModel):
    """A step of somebody on the way to paying: found, opened, chosen, started, returned, left, paid. No personal data."""

    at = models.DateTimeField()
    step = models.CharField(max_length=20)
    #: Where it happened: portal, card, rf, guest …
    channel = models.CharField(max_length=20)
    #: Random per visit, not derived from a person.
    visit = models.CharField(max_length=32)
    #: What the step was about without saying who: number of debts, reason of leaving.
    detail = models.JSONField(default=dict)

    class Meta:
        db_table = "funnel_event"
        indexes = [models.Index(fields=["municipality", "at"], name="funnel_by_time")]


class LookupTry(models.Model):
    """Προσπάθεια αναζήτησης: how often one address, or one number, was looked up just now. Belongs to no municipality, since
    none is known before something is found; holds keyed hashes only, and forgets within a day."""

    key = models.CharField(max_length=64, primary_key=True)
    tried_at = ArrayField(models.DateTimeField())
    last_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "lookup_try"
