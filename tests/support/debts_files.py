"""Debts files for tests, written by hand from the contract and not with the product's own code."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "data" / "debts"
MADE_AT = "2026-11-20T03:00:00+02:00"
CODE = "9084"
WATER, CLEANING, FINE, PLAN = "00.0321.0001", "00.0311.0001", "00.1512.0001", "00.3221.0311"
AFMS = ("038836853", "278683870", "073662589", "224824470", "517812860", "740681248", "070434194", "289218406")

COLUMNS = (
    "ext_id", "version", "afm", "name", "person_type", "kind", "rev_code", "orig_code", "year", "catalogue", "line",
    "atb", "description", "certified_on", "due_on", "instalment", "instalments", "principal", "added", "surcharge",
    "surcharge_as_of", "paid", "written_off", "rf", "ticket_no", "plate", "violation_on",
)  # fmt: skip

Row = dict[str, str]


def row(ext_id: str = "9084-1", **changes: str) -> Row:
    """A good row: a certified water bill of 100.00 in one instalment."""
    good = {
        "ext_id": ext_id, "version": "1", "afm": AFMS[0], "name": "Μπότσαρης Χρήστος", "person_type": "N",
        "kind": "CERTIFIED", "rev_code": WATER, "orig_code": WATER, "year": "2026", "catalogue": "130", "line": "2137",
        "atb": "139/2026", "description": "Ύδρευση", "certified_on": "2026-11-06", "due_on": "2027-01-20",
        "instalment": "1", "instalments": "1", "principal": "100.00", "added": "0.00", "surcharge": "",
        "surcharge_as_of": "", "paid": "0.00", "written_off": "0.00", "rf": "", "ticket_no": "", "plate": "",
        "violation_on": "",
    }  # fmt: skip
    assert not changes.keys() - good.keys(), changes
    return good | changes


def fine_row(ext_id: str = "9084-F1", **changes: str) -> Row:
    """A good row: an uncertified traffic fine of 80.00."""
    return row(
        ext_id, **{"kind": "UNCERTIFIED", "rev_code": FINE, "orig_code": FINE, "certified_on": "", "principal": "80.00",
        "description": "Πρόστιμο ΚΟΚ", "ticket_no": "7180375", "plate": "ΙΝΑ-2339", "violation_on": "2026-11-11",
        } | changes,
    )  # fmt: skip


def debt(ext_id: str, count: int, **changes: str) -> list[Row]:
    """All instalments of a debt, a month apart."""
    return [
        row(
            ext_id,
            **{"due_on": f"2027-{number:02d}-20", "instalment": str(number), "instalments": str(count)} | changes,
        )
        for number in range(1, count + 1)
    ]


def line_of(one: Row) -> str:
    """A row as a line: quoted where it must be."""
    return ";".join(
        f'"{text.replace(chr(34), chr(34) * 2)}"' if set(text) & set(';"') else text for text in one.values()
    )


def content_of(
    rows: Iterable[Row | str],
    *,
    code: str = CODE,
    mode: str = "DELTA",
    scope: str = "*",
    sequence: int = 1,
    made_at: str = MADE_AT,
    encoding: str = "utf-8",
    newline: str = "\n",
    header: str | None = None,
    trailer: str | None = None,
    bom: bool = False,
) -> bytes:
    """The bytes of a file. `trailer` may name {rows}, {sum} and {sha}; rows may be lines as they are."""
    lines = [one if isinstance(one, str) else line_of(one) for one in rows]
    mark = "," if any(isinstance(one, dict) and "," in one["principal"] for one in rows) else "."
    cents = sum(_cents(one["principal"]) for one in rows if isinstance(one, dict))
    head = header if header is not None else f"H;1;{code};{mode};{scope};{sequence};{made_at}"
    body = "".join(f"{line}{newline}" for line in [head, *lines]).encode(encoding)
    body = b"\xef\xbb\xbf" + body if bom else body
    said = trailer if trailer is not None else "T;{rows};{sum};{sha}"
    total = f"{cents // 100}{mark}{cents % 100:02d}"
    last = said.format(rows=len(lines), sum=total, sha=hashlib.sha256(body).hexdigest())
    return body + f"{last}{newline}".encode()


def write(folder: Path, rows: Sequence[Row | str], *, name: str = "", **options: object) -> Path:
    """A file of these rows under its proper name (or `name`), in a folder of its own."""
    content = content_of(rows, **options)  # type: ignore[arg-type]
    made_at = str(options.get("made_at", MADE_AT))
    proper = f"{options.get('code', CODE)}_DEBTS_{made_at[:10].replace('-', '')}_{options.get('sequence', 1)}.csv"
    path = folder / (name or proper)
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _cents(text: str) -> int:
    digits = "".join(char for char in text if char.isascii() and char.isdigit())
    return int(digits or 0)
