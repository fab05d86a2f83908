"""A person's own change of his settings is noted with every municipality that knows him, in the transaction that makes it."""

from django.db import migrations

from obolos.base.tenancy_sql import PERSON


class Migration(migrations.Migration):
    dependencies = [("people", "0002_reminders_off"), ("audit", "0002_lookup_try")]

    operations = [
        # Of all that may be noted, a person may note only that he himself changed a setting, and only where he is known.
        migrations.RunSQL(
            "CREATE POLICY audit_entry_own_change ON audit_entry FOR INSERT WITH CHECK ("
            f"actor = 'CITIZEN' AND actor_id = {PERSON} "
            "AND action IN ('reminders.stopped', 'reminders.resumed', 'contact.confirmed', 'contact.removed') "
            "AND EXISTS (SELECT 1 FROM debtor d WHERE d.municipality_id = audit_entry.municipality_id "
            f"AND d.person_id = {PERSON} AND audit_entry.subject = 'debtor:' || d.id))",
            migrations.RunSQL.noop,
        ),
    ]
