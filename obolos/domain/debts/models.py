"""Debt (οφειλή) with its instalments (δόσεις), revenue kinds (είδη εσόδων), the dated law rows, and imported files.

One balance per debt: `Instalment.open_cents` is computed by PostgreSQL from what the municipality's ERP says and from
what passed our own ledger, and nothing else may keep a second balance.
"""

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest

from obolos.base.tenant_model import TenantModel


class SurchargeScheme(TenantModel):
    """How a surcharge (προσαύξηση εκπρόθεσμης καταβολής) runs: unit, counting, base, cap. Rates are its dated rows."""

    code = models.CharField(max_length=40)
    unit = models.CharField(max_length=16, default="PCT_MONTH")
    counting = models.CharField(max_length=12, default="CALENDAR")
    base = models.CharField(max_length=20, default="PRINCIPAL")
    cap_percent = models.DecimalField(max_digits=7, decimal_places=3, null=True)
    min_cents = models.BigIntegerField(default=0, db_default=0)
    day_basis = models.IntegerField(default=365, db_default=365)

    class Meta:
        db_table = "surcharge_scheme"
        constraints = [models.UniqueConstraint(fields=["municipality", "code"], name="surcharge_scheme_once")]


class SurchargeRate(TenantModel):
    """One dated rate of a scheme, in percent per month or per year. Holds until the next row of the scheme begins.

    Two different people stand behind each row. Rows are never edited: a new rate is a new row.
    """

    scheme = models.ForeignKey(SurchargeScheme, on_delete=models.DO_NOTHING, db_constraint=False, related_name="rates")
    from_on = models.DateField()
    percent = models.DecimalField(max_digits=9, decimal_places=6)
    legal_basis = models.CharField(max_length=200)
    ada = models.CharField(max_length=20, blank=True, db_default="")
    proposed_by = models.CharField(max_length=150)
    approved_by = models.CharField(max_length=150)

    class Meta:
        db_table = "surcharge_rate"
        constraints = [
            models.UniqueConstraint(fields=["scheme", "from_on"], name="surcharge_rate_once"),
            models.CheckConstraint(condition=~Q(proposed_by=F("approved_by")), name="surcharge_rate_two_people"),
        ]


