"""What people write to a municipality about a debt. The debtor himself may read that there is something."""

import django.db.models.deletion
from django.db import migrations, models

from obolos.base.tenancy_sql import tenant_table


class Migration(migrations.Migration):
    dependencies = [
        ("municipalities", "0001_initial"),
        ("outgoing", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Inquiry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=16)),
                (
                    "kind",
                    models.CharField(choices=[("OBJECTION", "Objection"), ("NOT_MINE", "Not Mine")], max_length=10),
                ),
                ("debt_id", models.BigIntegerField()),
                ("person_id", models.BigIntegerField(null=True)),
                ("text", models.TextField(blank=True, db_default="")),
                ("email", models.EmailField(blank=True, db_default="", max_length=254)),
                ("language", models.CharField(default="el", max_length=2)),
                (
                    "state",
                    models.CharField(choices=[("OPEN", "Open"), ("CLOSED", "Closed")], default="OPEN", max_length=6),
                ),
                ("created_at", models.DateTimeField()),
                ("form_token", models.CharField(max_length=64)),
                ("answer", models.TextField(blank=True, db_default="")),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_by", models.BigIntegerField(null=True)),
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
                "db_table": "inquiry",
                "indexes": [
                    models.Index(fields=["municipality", "debt_id"], name="inquiry_by_debt"),
                    models.Index(
                        condition=models.Q(("state", "OPEN")), fields=["person_id"], name="inquiry_open_of_person"
                    ),
                    models.Index(
                        condition=models.Q(("state", "OPEN")),
                        fields=["municipality", "created_at"],
                        name="inquiry_open",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("municipality", "reference"), name="inquiry_reference"),
                    models.UniqueConstraint(fields=("municipality", "form_token"), name="inquiry_form_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("state", "OPEN")),
                            models.Q(("closed_at__isnull", False), ("state", "CLOSED")),
                            _connector="OR",
                        ),
                        name="inquiry_closed_once",
                    ),
                ],
            },
        ),
        tenant_table("inquiry", columns_person=True, root=True),
    ]
