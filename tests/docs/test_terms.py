"""One word per thing, in everything that people read: three codes that were all called «payment code» once.

RF code (κωδικός RF): paid at a bank. Debt code (κωδικός οφειλής): opens a debt at `/k/`. Payment reference (αριθμός
πληρωμής, OB-…): names a payment.
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
