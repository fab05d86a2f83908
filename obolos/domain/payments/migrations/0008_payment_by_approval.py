"""Staff find a payment by the bank's approval, as it stands on the receipt."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0007_lookups_read_columns")]

    operations = [
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                fields=["municipality", "approval"],
                name="payment_by_approval",
                condition=models.Q(("approval", ""), _negated=True),
            ),
        ),
    ]
