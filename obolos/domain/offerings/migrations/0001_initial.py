"""Tables of this package, under row-level security from the start."""

import django.db.models.deletion
from django.db import migrations, models

from obolos.base.tenancy_sql import tenant_key, tenant_table


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("debts", "0003_debtor_may_be_unknown"),
        ("municipalities", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="CertificateKind",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title_el", models.CharField(max_length=120)),
                ("title_en", models.CharField(max_length=120)),
                ("about_el", models.TextField(blank=True, db_default="")),
                ("about_en", models.TextField(blank=True, db_default="")),
                ("asks_el", models.CharField(max_length=200)),
                ("asks_en", models.CharField(max_length=200)),
                ("price_cents", models.BigIntegerField()),
                ("days_to_issue", models.IntegerField()),
                ("offered", models.BooleanField(db_default=True, default=True)),
                ("made_at", models.DateTimeField()),
                (
                    "municipality",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
                (
                    "revenue_kind",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="debts.revenuekind",
                    ),
                ),
            ],
            options={
                "db_table": "certificate_kind",
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title_el", models.CharField(max_length=120)),
                ("title_en", models.CharField(max_length=120)),
                ("place", models.CharField(max_length=160)),
                ("starts_at", models.DateTimeField()),
                ("doors_at", models.DateTimeField(null=True)),
                ("about_el", models.TextField(blank=True, db_default="")),
                ("about_en", models.TextField(blank=True, db_default="")),
                ("conditions_el", models.TextField(blank=True, db_default="")),
                ("conditions_en", models.TextField(blank=True, db_default="")),
                ("capacity", models.IntegerField()),
                ("taken", models.IntegerField(db_default=0, default=0)),
                ("most_at_once", models.IntegerField(db_default=10, default=10)),
                ("sales_from", models.DateTimeField()),
                ("sales_until", models.DateTimeField()),
                ("cancelled_at", models.DateTimeField(null=True)),
                ("made_at", models.DateTimeField()),
                (
                    "municipality",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
                (
                    "revenue_kind",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="debts.revenuekind",
                    ),
                ),
            ],
            options={
                "db_table": "event",
            },
        ),
        migrations.CreateModel(
            name="PriceClass",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.IntegerField()),
                ("name_el", models.CharField(max_length=60)),
                ("name_en", models.CharField(max_length=60)),
                ("price_cents", models.BigIntegerField()),
                ("quota", models.IntegerField(null=True)),
                ("taken", models.IntegerField(db_default=0, default=0)),
                ("offered", models.BooleanField(db_default=True, default=True)),
                (
                    "event",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="classes",
                        to="offerings.event",
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
            ],
            options={
                "db_table": "price_class",
            },
        ),
        migrations.CreateModel(
            name="Purchase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.CharField(max_length=32, unique=True)),
                ("reference", models.CharField(max_length=16)),
                ("places", models.IntegerField()),
                ("amount_cents", models.BigIntegerField()),
                ("email", models.EmailField(max_length=254)),
                ("language", models.CharField(default="el", max_length=2)),
                ("request", models.TextField(blank=True, db_default="")),
                ("created_at", models.DateTimeField()),
                ("hold_until", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("released_at", models.DateTimeField(null=True)),
                ("form_token", models.CharField(max_length=64)),
                (
                    "certificate",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="purchases",
                        to="offerings.certificatekind",
                    ),
                ),
                (
                    "debt",
                    models.OneToOneField(
                        db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, to="debts.debt"
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="purchases",
                        to="offerings.event",
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
            ],
            options={
                "db_table": "purchase",
            },
        ),
        migrations.CreateModel(
            name="IssuedCertificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("issued_at", models.DateTimeField()),
                ("by_user", models.BigIntegerField()),
                ("note", models.CharField(blank=True, db_default="", max_length=200)),
                ("content", models.BinaryField(db_default=b"", default=b"")),
                (
                    "municipality",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
                (
                    "purchase",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="issued",
                        to="offerings.purchase",
                    ),
                ),
            ],
            options={
                "db_table": "issued_certificate",
            },
        ),
        migrations.CreateModel(
            name="Ticket",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.IntegerField()),
                ("code", models.CharField(max_length=16, unique=True)),
                ("price_cents", models.BigIntegerField()),
                ("checked_at", models.DateTimeField(null=True)),
                ("checked_by", models.BigIntegerField(null=True)),
                (
                    "event",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="offerings.event",
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
                (
                    "price_class",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="offerings.priceclass",
                    ),
                ),
                (
                    "purchase",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="tickets",
                        to="offerings.purchase",
                    ),
                ),
            ],
            options={
                "db_table": "ticket",
            },
        ),
        migrations.AddConstraint(
            model_name="certificatekind",
            constraint=models.CheckConstraint(
                condition=models.Q(("price_cents__gte", 0), ("days_to_issue__gte", 1)),
                name="certificate_kind_plausible",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["municipality", "starts_at"], name="event_by_start"),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(("taken__gte", 0), ("taken__lte", models.F("capacity"))), name="event_not_oversold"
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("sales_from__lt", models.F("sales_until")), ("sales_until__lte", models.F("starts_at"))
                ),
                name="event_sold_before_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.CheckConstraint(condition=models.Q(("most_at_once__gte", 1)), name="event_some_at_once"),
        ),
        migrations.AddConstraint(
            model_name="priceclass",
            constraint=models.UniqueConstraint(fields=("event", "position"), name="price_class_position"),
        ),
        migrations.AddConstraint(
            model_name="priceclass",
            constraint=models.CheckConstraint(
                condition=models.Q(("price_cents__gte", 0)), name="price_class_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="priceclass",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("taken__gte", 0),
                    models.Q(("quota__isnull", True), ("taken__lte", models.F("quota")), _connector="OR"),
                ),
                name="price_class_not_oversold",
            ),
        ),
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(
                condition=models.Q(("released_at__isnull", True), ("settled_at__isnull", True)),
                fields=["municipality", "hold_until"],
                name="purchase_to_settle",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.UniqueConstraint(fields=("municipality", "form_token"), name="purchase_form_once"),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.UniqueConstraint(fields=("municipality", "reference"), name="purchase_reference"),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("certificate__isnull", True), ("event__isnull", False)),
                    models.Q(("certificate__isnull", False), ("event__isnull", True)),
                    _connector="OR",
                ),
                name="purchase_of_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount_cents", 0), ("debt__isnull", True)),
                    models.Q(("amount_cents__gt", 0), ("debt__isnull", False)),
                    _connector="OR",
                ),
                name="purchase_owes_what_it_costs",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(condition=models.Q(("places__gte", 1)), name="purchase_of_something"),
        ),
        migrations.AddConstraint(
            model_name="ticket",
            constraint=models.UniqueConstraint(fields=("purchase", "number"), name="ticket_of_purchase"),
        ),
        tenant_table("event", root=True),
        tenant_table("price_class", root=True),
        tenant_table("certificate_kind", root=True),
        tenant_table("purchase", root=True),
        tenant_table("ticket", root=True),
        tenant_table("issued_certificate", append_only=True, root=True),
        tenant_key("event", "revenue_kind_id", "revenue_kind"),
        tenant_key("price_class", "event_id", "event"),
        tenant_key("certificate_kind", "revenue_kind_id", "revenue_kind"),
        tenant_key("purchase", "event_id", "event"),
        tenant_key("purchase", "certificate_id", "certificate_kind"),
        tenant_key("purchase", "debt_id", "debt"),
        tenant_key("ticket", "purchase_id", "purchase"),
        tenant_key("ticket", "event_id", "event"),
        tenant_key("ticket", "price_class_id", "price_class"),
        tenant_key("issued_certificate", "purchase_id", "purchase"),
    ]
