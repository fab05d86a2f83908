#!/usr/bin/env python3
"""Django's command line. Where `make demo` ran, it works on that demo's database without further settings."""

import os
import sys

from launch import environment

OWNERS_COMMANDS = ("migrate", "prepare_database", "sqlmigrate")


def _needs_packages() -> None:
    """One clear line, no traceback, when this is not the Python that has the packages."""
    try:
        import django  # noqa: F401
    except ModuleNotFoundError:
        sys.exit("manage.py: Django is not here. Run it as «.venv/bin/python manage.py …»; «make setup» makes .venv.")


def main() -> None:
    """Run one command: migrations as the owner of the tables, everything else as the application."""
    _needs_packages()
    environment.use_kept()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "obolos.config.settings")
    if sys.argv[1:2] and sys.argv[1] in OWNERS_COMMANDS:
        os.environ.setdefault("OBOLOS_AS_OWNER", "1")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
