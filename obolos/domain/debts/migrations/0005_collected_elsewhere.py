"""When the municipality collected without Obolos; and open instalments by due date, which reminders look for."""

import django.db.models.deletion
from django.db import migrations, models

from obolos.base.tenancy_sql import tenant_key, tenant_table


class Migration(migrations.Migration):
    dependencies = [("debts", "0004_live_amounts")]

    operations = [
        migrations.CreateModel(
            name="CollectedElsewhere",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
                ("count", models.BigIntegerField()),
                ("cents", models.BigIntegerField()),
                ("first_cents", models.BigIntegerField(db_default=0, default=0)),
                ("source", models.CharField(max_length=40)),
                ("noted_at", models.DateTimeField()),
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
                "db_table": "collected_elsewhere",
                "indexes": [
                    models.Index(fields=["municipality", "on"], name="collected_elsewhere_by_day"),
                    models.Index(fields=["municipality", "revenue_kind"], name="collected_elsewhere_of_kind"),
                ],
            },
        ),
        tenant_table("collected_elsewhere", append_only=True),
        tenant_key("collected_elsewhere", "revenue_kind_id", "revenue_kind"),
        migrations.AddIndex(
            model_name="instalment",
            index=models.Index(
                condition=models.Q(("open_cents__gt", 0)),
                fields=["municipality", "due_on"],
                name="instalment_open_by_due",
            ),
        ),
    ]
