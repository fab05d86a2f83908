"""Payment orders, attempts, RF codes, what banks said, payments and collections.

Facts about money outrank states: an order that failed or expired becomes PAID when the money came after all.
PostgreSQL refuses to move an attempt or an order away from PAID.
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from obolos.base.tenant_model import TenantModel


class MerchantAccount(TenantModel):
    """The municipality's account at one acquirer. The password is sealed with AES-GCM, bound to municipality and field."""

    bank = models.CharField(max_length=12)
    label = models.CharField(max_length=60)
    #: What is no secret: merchant, pos, acquirer, user, base_url.
    public = models.JSONField(default=dict)
    sealed_password = models.TextField()
    active = models.BooleanField(default=True, db_default=True)

    class Meta:
        db_table = "merchant_account"
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "bank"], condition=Q(active=True), name="merchant_account_one"
            )
        ]


class Means(models.TextChoices):
    """How an order is paid."""

    CARD = "CARD"
    RF = "RF"


class OrderState(models.TextChoices):
    """What the payer is told: OPEN waiting, PAID, PART (money came, not as asked), FAILED, EXPIRED, VOIDED."""

    OPEN = "OPEN"
    PAID = "PAID"
    PART = "PART"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    VOIDED = "VOIDED"


ORDER_MOVES = {
    OrderState.OPEN: {OrderState.PAID, OrderState.PART, OrderState.FAILED, OrderState.EXPIRED, OrderState.VOIDED},
    OrderState.FAILED: {OrderState.OPEN, OrderState.PAID, OrderState.PART},
    OrderState.EXPIRED: {OrderState.PAID, OrderState.PART},
    OrderState.VOIDED: {OrderState.PAID, OrderState.PART},
    OrderState.PART: {OrderState.PAID},
    OrderState.PAID: set(),
}


