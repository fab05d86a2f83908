"""Notice (ειδοποιητήριο), singly or in batches, and PayCode (κωδικός οφειλής): what paper or a link carries so that its
holder can pay one debt without an account.
"""

from django.db import models
from django.db.models import Q

from obolos.base.tenant_model import TenantModel


class PayCode(TenantModel):
    """A debt's own code, 80 random bits: whoever holds it may see and pay that debt, and never learns whose it is.

    One per debt, made when it is first printed or sent. It stays as long as the debt does: paper is kept for years.
    """

    debt = models.ForeignKey(
        "debts.Debt", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    code = models.CharField(max_length=16, unique=True)
    issued_at = models.DateTimeField()

    class Meta:
        db_table = "pay_code"
        constraints = [models.UniqueConstraint(fields=["municipality", "debt"], name="pay_code_once")]


class BatchState(models.TextChoices):
    """WAITING → RUNNING → DONE → EXPIRED (its files are gone); or CANCELLED by staff before it was done."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class NoticeBatch(TenantModel):
    """Many notices asked for at once: whom they are for, and how far they are. Its notices are rows from the beginning.

    `chosen`: what was asked for, as in `batches.Choice`. `open_cents`: open principal as promised when it was started.
    """

    state = models.CharField(max_length=9, choices=BatchState.choices, default=BatchState.WAITING)
    chosen = models.JSONField(default=dict)
    language = models.CharField(max_length=2, default="el")
    persons = models.IntegerField()
    debts = models.IntegerField()
    open_cents = models.BigIntegerField()
    #: Notices in each file but the last; files that are whole; notices that hold something, and what they ask for.
    per_file = models.IntegerField()
    files = models.IntegerField(default=0, db_default=0)
    printed = models.IntegerField(default=0, db_default=0)
    asked_cents = models.BigIntegerField(default=0, db_default=0)
    by_user = models.BigIntegerField()
    #: Given to the form that started it: posted twice, it starts one batch. Empty where no form did.
    form_token = models.CharField(max_length=64, blank=True, db_default="")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "notice_batch"
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "form_token"], name="notice_batch_form_once", condition=~Q(form_token="")
            )
        ]
        indexes = [
            models.Index(
                fields=["municipality", "id"], name="notice_batch_due", condition=Q(state__in=["WAITING", "RUNNING"])
            )
        ]


class Notice(TenantModel):
    """Ειδοποιητήριο: one paper for one debtor. Its content is frozen when it is prepared, so it can be printed again.

    `content` is emptied when a batch's files expire: what was owed then is nobody's business for longer.
    """

    batch = models.ForeignKey(
        NoticeBatch, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="notices", db_index=False
    )
    #: From 1 within its batch, in the order of names; 0 alone.
    place = models.IntegerField(default=0, db_default=0)
    reference = models.CharField(max_length=24)
    person_id = models.BigIntegerField()
    debtor = models.ForeignKey(
        "people.Debtor", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    #: Ids of the debts that it is about.
    debts = models.JSONField(default=list)
    content = models.JSONField(default=dict)
    amount_cents = models.BigIntegerField(default=0, db_default=0)
    made_at = models.DateTimeField()
    prepared_at = models.DateTimeField(null=True)
    by_user = models.BigIntegerField()

    class Meta:
        db_table = "notice"
        constraints = [
            models.UniqueConstraint(fields=["municipality", "reference"], name="notice_reference"),
            models.UniqueConstraint(fields=["batch", "place"], name="notice_place", condition=Q(batch__isnull=False)),
            models.UniqueConstraint(fields=["batch", "debtor"], name="notice_once", condition=Q(batch__isnull=False)),
        ]
        indexes = [models.Index(fields=["debtor", "-id"], name="notice_of_debtor")]


class VoidReason(models.TextChoices):
    """Why a pad was declared void."""

    LOST = "LOST"
    STOLEN = "STOLEN"
    DAMAGED = "DAMAGED"
    MISPRINTED = "MISPRINTED"


class SlipPad(TenantModel):
    """Μπλοκ κλήσεων: fine slips printed beforehand, each with codes of its own, payable before the fine is typed in.

    `fixed_cents`: what every slip asks for; null when the officer writes the amount on it, of `amounts` where the law
    knows only some. What is asked is what is paid: a discount of the law is reckoned when the fine arrives.
    """

    revenue_kind = models.ForeignKey(
        "debts.RevenueKind", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    label = models.CharField(max_length=60, blank=True, db_default="")
    #: Five random digits that begin each slip's number, so that numbers cannot be counted through.
    number = models.CharField(max_length=5, unique=True)
    slips = models.IntegerField()
    fixed_cents = models.BigIntegerField(null=True)
    amounts = models.JSONField(default=list)
    valid_until = models.DateField()
    by_user = models.BigIntegerField()
    made_at = models.DateTimeField()
    #: Since when, by whom and why the slips that nobody had used are void. Triggers see to it that they stay so.
    voided_at = models.DateTimeField(null=True)
    voided_by = models.BigIntegerField(null=True)
    void_reason = models.CharField(max_length=10, choices=VoidReason.choices, blank=True, db_default="")

    class Meta:
        db_table = "slip_pad"
        constraints = [
            models.CheckConstraint(condition=Q(fixed_cents__gt=0), name="slip_pad_positive"),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True, voided_by__isnull=True, void_reason="")
                | Q(voided_at__isnull=False, voided_by__isnull=False, void_reason__in=VoidReason.values),
                name="slip_pad_void",
            ),
        ]


class SlipEnd(models.TextChoices):
    """MATCHED (its money moved to the fine), LEFT (a person decided that it stays where it is), or VOIDED with its pad,
    before anybody used it.
    """

    MATCHED = "MATCHED"
    LEFT = "LEFT"
    VOIDED = "VOIDED"


class PreissuedSlip(TenantModel):
    """Προεκδοθείσα κλήση: one slip of a pad. `debt` is its suspense debt, nobody's and uncertified, until the fine comes."""

    pad = models.ForeignKey(SlipPad, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False)
    serial = models.IntegerField()
    #: Pad, serial and check digit: nine digits, as the officer types them into the fine.
    number = models.CharField(max_length=9, unique=True)
    debt = models.ForeignKey(
        "debts.Debt", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    rf_code = models.ForeignKey(
        "payments.RfCode", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    #: When money first counted against the suspense debt.
    paid_at = models.DateTimeField(null=True)
    fine = models.ForeignKey(
        "debts.Debt", null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    ended = models.CharField(max_length=7, choices=SlipEnd.choices, blank=True, db_default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "preissued_slip"
        constraints = [
            models.UniqueConstraint(fields=["municipality", "debt"], name="preissued_slip_debt"),
            models.UniqueConstraint(fields=["municipality", "rf_code"], name="preissued_slip_rf"),
            models.CheckConstraint(
                condition=~Q(ended="MATCHED") | Q(fine__isnull=False, paid_at__isnull=False), name="preissued_slip_fine"
            ),
            models.CheckConstraint(
                condition=~Q(ended="VOIDED") | Q(paid_at__isnull=True, fine__isnull=True, ended_at__isnull=False),
                name="preissued_slip_unused",
            ),
        ]
        indexes = [
            models.Index(fields=["pad", "serial"], name="preissued_slip_of_pad"),
            models.Index(
                fields=["municipality", "paid_at"],
                name="preissued_slip_waits",
                condition=Q(paid_at__isnull=False, ended=""),
            ),
        ]


class SlipStatement(TenantModel):
    """What somebody who held a slip said stands on it: plate, amount, day. Append-only: the last one is no truer."""

    slip = models.ForeignKey(PreissuedSlip, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    plate_folded = models.CharField(max_length=20, blank=True, db_default="")
    amount_cents = models.BigIntegerField(null=True)
    violation_on = models.DateField(null=True)
    said_at = models.DateTimeField()

    class Meta:
        db_table = "slip_statement"
