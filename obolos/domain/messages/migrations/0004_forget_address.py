"""A message stays what it was, for ever; only the address it went to can be forgotten, and never be another one."""

from django.db import migrations

from obolos.base.tenancy_sql import APP


class Migration(migrations.Migration):
    dependencies = [("outgoing", "0003_find_inquiry")]

    operations = [
        migrations.RunSQL(
            [
                """CREATE FUNCTION obolos_only_forget_address() RETURNS trigger LANGUAGE plpgsql AS $$
                DECLARE
                    kept message := OLD;
                BEGIN
                    kept.address := '';
                    IF TG_OP = 'UPDATE' AND NEW = kept AND OLD.address <> '' THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION 'table % is append-only: write a correcting row instead', TG_TABLE_NAME
                        USING ERRCODE = 'integrity_constraint_violation';
                END $$""",
                "DROP TRIGGER message_append_only ON message",
                "CREATE TRIGGER message_append_only BEFORE UPDATE OR DELETE ON message "
                "FOR EACH ROW EXECUTE FUNCTION obolos_only_forget_address()",
                f"GRANT UPDATE (address) ON message TO {APP}",
            ],
            migrations.RunSQL.noop,
        )
    ]
