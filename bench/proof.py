"""The proof of payment as PDF, against bare typst compiling the same page: `python -m bench.proof [--seconds 6]`.

Ours is `render_proof`: wording, QR code, values as JSON, one PDF/A and PDF/UA file. The floor is a compiler of its own
that gets finished JSON. New content each time, both in turns in one process, nothing kept between two proofs.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from obolos.adapters.documents import proof, typesetting
from obolos.adapters.documents.views import ProofComponent, ProofLine, ProofView

TARGET, AIM = 0.25, 0.75
_TURN = 12
_AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Measured:
    """Proofs a second of both, turn by turn."""

    ours: list[float]
    floor: list[float]

    @property
    def ratio(self) -> float:
        """Median of the turns' own ratios: what else the machine does falls on both."""
        return statistics.median(one / other for one, other in zip(self.ours, self.floor, strict=True))


def view_of(number: int) -> ProofView:
    """A proof of two debts, one of them with a surcharge, unlike any other number's."""
    surcharge, water = 100 + number % 900, 2_000 + number
    lines = (
        ProofLine(
            "Τέλη καθαριότητας και φωτισμού",
            18_000 + surcharge,
            ("2026", f"κατάλογος 149, γραμμή {number}", "δόση 2 από 4"),
            (
                ProofComponent("Κύρια οφειλή", 18_000),
                ProofComponent("Προσαύξηση", surcharge, "Επιπλέον ποσό, επειδή η προθεσμία πέρασε."),
            ),
        ),
        ProofLine("Ύδρευση, 4ο δίμηνο 2026", water, (f"9083-{number:07d}",)),
    )
    return ProofView(
        language="el",
        municipality="Δήμος Ιωαννιτών",
        phone="26510 00000",
        reference=f"OB-{number:08d}",
        paid_at=_AT + timedelta(seconds=number),
        payer=f"Μαρκάκη Ελένη {number}",
        payer_afm="038836853",
        amount_cents=18_000 + surcharge + water,
        means="Κάρτα",
        bank="Τράπεζα Πειραιώς",
        approval=f"{number % 1_000_000:06d}",
        lines=lines,
    )


def measure(seconds: float = 6) -> Measured:
    """Turns of a dozen each until the time is up; the first one warms up and does not count."""
    template = typesetting.Typesetter("proof.typ").template
    compiler = typesetting.new_compiler(template)

    def bare(numbers: range) -> float:
        inputs = [{"proof": typesetting.as_json(proof.page_values(view_of(number)))} for number in numbers]
        how: dict[str, Any] = {"format": "pdf", "pdf_standards": typesetting.PDF_STANDARDS}
        return _rate([partial(compiler.compile, sys_inputs=one, **how) for one in inputs])

    def ours(numbers: range) -> float:
        views = [view_of(number) for number in numbers]
        return _rate([partial(proof.render_proof, view) for view in views])

    found = Measured([], [])
    end, number, turn = time.monotonic() + seconds, 1, 0
    while time.monotonic() < end or len(found.ours) < 4:
        first, second = range(number, number + _TURN), range(number + _TURN, number + 2 * _TURN)
        number += 2 * _TURN
        # Who begins changes from turn to turn.
        rates = (ours(first), bare(second)) if turn % 2 else (bare(first), ours(second))[::-1]
        if turn:
            found.ours.append(rates[0])
            found.floor.append(rates[1])
        turn += 1
    return found


def _rate(acts: list[Callable[[], object]]) -> float:
    began = time.perf_counter()
    for act in acts:
        act()
    return len(acts) / (time.perf_counter() - began)


def main(words: list[str] | None = None) -> int:
    """Measure and print; non-zero when the target is missed."""
    parser = argparse.ArgumentParser(prog="proof", description=__doc__)
    parser.add_argument("--seconds", type=float, default=6)
    found = measure(parser.parse_args(words).seconds)
    print(f"proof PDF, PDF/A and PDF/UA, new content each time, {len(found.ours)} turns of {_TURN}")
    print(f"  ours  {statistics.median(found.ours):7.1f} /s")
    print(f"  floor {statistics.median(found.floor):7.1f} /s")
    print(f"  ratio {found.ratio:.2f}   target {TARGET}, aim {AIM}")
    return 0 if found.ratio >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
