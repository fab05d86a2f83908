"""A table of figures, once for the page and once for a spreadsheet: the same rows, so the two cannot differ."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from obolos.base import wording
from obolos.base.sheets import BOM, csv_lines, safe_text

#: What a column holds: text, a count, cents, a share from 0 to 1, a difference of shares in points, or seconds.
TEXT, COUNT, CENTS, SHARE, POINTS, SECONDS = "text", "count", "cents", "share", "points", "seconds"

Value = str | int | float | None
_HOUR, _DAY = 3_600, 86_400


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and what stands below it. `bar`: shown as a bar too, of the largest in the column or of the whole."""

    heading: str
    sort: str = COUNT
    bar: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A value ready to be shown; `width` of its bar in percent, None without one."""

    text: str
    sort: str
    width: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Rows of values, the first of each its name. `total`: the last row is the sum. `told`: what they come to, in words;
    `notes` say what a figure means. `whole`: rows of nothing are shown too."""

    code: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]
    total: bool = False
    notes: Sequence[str] = field(default_factory=tuple)
    told: Sequence[str] = field(default_factory=tuple)
    whole: bool = False

    def shown(self, language: str) -> list[list[Cell]]:
        """The rows as people read them, without those of nothing (see `zeros`)."""
        most = [self._most(place) for place in range(len(self.columns))]
        return [
            [
                Cell(spoken(value, column.sort, language), column.sort, _width(value, largest) if column.bar else None)
                for value, column, largest in zip(row, self.columns, most, strict=True)
            ]
            for row in self.rows
            if not self._is_nothing(row)
        ]

    def zeros(self) -> list[str]:
        """The names of the rows in which nothing happened: one line instead of many."""
        return [str(row[0]) for row in self.rows if self._is_nothing(row)]

    def _is_nothing(self, row: Sequence[Value]) -> bool:
        return not self.whole and row is not self._sum and not any(row[1:])

    @property
    def _sum(self) -> Sequence[Value] | None:
        return self.rows[-1] if self.total and self.rows else None

    def csv(self) -> bytes:
        """The rows as a file: shares and points in percent, with a decimal comma."""
        rows = [
            [_plain(value, column.sort) for value, column in zip(row, self.columns, strict=True)] for row in self.rows
        ]
        return BOM + csv_lines([[safe_text(_csv_heading(column)) for column in self.columns], *rows])

    def _most(self, place: int) -> float:
        if self.columns[place].sort == SHARE:
            return 1.0
        rows = self.rows[:-1] if self.total else self.rows
        return max((float(row[place] or 0) for row in rows if not isinstance(row[place], str)), default=0.0)


def spoken(value: Value, sort: str, language: str) -> str:
    """A value in words and marks of the language; a dash for none."""
    if value is None:
        return "–"
    if sort == TEXT or isinstance(value, str):
        return str(value)
    if sort == CENTS:
        return wording.euro(int(value), language)
    if sort == SHARE:
        return f"{_decimal(100 * value, language)}%"
    if sort == POINTS:
        return _signed(100 * value, language)
    if sort == SECONDS:
        return duration(value, language)
    return _grouped(int(value), language)


def duration(seconds: float, language: str) -> str:
    """«1:48» below an hour, then hours and minutes, then days and hours."""
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // 60}:{whole % 60:02d}"
    hours, minutes, days = ("ώ.", "λ.", "ημ.") if language == "el" else ("h", "min", "d")
    if whole < _DAY:
        return f"{whole // _HOUR}\u00a0{hours} {whole % _HOUR // 60}\u00a0{minutes}"
    return f"{whole // _DAY}\u00a0{days} {whole % _DAY // _HOUR}\u00a0{hours}"


def _decimal(number: float, language: str) -> str:
    text = f"{number:.1f}"
    return text.replace(".", ",") if language == "el" else text


def _signed(points: float, language: str) -> str:
    text = _decimal(abs(points), language)
    return text if float(text.replace(",", ".")) == 0 else f"{'+' if points > 0 else '−'}{text}"


def _grouped(number: int, language: str) -> str:
    text = f"{abs(number):,}".replace(",", "." if language == "el" else ",")
    return f"−{text}" if number < 0 else text


def _width(value: Value, most: float) -> str | None:
    if value is None or isinstance(value, str) or most <= 0:
        return None
    return f"{max(0.0, min(100.0, 100 * value / most)):.1f}"


def _plain(value: Value, sort: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_text(value)
    if sort == CENTS:
        sign = "-" if value < 0 else ""
        return f"{sign}{abs(int(value)) // 100},{abs(int(value)) % 100:02d}"
    if sort in {SHARE, POINTS}:
        return f"{100 * value:.1f}".replace(".", ",")
    return str(round(value))


def _csv_heading(column: Column) -> str:
    marks = {CENTS: " (€)", SHARE: " (%)", SECONDS: " (s)"}
    return f"{column.heading}{marks.get(column.sort, '')}"
