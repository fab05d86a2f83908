"""Events with places, priced certificates, and what somebody bought of them.

A place is taken from the moment a purchase begins: the counters `taken` say so, and PostgreSQL keeps them within
capacity and quota whoever races. Whether a ticket holds is not stored: it holds while its purchase keeps its places and
the debt made for it is paid.
"""

from django.db import models
from django.db.models import F, Q

from obolos.base.tenant_model import TenantModel


class Event(TenantModel):
    """Εκδήλωση: something with a date and a number of places. `taken` counts places held and sold together."""

    revenue_kind = models.ForeignKey(
        "debts.RevenueKind", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    title_el = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120)
    place = models.CharField(max_length=160)
    starts_at = models.DateTimeField()
    #: When the doors open, if that is said.
    doors_at = models.DateTimeField(null=True)
    about_el = models.TextField(blank=True, db_default="")
    about_en = models.TextField(blank=True, db_default="")
    #: What is printed on the ticket: refunds, lateness, photographs.
    conditions_el = models.TextField(blank=True, db_default="")
    conditions_en = models.TextField(blank=True, db_default="")
    capacity = models.IntegerField()
    taken = models.IntegerField(default=0, db_default=0)
    #: Places in one purchase, at most.
    most_at_once = models.IntegerField(default=10, db_default=10)
    sales_from = models.DateTimeField()
    sales_until = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "event"
        constraints = [
            models.CheckConstraint(condition=Q(taken__gte=0) & Q(taken__lte=F("capacity")), name="event_not_oversold"),
            models.CheckConstraint(
                condition=Q(sales_from__lt=F("sales_until")) & Q(sales_until__lte=F("starts_at")),
                name="event_sold_before_it_starts",
            ),
            models.CheckConstraint(condition=Q(most_at_once__gte=1), name="event_some_at_once"),
        ]
        indexes = [models.Index(fields=["municipality", "starts_at"], name="event_by_start")]


class PriceClass(TenantModel):
    """Κατηγορία εισιτηρίου: what a place costs for whom (child, adult, free). Without quota the event's places bound it."""

    event = models.ForeignKey(
        Event, on_delete=models.DO_NOTHING, db_constraint=False, related_name="classes", db_index=False
    )
    position = models.IntegerField()
    name_el = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    price_cents = models.BigIntegerField()
    quota = models.IntegerField(null=True)
    taken = models.IntegerField(default=0, db_default=0)
    offered = models.BooleanField(default=True, db_default=True)

    class Meta:
        db_table = "price_class"
        constraints = [
            models.UniqueConstraint(fields=["event", "position"], name="price_class_position"),
            models.CheckConstraint(condition=Q(price_cents__gte=0), name="price_class_not_negative"),
            models.CheckConstraint(
                condition=Q(taken__gte=0) & (Q(quota__isnull=True) | Q(taken__lte=F("quota"))),
                name="price_class_not_oversold",
            ),
        ]


class CertificateKind(TenantModel):
    """Είδος πιστοποιητικού: a document that the office makes out for a price, within some working days."""

    revenue_kind = models.ForeignKey(
        "debts.RevenueKind", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    title_el = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120)
    about_el = models.TextField(blank=True, db_default="")
    about_en = models.TextField(blank=True, db_default="")
    #: What the payer must write, e.g. «Full name and street of the property»; the label of the one field.
    asks_el = models.CharField(max_length=200)
    asks_en = models.CharField(max_length=200)
    price_cents = models.BigIntegerField()
    days_to_issue = models.IntegerField()
    offered = models.BooleanField(default=True, db_default=True)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "certificate_kind"
        constraints = [
            models.CheckConstraint(
                condition=Q(price_cents__gte=0) & Q(days_to_issue__gte=1), name="certificate_kind_plausible"
            )
        ]


class Purchase(TenantModel):
    """Αγορά: what one buyer took at one press, and the debt made for it (none when it costs nothing).

    Held until `hold_until`. Then it is `settled_at` (the debt was paid, or nothing was owed) or `released_at` (the places
    went back and the debt was withdrawn). Late money may take the places again while some are free.
    """

    #: Unguessable, in addresses: whoever holds it may see what was bought.
    public_id = models.CharField(max_length=32, unique=True)
    #: Short, to read out: EV-7K2M-94QX.
    reference = models.CharField(max_length=16)
    event = models.ForeignKey(
        Event, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="purchases"
    )
    certificate = models.ForeignKey(
        CertificateKind, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="purchases"
    )
    debt = models.OneToOneField("debts.Debt", null=True, on_delete=models.DO_NOTHING, db_constraint=False)
    places = models.IntegerField()
    amount_cents = models.BigIntegerField()
    email = models.EmailField()
    language = models.CharField(max_length=2, default="el")
    #: What the payer wrote for the office to make the certificate out.
    request = models.TextField(blank=True, db_default="")
    created_at = models.DateTimeField()
    hold_until = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    #: Made when the form was shown: the same form sent twice makes one purchase.
    form_token = models.CharField(max_length=64)

    class Meta:
        db_table = "purchase"
        constraints = [
            models.UniqueConstraint(fields=["municipality", "form_token"], name="purchase_form_once"),
            models.UniqueConstraint(fields=["municipality", "reference"], name="purchase_reference"),
            models.CheckConstraint(
                condition=Q(event__isnull=False, certificate__isnull=True)
                | Q(event__isnull=True, certificate__isnull=False),
                name="purchase_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(amount_cents=0, debt__isnull=True) | Q(amount_cents__gt=0, debt__isnull=False),
                name="purchase_owes_what_it_costs",
            ),
            models.CheckConstraint(condition=Q(places__gte=1), name="purchase_of_something"),
        ]
        indexes = [
            models.Index(
                fields=["municipality", "hold_until"],
                name="purchase_to_settle",
                condition=Q(settled_at__isnull=True, released_at__isnull=True),
            )
        ]


class Ticket(TenantModel):
    """Εισιτήριο: one place of a purchase. Its code has 80 random bits and is all that the QR holds besides our address."""

    purchase = models.ForeignKey(
        Purchase, on_delete=models.DO_NOTHING, db_constraint=False, related_name="tickets", db_index=False
    )
    event = models.ForeignKey(Event, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    price_class = models.ForeignKey(
        PriceClass, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+", db_index=False
    )
    #: «ticket `number` of the purchase's places».
    number = models.IntegerField()
    code = models.CharField(max_length=16, unique=True)
    price_cents = models.BigIntegerField()
    #: When somebody was let in with it, once, and by which member of staff.
    checked_at = models.DateTimeField(null=True)
    checked_by = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ticket"
        constraints = [models.UniqueConstraint(fields=["purchase", "number"], name="ticket_of_purchase")]


class IssuedCertificate(TenantModel):
    """A certificate that the office made out: when, by whom, and the PDF when it was not fetched at the counter."""

    purchase = models.OneToOneField(Purchase, on_delete=models.DO_NOTHING, db_constraint=False, related_name="issued")
    issued_at = models.DateTimeField()
    by_user = models.BigIntegerField()
    note = models.CharField(max_length=200, blank=True, db_default="")
    content = models.BinaryField(default=b"", db_default=b"")

    class Meta:
        db_table = "issued_certificate"
