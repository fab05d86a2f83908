"""Tables of this package, under row-level security from the start."""

import django.db.models.deletion
from django.db import migrations, models

from obolos.base.tenancy_sql import tenant_table


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("municipalities", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "target",
                    models.CharField(
                        choices=[("ERP", "Erp"), ("PAYER_EMAIL", "Payer Email"), ("PAYER_SMS", "Payer Sms")],
                        max_length=12,
                    ),
                ),
                ("subject", models.CharField(max_length=80)),
                ("event", models.CharField(max_length=30)),
                ("version", models.IntegerField(db_default=1, default=1)),
                ("detail", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PENDING", "Pending"),
                            ("SENT", "Sent"),
                            ("REFUSED", "Refused"),
                            ("PARKED", "Parked"),
                        ],
                        default="PENDING",
                        max_length=8,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("tries", models.IntegerField(db_default=0, default=0)),
                ("done_at", models.DateTimeField(null=True)),
                ("answer", models.JSONField(default=dict)),
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
                "db_table": "delivery",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "PENDING")), fields=["municipality", "due_at"], name="delivery_due"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("municipality", "target", "subject", "event", "version"), name="delivery_once"
                    )
                ],
            },
        ),
        tenant_table("delivery", root=True),
    ]
