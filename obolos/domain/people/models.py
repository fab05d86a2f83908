"""Person (πρόσωπο), Debtor (οφειλέτης), contact confirmation, and the staff of a municipality.

`person` and `contact_code` belong to no municipality. A person is visible to himself, and to a municipality that has
a debtor row for him; finding a person by ΑΦΜ goes through `obolos_find_person`, for sign-in only.
"""

from django.conf import settings
from django.db import models

from obolos.base.tenant_model import TenantModel


class PersonType(models.TextChoices):
    """Natural (φυσικό) or legal (νομικό) person."""

    NATURAL = "N"
    LEGAL = "L"


class Person(models.Model):
    """Πρόσωπο, by ΑΦΜ. Contact fields are what the person confirmed by a code, never what a register says."""

    afm = models.CharField(max_length=9, unique=True)
    person_type = models.CharField(max_length=1, choices=PersonType.choices, default=PersonType.NATURAL)
    #: As the identity provider gave it at the last sign-in; empty until then.
    name = models.CharField(max_length=200, blank=True, db_default="")
    email = models.EmailField(blank=True, db_default="")
    mobile = models.CharField(max_length=16, blank=True, db_default="")
    language = models.CharField(max_length=2, default="el")
    seen_at = models.DateTimeField(null=True)
    #: When the person asked not to be reminded, in any municipality; null: may be reminded.
    reminders_off_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "person"


class ContactCode(models.Model):
    """A six-digit code sent to an e-mail address or mobile that a person wants to confirm. Stored only as a hash."""

    person = models.ForeignKey(Person, on_delete=models.DO_NOTHING, related_name="+")
    channel = models.CharField(max_length=5, choices=[("email", "email"), ("sms", "sms")])
    address = models.CharField(max_length=254)
    code_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.IntegerField(default=0, db_default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "contact_code"
        indexes = [models.Index(fields=["person", "channel", "-id"], name="contact_code_latest")]


class Debtor(TenantModel):
    """Οφειλέτης: a person as one municipality knows him. The name is that municipality's."""

    person = models.ForeignKey(
        Person, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    afm = models.CharField(max_length=9)
    name = models.CharField(max_length=200)
    #: `fold(name)`: upper case, no accents; what staff search by prefix.
    name_folded = models.CharField(max_length=200)

    class Meta:
        db_table = "debtor"
        constraints = [models.UniqueConstraint(fields=["municipality", "person"], name="debtor_once")]
        indexes = [
            models.Index(fields=["municipality", "afm"], name="debtor_by_afm"),
            models.Index(fields=["municipality", "name_folded"], name="debtor_by_name"),
            models.Index(fields=["person"], name="debtor_by_person"),
        ]


class Role(models.TextChoices):
    """What a member of staff may do."""

    CLERK = "CLERK"
    CASHIER = "CASHIER"
    FINANCE = "FINANCE"
    ADMIN = "ADMIN"


class StaffMember(models.Model):
    """A Django user's one municipality and role. Read at staff sign-in, before any municipality is known."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="staff_member")
    municipality = models.ForeignKey("municipalities.Municipality", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=8, choices=Role.choices)

    class Meta:
        db_table = "staff_member"
