"""A pad that was lost or stolen is declared void: its slips that nobody used can be paid no more."""

from django.db import migrations, models

_REASONS = [("LOST", "Lost"), ("STOLEN", "Stolen"), ("DAMAGED", "Damaged"), ("MISPRINTED", "Misprinted")]
_ENDS = [("MATCHED", "Matched"), ("LEFT", "Left"), ("VOIDED", "Voided")]


class Migration(migrations.Migration):
    dependencies = [("notices", "0005_form_once_and_paid_slips")]

    operations = [
        migrations.AddField("slippad", "voided_at", models.DateTimeField(null=True)),
        migrations.AddField("slippad", "voided_by", models.BigIntegerField(null=True)),
        migrations.AddField(
            "slippad", "void_reason", models.CharField(blank=True, choices=_REASONS, db_default="", max_length=10)
        ),
        migrations.AlterField(
            "preissuedslip", "ended", models.CharField(blank=True, choices=_ENDS, db_default="", max_length=7)
        ),
        migrations.AddConstraint(
            "slippad",
            models.CheckConstraint(
                condition=models.Q(voided_at__isnull=True, voided_by__isnull=True, void_reason="")
                | models.Q(
                    voided_at__isnull=False, voided_by__isnull=False, void_reason__in=[word for word, _ in _REASONS]
                ),
                name="slip_pad_void",
            ),
        ),
        migrations.AddConstraint(
            "preissuedslip",
            models.CheckConstraint(
                condition=~models.Q(ended="VOIDED")
                | models.Q(paid_at__isnull=True, fine__isnull=True, ended_at__isnull=False),
                name="preissued_slip_unused",
            ),
        ),
        # What is void stays void, whoever writes: neither the slip nor its pad comes back to life.
        migrations.RunSQL(
            [
                (
                    "CREATE FUNCTION obolos_keep_void() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                    "RAISE EXCEPTION 'what was declared void stays void' USING ERRCODE = 'check_violation'; END $$",
                    None,
                ),
                (
                    "CREATE TRIGGER preissued_slip_stays_void BEFORE UPDATE OF ended, paid_at, fine_id ON preissued_slip "
                    "FOR EACH ROW WHEN (OLD.ended = 'VOIDED' AND (NEW.ended <> 'VOIDED' OR NEW.paid_at IS NOT NULL "
                    "OR NEW.fine_id IS NOT NULL)) EXECUTE FUNCTION obolos_keep_void()",
                    None,
                ),
                (
                    "CREATE TRIGGER slip_pad_stays_void BEFORE UPDATE OF voided_at, void_reason ON slip_pad "
                    "FOR EACH ROW WHEN (OLD.voided_at IS NOT NULL AND (NEW.voided_at, NEW.void_reason) IS DISTINCT FROM "
                    "(OLD.voided_at, OLD.void_reason)) EXECUTE FUNCTION obolos_keep_void()",
                    None,
                ),
            ],
            migrations.RunSQL.noop,
        ),
    ]
