"""A debt may stand before anybody knows whose it is; and a guest finds one by what stands on paper.

Fine number and plate together, or the RF code that a municipality printed, lead to a municipality and a debt.
"""

import django.db.models.deletion
from django.db import migrations, models

from obolos.base.tenancy_sql import LOOKUP, lookup_function


class Migration(migrations.Migration):
    dependencies = [
        ("debts", "0002_debt_of_person"),
        ("municipalities", "0001_initial"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="debt",
            name="debt_by_ticket",
        ),
        migrations.RemoveIndex(
            model_name="instalment",
            name="instalment_by_rf",
        ),
        migrations.AlterField(
            model_name="debt",
            name="debtor",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="people.debtor",
            ),
        ),
        migrations.AlterField(
            model_name="debt",
            name="person_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="instalment",
            name="person_id",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name="debt",
            index=models.Index(
                condition=models.Q(("ticket_folded", ""), _negated=True),
                fields=["ticket_folded", "municipality"],
                name="debt_by_ticket",
            ),
        ),
        migrations.AddIndex(
            model_name="instalment",
            index=models.Index(
                condition=models.Q(("rf", ""), _negated=True), fields=["rf", "municipality"], name="instalment_by_rf"
            ),
        ),
        migrations.AddConstraint(
            model_name="debt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("debtor__isnull", True), ("person_id__isnull", True)),
                    models.Q(("debtor__isnull", False), ("person_id__isnull", False)),
                    _connector="OR",
                ),
                name="debt_debtor_is_person",
            ),
        ),
        migrations.RunSQL(
            [
                f"CREATE POLICY debt_lookup ON debt FOR SELECT TO {LOOKUP} USING (true)",
                f"CREATE POLICY instalment_lookup ON instalment FOR SELECT TO {LOOKUP} USING (true)",
                f"GRANT SELECT ON debt, instalment TO {LOOKUP}",
            ],
            migrations.RunSQL.noop,
        ),
        lookup_function(
            "obolos_find_fine",
            "ticket text, plate text",
            "TABLE (municipality_id bigint, id bigint)",
            "SELECT d.municipality_id, d.id FROM debt d WHERE d.ticket_folded = $1 AND d.plate_folded = $2 "
            "AND d.ticket_folded <> '' AND d.plate_folded <> ''",
        ),
        lookup_function(
            "obolos_find_printed_rf",
            "code text",
            "TABLE (municipality_id bigint, id bigint)",
            "SELECT i.municipality_id, i.debt_id FROM instalment i WHERE i.rf = $1 AND i.rf <> ''",
        ),
    ]
