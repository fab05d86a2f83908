"""The debts file of a municipality's ERP: its format, and what is wrong with one. Pure: bytes in, values out.

`survey` looks the file over, `read_rows` reads it and yields what the import stages. No database, no Django, no clock.
"""

from obolos.domain.debts.debts_file.context import Context
from obolos.domain.debts.debts_file.defects import KEPT, Defect, Findings, Note, Reason, shown
from obolos.domain.debts.debts_file.layout import COLUMNS, MAX_FILE_BYTES, Header, Trailer
from obolos.domain.debts.debts_file.reading import Batch, Reading, read_rows
from obolos.domain.debts.debts_file.rows import STAGED_DEBT, STAGED_PART
from obolos.domain.debts.debts_file.surveys import Survey, survey
from obolos.domain.debts.debts_file.wording import with_words, words

__all__ = [
    "COLUMNS",
    "KEPT",
    "MAX_FILE_BYTES",
    "STAGED_DEBT",
    "STAGED_PART",
    "Batch",
    "Context",
    "Defect",
    "Findings",
    "Header",
    "Note",
    "Reading",
    "Reason",
    "Survey",
    "Trailer",
    "read_rows",
    "shown",
    "survey",
    "with_words",
    "words",
]
