"""Municipality (Δήμος), its calendar of working days, and how it shows itself at its door."""

from django.db import models

from obolos.base.tenant_model import TenantModel


class Municipality(models.Model):
    """Δήμος: the payee, and the tenant that every other row belongs to. Public by nature: names and a phone number."""

    code = models.CharField(max_length=4, unique=True)
    slug = models.SlugField(max_length=60, unique=True)
    name_el = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    #: Genitive as printed after «Δήμος» or «στον Δήμο», e.g. «Ιωαννιτών».
    short_el = models.CharField(max_length=80)
    #: Alphanumeric SMS sender, at most 11 Latin characters.
    sms_sender = models.CharField(max_length=11)
    phone = models.CharField(max_length=30)
    email = models.EmailField()
    afm = models.CharField(max_length=9)
    #: Organisation code that DIAS assigned, five digits.
    dias_code = models.CharField(max_length=5, unique=True)
    #: Grows with every change of law rows, revenue kinds or calendar; readers cache those by this number.
    law_version = models.BigIntegerField(default=1, db_default=1)
    #: Moment for which the municipality's ERP last said its debts (`made_at` of the last debts file taken in).
    debts_as_of = models.DateTimeField(null=True)

    class Meta:
        db_table = "municipality"

    def __str__(self) -> str:
        return self.name_el


class CalendarDay(TenantModel):
    """A day that differs from the week's rule: a holiday (αργία), a local feast, or a day worked against the rule."""

    on = models.DateField()
    working = models.BooleanField(default=False, db_default=False)
    name_el = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)

    class Meta:
        db_table = "calendar_day"
        constraints = [models.UniqueConstraint(fields=["municipality", "on"], name="calendar_day_once")]


class BrandingState(models.TextChoices):
    """DRAFT (what the administrator looks at) or PUBLISHED (what everybody sees)."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"


class Branding(TenantModel):
    """Εμφάνιση: how a municipality shows itself at its door. At most one draft and one published row; public by nature."""

    state = models.CharField(max_length=9, choices=BrandingState.choices)
    #: «#rrggbb» or empty for ours; see door_rules.
    head = models.CharField(max_length=7, blank=True, db_default="")
    accent = models.CharField(max_length=7, blank=True, db_default="")
    website = models.CharField(max_length=200, blank=True, db_default="")
    phone = models.CharField(max_length=30)
    hours_el = models.CharField(max_length=120, blank=True, db_default="")
    hours_en = models.CharField(max_length=120, blank=True, db_default="")
    #: A PNG of our own making (base/pictures) and the hash that its address carries; empty without an emblem.
    emblem = models.BinaryField(default=b"", db_default=b"")
    emblem_digest = models.CharField(max_length=64, blank=True, db_default="")
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "branding"
        constraints = [
            models.UniqueConstraint(fields=["municipality", "state"], name="branding_once"),
            # These are written into a stylesheet: nothing but a colour may ever stand here.
            models.CheckConstraint(
                condition=models.Q(head__regex=r"^(#[0-9a-f]{6})?$") & models.Q(accent__regex=r"^(#[0-9a-f]{6})?$"),
                name="branding_colours",
            ),
        ]
