"""Whoever doubts a notice asks by the number on it, which names no municipality."""

from django.db import migrations

from obolos.base.tenancy_sql import LOOKUP, lookup_function


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_slips")]

    operations = [
        migrations.RunSQL(
            [
                "CREATE INDEX notice_by_reference ON notice (reference)",
                f"GRANT SELECT ON notice TO {LOOKUP}",
                f"CREATE POLICY notice_lookup ON notice FOR SELECT TO {LOOKUP} USING (true)",
            ],
            migrations.RunSQL.noop,
        ),
        lookup_function(
            "obolos_find_notice",
            "reference text",
            "TABLE (municipality_id bigint, id bigint)",
            "SELECT t.municipality_id, t.id FROM notice t WHERE t.reference = $1 ORDER BY t.id LIMIT 1",
        ),
    ]
