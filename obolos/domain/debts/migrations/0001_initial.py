"""Tables of this package, under row-level security from the start."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.db import migrations, models

from obolos.base.tenancy_sql import tenant_key, tenant_table


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("municipalities", "0001_initial"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="RevenueKind",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=20)),
                ("name_el", models.CharField(max_length=120)),
                ("name_en", models.CharField(max_length=120)),
                ("family", models.CharField(max_length=10)),
                ("online", models.BooleanField(db_default=True, default=True)),
                ("guest", models.BooleanField(db_default=False, default=False)),
                ("partial", models.BooleanField(db_default=False, default=False)),
                ("card", models.BooleanField(db_default=True, default=True)),
                ("rf", models.BooleanField(db_default=True, default=True)),
                ("allocation", models.CharField(default="PRORATA", max_length=30)),
                ("surcharge_source", models.CharField(default="FMS_IF_PRESENT", max_length=20)),
                ("min_partial_cents", models.BigIntegerField(db_default=100, default=100)),
                ("surcharge_uncertified", models.BooleanField(db_default=False, default=False)),
                ("paid_on", models.CharField(db_default="BY_MEANS", default="BY_MEANS", max_length=12)),
                ("surcharge_code", models.CharField(blank=True, db_default="", max_length=20)),
                ("fine_code", models.CharField(blank=True, db_default="", max_length=20)),
                ("costs_code", models.CharField(blank=True, db_default="", max_length=20)),
                ("legal_basis", models.CharField(blank=True, db_default="", max_length=200)),
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
                "db_table": "revenue_kind",
            },
        ),
        migrations.CreateModel(
            name="Debt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person_id", models.BigIntegerField()),
                ("origin", models.CharField(default="ERP", max_length=8)),
                ("ext_id", models.CharField(max_length=60)),
                ("version", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("CERTIFIED", "Certified"), ("ARRANGED", "Arranged"), ("UNCERTIFIED", "Uncertified")],
                        max_length=11,
                    ),
                ),
                ("rev_code", models.CharField(max_length=20)),
                ("orig_code", models.CharField(max_length=20)),
                ("year", models.IntegerField(null=True)),
                ("catalogue", models.CharField(blank=True, db_default="", max_length=20)),
                ("line", models.CharField(blank=True, db_default="", max_length=20)),
                ("atb", models.CharField(blank=True, db_default="", max_length=30)),
                ("description", models.CharField(max_length=200)),
                ("certified_on", models.DateField(null=True)),
                ("ticket_no", models.CharField(blank=True, db_default="", max_length=30)),
                ("ticket_folded", models.CharField(blank=True, db_default="", max_length=30)),
                ("plate", models.CharField(blank=True, db_default="", max_length=20)),
                ("plate_folded", models.CharField(blank=True, db_default="", max_length=20)),
                ("violation_on", models.DateField(null=True)),
                ("content", models.BigIntegerField(null=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "debtor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.debtor",
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
                "db_table": "debt",
            },
        ),
        migrations.CreateModel(
            name="AddedLineRate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=30)),
                ("name_el", models.CharField(max_length=120)),
                ("name_en", models.CharField(max_length=120)),
                ("percent", models.DecimalField(decimal_places=6, max_digits=9)),
                ("of", models.CharField(default="PRINCIPAL", max_length=30)),
                ("target_code", models.CharField(max_length=20)),
                ("from_on", models.DateField()),
                ("to_on", models.DateField(null=True)),
                ("retained", models.BooleanField(db_default=False, default=False)),
                ("legal_basis", models.CharField(max_length=200)),
                ("proposed_by", models.CharField(max_length=150)),
                ("approved_by", models.CharField(max_length=150)),
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
                    "kind",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="added_lines",
                        to="debts.revenuekind",
                    ),
                ),
            ],
            options={
                "db_table": "added_line_rate",
            },
        ),
        migrations.CreateModel(
            name="SurchargeScheme",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40)),
                ("unit", models.CharField(default="PCT_MONTH", max_length=16)),
                ("counting", models.CharField(default="CALENDAR", max_length=12)),
                ("base", models.CharField(default="PRINCIPAL", max_length=20)),
                ("cap_percent", models.DecimalField(decimal_places=3, max_digits=7, null=True)),
                ("min_cents", models.BigIntegerField(db_default=0, default=0)),
                ("day_basis", models.IntegerField(db_default=365, default=365)),
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
                "db_table": "surcharge_scheme",
            },
        ),
        migrations.CreateModel(
            name="SurchargeRate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_on", models.DateField()),
                ("percent", models.DecimalField(decimal_places=6, max_digits=9)),
                ("legal_basis", models.CharField(max_length=200)),
                ("ada", models.CharField(blank=True, db_default="", max_length=20)),
                ("proposed_by", models.CharField(max_length=150)),
                ("approved_by", models.CharField(max_length=150)),
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
                    "scheme",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="rates",
                        to="debts.surchargescheme",
                    ),
                ),
            ],
            options={
                "db_table": "surcharge_rate",
            },
        ),
        migrations.AddField(
            model_name="revenuekind",
            name="scheme",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="debts.surchargescheme",
            ),
        ),
        migrations.AddField(
            model_name="revenuekind",
            name="arranged_scheme",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="debts.surchargescheme",
            ),
        ),
        migrations.CreateModel(
            name="DebtsFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("sha256", models.CharField(max_length=64)),
                ("mode", models.CharField(blank=True, db_default="", max_length=5)),
                ("scope", models.TextField(blank=True, db_default="")),
                ("sequence", models.IntegerField(null=True)),
                ("made_at", models.DateTimeField(null=True)),
                ("rows", models.IntegerField(db_default=0, default=0)),
                ("principal_cents", models.BigIntegerField(db_default=0, default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("CHECKING", "Checking"),
                            ("REFUSED", "Refused"),
                            ("ASKING", "Asking"),
                            ("DONE", "Done"),
                        ],
                        default="CHECKING",
                        max_length=8,
                    ),
                ),
                ("progress", models.IntegerField(db_default=0, default=0)),
                ("lines", models.IntegerField(db_default=0, default=0)),
                ("report", models.JSONField(default=dict)),
                ("stored_as", models.CharField(blank=True, db_default="", max_length=200)),
                ("confirm_closing", models.BooleanField(db_default=False, default=False)),
                ("by_user", models.BigIntegerField(null=True)),
                ("received_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
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
                "db_table": "debts_file",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "DONE")),
                        fields=("municipality", "sequence"),
                        name="debts_file_sequence",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Instalment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person_id", models.BigIntegerField()),
                ("number", models.IntegerField()),
                ("of", models.IntegerField()),
                ("due_on", models.DateField()),
                ("principal_cents", models.BigIntegerField()),
                ("written_off_cents", models.BigIntegerField(db_default=0, default=0)),
                ("elsewhere_cents", models.BigIntegerField(db_default=0, default=0)),
                ("collected_cents", models.BigIntegerField(db_default=0, default=0)),
                ("discounted_cents", models.BigIntegerField(db_default=0, default=0)),
                ("withdrawn", models.BooleanField(db_default=False, default=False)),
                ("added_cents", models.BigIntegerField(null=True)),
                ("added_collected_cents", models.BigIntegerField(db_default=0, default=0)),
                ("surcharge_cents", models.BigIntegerField(null=True)),
                ("surcharge_as_of", models.DateField(null=True)),
                ("surcharge_collected_cents", models.BigIntegerField(db_default=0, default=0)),
                ("surcharged_months", models.IntegerField(db_default=0, default=0)),
                ("surcharge_carried_cents", models.BigIntegerField(db_default=0, default=0)),
                ("rf", models.CharField(blank=True, db_default="", max_length=25)),
                (
                    "open_cents",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(then=models.Value(0), withdrawn=True),
                            default=django.db.models.functions.comparison.Greatest(
                                models.Value(0),
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("principal_cents"), "-", models.F("written_off_cents")
                                            ),
                                            "-",
                                            models.F("elsewhere_cents"),
                                        ),
                                        "-",
                                        models.F("collected_cents"),
                                    ),
                                    "-",
                                    models.F("discounted_cents"),
                                ),
                            ),
                            output_field=models.BigIntegerField(),
                        ),
                        output_field=models.BigIntegerField(),
                    ),
                ),
                (
                    "debt",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="parts",
                        to="debts.debt",
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
                "db_table": "instalment",
                "indexes": [
                    models.Index(
                        condition=models.Q(("open_cents__gt", 0)),
                        fields=["person_id"],
                        name="instalment_open_of_person",
                    ),
                    models.Index(
                        condition=models.Q(("rf", ""), _negated=True),
                        fields=["municipality", "rf"],
                        name="instalment_by_rf",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("debt", "number"), name="instalment_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("principal_cents__gte", 0),
                            ("written_off_cents__gte", 0),
                            ("elsewhere_cents__gte", 0),
                            ("collected_cents__gte", 0),
                            ("discounted_cents__gte", 0),
                            ("added_collected_cents__gte", 0),
                            ("surcharge_collected_cents__gte", 0),
                        ),
                        name="instalment_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DiscountWindow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event", models.CharField(max_length=15)),
                ("days", models.IntegerField()),
                ("inclusive", models.BooleanField(db_default=True, default=True)),
                ("shift_nonworking", models.BooleanField(db_default=True, default=True)),
                ("factor_bp", models.IntegerField()),
                ("applies_from", models.DateField(null=True)),
                ("applies_to", models.DateField(null=True)),
                ("legal_basis", models.CharField(max_length=200)),
                ("proposed_by", models.CharField(max_length=150)),
                ("approved_by", models.CharField(max_length=150)),
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
                    "kind",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="windows",
                        to="debts.revenuekind",
                    ),
                ),
            ],
            options={
                "db_table": "discount_window",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("proposed_by", models.F("approved_by")), _negated=True),
                        name="discount_window_two_people",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="debt",
            index=models.Index(fields=["municipality", "person_id"], name="debt_by_person"),
        ),
        migrations.AddIndex(
            model_name="debt",
            index=models.Index(
                condition=models.Q(("ticket_folded", ""), _negated=True),
                fields=["municipality", "ticket_folded"],
                name="debt_by_ticket",
            ),
        ),
        migrations.AddIndex(
            model_name="debt",
            index=models.Index(
                condition=models.Q(("plate_folded", ""), _negated=True),
                fields=["municipality", "plate_folded"],
                name="debt_by_plate",
            ),
        ),
        migrations.AddConstraint(
            model_name="debt",
            constraint=models.UniqueConstraint(fields=("municipality", "ext_id"), name="debt_once"),
        ),
        migrations.AddConstraint(
            model_name="addedlinerate",
            constraint=models.CheckConstraint(
                condition=models.Q(("proposed_by", models.F("approved_by")), _negated=True),
                name="added_line_rate_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="surchargescheme",
            constraint=models.UniqueConstraint(fields=("municipality", "code"), name="surcharge_scheme_once"),
        ),
        migrations.AddConstraint(
            model_name="surchargerate",
            constraint=models.UniqueConstraint(fields=("scheme", "from_on"), name="surcharge_rate_once"),
        ),
        migrations.AddConstraint(
            model_name="surchargerate",
            constraint=models.CheckConstraint(
                condition=models.Q(("proposed_by", models.F("approved_by")), _negated=True),
                name="surcharge_rate_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="revenuekind",
            constraint=models.UniqueConstraint(fields=("municipality", "code"), name="revenue_kind_once"),
        ),
        tenant_table("surcharge_scheme", public_read=True, root=True),
        tenant_table("surcharge_rate", public_read=True, append_only=True),
        tenant_table("revenue_kind", public_read=True, root=True),
        tenant_table("discount_window", public_read=True, append_only=True),
        tenant_table("added_line_rate", public_read=True, append_only=True),
        tenant_table("debts_file", root=True),
        tenant_table("debt", columns_person=True),
        tenant_table("instalment", columns_person=True),
        tenant_key("surcharge_rate", "scheme_id", "surcharge_scheme"),
        tenant_key("revenue_kind", "scheme_id", "surcharge_scheme"),
        tenant_key("revenue_kind", "arranged_scheme_id", "surcharge_scheme"),
        tenant_key("discount_window", "kind_id", "revenue_kind"),
        tenant_key("added_line_rate", "kind_id", "revenue_kind"),
        tenant_key("debt", "debtor_id", "debtor"),
        tenant_key("debt", "revenue_kind_id", "revenue_kind"),
        tenant_key("instalment", "debt_id", "debt"),
    ]
