"""Database backend: Django's PostgreSQL backend plus the guard of `obolos.base.tenancy`.

The guard is the first of two walls. It turns a forgotten tenancy into a loud error; row-level security, the second
wall, would only return no rows. Owner connections (migrations) carry no guard: they must see every table.
"""

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base

from obolos.base import tenancy


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection; application connections refuse tenant tables outside `tenancy(...)`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not settings.OBOLOS_AS_OWNER:
            self.execute_wrappers.append(tenancy.guard)

    def _start_transaction_under_autocommit(self) -> None:
        """Django's place for a BEGIN of one's own, called where a transaction is opened."""
        with self.wrap_database_errors:
            self.connection.execute(tenancy.opening(), prepare=False)
