"""Why a message was closed without an answer of its own words: whoever wrote it is told."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outgoing", "0004_forget_address")]

    operations = [
        migrations.AddField(
            model_name="inquiry",
            name="closing",
            field=models.CharField(
                blank=True,
                choices=[
                    ("STANDS", "Stands"),
                    ("CORRECTED", "Corrected"),
                    ("PAPERS", "Papers"),
                    ("ELSEWHERE", "Elsewhere"),
                    ("TWICE", "Twice"),
                ],
                db_default="",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="inquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(("closing", ""), ("state", "CLOSED"), _connector="OR"),
                name="inquiry_closing_when_closed",
            ),
        ),
    ]
