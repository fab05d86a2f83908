"""Rows of a debts file become debts: checked, grouped, and written as lines for COPY into the staging tables.

The fast way accepts what is right; everything else goes to `reasons`, which names what is wrong. A debt with a defect
is staged by its id and RF codes only, so that twice-named ones are still found; its file is refused anyway.
"""

from collections.abc import Sequence
from hashlib import blake2b

from obolos.base.references import plate_fold, ticket_fold
from obolos.domain.debts.debts_file import reasons
from obolos.domain.debts.debts_file.cells import Afms, Folded, Names, RfCodes, Versions, escaped
from obolos.domain.debts.debts_file.context import KINDS, PERSON_TYPES, Context
from obolos.domain.debts.debts_file.defects import Findings, Reason
from obolos.domain.debts.debts_file.layout import COLUMN_COUNT, MAX_INSTALMENTS

#: Columns of the staging tables, in the order written here.
STAGED_DEBT = (
    "line bigint", "ext_id text", "orig_code text", "catalogue text", "roll_line text", "atb text",
    "description text", "version bigint", "afm text", "person_type text", "kind text", "rev_code text", "year int",
    "certified_on date", "violation_on date", "name text", "name_folded text", "ticket_no text", "ticket_folded text",
    "plate text", "plate_folded text", "content bigint",
)  # fmt: skip
STAGED_PART = (
    "debt_line bigint", "line bigint", "number int", "of int", "due_on date", "principal_cents bigint",
    "added_cents bigint", "surcharge_cents bigint", "surcharge_as_of date", "paid_cents bigint",
    "written_off_cents bigint", "rf text",
)  # fmt: skip

_NULL = "\\N"
_BARE_DEBT = "\t\\N" * (len(STAGED_DEBT) - 2)
_BARE_PART = "\t\\N" * (len(STAGED_PART) - 3)
_NUMBERS = {str(number): number for number in range(1, MAX_INSTALMENTS + 1)}


