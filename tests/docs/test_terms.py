"""One word per thing, in everything that people read: three codes that were all called «payment code» once.

RF code (κωδικός RF): paid at a bank. Debt code (κωδικός οφειλής): opens a debt at `/k/`. Payment reference (αριθμός
πληρωμής, OB-…): names a payment.

And one name each for what else had several: see `_OTHER_NAMES`. A debtor (οφειλέτης) owes, a payer (πληρωτής) pays, a
buyer (αγοραστής) buys tickets, an applicant (αιτών) asks for a certificate.
"""

import re
from pathlib import Path

import pytest

from launch.places import ROOT

_AMBIGUOUS = re.compile(r"payment code|pay code|κωδικ(ός|ό|οί|ούς|ού|ών) πληρωμής", re.IGNORECASE)
_READ_BY_PEOPLE = [
    *ROOT.glob("obolos/**/locale/el/LC_MESSAGES/django.po"),
    *ROOT.glob("obolos/interfaces/*/templates/**/*.html"),
    *ROOT.glob("obolos/adapters/messaging/*.py"),
    *ROOT.glob("obolos/adapters/documents/*.py"),
]
#: Words of the code: what a docstring calls a PayCode.
_CODE = re.compile(r'^\s*(#|""").*|\bits pay code, 16|paid by the pay code only', re.MULTILINE)


@pytest.mark.parametrize("path", _READ_BY_PEOPLE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_says_payment_code(path: Path) -> None:
    found = [line for line in path.read_text().splitlines() if _AMBIGUOUS.search(line) and not _CODE.search(line)]
    assert found == []


#: What people would read as another thing: (the name that is not used, the one that is).
_OTHER_NAMES = (
    (r"ανεπίσημη απόδειξη", "απόδειξη πληρωμής"),
    (r"κωδικός της απόδειξης", "αριθμός πληρωμής"),
    (r"κεφάλαιο", "κύρια οφειλή"),
    (r"(χωρίς|καμία) (χρέωση|επιβάρυνση)|χρέωση εξυπηρέτησης", "χωρίς προμήθεια"),
    (r"γκισέ", "ταμείο τράπεζας"),
    (r"καρτέλα (του )?πληρωτή", "καρτέλα οφειλέτη"),
    (r"λίγες ημέρες|σε μία εργάσιμη|έως 1 εργάσιμη", "how soon an RF payment is known: obolos.base.wording.RF_KNOWN"),
)


def _said(path: Path) -> list[str]:
    """Lines that people read: translations, and strings of Python that are no docstring's first line."""
    lines = path.read_text().splitlines()
    return [line for line in lines if not line.startswith(("msgid", "#")) and '"""' not in line]


@pytest.mark.parametrize("path", _READ_BY_PEOPLE, ids=lambda path: str(path.relative_to(ROOT)))
@pytest.mark.parametrize(("other", "name"), _OTHER_NAMES, ids=[name for _, name in _OTHER_NAMES])
def test_each_thing_has_one_name(path: Path, other: str, name: str) -> None:
    found = [line for line in _said(path) if re.search(other, line, re.IGNORECASE)]
    assert found == [], f"this is called «{name}»"


def test_another_name_would_be_seen(tmp_path: Path) -> None:
    planted = tmp_path / "django.po"
    planted.write_text('msgid "No fee"\nmsgstr "Χωρίς χρέωση εξυπηρέτησης."\n')
    with pytest.raises(AssertionError, match="χωρίς προμήθεια"):
        test_each_thing_has_one_name(planted, *_OTHER_NAMES[3])
