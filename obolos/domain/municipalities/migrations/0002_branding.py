"""How a municipality shows itself at its door: a draft and a published row, read by everybody."""

import django.db.models.deletion
from django.db import migrations, models

from obolos.base.tenancy_sql import tenant_table


class Migration(migrations.Migration):
    dependencies = [("municipalities", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Branding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(choices=[("DRAFT", "Draft"), ("PUBLISHED", "Published")], max_length=9)),
                ("head", models.CharField(blank=True, db_default="", max_length=7)),
                ("accent", models.CharField(blank=True, db_default="", max_length=7)),
                ("website", models.CharField(blank=True, db_default="", max_length=200)),
                ("phone", models.CharField(max_length=30)),
                ("hours_el", models.CharField(blank=True, db_default="", max_length=120)),
                ("hours_en", models.CharField(blank=True, db_default="", max_length=120)),
                ("emblem", models.BinaryField(db_default=b"", default=b"")),
                ("emblem_digest", models.CharField(blank=True, db_default="", max_length=64)),
                ("changed_at", models.DateTimeField()),
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
                "db_table": "branding",
                "constraints": [
                    models.UniqueConstraint(fields=("municipality", "state"), name="branding_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("head__regex", "^(#[0-9a-f]{6})?$"), ("accent__regex", "^(#[0-9a-f]{6})?$")
                        ),
                        name="branding_colours",
                    ),
                ],
            },
        ),
        tenant_table("branding", public_read=True, root=True),
    ]
