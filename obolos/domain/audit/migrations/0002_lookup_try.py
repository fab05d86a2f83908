"""Look-ups of strangers are counted, by address and by number, before any municipality is known."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="LookupTry",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                (
                    "tried_at",
                    django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), size=None),
                ),
                ("last_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "db_table": "lookup_try",
            },
        ),
        # Keyed hashes of addresses and numbers, forgotten within a day: nothing that could tell who somebody is.
        migrations.RunSQL(
            [
                "GRANT SELECT, INSERT, UPDATE, DELETE ON lookup_try TO obolos_app",
                "GRANT SELECT ON lookup_try TO obolos_audit",
            ],
            migrations.RunSQL.noop,
        ),
    ]
