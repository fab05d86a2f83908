"""Tables of this package, under row-level security from the start."""

import django.db.models.deletion
from django.db import migrations, models

from obolos.base.tenancy_sql import tenant_key, tenant_table


class Migration(migrations.Migration):
    initial = True

    dependencies = [("debts", "0005_collected_elsewhere"), ("municipalities", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person_id", models.BigIntegerField()),
                ("due_on", models.DateField()),
                ("days", models.IntegerField()),
                ("channel", models.CharField(choices=[("EMAIL", "Email"), ("SMS", "Sms")], max_length=5)),
                (
                    "arm",
                    models.CharField(
                        choices=[("TOLD", "Told"), ("HELD_OUT", "Held Out"), ("SKIPPED", "Skipped")], max_length=8
                    ),
                ),
                ("reason", models.CharField(blank=True, db_default="", max_length=30)),
                ("made_at", models.DateTimeField()),
                ("amount_cents", models.BigIntegerField(db_default=0, default=0)),
                ("rf", models.CharField(blank=True, db_default="", max_length=25)),
                ("valid_until", models.DateField(null=True)),
                (
                    "municipality",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
            ],
            options={
                "db_table": "reminder",
            },
        ),
        migrations.CreateModel(
            name="ReminderLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "instalment",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="debts.instalment",
                    ),
                ),
                (
                    "municipality",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
                (
                    "reminder",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="lines",
                        to="reminders.reminder",
                    ),
                ),
            ],
            options={
                "db_table": "reminder_line",
            },
        ),
        migrations.CreateModel(
            name="ReminderPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.BooleanField(db_default=False, default=False)),
                ("held_out_percent", models.IntegerField(db_default=10, default=10)),
                ("salt", models.CharField(max_length=32)),
                ("send_from", models.TimeField()),
                ("send_until", models.TimeField()),
                ("version", models.IntegerField(db_default=1, default=1)),
                (
                    "municipality",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
            ],
            options={
                "db_table": "reminder_policy",
            },
        ),
        migrations.CreateModel(
            name="ReminderRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("days", models.IntegerField()),
                ("channel", models.CharField(choices=[("EMAIL", "Email"), ("SMS", "Sms")], max_length=5)),
                ("on", models.BooleanField(db_default=True, default=True)),
                (
                    "municipality",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="municipalities.municipality",
                    ),
                ),
            ],
            options={
                "db_table": "reminder_rule",
            },
        ),
        migrations.AddIndex(
            model_name="reminder",
            index=models.Index(fields=["municipality", "made_at"], name="reminder_by_time"),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(
                fields=("municipality", "person_id", "due_on", "days"), name="reminder_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="reminderline",
            constraint=models.UniqueConstraint(fields=("reminder", "instalment"), name="reminder_line_once"),
        ),
        migrations.AddConstraint(
            model_name="reminderpolicy",
            constraint=models.UniqueConstraint(fields=("municipality",), name="reminder_policy_one"),
        ),
        migrations.AddConstraint(
            model_name="reminderpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("held_out_percent__gte", 0), ("held_out_percent__lte", 50)),
                name="reminder_policy_held_out",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminderrule",
            constraint=models.UniqueConstraint(fields=("municipality", "days"), name="reminder_rule_once"),
        ),
        migrations.AddConstraint(
            model_name="reminderrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("days__gte", -60), ("days__lte", 60)), name="reminder_rule_days"
            ),
        ),
        tenant_table("reminder_policy", root=True),
        tenant_table("reminder_rule", root=True),
        tenant_table("reminder", columns_person=True, append_only=True, root=True),
        tenant_table("reminder_line", append_only=True),
        tenant_key("reminder_line", "reminder_id", "reminder"),
        tenant_key("reminder_line", "instalment_id", "instalment"),
    ]
