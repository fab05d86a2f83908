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
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "actor",
                    models.CharField(
                        choices=[
                            ("STAFF", "Staff"),
                            ("CITIZEN", "Citizen"),
                            ("GUEST", "Guest"),
                            ("BANK", "Bank"),
                            ("SYSTEM", "System"),
                        ],
                        max_length=8,
                    ),
                ),
                ("actor_id", models.BigIntegerField(null=True)),
                ("action", models.CharField(max_length=60)),
                ("subject", models.CharField(max_length=80)),
                ("detail", models.JSONField(default=dict)),
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
                "db_table": "audit_entry",
                "indexes": [models.Index(fields=["municipality", "subject", "id"], name="audit_by_subject")],
            },
        ),
        migrations.CreateModel(
            name="FunnelEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("step", models.CharField(max_length=20)),
                ("channel", models.CharField(max_length=20)),
                ("visit", models.CharField(max_length=32)),
                ("detail", models.JSONField(default=dict)),
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
                "db_table": "funnel_event",
                "indexes": [models.Index(fields=["municipality", "at"], name="funnel_by_time")],
            },
        ),
        tenant_table("audit_entry", append_only=True, root=True),
        tenant_table("funnel_event", append_only=True, root=True),
    ]
