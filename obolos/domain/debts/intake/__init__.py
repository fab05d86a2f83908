"""Taking a debts file in: everything the database does for an import, as sets and never row by row.

One open tenancy, in this order: `begin`, `make_staging`, `copy_batch` for each batch, `check_whole`, `make_plan`,
`read_closing`, `lock_standing`, `write`. The whole import is that one transaction; leaving it by an exception leaves
nothing behind. What the financial system says when asked takes the same way (`live`). The tables `staged_…` and
`intake_…` are temporary and end with it.
"""

from obolos.domain.debts.intake.certification import certified_cents, posted_cents
from obolos.domain.debts.intake.checks import check_whole
from obolos.domain.debts.intake.live import Sorted, Told, batch_of, begin_live, sort_out, stage
from obolos.domain.debts.intake.plan import Closing, Counts, Import, make_plan, read_closing, read_notes
from obolos.domain.debts.intake.staging import begin, copy_batch, make_staging
from obolos.domain.debts.intake.writes import Written, lock_standing, write

__all__ = [
    "Closing",
    "Counts",
    "Import",
    "Sorted",
    "Told",
    "Written",
    "batch_of",
    "begin",
    "begin_live",
    "certified_cents",
    "check_whole",
    "copy_batch",
    "lock_standing",
    "make_plan",
    "make_staging",
    "posted_cents",
    "read_closing",
    "read_notes",
    "sort_out",
    "stage",
    "write",
]
