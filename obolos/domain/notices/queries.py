"""Reads of pay codes."""

from django.db import connection


def place_of_pay_code(code: str) -> tuple[int, int] | None:
    """(municipality id, debt id) of a pay code as `pay_code_fold` spells it, in whatever context; None when unknown."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT municipality_id, id FROM obolos_find_pay_code(%s)", [code])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None
