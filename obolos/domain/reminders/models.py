"""Reminder rules of a municipality, and every reminder made or held back by them."""

from django.db import models
from django.db.models import Q

from obolos.base.tenant_model import TenantModel


class Channel(models.TextChoices):
    """By which a rule reminds."""

    EMAIL = "EMAIL"
    SMS = "SMS"


class ReminderPolicy(TenantModel):
    """What holds for all reminders of a municipality; one row, made when somebody first changes it."""

    on = models.BooleanField(default=False, db_default=False)
    #: Share of persons who are not reminded, in percent, so that the effect can be measured.
    held_out_percent = models.IntegerField(default=10, db_default=10)
    #: Random; makes the group another one in each municipality.
    salt = models.CharField(max_length=32)
    #: Athens wall time.
    send_from = models.TimeField()
    send_until = models.TimeField()
    #: Grows with each change: who saves an older page is told.
    version = models.IntegerField(default=1, db_default=1)

    class Meta:
        db_table = "reminder_policy"
        constraints = [
            models.UniqueConstraint(fields=["municipality"], name="reminder_policy_one"),
            models.CheckConstraint(
                condition=Q(held_out_percent__gte=0) & Q(held_out_percent__lte=50), name="reminder_policy_held_out"
            ),
        ]


class ReminderRule(TenantModel):
    """So many days before (negative) or after the due date, by that channel."""

    days = models.IntegerField()
    channel = models.CharField(max_length=5, choices=Channel.choices)
    on = models.BooleanField(default=True, db_default=True)

    class Meta:
        db_table = "reminder_rule"
        constraints = [
            models.UniqueConstraint(fields=["municipality", "days"], name="reminder_rule_once"),
            models.CheckConstraint(condition=Q(days__gte=-60) & Q(days__lte=60), name="reminder_rule_days"),
        ]


class Arm(models.TextChoices):
    """TOLD: a message was ordered. HELD_OUT: none, to compare with. SKIPPED: what is due cannot be paid online."""

    TOLD = "TOLD"
    HELD_OUT = "HELD_OUT"
    SKIPPED = "SKIPPED"


class Reminder(TenantModel):
    """Υπενθύμιση: what one person was reminded of, or would have been, by one rule about one due date. Append-only.

    Whether the message left stands in its delivery. The unique key decides between workers.
    """

    person_id = models.BigIntegerField()
    due_on = models.DateField()
    days = models.IntegerField()
    channel = models.CharField(max_length=5, choices=Channel.choices)
    arm = models.CharField(max_length=8, choices=Arm.choices)
    #: Why it was skipped, a machine word.
    reason = models.CharField(max_length=30, blank=True, db_default="")
    made_at = models.DateTimeField()
    #: What was to be paid when it was made, and the code to pay it by: the municipality's printed one, or ours.
    amount_cents = models.BigIntegerField(default=0, db_default=0)
    rf = models.CharField(max_length=25, blank=True, db_default="")
    valid_until = models.DateField(null=True)

    class Meta:
        db_table = "reminder"
        constraints = [
            models.UniqueConstraint(fields=["municipality", "person_id", "due_on", "days"], name="reminder_once")
        ]
        indexes = [models.Index(fields=["municipality", "made_at"], name="reminder_by_time")]


class ReminderLine(TenantModel):
    """An instalment that a reminder is about. Append-only."""

    reminder = models.ForeignKey(
        Reminder, on_delete=models.DO_NOTHING, db_constraint=False, related_name="lines", db_index=False
    )
    instalment = models.ForeignKey(
        "debts.Instalment", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )

    class Meta:
        db_table = "reminder_line"
        constraints = [models.UniqueConstraint(fields=["reminder", "instalment"], name="reminder_line_once")]
