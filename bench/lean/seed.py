"""Make the bare program's tables and rows: `python -m bench.lean.seed TOWNS DEBTS_PER_TOWN`."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.lean.settings")


def main() -> None:
    """Create the tables straight from the models, then fill them."""
    django.setup()
    from django.apps import apps
    from django.db import connection

    from bench.lean.models import Counter, Debt

    towns, each = int(sys.argv[1]), int(sys.argv[2])
    with connection.schema_editor() as editor:
        for model in apps.get_app_config("lean").get_models():
            editor.create_model(model)
    Counter.objects.bulk_create([Counter(town=town) for town in range(towns)])
    debts = [Debt(id=town * each + n + 1, town=town, amount_cents=5000) for town in range(towns) for n in range(each)]
    Debt.objects.bulk_create(debts, batch_size=5000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    main()
