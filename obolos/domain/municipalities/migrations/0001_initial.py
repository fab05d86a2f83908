"""Tables of this package, under row-level security from the start."""

import django.db.models.deletion
from django.db import migrations, models

from obolos.base.tenancy_sql import MUNICIPALITY, tenant_table


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Municipality",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=4, unique=True)),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("name_el", models.CharField(max_length=120)),
                ("name_en", models.CharField(max_length=120)),
                ("short_el", models.CharField(max_length=80)),
                ("sms_sender", models.CharField(max_length=11)),
                ("phone", models.CharField(max_length=30)),
                ("email", models.EmailField(max_length=254)),
                ("afm", models.CharField(max_length=9)),
                ("dias_code", models.CharField(max_length=5, unique=True)),
                ("law_version", models.BigIntegerField(db_default=1, default=1)),
                ("debts_as_of", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "municipality",
            },
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
                ("working", models.BooleanField(db_default=False, default=False)),
                ("name_el", models.CharField(max_length=120)),
                ("name_en", models.CharField(max_length=120)),
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
                "db_table": "calendar_day",
                "constraints": [models.UniqueConstraint(fields=("municipality", "on"), name="calendar_day_once")],
            },
        ),
        # Municipalities are public by law: names, telephone, organisation code. Each changes only its own row.
        migrations.RunSQL(
            [
                "ALTER TABLE municipality ENABLE ROW LEVEL SECURITY",
                "ALTER TABLE municipality FORCE ROW LEVEL SECURITY",
                "CREATE POLICY municipality_public ON municipality FOR SELECT USING (true)",
                "CREATE POLICY municipality_enrol ON municipality FOR INSERT WITH CHECK (true)",
                f"CREATE POLICY municipality_own ON municipality FOR UPDATE USING (id = {MUNICIPALITY})",
                "GRANT SELECT, INSERT, UPDATE ON municipality TO obolos_app",
                "GRANT SELECT ON municipality TO obolos_lookup, obolos_audit",
                """CREATE FUNCTION obolos_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'table % is append-only: write a correcting row instead', TG_TABLE_NAME
                        USING ERRCODE = 'integrity_constraint_violation';
                END $$""",
            ],
            migrations.RunSQL.noop,
        ),
        tenant_table("calendar_day", public_read=True, root=True, deletable=True),
    ]
