"""`prepare_database`: migrate as owner and grant the application its rights on tables that are not ours.

Our own tables are granted by their migrations, next to their policies. Tables of Django and of libraries hold no
debts, no money and no ΑΦΜ; they are listed in tests/architecture with the reason why they carry no row-level security.
"""

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from obolos.base.tenancy_sql import APP, AUDIT

#: Tables of libraries, by prefix, that web and worker read and write.
LIBRARY_PREFIXES = ("django_session", "auth_", "account_", "mfa_", "axes_", "procrastinate_")
READ_ONLY = ("django_content_type", "django_migrations")


class Command(BaseCommand):
    help = "Migrate the database and grant rights to the application role. Runs as the owner of the tables."
    #: `make check` looks at the whole program; here that would only cost time.
    requires_system_checks: list[str] = []

    def handle(self, *args: object, **options: object) -> None:
        if not settings.OBOLOS_AS_OWNER:
            raise CommandError("prepare_database runs as owner: set OBOLOS_AS_OWNER=1 and OBOLOS_OWNER_DATABASE_URL.")
        call_command("migrate", verbosity=0, interactive=False)
        with connection.cursor() as cursor:
            tables = connection.introspection.table_names(cursor)
            for table in tables:
                if table.startswith(LIBRARY_PREFIXES):
                    cursor.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {APP}')
                    cursor.execute(f'GRANT SELECT ON "{table}" TO {AUDIT}')
                elif table in READ_ONLY:
                    cursor.execute(f'GRANT SELECT ON "{table}" TO {APP}, {AUDIT}')
            cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP}")
            cursor.execute(f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {AUDIT}")
        self.stdout.write("database ready")
