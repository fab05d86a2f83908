"""Tables of this package, under row-level security from the start."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from obolos.base.tenancy_sql import APP, AUDIT, LOOKUP, MUNICIPALITY, PERSON, lookup_function, tenant_table


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("municipalities", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("afm", models.CharField(max_length=9, unique=True)),
                (
                    "person_type",
                    models.CharField(choices=[("N", "Natural"), ("L", "Legal")], default="N", max_length=1),
                ),
                ("name", models.CharField(blank=True, db_default="", max_length=200)),
                ("email", models.EmailField(blank=True, db_default="", max_length=254)),
                ("mobile", models.CharField(blank=True, db_default="", max_length=16)),
                ("language", models.CharField(default="el", max_length=2)),
                ("seen_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "person",
            },
        ),
        migrations.CreateModel(
            name="StaffMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("CLERK", "Clerk"),
                            ("CASHIER", "Cashier"),
                            ("FINANCE", "Finance"),
                            ("ADMIN", "Admin"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="municipalities.municipality"
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="staff_member",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "staff_member",
            },
        ),
        migrations.CreateModel(
            name="Debtor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("afm", models.CharField(max_length=9)),
                ("name", models.CharField(max_length=200)),
                ("name_folded", models.CharField(max_length=200)),
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
                    "person",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.person",
                    ),
                ),
            ],
            options={
                "db_table": "debtor",
                "indexes": [
                    models.Index(fields=["municipality", "afm"], name="debtor_by_afm"),
                    models.Index(fields=["municipality", "name_folded"], name="debtor_by_name"),
                    models.Index(fields=["person"], name="debtor_by_person"),
                ],
                "constraints": [models.UniqueConstraint(fields=("municipality", "person"), name="debtor_once")],
            },
        ),
        migrations.CreateModel(
            name="ContactCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(choices=[("email", "email"), ("sms", "sms")], max_length=5)),
                ("address", models.CharField(max_length=254)),
                ("code_hash", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("tries", models.IntegerField(db_default=0, default=0)),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="people.person"
                    ),
                ),
            ],
            options={
                "db_table": "contact_code",
                "indexes": [models.Index(fields=["person", "channel", "-id"], name="contact_code_latest")],
            },
        ),
        tenant_table("debtor", columns_person=True, root=True),
        migrations.RunSQL(
            [
                "ALTER TABLE debtor ADD CONSTRAINT debtor_of_person FOREIGN KEY (person_id) REFERENCES person (id)",
                *(
                    statement
                    for table in ("person", "contact_code")
                    for statement in (
                        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
                        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
                        f"CREATE POLICY {table}_audit ON {table} FOR SELECT TO {AUDIT} USING (true)",
                        f"GRANT SELECT ON {table} TO {AUDIT}",
                    )
                ),
                f"CREATE POLICY person_self ON person USING (id = {PERSON}) WITH CHECK (id = {PERSON})",
                "CREATE POLICY person_of_debtor ON person FOR SELECT USING (EXISTS (SELECT 1 FROM debtor d "
                f"WHERE d.person_id = person.id AND d.municipality_id = {MUNICIPALITY}))",
                f"GRANT SELECT, UPDATE ON person TO {APP}",
                f"CREATE POLICY contact_code_self ON contact_code USING (person_id = {PERSON}) "
                f"WITH CHECK (person_id = {PERSON})",
                f"GRANT SELECT, INSERT, UPDATE ON contact_code TO {APP}",
                f"CREATE POLICY person_lookup ON person TO {LOOKUP} USING (true) WITH CHECK (true)",
                f"GRANT SELECT, INSERT ON person TO {LOOKUP}",
                # Everybody may read who works where: staff sign in before a municipality is known. Appointing is done
                # inside the municipality's own unit of work only.
                "ALTER TABLE staff_member ENABLE ROW LEVEL SECURITY",
                "ALTER TABLE staff_member FORCE ROW LEVEL SECURITY",
                "CREATE POLICY staff_member_read ON staff_member FOR SELECT USING (true)",
                f"CREATE POLICY staff_member_appoint ON staff_member FOR INSERT "
                f"WITH CHECK (municipality_id = {MUNICIPALITY})",
                f"CREATE POLICY staff_member_change ON staff_member FOR UPDATE "
                f"USING (municipality_id = {MUNICIPALITY}) WITH CHECK (municipality_id = {MUNICIPALITY})",
                f"GRANT SELECT, INSERT, UPDATE ON staff_member TO {APP}",
                f"GRANT SELECT ON staff_member TO {AUDIT}",
            ],
            migrations.RunSQL.noop,
        ),
        # Sign-in and import turn ΑΦΜ into person ids, making persons not met before. Nothing else about them is told.
        lookup_function(
            "obolos_enter_people",
            "afms text[], types text[]",
            "TABLE (afm varchar, id bigint)",
            "SELECT p.afm, p.id FROM person p WHERE p.afm = ANY ($1)",
            before="""
            INSERT INTO person (afm, person_type, name, email, mobile, language)
            SELECT DISTINCT ON (g.afm) g.afm, g.type, '', '', '', 'el' FROM unnest($1, $2) AS g (afm, type) ORDER BY g.afm
            ON CONFLICT (afm) DO NOTHING
            """,
            volatility="VOLATILE",
        ),
    ]
