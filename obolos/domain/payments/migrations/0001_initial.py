"""Tables of this package, under row-level security from the start."""

import django.db.models.deletion
from django.db import migrations, models

from obolos.base.tenancy_sql import lookup_function, tenant_key, tenant_table


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("debts", "0001_initial"),
        ("municipalities", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="BankMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(max_length=12)),
                ("source", models.CharField(max_length=8)),
                ("key", models.CharField(max_length=80)),
                ("raw", models.TextField()),
                ("decoded", models.JSONField(default=dict)),
                ("received_at", models.DateTimeField()),
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
                "db_table": "bank_message",
            },
        ),
        migrations.CreateModel(
            name="BankResult",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("verdict", models.CharField(max_length=12)),
                (
                    "disposition",
                    models.CharField(
                        choices=[
                            ("APPLIED", "Applied"),
                            ("PARTLY", "Partly"),
                            ("UNAPPLIED", "Unapplied"),
                            ("CONFIRMED", "Confirmed"),
                            ("DECLINED", "Declined"),
                            ("PENDING", "Pending"),
                            ("REJECTED", "Rejected"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, db_default="", max_length=40)),
                ("attempt_id", models.BigIntegerField(null=True)),
                ("rf_code_id", models.BigIntegerField(null=True)),
                ("payment_id", models.BigIntegerField(null=True)),
                (
                    "message",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="result",
                        to="payments.bankmessage",
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
            ],
            options={
                "db_table": "bank_result",
            },
        ),
        migrations.CreateModel(
            name="MerchantAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("bank", models.CharField(max_length=12)),
                ("label", models.CharField(max_length=60)),
                ("public", models.JSONField(default=dict)),
                ("sealed_password", models.TextField()),
                ("active", models.BooleanField(db_default=True, default=True)),
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
                "db_table": "merchant_account",
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("evidence_key", models.CharField(max_length=120)),
                ("attempt_id", models.BigIntegerField(null=True)),
                ("rf_code_id", models.BigIntegerField(null=True)),
                ("person_id", models.BigIntegerField(null=True)),
                ("channel", models.CharField(choices=[("CARD", "Card"), ("RF", "Rf")], max_length=4)),
                ("provider", models.CharField(max_length=12)),
                ("amount_cents", models.BigIntegerField()),
                ("paid_at", models.DateTimeField()),
                ("paid_on", models.DateField()),
                ("booked_at", models.DateTimeField()),
                (
                    "disposition",
                    models.CharField(
                        choices=[
                            ("APPLIED", "Applied"),
                            ("PARTLY", "Partly"),
                            ("UNAPPLIED", "Unapplied"),
                            ("CONFIRMED", "Confirmed"),
                            ("DECLINED", "Declined"),
                            ("PENDING", "Pending"),
                            ("REJECTED", "Rejected"),
                        ],
                        max_length=10,
                    ),
                ),
                ("bank_txn", models.CharField(blank=True, db_default="", max_length=60)),
                ("approval", models.CharField(blank=True, db_default="", max_length=30)),
                ("payer", models.CharField(blank=True, db_default="", max_length=200)),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("erp_acked_at", models.DateTimeField(null=True)),
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
                "db_table": "payment",
            },
        ),
        migrations.CreateModel(
            name="Collection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person_id", models.BigIntegerField(null=True)),
                ("component", models.CharField(max_length=10)),
                ("code", models.CharField(max_length=20)),
                ("amount_cents", models.BigIntegerField()),
                (
                    "instalment",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="collections",
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
                    "payment",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="collections",
                        to="payments.payment",
                    ),
                ),
            ],
            options={
                "db_table": "collection",
            },
        ),
        migrations.CreateModel(
            name="PaymentOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.CharField(max_length=32, unique=True)),
                ("reference", models.CharField(max_length=16)),
                ("person_id", models.BigIntegerField(null=True)),
                ("payer_name", models.CharField(blank=True, db_default="", max_length=200)),
                ("email", models.EmailField(blank=True, db_default="", max_length=254)),
                ("mobile", models.CharField(blank=True, db_default="", max_length=16)),
                ("language", models.CharField(default="el", max_length=2)),
                ("means", models.CharField(choices=[("CARD", "Card"), ("RF", "Rf")], max_length=4)),
                ("amount_cents", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "Open"),
                            ("PAID", "Paid"),
                            ("PART", "Part"),
                            ("FAILED", "Failed"),
                            ("EXPIRED", "Expired"),
                            ("VOIDED", "Voided"),
                        ],
                        default="OPEN",
                        max_length=8,
                    ),
                ),
                ("valid_until", models.DateField()),
                ("created_at", models.DateTimeField()),
                ("form_token", models.CharField(max_length=64)),
                ("rest", models.JSONField(default=list)),
                ("visit", models.CharField(blank=True, db_default="", max_length=32)),
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
                "db_table": "payment_order",
            },
        ),
        migrations.CreateModel(
            name="PaymentAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person_id", models.BigIntegerField(null=True)),
                ("reference", models.CharField(max_length=45, unique=True)),
                ("sealed_ticket", models.TextField()),
                ("amount_cents", models.BigIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("REDIRECTED", "Redirected"),
                            ("UNKNOWN", "Unknown"),
                            ("PAID", "Paid"),
                            ("DECLINED", "Declined"),
                            ("ABANDONED", "Abandoned"),
                        ],
                        default="REDIRECTED",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("ticket_expires_at", models.DateTimeField()),
                ("next_query_at", models.DateTimeField(null=True)),
                ("queries", models.IntegerField(db_default=0, default=0)),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, db_default="", max_length=30)),
                ("not_charged", models.BooleanField(db_default=False, default=False)),
                (
                    "merchant_account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="payments.merchantaccount",
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
                    "order",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="attempts",
                        to="payments.paymentorder",
                    ),
                ),
            ],
            options={
                "db_table": "payment_attempt",
            },
        ),
        migrations.AddField(
            model_name="payment",
            name="order",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="payments",
                to="payments.paymentorder",
            ),
        ),
        migrations.CreateModel(
            name="OrderLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person_id", models.BigIntegerField(null=True)),
                ("principal_cents", models.BigIntegerField()),
                ("discount_cents", models.BigIntegerField(db_default=0, default=0)),
                ("amount_cents", models.BigIntegerField()),
                ("surcharged_months", models.IntegerField(db_default=0, default=0)),
                ("surcharge_carried_cents", models.BigIntegerField(db_default=0, default=0)),
                ("parts", models.JSONField()),
                ("quote", models.JSONField()),
                (
                    "instalment",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="order_lines",
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
                    "order",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="lines",
                        to="payments.paymentorder",
                    ),
                ),
            ],
            options={
                "db_table": "order_line",
            },
        ),
        migrations.CreateModel(
            name="RfCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=25, unique=True)),
                ("person_id", models.BigIntegerField(null=True)),
                ("amount_cents", models.BigIntegerField(null=True)),
                ("valid_until", models.DateField()),
                ("issued_at", models.DateTimeField()),
                ("voided_at", models.DateTimeField(null=True)),
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
                    "order",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="rf_codes",
                        to="payments.paymentorder",
                    ),
                ),
            ],
            options={
                "db_table": "rf_code",
            },
        ),
        migrations.AddConstraint(
            model_name="bankmessage",
            constraint=models.UniqueConstraint(fields=("municipality", "provider", "key"), name="bank_message_once"),
        ),
        migrations.AddIndex(
            model_name="bankresult",
            index=models.Index(fields=["municipality", "attempt_id"], name="bank_result_by_attempt"),
        ),
        migrations.AddConstraint(
            model_name="merchantaccount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("active", True)), fields=("municipality", "bank"), name="merchant_account_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="collection",
            constraint=models.CheckConstraint(condition=models.Q(("amount_cents__gt", 0)), name="collection_positive"),
        ),
        migrations.AddIndex(
            model_name="paymentorder",
            index=models.Index(fields=["person_id", "-id"], name="payment_order_of_person"),
        ),
        migrations.AddConstraint(
            model_name="paymentorder",
            constraint=models.UniqueConstraint(fields=("municipality", "form_token"), name="payment_order_form_once"),
        ),
        migrations.AddConstraint(
            model_name="paymentorder",
            constraint=models.UniqueConstraint(fields=("municipality", "reference"), name="payment_order_reference"),
        ),
        migrations.AddConstraint(
            model_name="paymentorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_cents__gt", 0)), name="payment_order_positive"
            ),
        ),
        migrations.AddIndex(
            model_name="paymentattempt",
            index=models.Index(
                condition=models.Q(("next_query_at__isnull", False)),
                fields=["municipality", "next_query_at"],
                name="payment_attempt_due",
            ),
        ),
        migrations.AddIndex(
            model_name="paymentattempt",
            index=models.Index(
                condition=models.Q(("state__in", ["REDIRECTED", "UNKNOWN"])),
                fields=["person_id"],
                name="payment_attempt_undecided",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["person_id", "-paid_at"], name="payment_of_person"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["municipality", "order"], name="payment_of_order"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["municipality", "-paid_at"], name="payment_by_time"),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(fields=("municipality", "evidence_key"), name="payment_once"),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(condition=models.Q(("amount_cents__gt", 0)), name="payment_positive"),
        ),
        migrations.AddConstraint(
            model_name="orderline",
            constraint=models.UniqueConstraint(fields=("order", "instalment"), name="order_line_once"),
        ),
        tenant_table("merchant_account", root=True),
        tenant_table("payment_order", columns_person=True, root=True, lookup=True),
        tenant_table("order_line", columns_person=True),
        tenant_table("payment_attempt", columns_person=True, lookup=True),
        tenant_table("rf_code", columns_person=True, root=True, lookup=True),
        tenant_table("bank_message", append_only=True, root=True),
        tenant_table("bank_result", append_only=True),
        tenant_table("payment", columns_person=True, root=True),
        tenant_table("collection", columns_person=True, append_only=True),
        tenant_key("order_line", "order_id", "payment_order"),
        tenant_key("order_line", "instalment_id", "instalment"),
        tenant_key("payment_attempt", "order_id", "payment_order"),
        tenant_key("payment_attempt", "merchant_account_id", "merchant_account"),
        tenant_key("rf_code", "order_id", "payment_order"),
        tenant_key("bank_result", "message_id", "bank_message"),
        tenant_key("bank_result", "attempt_id", "payment_attempt"),
        tenant_key("bank_result", "rf_code_id", "rf_code"),
        tenant_key("bank_result", "payment_id", "payment"),
        tenant_key("payment", "order_id", "payment_order"),
        tenant_key("payment", "attempt_id", "payment_attempt"),
        tenant_key("payment", "rf_code_id", "rf_code"),
        tenant_key("collection", "payment_id", "payment"),
        tenant_key("collection", "instalment_id", "instalment"),
        migrations.RunSQL(
            [
                # Money is monotone: what was paid stays paid, whatever a late answer or a bug says.
                """CREATE FUNCTION obolos_paid_stays_paid() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF OLD.state = 'PAID' AND NEW.state <> 'PAID' THEN
                        RAISE EXCEPTION '% % is paid and stays paid', TG_TABLE_NAME, OLD.id
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                END $$""",
                """CREATE TRIGGER payment_order_paid BEFORE UPDATE OF state ON payment_order
                FOR EACH ROW EXECUTE FUNCTION obolos_paid_stays_paid()""",
                """CREATE TRIGGER payment_attempt_paid BEFORE UPDATE OF state ON payment_attempt
                FOR EACH ROW EXECUTE FUNCTION obolos_paid_stays_paid()""",
                # Of a payment only these may change: who confirmed and acknowledged it, what became of its money.
                """CREATE FUNCTION obolos_payment_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF (NEW.municipality_id, NEW.evidence_key, NEW.amount_cents, NEW.paid_at, NEW.paid_on, NEW.booked_at,
                        NEW.order_id, NEW.attempt_id, NEW.rf_code_id, NEW.channel, NEW.provider)
                       IS DISTINCT FROM
                       (OLD.municipality_id, OLD.evidence_key, OLD.amount_cents, OLD.paid_at, OLD.paid_on, OLD.booked_at,
                        OLD.order_id, OLD.attempt_id, OLD.rf_code_id, OLD.channel, OLD.provider) THEN
                        RAISE EXCEPTION 'payment % is a fact and does not change', OLD.id
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                END $$""",
                """CREATE TRIGGER payment_fixed BEFORE UPDATE ON payment
                FOR EACH ROW EXECUTE FUNCTION obolos_payment_fixed()""",
            ],
            migrations.RunSQL.noop,
        ),
        # What arrives without a session finds its municipality here, then works in that municipality's context.
        lookup_function(
            "obolos_find_attempt",
            "reference text",
            "TABLE (municipality_id bigint, id bigint)",
            "SELECT a.municipality_id, a.id FROM payment_attempt a WHERE a.reference = $1",
        ),
        lookup_function(
            "obolos_find_order",
            "public_id text",
            "TABLE (municipality_id bigint, id bigint)",
            "SELECT o.municipality_id, o.id FROM payment_order o WHERE o.public_id = $1",
        ),
        lookup_function(
            "obolos_find_rf",
            "code text",
            "TABLE (municipality_id bigint, id bigint)",
            "SELECT r.municipality_id, r.id FROM rf_code r WHERE r.code = $1",
        ),
    ]
