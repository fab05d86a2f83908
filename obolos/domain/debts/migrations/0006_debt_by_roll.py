"""Staff find a debt by its place in a roll, as it stands on every page and paper."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("debts", "0005_collected_elsewhere")]

    operations = [
        migrations.AddIndex(
            model_name="debt",
            index=models.Index(
                fields=["municipality", "line", "catalogue"],
                name="debt_by_roll",
                condition=models.Q(("line", ""), _negated=True),
            ),
        ),
    ]
