"""Tables of this package, under row-level security from the start."""

import django.db.models.deletion
from django.db import migrations, models

from obolos.base.tenancy_sql import tenant_key, tenant_table


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("ledger", "0001_initial"),
        ("payments", "0001_initial"),
        ("municipalities", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="DiasDayFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("sha256", models.CharField(max_length=64)),
                ("day", models.DateField()),
                ("sequence", models.IntegerField()),
                ("rows", models.IntegerField()),
                ("amount_cents", models.BigIntegerField()),
                ("read_at", models.DateTimeField()),
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
                "db_table": "dias_day_file",
                "constraints": [
                    models.UniqueConstraint(fields=("municipality", "day", "sequence"), name="dias_day_file_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="WorklistItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("UNAPPLIED", "Unapplied"),
                            ("ERP_REFUSED", "Erp Refused"),
                            ("ERP_CONTRADICTS", "Erp Contradicts"),
                            ("OVERCOLLECTED", "Overcollected"),
                            ("DIAS_UNCONFIRMED", "Dias Unconfirmed"),
                            ("DIAS_AMBIGUOUS", "Dias Ambiguous"),
                            ("BANK_CONTRADICTS", "Bank Contradicts"),
                        ],
                        max_length=20,
                    ),
                ),
                ("subject", models.CharField(max_length=80)),
                ("payment_id", models.BigIntegerField(null=True)),
                ("amount_cents", models.BigIntegerField(db_default=0, default=0)),
                ("reason", models.CharField(max_length=40)),
                ("detail", models.JSONField(default=dict)),
                ("opened_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by", models.BigIntegerField(null=True)),
                ("closing_entry_id", models.BigIntegerField(null=True)),
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
                "db_table": "worklist_item",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=("municipality", "kind", "subject"),
                        name="worklist_item_once",
                    )
                ],
            },
        ),
        tenant_table("worklist_item", root=True),
        tenant_table("dias_day_file", append_only=True, root=True),
        tenant_key("worklist_item", "payment_id", "payment"),
        tenant_key("worklist_item", "closing_entry_id", "entry"),
    ]
