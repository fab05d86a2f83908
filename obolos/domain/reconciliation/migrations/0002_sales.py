"""Questions of sales: a certificate to make out, a purchase to give back, a sale that only a person can end."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reconciliation", "0001_initial")]

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
                ],
                max_length=20,
            ),
        ),
    ]
