"""What a typed text may be of the references that we print."""

import re
from pathlib import Path

import pytest

from obolos.base.printed import CLEARANCE_PREFIX, PREFIXES, Printed, printed_as
from obolos.base.references import slip_format, slip_number

CODE = "7K2M94QX3FDR8ZTW"


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("OB-7K2M-94QX", [(Printed.ORDER, "OB-7K2M-94QX")]),
        (" ob 7k2m 94qx ", [(Printed.ORDER, "OB-7K2M-94QX")]),
        ("ΟΒ-7K2M-94QX", [(Printed.ORDER, "OB-7K2M-94QX")]),
        ("EI–7K2M–94QX", [(Printed.NOTICE, "EI-7K2M-94QX")]),
        ("ei-12-00001", [(Printed.NOTICE, "EI-12-00001")]),
        ("EV 7K2MO4QX", [(Printed.PURCHASE, "EV-7K2M-04QX")]),
        ("pi7k2m94qx", [(Printed.PURCHASE, "PI-7K2M-94QX")]),
        ("In-7k2m-94qx", [(Printed.INQUIRY, "IN-7K2M-94QX")]),
        (f"be-{CODE[:4]}-{CODE[4:].lower()}", [(Printed.CLEARANCE, CODE)]),
        (slip_format(slip_number("48213", 7)), [(Printed.SLIP, slip_number("48213", 7))]),
        ("7k2m 94qx 3fdr 8ztw", [(Printed.CODE, CODE)]),
        ("OB-7K2M-94Q", []),
        ("XX-7K2M-94QX", []),
        ("482130078", []),
        ("", []),
    ],
)
def test_a_reference_is_known_however_it_is_typed(typed: str, wanted: list) -> None:
    assert printed_as(typed) == wanted


def test_no_prefix_is_given_out_that_is_not_known_here() -> None:
    """Whoever prints a new kind of reference meets this test."""
    given = set()
    for path in Path("obolos").rglob("*.py"):
        found = re.findall(r"random_reference\((.*?)\)", path.read_text())
        given |= {prefix for call in found for prefix in re.findall(r'"([A-Z]{2})"', call)}
    assert given == set(PREFIXES)
    assert CLEARANCE_PREFIX not in PREFIXES
