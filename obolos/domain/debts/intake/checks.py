"""What only all rows together, or rows already stored, can tell about a file: things named twice or taken."""

from typing import Any

from django.db import connection

from obolos.domain.debts.debts_file import KEPT, Findings, Reason
from obolos.domain.debts.intake.plan import Import
from obolos.domain.debts.intake.staging import analyze

_DEBT_TWICE = """
SELECT s.ext_id, s.line, min(s.line) OVER (PARTITION BY s.ext_id) AS first_line
FROM staged_debt s
WHERE s.ext_id IN (SELECT ext_id FROM staged_debt GROUP BY ext_id HAVING count(*) > 1)
ORDER BY s.line
"""

_RF_TWICE = """
SELECT t.rf, t.line, min(t.line) OVER (PARTITION BY t.rf) AS first_line
FROM staged_part t
WHERE t.rf IN (SELECT rf FROM staged_part WHERE rf <> '' GROUP BY rf HAVING count(*) > 1)
ORDER BY t.line
"""

_DEBT_TAKEN = """
SELECT s.ext_id, s.line
FROM staged_debt s JOIN debt d ON d.municipality_id = %(municipality)s AND d.ext_id = s.ext_id
WHERE d.origin NOT IN ('ERP', 'DEMO')
ORDER BY s.line
"""

#: A code is free again when its debt is paid, withdrawn, in this file too, or closed by it.
_RF_TAKEN = """
SELECT t.rf, t.line, d.ext_id
FROM (SELECT DISTINCT ON (rf) rf, line, debt_line FROM staged_part WHERE rf <> '' ORDER BY rf, line) t
JOIN staged_debt s ON s.line = t.debt_line
JOIN instalment i ON i.municipality_id = %(municipality)s AND i.rf = t.rf AND NOT i.rf = '' AND i.open_cents > 0
JOIN debt d ON d.id = i.debt_id AND d.ext_id <> s.ext_id
WHERE NOT EXISTS (SELECT 1 FROM staged_debt other WHERE other.ext_id = d.ext_id)
  AND NOT (%(full)s AND d.origin IN ('ERP', 'DEMO')
           AND (%(scope)s::text[] IS NULL OR d.rev_code = ANY (%(scope)s::text[])))
ORDER BY t.line
"""


def check_whole(given: Import, found: Findings) -> None:
    """Add debts and RF codes that the file names twice, or that belong to something the file is not about."""
    analyze("staged_debt", "staged_part")
    for ext_id, line, first in _lines(_DEBT_TWICE, given):
        if line != first:
            found.add(line, "ext_id", f"{ext_id} ({first})", Reason.DEBT_TWICE)
    for rf, line, first in _lines(_RF_TWICE, given):
        if line != first:
            found.add(line, "rf", f"{rf} ({first})", Reason.RF_TWICE)
    for ext_id, line in _lines(_DEBT_TAKEN, given):
        found.add(line, "ext_id", ext_id, Reason.DEBT_TAKEN)
    for rf, line, ext_id in _lines(_RF_TAKEN, given):
        found.add(line, "rf", f"{rf} ({ext_id})", Reason.RF_TAKEN)


def _lines(sql: str, given: Import) -> Any:
    """Rows of a check, a thousand at a time: a hostile file may name everything twice."""
    with connection.cursor() as cursor:
        cursor.execute(sql, given.values if "%(" in sql else None)
        while rows := cursor.fetchmany(KEPT):
            yield from rows
