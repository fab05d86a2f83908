"""How each municipality's financial system answers, and when it last spoke of a debtor or of a debt."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from obolos.base.tenancy_sql import tenant_key, tenant_table

_MUNICIPALITY: dict[str, Any] = {
    "db_constraint": False,
    "db_index": False,
    "on_delete": django.db.models.deletion.DO_NOTHING,
    "related_name": "+",
    "to": "municipalities.municipality",
}


class Migration(migrations.Migration):
    dependencies = [("debts", "0003_debtor_may_be_unknown")]

    operations = [
        migrations.CreateModel(
            name="ErpLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cursor", models.CharField(blank=True, db_default="", max_length=200)),
                ("heard_at", models.DateTimeField(null=True)),
                ("failures", models.IntegerField(db_default=0, default=0)),
                ("open_until", models.DateTimeField(null=True)),
                ("failed_at", models.DateTimeField(null=True)),
                ("failure", models.CharField(blank=True, db_default="", max_length=200)),
                ("municipality", models.ForeignKey(**_MUNICIPALITY)),
            ],
            options={"db_table": "erp_link"},
        ),
        migrations.CreateModel(
            name="ErpSnapshot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person_id", models.BigIntegerField(null=True)),
                ("as_of", models.DateTimeField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("missed_at", models.DateTimeField(null=True)),
                (
                    "debt",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="debts.debt",
                    ),
                ),
                ("municipality", models.ForeignKey(**_MUNICIPALITY)),
            ],
            options={"db_table": "erp_snapshot"},
        ),
        migrations.AddConstraint(
            model_name="erplink", constraint=models.UniqueConstraint(fields=("municipality",), name="erp_link_once")
        ),
        migrations.AddConstraint(
            model_name="erpsnapshot",
            constraint=models.UniqueConstraint(fields=("municipality", "person_id"), name="erp_snapshot_of_person"),
        ),
        migrations.AddConstraint(
            model_name="erpsnapshot",
            constraint=models.UniqueConstraint(fields=("municipality", "debt"), name="erp_snapshot_of_debt"),
        ),
        migrations.AddConstraint(
            model_name="erpsnapshot",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("debt__isnull", True), ("person_id__isnull", False)),
                    models.Q(("debt__isnull", False), ("person_id__isnull", True)),
                    _connector="OR",
                ),
                name="erp_snapshot_of_one",
            ),
        ),
        tenant_table("erp_link", public_read=True, root=True),
        tenant_table("erp_snapshot", columns_person=True, root=True),
        tenant_key("erp_snapshot", "debt_id", "debt"),
    ]
