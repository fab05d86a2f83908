"""A form starts one batch of notices; a payer's own reading may know that a slip with his fine's number was paid."""

from django.db import migrations, models

from obolos.base.tenancy_sql import lookup_function


class Migration(migrations.Migration):
    dependencies = [("notices", "0004_find_notice")]

    operations = [
        migrations.AddField(
            model_name="noticebatch",
            name="form_token",
            field=models.CharField(blank=True, db_default="", max_length=64),
        ),
        migrations.AddConstraint(
            model_name="noticebatch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("form_token", ""), _negated=True),
                fields=("municipality", "form_token"),
                name="notice_batch_form_once",
            ),
        ),
        lookup_function(
            "obolos_find_paid_slip",
            "number text",
            "TABLE (municipality_id bigint, id bigint)",
            "SELECT s.municipality_id, s.id FROM preissued_slip s WHERE s.number = $1 AND s.paid_at IS NOT NULL "
            "AND s.ended = ''",
        ),
    ]
