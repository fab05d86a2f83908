"""A guest who calls about his payment is found by the e-mail address he typed."""

from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_slips")]

    operations = [
        migrations.AddIndex(
            model_name="paymentorder",
            index=models.Index(
                models.F("municipality"),
                Lower("email"),
                models.F("id").desc(),
                name="payment_order_by_email",
                condition=models.Q(("email", ""), _negated=True),
            ),
        ),
    ]
