"""Whether a person wants to be reminded of due dates."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.AddField(model_name="person", name="reminders_off_at", field=models.DateTimeField(null=True)),
    ]
