"""Who calls as DIAS is known by its user name before a word of what it sends is read. Passwords there are sealed."""

from django.db import migrations

from obolos.base.tenancy_sql import LOOKUP, lookup_function


class Migration(migrations.Migration):
    dependencies = [("payments", "0005_order_by_email")]

    operations = [
        migrations.RunSQL(
            [
                f"GRANT SELECT ON merchant_account TO {LOOKUP}",
                f"CREATE POLICY merchant_account_lookup ON merchant_account FOR SELECT TO {LOOKUP} USING (true)",
            ],
            migrations.RunSQL.noop,
        ),
        lookup_function(
            "obolos_find_dias",
            "sender text",
            "TABLE (municipality_id bigint, id bigint)",
            "SELECT a.municipality_id, a.id FROM merchant_account a "
            "WHERE a.bank = 'DIAS' AND a.active AND a.public ->> 'user' = $1 ORDER BY a.id",
        ),
    ]
