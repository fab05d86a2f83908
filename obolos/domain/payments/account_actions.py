"""Writes of a municipality's accounts at acquirers and at DIAS. Passwords arrive here already sealed."""

from collections.abc import Mapping

from obolos.base.tenancy import current_municipality
from obolos.domain.municipalities.actions import note_law_change
from obolos.domain.payments.models import MerchantAccount


def open_merchant_account(*, bank: str, label: str, public: Mapping[str, str], sealed_password: str) -> MerchantAccount:
    """Enter an account and make it the active one at that bank. An earlier one stays for its attempts, inactive."""
    own = MerchantAccount.objects.filter(municipality_id=current_municipality())
    own.filter(bank=bank, active=True).update(active=False)
    account = MerchantAccount.objects.create(
        municipality_id=current_municipality(),
        bank=bank,
        label=label,
        public=dict(public),
        sealed_password=sealed_password,
    )
    note_law_change()
    return account
