"""Whoever doubts a ticket or what was sold to him asks by its number, which names no municipality."""

from django.db import migrations

from obolos.base.tenancy_sql import LOOKUP, lookup_function


class Migration(migrations.Migration):
    dependencies = [("offerings", "0001_initial")]

    operations = [
        migrations.RunSQL(
            [
                "CREATE INDEX purchase_by_reference ON purchase (reference)",
                f"GRANT SELECT ON purchase TO {LOOKUP}",
                f"CREATE POLICY purchase_lookup ON purchase FOR SELECT TO {LOOKUP} USING (true)",
            ],
            migrations.RunSQL.noop,
        ),
        lookup_function(
            "obolos_find_purchase",
            "reference text",
            "TABLE (municipality_id bigint, id bigint)",
            "SELECT t.municipality_id, t.id FROM purchase t WHERE t.reference = $1 ORDER BY t.id LIMIT 1",
        ),
        migrations.RunSQL(
            [
                f"GRANT SELECT ON ticket TO {LOOKUP}",
                f"CREATE POLICY ticket_lookup ON ticket FOR SELECT TO {LOOKUP} USING (true)",
            ],
            migrations.RunSQL.noop,
        ),
        lookup_function(
            "obolos_find_ticket",
            "code text",
            "TABLE (municipality_id bigint, id bigint)",
            "SELECT t.municipality_id, t.id FROM ticket t WHERE t.code = $1 ORDER BY t.id LIMIT 1",
        ),
    ]
