"""A debtor's own reading may know that somebody else began to pay what he owes, and until when; never who, nor by what."""

from django.db import migrations

from obolos.base.tenancy_sql import LOOKUP, PERSON, lookup_function


class Migration(migrations.Migration):
    dependencies = [("payments", "0008_payment_by_approval"), ("debts", "0006_debt_by_roll")]

    operations = [
        migrations.RunSQL(
            [
                f"GRANT SELECT (municipality_id, order_id, instalment_id, principal_cents, discount_cents) "
                f"ON order_line TO {LOOKUP}",
                f"GRANT SELECT (order_id, state, created_at) ON payment_attempt TO {LOOKUP}",
                f"CREATE POLICY order_line_lookup ON order_line FOR SELECT TO {LOOKUP} USING (true)",
            ],
            migrations.RunSQL.noop,
        ),
        # Of the person in context only, whoever calls. The conditions are those of `debts.queries.marks_of_debts`.
        lookup_function(
            "obolos_find_begun",
            "since timestamptz, day date",
            "TABLE (municipality_id bigint, id bigint, until date)",
            "SELECT i.municipality_id, i.id, CASE WHEN o.means = 'RF' THEN o.valid_until END FROM instalment i "
            "JOIN order_line l ON l.instalment_id = i.id JOIN payment_order o ON o.id = l.order_id "
            f"WHERE i.person_id = {PERSON} AND i.open_cents > 0 AND o.person_id IS DISTINCT FROM {PERSON} "
            "AND CASE o.means WHEN 'CARD' THEN EXISTS (SELECT 1 FROM payment_attempt a WHERE a.order_id = o.id "
            "AND a.state IN ('REDIRECTED', 'UNKNOWN') AND a.created_at > $1) "
            "ELSE o.state = 'OPEN' AND o.valid_until >= $2 AND strpos(o.form_token, ':') = 0 "
            "AND NOT EXISTS (SELECT 1 FROM order_line x JOIN instalment y ON y.id = x.instalment_id "
            "WHERE x.order_id = o.id AND y.open_cents < x.principal_cents + x.discount_cents) END",
        ),
    ]