class DebtRows:
    """Takes the rows of one file in order. `debts` and `parts` hold staged lines until somebody takes them away."""

    def __init__(self, context: Context, found: Findings) -> None:
        self.context = context
        self.found = found
        self.debts: list[str] = []
        self.parts: list[str] = []
        self.rows = 0
        self.debt_count = 0
        self.principal_cents = 0
        #: Whether every principal could be read, so that the sum means something.
        self.sum_known = True
        self._names, self._afms, self._rf_codes, self._versions = Names(), Afms(), RfCodes(), Versions()
        self._plates, self._tickets = Folded(plate_fold, 20), Folded(ticket_fold, 30)
        self._open = False
        self._first: Sequence[str] = ()
        self._line = 0
        self._good = self._numbers_known = True
        self._core = self._named = self._staged_end = ""
        self._numbers: list[int] = []
        self._tails: list[str] = []
        self._part_lines: list[int] = []
        self._rfs: list[tuple[int, str]] = []

    def take(self, fields: Sequence[str], line: int) -> None:
        """One row. Rows of one debt come one after the other."""
        self.rows += 1
        if len(fields) != COLUMN_COUNT:
            self.found.add(line, "", str(len(fields)), Reason.COLUMN_COUNT)
            self.lose(fields[0], line)
            return
        first = self._first
        if self._open and fields[0] == first[0]:
            if len(first) != COLUMN_COUNT:
                self._begin(fields, line)
                self._good = self._numbers_known = False
            elif fields[:14] != first[:14] or fields[16] != first[16] or fields[24:] != first[24:]:
                self._good = False
                self._numbers_known = self._numbers_known and fields[16] == first[16]
                reasons.of_difference(fields, first, line, self.found)
        else:
            self.close()
            self._begin(fields, line)
        self._part(fields, line)

    def lose(self, ext_id: str, line: int) -> None:
        """A row that cannot be read: whatever debt it belonged to is not whole."""
        self.sum_known = False
        if not (self._open and self._first[0] == ext_id):
            self.close()
            self._start((ext_id,), line)
        self._good = self._numbers_known = False

    def close(self) -> None:
        """The debt that is open has no more rows."""
        if not self._open:
            return
        self._open = False
        self.debt_count += 1
        numbers = self._numbers
        if self._numbers_known:
            self._check_numbers()
        if self._good:
            if numbers != sorted(numbers):
                pairs = sorted(zip(numbers, self._tails, self._part_lines, strict=True))
                self._tails, self._part_lines = [pair[1] for pair in pairs], [pair[2] for pair in pairs]
            said = f"{self._core}\t{self._named}\n" + "\n".join(self._tails)
            content = int.from_bytes(blake2b(said.encode(), digest_size=8).digest(), "big", signed=True)
            self.debts.append(f"{self._line}\t{self._core}\t{self._staged_end}\t{content}")
            prefix = f"{self._line}\t"
            for tail, line in zip(self._tails, self._part_lines, strict=True):
                self.parts.append(f"{prefix}{line}\t{tail}")
        elif 0 < len(self._first[0]) <= 60:
            self.debts.append(f"{self._line}\t{escaped(self._first[0])}{_BARE_DEBT}")
            self.parts.extend(f"{self._line}\t{line}{_BARE_PART}\t{rf}" for line, rf in self._rfs)

    def _start(self, fields: Sequence[str], line: int) -> None:
        self._open = self._good = self._numbers_known = True
        self._first, self._line = fields, line
        self._numbers, self._tails, self._part_lines, self._rfs = [], [], [], []

    def _begin(self, fields: Sequence[str], line: int) -> None:
        """The first row of a debt: what all its rows share."""
        self._start(fields, line)
        (
            ext_id, version, afm, name, person_type, kind, rev_code, orig_code, year, catalogue, roll_line,
            atb, description, certified_on, _, _, _, _, _, _, _, _, _, _, ticket_no, plate, violation_on,
        ) = fields  # fmt: skip
        context = self.context
        dates, latest = context.dates, context.latest
        number = self._versions[version]
        named = self._names[name]
        certified = dates[certified_on] if certified_on else _NULL
        violated = dates[violation_on] if violation_on else _NULL
        ticket = self._tickets[ticket_no] if ticket_no else "\t"
        plated = self._plates[plate] if plate else "\t"
        if not (
            number
            and named
            and certified
            and violated
            and ticket
            and plated
            and self._afms[afm]
            and person_type in PERSON_TYPES
            and kind in KINDS
            and rev_code in context.codes
            and (not year or year in context.years)
            and (not certified_on or (certified <= latest and kind != "UNCERTIFIED"))
            and (not violation_on or violated <= latest)
            and 0 < len(ext_id) <= 60
            and len(description) <= 200
            and len(orig_code) <= 20
            and len(catalogue) <= 20
            and len(roll_line) <= 20
            and len(atb) <= 30
        ):
            self._good = False
            reasons.of_head(fields, line, context, self.found)
            return
        free = f"{ext_id}\t{orig_code or rev_code}\t{catalogue}\t{roll_line}\t{atb}\t{description}"
        free = escaped(free)
        self._core = (
            f"{free}\t{number}\t{afm}\t{person_type}\t{kind}\t{rev_code}\t{year or _NULL}\t{certified}\t{violated}"
        )
        self._named = f"{name}\t{ticket_no}\t{plate}"
        self._staged_end = f"{named}\t{ticket}\t{plated}"

    def _part(self, fields: Sequence[str], line: int) -> None:
        """One instalment."""
        context = self.context
        amounts, dates = context.amounts, context.dates
        due_on = dates[fields[14]]
        number, of = _NUMBERS.get(fields[15]), _NUMBERS.get(fields[16])
        principal, paid, written_off = amounts[fields[17]], amounts[fields[21]], amounts[fields[22]]
        added = amounts[fields[18]] if fields[18] else _NULL
        surcharge = amounts[fields[19]] if fields[19] else _NULL
        as_of = dates[fields[20]] if fields[20] else _NULL
        rf = self._rf_codes[fields[23]] if fields[23] else ""
        if rf:
            self._rfs.append((line, rf))
        if principal is None:
            self.sum_known = False
        else:
            self.principal_cents += principal
        if number is None or of is None or number > of:
            self._numbers_known = False
        else:
            self._numbers.append(number)
        if not (
            due_on is not None
            and number is not None
            and of is not None
            and number <= of
            and principal is not None
            and paid is not None
            and written_off is not None
            and added is not None
            and surcharge is not None
            and as_of is not None
            and rf is not None
            and paid <= principal
            and written_off <= principal
            and (surcharge == _NULL) == (as_of == _NULL)
        ):
            self._good = False
            reasons.of_part(fields, line, context, self.found)
        self._tails.append(
            f"{number}\t{of}\t{due_on}\t{principal}\t{added}\t{surcharge}\t{as_of}\t{paid}\t{written_off}\t{rf}"
        )
        self._part_lines.append(line)

    def _check_numbers(self) -> None:
        """Instalments 1…n, each once."""
        numbers, of = self._numbers, _NUMBERS[self._first[16]]
        if len(numbers) == of and numbers == list(range(1, of + 1)):
            return
        there = set(numbers)
        if len(there) < len(numbers):
            for position, number in enumerate(numbers):
                if number in numbers[:position]:
                    self._good = False
                    line = self._part_lines[position]
                    self.found.add(line, "instalment", str(number), Reason.INSTALMENT_TWICE)
        missing = [number for number in range(1, of + 1) if number not in there]
        if missing:
            self._good = False
            told = ", ".join(map(str, missing[:10])) + (" …" if len(missing) > 10 else "")
            self.found.add(self._line, "instalment", told, Reason.INSTALMENT_MISSING)
