"""Holds (δεσμεύσεις): amounts that a municipality's financial system keeps for an order."""

import django.db.models.deletion
from django.db import migrations, models

from obolos.base.tenancy_sql import tenant_table


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_chain")]

    operations = [
        migrations.CreateModel(
            name="ErpHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=16)),
                ("lines", models.JSONField()),
                ("hold_id", models.CharField(blank=True, db_default="", max_length=100)),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
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
            options={"db_table": "erp_hold"},
        ),
        migrations.AddConstraint(
            model_name="erphold",
            constraint=models.UniqueConstraint(fields=("municipality", "reference"), name="erp_hold_once"),
        ),
        migrations.AddIndex(
            model_name="erphold",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)), fields=["municipality", "due_at"], name="erp_hold_open"
            ),
        ),
        tenant_table("erp_hold", root=True),
    ]