class RevenueKind(TenantModel):
    """Είδος εσόδου (Κ.Α.Ε.): what is paid, whether and how it may be paid online, and the rules it is quoted by."""

    code = models.CharField(max_length=20)
    name_el = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    family = models.CharField(max_length=10)
    online = models.BooleanField(default=True, db_default=True)
    guest = models.BooleanField(default=False, db_default=False)
    partial = models.BooleanField(default=False, db_default=False)
    card = models.BooleanField(default=True, db_default=True)
    rf = models.BooleanField(default=True, db_default=True)
    allocation = models.CharField(max_length=30, default="PRORATA")
    surcharge_source = models.CharField(max_length=20, default="FMS_IF_PRESENT")
    scheme = models.ForeignKey(
        SurchargeScheme, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    #: Lateness of a plan's instalment (R17); null means the ordinary scheme.
    arranged_scheme = models.ForeignKey(
        SurchargeScheme, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    min_partial_cents = models.BigIntegerField(default=100, db_default=100)
    #: Whether lateness costs anything before certification.
    surcharge_uncertified = models.BooleanField(default=False, db_default=False)
    paid_on = models.CharField(max_length=12, default="BY_MEANS", db_default="BY_MEANS")
    #: Revenue codes that surcharge, late-return fine and collection costs are posted to; empty means `code`.
    surcharge_code = models.CharField(max_length=20, blank=True, db_default="")
    fine_code = models.CharField(max_length=20, blank=True, db_default="")
    costs_code = models.CharField(max_length=20, blank=True, db_default="")
    legal_basis = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        db_table = "revenue_kind"
        constraints = [models.UniqueConstraint(fields=["municipality", "code"], name="revenue_kind_once")]


class DiscountWindow(TenantModel):
    """A dated right to pay less within some days of an event (R8). Never edited once written."""

    kind = models.ForeignKey(RevenueKind, on_delete=models.DO_NOTHING, db_constraint=False, related_name="windows")
    event = models.CharField(max_length=15)
    days = models.IntegerField()
    inclusive = models.BooleanField(default=True, db_default=True)
    shift_nonworking = models.BooleanField(default=True, db_default=True)
    #: What remains payable inside the window, in basis points of the principal.
    factor_bp = models.IntegerField()
    #: Events from and to, both included; null is unbounded.
    applies_from = models.DateField(null=True)
    applies_to = models.DateField(null=True)
    legal_basis = models.CharField(max_length=200)
    proposed_by = models.CharField(max_length=150)
    approved_by = models.CharField(max_length=150)

    class Meta:
        db_table = "discount_window"
        constraints = [
            models.CheckConstraint(condition=~Q(proposed_by=F("approved_by")), name="discount_window_two_people")
        ]


class AddedLineRate(TenantModel):
    """A dated withholding line (κράτηση) of a kind: ADDED on top for the payer, or RETAINED from the municipality (R10, R11)."""

    kind = models.ForeignKey(RevenueKind, on_delete=models.DO_NOTHING, db_constraint=False, related_name="added_lines")
    code = models.CharField(max_length=30)
    name_el = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    percent = models.DecimalField(max_digits=9, decimal_places=6)
    #: "PRINCIPAL" or the code of another line of the kind.
    of = models.CharField(max_length=30, default="PRINCIPAL")
    target_code = models.CharField(max_length=20)
    from_on = models.DateField()
    to_on = models.DateField(null=True)
    retained = models.BooleanField(default=False, db_default=False)
    legal_basis = models.CharField(max_length=200)
    proposed_by = models.CharField(max_length=150)
    approved_by = models.CharField(max_length=150)

    class Meta:
        db_table = "added_line_rate"
        constraints = [
            models.CheckConstraint(condition=~Q(proposed_by=F("approved_by")), name="added_line_rate_two_people")
        ]


class DebtsFileState(models.TextChoices):
    """CHECKING → REFUSED (defects named, nothing written) | ASKING (would close too much) | DONE."""

    CHECKING = "CHECKING"
    REFUSED = "REFUSED"
    ASKING = "ASKING"
    DONE = "DONE"


class DebtsFile(TenantModel):
    """A debts file of the municipality's ERP and what became of it. Only DONE files use up a sequence number."""

    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    mode = models.CharField(max_length=5, blank=True, db_default="")
    scope = models.TextField(blank=True, db_default="")
    sequence = models.IntegerField(null=True)
    made_at = models.DateTimeField(null=True)
    rows = models.IntegerField(default=0, db_default=0)
    principal_cents = models.BigIntegerField(default=0, db_default=0)
    state = models.CharField(max_length=8, choices=DebtsFileState.choices, default=DebtsFileState.CHECKING)
    #: Lines read so far and lines in all, for the progress bar.
    progress = models.IntegerField(default=0, db_default=0)
    lines = models.IntegerField(default=0, db_default=0)
    report = models.JSONField(default=dict)
    #: Where an uploaded file waits for the worker; empty for imports by command.
    stored_as = models.CharField(max_length=200, blank=True, db_default="")
    confirm_closing = models.BooleanField(default=False, db_default=False)
    by_user = models.BigIntegerField(null=True)
    received_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "debts_file"
        constraints = [
            models.UniqueConstraint(
                fields=["municipality", "sequence"], condition=Q(state="DONE"), name="debts_file_sequence"
            )
        ]


class DebtKind(models.TextChoices):
    """βεβαιωμένη, διακανονισμένη, αβεβαίωτη."""

    CERTIFIED = "CERTIFIED"
    ARRANGED = "ARRANGED"
    UNCERTIFIED = "UNCERTIFIED"


class Debt(TenantModel):
    """Οφειλή: the one payable thing. What it is and where it stands in the roll; its balances are its instalments'."""

    #: Null, like the debtor, while nobody knows whose it is: a guest's tickets, a fine slip not yet typed in.
    person_id = models.BigIntegerField(null=True)
    debtor = models.ForeignKey(
        "people.Debtor", null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    revenue_kind = models.ForeignKey(
        RevenueKind, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    #: Who made the debt: ERP (debts file), DEMO, TICKET (a sale), SLIP (a pre-issued code), later FILE or CASE.
    origin = models.CharField(max_length=8, default="ERP")
    ext_id = models.CharField(max_length=60)
    version = models.BigIntegerField()
    kind = models.CharField(max_length=11, choices=DebtKind.choices)
    rev_code = models.CharField(max_length=20)
    orig_code = models.CharField(max_length=20)
    year = models.IntegerField(null=True)
    catalogue = models.CharField(max_length=20, blank=True, db_default="")
    line = models.CharField(max_length=20, blank=True, db_default="")
    atb = models.CharField(max_length=30, blank=True, db_default="")
    description = models.CharField(max_length=200)
    certified_on = models.DateField(null=True)
    ticket_no = models.CharField(max_length=30, blank=True, db_default="")
    ticket_folded = models.CharField(max_length=30, blank=True, db_default="")
    plate = models.CharField(max_length=20, blank=True, db_default="")
    plate_folded = models.CharField(max_length=20, blank=True, db_default="")
    violation_on = models.DateField(null=True)
    #: Digest of what the debts file said of this version; null when no file did. Tells «same version, other content».
    content = models.BigIntegerField(null=True)
    #: Left out by a FULL file: nothing of it is payable any more.
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "debt"
        constraints = [
            models.UniqueConstraint(fields=["municipality", "ext_id"], name="debt_once"),
            models.CheckConstraint(
                condition=Q(person_id__isnull=True, debtor__isnull=True)
                | Q(person_id__isnull=False, debtor__isnull=False),
                name="debt_debtor_is_person",
            ),
        ]
        indexes = [
            models.Index(fields=["person_id", "municipality"], name="debt_of_person"),
            # A guest's fine is looked for in all municipalities at once.
            models.Index(
                fields=["ticket_folded", "municipality"], name="debt_by_ticket", condition=~Q(ticket_folded="")
            ),
            models.Index(fields=["municipality", "plate_folded"], name="debt_by_plate", condition=~Q(plate_folded="")),
            # Its place in a roll stands under it on every page and paper.
            models.Index(fields=["municipality", "line", "catalogue"], name="debt_by_roll", condition=~Q(line="")),
        ]


class Instalment(TenantModel):
    """Δόση: one due part of a debt; a debt paid at once has one.

    Cents, all of them principal unless named otherwise:
    `written_off_cents` and `elsewhere_cents` (collected by the ERP through other channels) are the ERP's word;
    `collected_cents` and `discounted_cents` passed our ledger. `added_cents` and `surcharge_cents` are null when the
    ERP did not give them; their `…_collected_cents` is what we took of the given amounts.
    """

    person_id = models.BigIntegerField(null=True)
    debt = models.ForeignKey(
        Debt, on_delete=models.DO_NOTHING, db_constraint=False, related_name="parts", db_index=False
    )
    number = models.IntegerField()
    of = models.IntegerField()
    due_on = models.DateField()
    principal_cents = models.BigIntegerField()
    written_off_cents = models.BigIntegerField(default=0, db_default=0)
    elsewhere_cents = models.BigIntegerField(default=0, db_default=0)
    collected_cents = models.BigIntegerField(default=0, db_default=0)
    discounted_cents = models.BigIntegerField(default=0, db_default=0)
    withdrawn = models.BooleanField(default=False, db_default=False)
    added_cents = models.BigIntegerField(null=True)
    added_collected_cents = models.BigIntegerField(default=0, db_default=0)
    surcharge_cents = models.BigIntegerField(null=True)
    surcharge_as_of = models.DateField(null=True)
    surcharge_collected_cents = models.BigIntegerField(default=0, db_default=0)
    #: R13: months of surcharge already paid for what is open.
    surcharged_months = models.IntegerField(default=0, db_default=0)
    #: R13: what is still unpaid of those months.
    surcharge_carried_cents = models.BigIntegerField(default=0, db_default=0)
    #: RF code printed by the municipality for this instalment; not one of ours.
    rf = models.CharField(max_length=25, blank=True, db_default="")
    open_cents = models.GeneratedField(
        expression=models.Case(
            models.When(withdrawn=True, then=Value(0)),
            default=Greatest(
                Value(0),
                F("principal_cents")
                - F("written_off_cents")
                - F("elsewhere_cents")
                - F("collected_cents")
                - F("discounted_cents"),
            ),
            output_field=models.BigIntegerField(),
        ),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )

    class Meta:
        db_table = "instalment"
        constraints = [
            models.UniqueConstraint(fields=["debt", "number"], name="instalment_once"),
            models.CheckConstraint(
                condition=Q(principal_cents__gte=0)
                & Q(written_off_cents__gte=0)
                & Q(elsewhere_cents__gte=0)
                & Q(collected_cents__gte=0)
                & Q(discounted_cents__gte=0)
                & Q(added_collected_cents__gte=0)
                & Q(surcharge_collected_cents__gte=0),
                name="instalment_not_negative",
            ),
        ]
        indexes = [
            models.Index(fields=["person_id"], name="instalment_open_of_person", condition=Q(open_cents__gt=0)),
            models.Index(fields=["rf", "municipality"], name="instalment_by_rf", condition=~Q(rf="")),
            models.Index(
                fields=["municipality", "due_on"], name="instalment_open_by_due", condition=Q(open_cents__gt=0)
            ),
        ]


class ErpLink(TenantModel):
    """How a municipality's financial system answers: its circuit breaker and where its changes were read to.

    Everybody may read it: whether amounts are today's is for the payer to know.
    """

    #: Where to go on reading changes; the system's own word.
    cursor = models.CharField(max_length=200, blank=True, db_default="")
    #: When its changes were last read to their end.
    heard_at = models.DateTimeField(null=True)
    #: Questions without a good answer since the last good one; from some number on it is left alone until `open_until`.
    failures = models.IntegerField(default=0, db_default=0)
    open_until = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True, db_default="")

    class Meta:
        db_table = "erp_link"
        constraints = [models.UniqueConstraint(fields=["municipality"], name="erp_link_once")]


class ErpSnapshot(TenantModel):
    """When the financial system last spoke of a debtor, or of a debt asked about alone; and when it did not answer."""

    person_id = models.BigIntegerField(null=True)
    debt = models.ForeignKey(
        Debt, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    #: The moment that its answer was about, by its own clock.
    as_of = models.DateTimeField(null=True)
    #: When it was asked and answered, and when it was asked last and did not, by ours.
    answered_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "erp_snapshot"
        constraints = [
            models.UniqueConstraint(fields=["municipality", "person_id"], name="erp_snapshot_of_person"),
            models.UniqueConstraint(fields=["municipality", "debt"], name="erp_snapshot_of_debt"),
            models.CheckConstraint(
                condition=Q(person_id__isnull=False, debt__isnull=True) | Q(person_id__isnull=True, debt__isnull=False),
                name="erp_snapshot_of_one",
            ),
        ]


class CollectedElsewhere(TenantModel):
    """What one message of the municipality's system added to `elsewhere_cents`, by kind. Append-only.

    A row with nothing in it says that the kind was told of. What is taken back is negative.
    """

    revenue_kind = models.ForeignKey(
        RevenueKind, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    #: The legal date for which the system said it.
    on = models.DateField()
    #: Instalments on which it grew, less those on which it shrank.
    count = models.BigIntegerField()
    #: Principal.
    cents = models.BigIntegerField()
    #: Collected at some unknown time before we were told of the kind at all.
    first_cents = models.BigIntegerField(default=0, db_default=0)
    #: «kind:id» of the message: debts_file:17.
    source = models.CharField(max_length=40)
    noted_at = models.DateTimeField()

    class Meta:
        db_table = "collected_elsewhere"
        indexes = [
            models.Index(fields=["municipality", "on"], name="collected_elsewhere_by_day"),
            models.Index(fields=["municipality", "revenue_kind"], name="collected_elsewhere_of_kind"),
        ]