class PaymentOrder(TenantModel):
    """Εντολή πληρωμής: frozen amounts for one or more debts of one municipality."""

    #: Unguessable, in URLs: whoever holds it may see this order's outcome.
    public_id = models.CharField(max_length=32, unique=True)
    #: Short, on paper and on the telephone: OB-7K2M-94QX.
    reference = models.CharField(max_length=16)
    person_id = models.BigIntegerField(null=True)
    payer_name = models.CharField(max_length=200, blank=True, db_default="")
    email = models.EmailField(blank=True, db_default="")
    mobile = models.CharField(max_length=16, blank=True, db_default="")
    language = models.CharField(max_length=2, default="el")
    means = models.CharField(max_length=4, choices=Means.choices)
    amount_cents = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=OrderState.choices, default=OrderState.OPEN)
    #: Last legal date on which the frozen amounts are the right ones.
    valid_until = models.DateField()
    created_at = models.DateTimeField()
    #: Made when the form was shown: the same form sent twice makes one order.
    form_token = models.CharField(max_length=64)
    #: Chosen debts of other municipalities, offered after the outcome: [«instalment» or «instalment:cents»].
    rest = models.JSONField(default=list)
    #: Orders of one choice over several municipalities: the first one's public id, on all of them; empty when alone.
    chain = models.CharField(max_length=32, blank=True, db_default="")
    #: «payment `leg` of `legs`».
    leg = models.IntegerField(default=1, db_default=1)
    legs = models.IntegerField(default=1, db_default=1)
    visit = models.CharField(max_length=32, blank=True, db_default="")

    class Meta:
        db_table = "payment_order"
        constraints = [
            models.UniqueConstraint(fields=["municipality", "form_token"], name="payment_order_form_once"),
            models.UniqueConstraint(fields=["municipality", "reference"], name="payment_order_reference"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payment_order_positive"),
            models.CheckConstraint(condition=Q(leg__gte=1) & Q(leg__lte=F("legs")), name="payment_order_leg"),
        ]
        indexes = [
            models.Index(fields=["person_id", "-id"], name="payment_order_of_person"),
            models.Index(
                F("municipality"), Lower("email"), F("id").desc(), name="payment_order_by_email", condition=~Q(email="")
            ),
        ]


class OrderLine(TenantModel):
    """What an order pays of one instalment. `discount_cents` closes principal without money."""

    order = models.ForeignKey(
        PaymentOrder, on_delete=models.DO_NOTHING, db_constraint=False, related_name="lines", db_index=False
    )
    instalment = models.ForeignKey(
        "debts.Instalment", on_delete=models.DO_NOTHING, db_constraint=False, related_name="order_lines"
    )
    person_id = models.BigIntegerField(null=True)
    principal_cents = models.BigIntegerField()
    discount_cents = models.BigIntegerField(default=0, db_default=0)
    amount_cents = models.BigIntegerField()
    #: R13: what the instalment must remember of charged lateness once this is paid.
    surcharged_months = models.IntegerField(default=0, db_default=0)
    surcharge_carried_cents = models.BigIntegerField(default=0, db_default=0)
    #: Cash parts with their codes: [[component, code, cents], …]; they sum to amount_cents.
    parts = models.JSONField()
    #: The quote as shown to the payer, line by line, for ever.
    quote = models.JSONField()

    class Meta:
        db_table = "order_line"
        constraints = [models.UniqueConstraint(fields=["order", "instalment"], name="order_line_once")]


class AttemptState(models.TextChoices):
    """REDIRECTED (the payer may be at the bank), UNKNOWN (returned unverified or window over), or decided."""

    REDIRECTED = "REDIRECTED"
    UNKNOWN = "UNKNOWN"
    PAID = "PAID"
    DECLINED = "DECLINED"
    ABANDONED = "ABANDONED"


ATTEMPT_MOVES = {
    AttemptState.REDIRECTED: {AttemptState.UNKNOWN, AttemptState.PAID, AttemptState.DECLINED, AttemptState.ABANDONED},
    AttemptState.UNKNOWN: {AttemptState.PAID, AttemptState.DECLINED, AttemptState.ABANDONED},
    AttemptState.DECLINED: {AttemptState.PAID},
    AttemptState.ABANDONED: {AttemptState.PAID},
    AttemptState.PAID: set(),
}


class PaymentAttempt(TenantModel):
    """Απόπειρα πληρωμής: one try at one bank, with one reference never used again and one secret ticket."""

    order = models.ForeignKey(PaymentOrder, on_delete=models.DO_NOTHING, db_constraint=False, related_name="attempts")
    merchant_account = models.ForeignKey(
        MerchantAccount, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    person_id = models.BigIntegerField(null=True)
    reference = models.CharField(max_length=45, unique=True)
    sealed_ticket = models.TextField()
    amount_cents = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=AttemptState.choices, default=AttemptState.REDIRECTED)
    created_at = models.DateTimeField()
    ticket_expires_at = models.DateTimeField()
    #: When to ask the bank next; null when nothing is left to ask.
    next_query_at = models.DateTimeField(null=True)
    queries = models.IntegerField(default=0, db_default=0)
    decided_at = models.DateTimeField(null=True)
    #: Why it was declined or given up, a machine word; and whether the bank itself said that nothing was charged.
    reason = models.CharField(max_length=30, blank=True, db_default="")
    not_charged = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "payment_attempt"
        indexes = [
            models.Index(
                fields=["municipality", "next_query_at"],
                name="payment_attempt_due",
                condition=Q(next_query_at__isnull=False),
            ),
            models.Index(
                fields=["person_id"],
                name="payment_attempt_undecided",
                condition=Q(state__in=["REDIRECTED", "UNKNOWN"]),
            ),
        ]


class RfCode(TenantModel):
    """Κωδικός RF: the reference a payer pays against at any bank. May exist before it is bound to an order."""

    code = models.CharField(max_length=25, unique=True)
    order = models.ForeignKey(
        PaymentOrder, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="rf_codes"
    )
    person_id = models.BigIntegerField(null=True)
    amount_cents = models.BigIntegerField(null=True)
    valid_until = models.DateField()
    issued_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "rf_code"


class BankMessage(TenantModel):
    """What a bank or DIAS said, as it said it. Append-only; the unique key makes every message count once."""

    provider = models.CharField(max_length=12)
    source = models.CharField(max_length=8)
    key = models.CharField(max_length=80)
    raw = models.TextField()
    decoded = models.JSONField(default=dict)
    received_at = models.DateTimeField()

    class Meta:
        db_table = "bank_message"
        constraints = [models.UniqueConstraint(fields=["municipality", "provider", "key"], name="bank_message_once")]


class Disposition(models.TextChoices):
    """What became of a bank message or of a payment's money."""

    APPLIED = "APPLIED"
    PARTLY = "PARTLY"
    UNAPPLIED = "UNAPPLIED"
    CONFIRMED = "CONFIRMED"
    DECLINED = "DECLINED"
    PENDING = "PENDING"
    REJECTED = "REJECTED"


class BankResult(TenantModel):
    """What became of one bank message, decided in the same transaction that stored it. Append-only."""

    message = models.OneToOneField(BankMessage, on_delete=models.DO_NOTHING, db_constraint=False, related_name="result")
    verdict = models.CharField(max_length=12)
    disposition = models.CharField(max_length=10, choices=Disposition.choices)
    reason = models.CharField(max_length=40, blank=True, db_default="")
    attempt_id = models.BigIntegerField(null=True)
    rf_code_id = models.BigIntegerField(null=True)
    payment_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "bank_result"
        indexes = [models.Index(fields=["municipality", "attempt_id"], name="bank_result_by_attempt")]


class Payment(TenantModel):
    """Money that a bank, DIAS or a cash desk said was paid, once: `evidence_key` is made of signed values only."""

    evidence_key = models.CharField(max_length=120)
    order = models.ForeignKey(
        PaymentOrder, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="payments"
    )
    attempt_id = models.BigIntegerField(null=True)
    rf_code_id = models.BigIntegerField(null=True)
    person_id = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=4, choices=Means.choices)
    provider = models.CharField(max_length=12)
    amount_cents = models.BigIntegerField()
    paid_at = models.DateTimeField()
    paid_on = models.DateField()
    booked_at = models.DateTimeField()
    disposition = models.CharField(max_length=10, choices=Disposition.choices)
    #: Attributes, not keys: they may be told later and differently.
    bank_txn = models.CharField(max_length=60, blank=True, db_default="")
    approval = models.CharField(max_length=30, blank=True, db_default="")
    payer = models.CharField(max_length=200, blank=True, db_default="")
    #: When a second source (FOLLOW_UP, day file) said the same.
    confirmed_at = models.DateTimeField(null=True)
    #: When the ERP acknowledged it.
    erp_acked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payment"
        constraints = [
            models.UniqueConstraint(fields=["municipality", "evidence_key"], name="payment_once"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="payment_positive"),
        ]
        indexes = [
            models.Index(fields=["person_id", "-paid_at"], name="payment_of_person"),
            models.Index(fields=["municipality", "order"], name="payment_of_order"),
            models.Index(fields=["municipality", "-paid_at"], name="payment_by_time"),
            # It stands on the receipt.
            models.Index(fields=["municipality", "approval"], name="payment_by_approval", condition=~Q(approval="")),
        ]


