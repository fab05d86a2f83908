"""Whose rows a unit of work may touch: one municipality's, or one person's.

`tenancy(municipality=…)` or `tenancy(person=…)` opens one database transaction and sets a transaction-local setting
that PostgreSQL's row-level security policies read. Nothing outlives the transaction, so pooled connections (and
PgBouncer in transaction mode) never carry somebody's context to the next borrower.

Outside `tenancy`, touching a tenant table raises `OutsideTenancy`. Network calls inside it raise too: adapters call
`refuse_inside_transaction` before they speak (no network call inside a database transaction).
"""

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import transaction


class OutsideTenancy(RuntimeError):
    """A tenant table was touched, or tenancy nested, where no single municipality or person is set."""


@dataclass(frozen=True, slots=True)
class Context:
    """The municipality id or the person id that the open transaction works for."""

    municipality: int | None
    person: int | None


_current: ContextVar[Context | None] = ContextVar("obolos_tenancy", default=None)

_SET = "BEGIN; SET LOCAL obolos.municipality = '{}'; SET LOCAL obolos.person = '{}'"


def current() -> Context | None:
    """The context of the open unit of work, or None outside of one."""
    return _current.get()


def current_municipality() -> int:
    """Id of the municipality of the open unit of work. Raises OutsideTenancy when none is set."""
    context = _current.get()
    if context is None or context.municipality is None:
        raise OutsideTenancy("this needs tenancy(municipality=…)")
    return context.municipality


@contextmanager
def tenancy(*, municipality: int | None = None, person: int | None = None) -> Iterator[Context]:
    """Run one transaction in the context of one municipality or one person (exactly one of the two).

    The block is a durable transaction: on leaving it without an exception everything is committed. Nesting raises
    OutsideTenancy, because a nested block would silently widen or narrow what the outer one may see.
    """
    if (municipality is None) == (person is None):
        raise OutsideTenancy("name exactly one of municipality and person")
    if _current.get() is not None:
        raise OutsideTenancy("tenancy does not nest: finish one unit of work before the next")
    context = Context(municipality, person)
    token = _current.set(context)
    try:
        with transaction.atomic(durable=True):
            yield context
    finally:
        _current.reset(token)


def opening() -> str:
    """What begins a transaction: BEGIN, and with it, in one round trip, the context of the unit of work it is for."""
    context = _current.get()
    if context is None:
        return "BEGIN"
    return _SET.format(*("" if one is None else format(one, "d") for one in (context.municipality, context.person)))


#: Guarded although no municipality owns their rows: a person is seen by himself and by those he owes to.
GUARDED_WITHOUT_MUNICIPALITY = ("person", "contact_code")


@functools.cache
def guarded_tables() -> frozenset[str]:
    """Names of all tables under row-level security."""
    # Models need a connection, and connections need this module.
    from obolos.base.tenant_model import TenantModel  # noqa: PLC0415

    tenant = {model._meta.db_table for model in apps.get_models() if issubclass(model, TenantModel)}
    return frozenset(tenant | set(GUARDED_WITHOUT_MUNICIPALITY))


@functools.cache
def _pattern() -> re.Pattern[str]:
    names = "|".join(sorted(map(re.escape, guarded_tables())))
    return re.compile(rf'\b(?:from|join|into|update|only|copy|truncate|table)\s+"?({names})"?(?![\w])', re.IGNORECASE)


@functools.lru_cache(maxsize=2048)
def touches(sql: str) -> str | None:
    """The first guarded table that a statement names, or None."""
    found = _pattern().search(sql)
    return found.group(1) if found else None


def guard(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Execute wrapper of application connections: refuses guarded tables outside `tenancy(...)`."""
    if _current.get() is None and isinstance(sql, str) and apps.ready:
        table = touches(sql)
        if table:
            raise OutsideTenancy(f"table {table} touched outside tenancy(municipality=…) or tenancy(person=…)")
    return execute(sql, params, many, context)


def refuse_inside_transaction(what: str) -> None:
    """Raise when a database transaction is open. Flows call it before any network call they make."""
    if _current.get() is not None:
        raise OutsideTenancy(f"{what} inside a database transaction: the bank's answer must never hang on our locks")
