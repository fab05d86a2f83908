"""A municipality's account at its acquirer, opened for use: which adapter speaks, with which credentials.

Credentials are sealed at rest and kept open in this process's memory only, by the municipality's law version: every
change of an account raises that version.
"""

import functools
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from obolos.adapters.banks.contract import Bank
from obolos.adapters.banks.piraeus import Piraeus, PiraeusAccount
from obolos.adapters.banks.refusals import BY_CODE
from obolos.base import crypto
from obolos.base.tenancy import tenancy
from obolos.domain.payments.models import MerchantAccount

BANKS: dict[str, Bank[Any]] = {"PIRAEUS": Piraeus()}
_SEALED = "merchant_account.password"
_TICKET = "payment_attempt.ticket"


class NoBankAccount(Exception):
    """The municipality has no active account at an acquirer: it takes no cards."""


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """An account ready for use: its row's id, the bank's short name, the adapter and what the adapter needs."""

    id: int
    municipality_id: int
    bank: str
    adapter: Bank[Any]
    credentials: Any


@functools.cache
def keys() -> crypto.Keyring:
    """The key ring that seals bank passwords and tickets."""
    return crypto.keyring_from_base64(settings.OBOLOS_FIELD_KEY)


_kept: dict[int, tuple[int, OpenAccount]] = {}
_kept_by_id: dict[int, tuple[int, OpenAccount]] = {}


def account_of(municipality_id: int, law_version: int) -> OpenAccount:
    """The card account of a municipality. Opens a transaction of its own when not in memory. Raises NoBankAccount."""
    kept = _kept.get(municipality_id)
    if kept is None or kept[0] != law_version:
        with tenancy(municipality=municipality_id):
            kept = _kept[municipality_id] = (law_version, read_account(municipality_id))
    return kept[1]


def read_account(municipality_id: int) -> OpenAccount:
    """The card account, read inside an open tenancy."""
    rows = MerchantAccount.objects.filter(municipality_id=municipality_id, active=True, bank__in=list(BANKS))
    row = rows.order_by("id").first()
    if row is None:
        raise NoBankAccount(f"municipality {municipality_id} has no card account")
    return _open(row)


def account_by_id(municipality_id: int, account_id: int, law_version: int) -> OpenAccount:
    """The account an attempt was begun with, also when another is active by now. Inside an open tenancy."""
    kept = _kept_by_id.get(account_id)
    if kept is None or kept[0] != law_version:
        row = MerchantAccount.objects.get(municipality_id=municipality_id, id=account_id)
        kept = _kept_by_id[account_id] = (law_version, _open(row))
    return kept[1]


def _open(row: MerchantAccount) -> OpenAccount:
    password = crypto.open_sealed(keys(), row.sealed_password, municipality=row.municipality_id, field=_SEALED)
    public = row.public
    credentials = PiraeusAccount(
        merchant_id=public["merchant_id"],
        pos_id=public["pos_id"],
        acquirer_id=public["acquirer_id"],
        user=public["user"],
        password=password,
        base_url=public["base_url"],
        causes={**BY_CODE, **public.get("causes", {})},
    )
    return OpenAccount(row.id, row.municipality_id, row.bank, BANKS[row.bank], credentials)


def seal_password(municipality_id: int, password: str) -> str:
    """A password as it is stored."""
    return crypto.seal(keys(), password, municipality=municipality_id, field=_SEALED)


def open_password(municipality_id: int, sealed: str) -> str:
    """The password of a stored account, for callers that compare it (DIAS) or check it (doctor)."""
    return crypto.open_sealed(keys(), sealed, municipality=municipality_id, field=_SEALED)


def seal_ticket(municipality_id: int, ticket: str) -> str:
    """A bank's ticket as it is stored: it is the key of the bank's signature."""
    return crypto.seal(keys(), ticket, municipality=municipality_id, field=_TICKET)


def open_ticket(municipality_id: int, sealed: str) -> str:
    """The ticket of an attempt."""
    return crypto.open_sealed(keys(), sealed, municipality=municipality_id, field=_TICKET)
