"""Debts files of any size for measuring: invented people, the mix of kinds and instalments of a municipality."""

import hashlib
import random
from pathlib import Path

from obolos.base.references import afm_valid

MADE_AT = "2026-11-20T03:00:00+02:00"
_SURNAMES = [
    "Παπαδόπουλος",
    "Ζήσης",
    "Γεωργίου",
    "Μπότσαρης",
    "Δημητρίου",
    "Οικονόμου",
    "Ιωάννου",
    "Άλκιμος",
    "Βασιλείου",
    "Καρράς",
]
_NAMES = ["Ευάγγελος", "Χρήστος", "Άννα", "Σοφία", "Γεώργιος", "Βασιλική", "Ιωάννης", "Αθανάσιος", "Ειρήνη", "Άγγελος"]
#: Code, description, kind, of a hundred debts so many, instalments to draw from.
_KINDS = (
    ("00.0321.0001", "Ύδρευση", "CERTIFIED", 40, (1,)),
    ("00.0311.0001", "Τέλη καθαριότητας και φωτισμού", "CERTIFIED", 32, (1, 1, 1, 3)),
    ("00.1512.0001", "Πρόστιμο ΚΟΚ", "UNCERTIFIED", 20, (1,)),
    ("00.0441.0001", "ΤΑΠ", "CERTIFIED", 5, (1, 3)),
    ("00.3221.0311", "Ρύθμιση οφειλών", "ARRANGED", 3, (12, 24)),
)
#: So many debts a person.
_DEBTS_EACH = 5


def write_debts_file(folder: Path, *, code: str, debts: int, sequence: int = 1, seed: int = 9084) -> tuple[Path, int]:
    """Write a DELTA file with `debts` debts into `folder`; its path and its number of rows. Same seed, same file."""
    draw = random.Random(seed)
    people = [
        (_afm(draw), f"{draw.choice(_SURNAMES)} {draw.choice(_NAMES)} {n}") for n in range(max(1, debts // _DEBTS_EACH))
    ]
    path = folder / f"{code}_DEBTS_20261120_{sequence}.csv"
    digest, rows, total = hashlib.sha256(), 0, 0
    with path.open("wb") as file:

        def say(text: str) -> None:
            digest.update(text.encode())
            file.write(text.encode())

        say(f"H;1;{code};DELTA;*;{sequence};{MADE_AT}\n")
        for number in range(1, debts + 1):
            lines, cents = _debt(draw, code, number, people[draw.randrange(len(people))])
            say(lines)
            rows += lines.count("\n")
            total += cents
        file.write(f"T;{rows};{total // 100}.{total % 100:02d};{digest.hexdigest()}\n".encode())
    return path, rows


def _debt(draw: random.Random, code: str, number: int, person: tuple[str, str]) -> tuple[str, int]:
    rev_code, about, kind, _, counts = draw.choices(_KINDS, [one[3] for one in _KINDS])[0]
    of, year, month, cents = (
        draw.choice(counts),
        draw.randint(2022, 2026),
        draw.randint(1, 9),
        draw.randint(900, 90_000),
    )
    certified = "" if kind == "UNCERTIFIED" else f"{year}-{month:02d}-{draw.randint(1, 28):02d}"
    fine = (
        f";{draw.randint(10**6, 10**7)};ΙΝΑ-{draw.randint(1000, 9999)};{year}-{month:02d}-11"
        if not certified
        else ";;;"
    )
    head = (
        f"{code}-{number:07d};1;{person[0]};{person[1]};N;{kind};{rev_code};{rev_code};{year};{draw.randint(1, 400)};"
        f"{draw.randint(1, 9999)};{draw.randint(1, 9999)}/{year};{about};{certified};"
    )
    paid = cents // 2 if draw.random() < 0.1 else 0
    lines = []
    for part in range(1, of + 1):
        due = f"{year + (month + part) // 12}-{(month + part) % 12 + 1:02d}-25"
        said = f"{paid // 100}.{paid % 100:02d}" if part == 1 else "0.00"
        lines.append(f"{head}{due};{part};{of};{cents // 100}.{cents % 100:02d};0.00;;;{said};0.00;{fine}\n")
    return "".join(lines), cents * of


def _afm(draw: random.Random) -> str:
    body = f"{draw.randint(1, 99_999_999):08d}"
    return next(body + check for check in "0123456789" if afm_valid(body + check))
