"""A question about what a fault of ours keeps from being told."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reconciliation", "0002_sales")]

    operations = [
        migrations.AlterField(
            model_name="worklistitem",
            name="kind",
            field=models.CharField(
                choices=[
                    ("UNAPPLIED", "Unapplied"),
                    ("ERP_REFUSED", "Erp Refused"),
                    ("ERP_CONTRADICTS", "Erp Contradicts"),
                    ("OVERCOLLECTED", "Overcollected"),
                    ("DIAS_UNCONFIRMED", "Dias Unconfirmed"),
                    ("DIAS_AMBIGUOUS", "Dias Ambiguous"),
                    ("BANK_CONTRADICTS", "Bank Contradicts"),
                    ("CERTIFICATE", "Certificate"),
                    ("REFUND", "Refund"),
                    ("SALE", "Sale"),
                    ("NOT_DELIVERED", "Not Delivered"),
                ],
                max_length=20,
            ),
        ),
    ]
