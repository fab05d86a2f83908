"""What a reminder calls the debts it is about."""

from types import SimpleNamespace
from typing import Any

import pytest

from obolos.flows.tell_reminder import _about


def leg(*titles: str) -> Any:
    """A leg of debts that are called so."""
    lines = [SimpleNamespace(row=SimpleNamespace(title=lambda _, title=title: title)) for title in titles]
    return SimpleNamespace(lines=lines)


@pytest.mark.parametrize(
    ("titles", "greek", "english"),
    [
        (["ΤΑΠ 2026"], "ΤΑΠ 2026", "ΤΑΠ 2026"),
        (["ΤΑΠ 2026", "Ύδρευση"], "ΤΑΠ 2026 και Ύδρευση", "ΤΑΠ 2026 and Ύδρευση"),
        (["α", "β", "γ", "δ"], "α, β και 2 ακόμη", "α, β and 2 more"),
    ],
)
def test_two_debts_are_both_named(titles: list[str], greek: str, english: str) -> None:
    assert _about(leg(*titles), "el") == greek
    assert _about(leg(*titles), "en") == english
