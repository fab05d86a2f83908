"""Tables of this package, under row-level security from the start."""

import django.db.models.deletion
from django.db import migrations, models

from obolos.base.tenancy_sql import tenant_key, tenant_table


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("municipalities", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200)),
                ("kind", models.CharField(max_length=20)),
                ("on", models.DateField()),
                ("booked_at", models.DateTimeField()),
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
                (
                    "reverses",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="ledger.entry",
                    ),
                ),
            ],
            options={
                "db_table": "entry",
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.CharField(max_length=60)),
                ("amount_cents", models.BigIntegerField()),
                ("instalment_id", models.BigIntegerField(null=True)),
                (
                    "entry",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="postings",
                        to="ledger.entry",
                    ),
                ),
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
                "db_table": "posting",
            },
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.UniqueConstraint(fields=("municipality", "key"), name="entry_once"),
        ),
        migrations.AddIndex(
            model_name="posting",
            index=models.Index(fields=["municipality", "account"], name="posting_by_account"),
        ),
        migrations.AddConstraint(
            model_name="posting",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_cents", 0), _negated=True), name="posting_not_zero"
            ),
        ),
        tenant_table("entry", append_only=True, root=True),
        tenant_table("posting", append_only=True),
        tenant_key("posting", "entry_id", "entry"),
        tenant_key("entry", "reverses_id", "entry"),
        migrations.RunSQL(
            [
                # All postings of an entry are written by one statement, so the sum can be checked right there.
                """CREATE FUNCTION obolos_postings_balance() RETURNS trigger LANGUAGE plpgsql AS $$
                DECLARE bad bigint;
                BEGIN
                    SELECT w.entry_id INTO bad FROM written w
                    GROUP BY w.entry_id HAVING sum(w.amount_cents) <> 0 OR count(*) < 2 LIMIT 1;
                    IF bad IS NOT NULL THEN
                        RAISE EXCEPTION 'postings of entry % do not sum to zero', bad
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NULL;
                END $$""",
                """CREATE TRIGGER posting_balance AFTER INSERT ON posting
                REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION obolos_postings_balance()""",
                """CREATE FUNCTION obolos_entry_has_postings() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF NOT EXISTS (SELECT 1 FROM posting WHERE entry_id = NEW.id) THEN
                        RAISE EXCEPTION 'entry % has no postings', NEW.id
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NULL;
                END $$""",
                """CREATE CONSTRAINT TRIGGER entry_has_postings AFTER INSERT ON entry
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION obolos_entry_has_postings()""",
            ],
            migrations.RunSQL.noop,
        ),
    ]
