"""Look-ups of who calls and of whom a bank speaks read what finds them, and neither a sealed password nor a ticket."""

from django.db import migrations

from obolos.base.tenancy_sql import LOOKUP


class Migration(migrations.Migration):
    dependencies = [("payments", "0006_find_dias")]

    operations = [
        migrations.RunSQL(
            [
                f"REVOKE SELECT ON merchant_account, payment_attempt FROM {LOOKUP}",
                f"GRANT SELECT (municipality_id, id, bank, active, public) ON merchant_account TO {LOOKUP}",
                f"GRANT SELECT (municipality_id, id, reference) ON payment_attempt TO {LOOKUP}",
                "DROP POLICY merchant_account_lookup ON merchant_account",
                f"CREATE POLICY merchant_account_lookup ON merchant_account FOR SELECT TO {LOOKUP} "
                "USING (bank = 'DIAS' AND active)",
            ],
            migrations.RunSQL.noop,
        ),
    ]