class Collection(TenantModel):
    """Είσπραξη: what of a payment counted against which instalment, by component and revenue code. Append-only.

    A negative row takes back what counted before, when the money moved to another debt: sums are what counts.
    """

    payment = models.ForeignKey(Payment, on_delete=models.DO_NOTHING, db_constraint=False, related_name="collections")
    instalment = models.ForeignKey(
        "debts.Instalment", on_delete=models.DO_NOTHING, db_constraint=False, related_name="collections"
    )
    person_id = models.BigIntegerField(null=True)
    component = models.CharField(max_length=10)
    code = models.CharField(max_length=20)
    amount_cents = models.BigIntegerField()

    class Meta:
        db_table = "collection"
        constraints = [models.CheckConstraint(condition=~Q(amount_cents=0), name="collection_not_zero")]


class ErpHold(TenantModel):
    """Δέσμευση: what the municipality's financial system was asked to keep for an order, by the order's reference.

    Written before it is asked, so that a hold is known even when its answer, or we, get lost. `hold_id` is empty until
    it answered.
    """

    reference = models.CharField(max_length=16)
    #: [{ext_id, version, amount}], cents.
    lines = models.JSONField()
    hold_id = models.CharField(max_length=100, blank=True, db_default="")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    #: When the worker looks whether it is still needed.
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "erp_hold"
        constraints = [models.UniqueConstraint(fields=["municipality", "reference"], name="erp_hold_once")]
        indexes = [
            models.Index(fields=["municipality", "due_at"], name="erp_hold_open", condition=Q(ended_at__isnull=True))
        ]
