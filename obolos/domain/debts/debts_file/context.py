"""What a file's rows are read against: its header, its styles, and the revenue codes the municipality knows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from obolos.domain.debts.debts_file.cells import Amounts, Dates
from obolos.domain.debts.debts_file.defects import Reason
from obolos.domain.debts.debts_file.layout import FIRST_YEAR

KINDS = frozenset({"CERTIFIED", "ARRANGED", "UNCERTIFIED"})
PERSON_TYPES = frozenset({"N", "L"})


@dataclass(frozen=True, slots=True)
class Context:
    """`codes`: known and within the file's scope. `latest`: last day that may lie behind it, in ISO form."""

    known: frozenset[str]
    codes: frozenset[str]
    latest: str
    years: frozenset[str]
    amounts: Amounts
    dates: Dates

    @classmethod
    def of(
        cls,
        *,
        known: Collection[str],
        scope: frozenset[str] | None,
        made_on: date,
        decimal_mark: str,
        slashed_dates: bool,
    ) -> "Context":
        """For one file. `known`: all revenue codes of the municipality; `scope`: the header's, None for all."""
        every = frozenset(known)
        return cls(
            known=every,
            codes=every if scope is None else every & scope,
            latest=made_on.isoformat(),
            years=frozenset(str(year) for year in range(FIRST_YEAR, made_on.year + 2)),
            amounts=Amounts(decimal_mark),
            dates=Dates(slashed=slashed_dates),
        )

    def why_not_code(self, code: str) -> Reason | None:
        """CODE_UNKNOWN or CODE_OUTSIDE_SCOPE."""
        if code in self.codes:
            return None
        return Reason.CODE_OUTSIDE_SCOPE if code in self.known else Reason.CODE_UNKNOWN
