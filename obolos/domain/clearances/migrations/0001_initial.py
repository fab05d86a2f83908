"""Clearances, the rule they are issued by, and how a code finds its municipality."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from obolos.base.tenancy_sql import lookup_function, tenant_table


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("municipalities", "0001_initial"),
        ("payments", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClearanceRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("offered", models.BooleanField(db_default=True, default=True)),
                ("valid_days", models.IntegerField(db_default=30, default=30)),
                ("not_due_blocks", models.BooleanField(db_default=False, default=False)),
                ("known_within_days", models.IntegerField(db_default=31, default=31)),
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
                "db_table": "clearance_rule",
                "constraints": [
                    models.UniqueConstraint(fields=("municipality",), name="clearance_rule_once"),
                    models.CheckConstraint(
                        condition=Q(valid_days__gte=1, valid_days__lte=365)
                        & Q(known_within_days__gte=1, known_within_days__lte=365),
                        name="clearance_rule_days",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Clearance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=16, unique=True)),
                ("person_id", models.BigIntegerField()),
                ("form_token", models.CharField(max_length=64)),
                ("holder", models.CharField(max_length=200)),
                ("afm", models.CharField(max_length=9)),
                ("issued_at", models.DateTimeField()),
                ("valid_until", models.DateField()),
                ("debts_as_of", models.DateTimeField()),
                ("named", models.JSONField(default=list)),
                ("unapplied_cents", models.BigIntegerField(db_default=0, default=0)),
                ("undecided", models.IntegerField(db_default=0, default=0)),
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
                "db_table": "clearance",
                "indexes": [models.Index(fields=["person_id", "-issued_at"], name="clearance_of_person")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("municipality", "person_id", "form_token"), name="clearance_form_once"
                    ),
                ],
            },
        ),
        tenant_table("clearance_rule", root=True),
        tenant_table("clearance", columns_person=True, append_only=True, root=True, lookup=True),
        lookup_function(
            "obolos_find_clearance",
            "code text",
            "TABLE (municipality_id bigint, id bigint)",
            "SELECT c.municipality_id, c.id FROM clearance c WHERE c.code = $1",
        ),
        # What an SMS calls a payment by names no municipality, so anybody who checks it has to find one first.
        migrations.RunSQL(
            "CREATE INDEX payment_order_by_reference ON payment_order (reference)",
            "DROP INDEX payment_order_by_reference",
        ),
        lookup_function(
            "obolos_find_reference",
            "reference text",
            "TABLE (municipality_id bigint, id bigint)",
            "SELECT o.municipality_id, o.id FROM payment_order o WHERE o.reference = $1 ORDER BY o.id DESC LIMIT 1",
        ),
    ]
