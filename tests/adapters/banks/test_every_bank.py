"""Every bank adapter through the common contract."""

import pytest

from tests.adapters.banks.cases import CASES
from tests.adapters.banks.contract_suite import BankContract


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
class TestEveryBank(BankContract):
    """See contract_suite."""
