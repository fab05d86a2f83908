"""Whoever doubts a letter about an objection asks by its number, which names no municipality."""

from django.db import migrations

from obolos.base.tenancy_sql import LOOKUP, lookup_function


class Migration(migrations.Migration):
    dependencies = [("outgoing", "0002_inquiry")]

    operations = [
        migrations.RunSQL(
            [
                "CREATE INDEX inquiry_by_reference ON inquiry (reference)",
                f"GRANT SELECT ON inquiry TO {LOOKUP}",
                f"CREATE POLICY inquiry_lookup ON inquiry FOR SELECT TO {LOOKUP} USING (true)",
            ],
            migrations.RunSQL.noop,
        ),
        lookup_function(
            "obolos_find_inquiry",
            "reference text",
            "TABLE (municipality_id bigint, id bigint)",
            "SELECT t.municipality_id, t.id FROM inquiry t WHERE t.reference = $1 ORDER BY t.id LIMIT 1",
        ),
    ]
