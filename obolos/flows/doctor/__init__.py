"""Examine a running installation: what is wrong, and what to do. Changes nothing and shows no secret."""

from datetime import datetime

from django.db import Error

from obolos.flows.doctor.configuration import effective_settings, examine_settings
from obolos.flows.doctor.database import examine_database
from obolos.flows.doctor.findings import Finding, Level, wrong
from obolos.flows.doctor.municipalities import examine_municipalities
from obolos.flows.doctor.outside import examine_outside, examine_worker

__all__ = ["Finding", "Level", "effective_settings", "examine"]


def examine(*, now: datetime) -> tuple[Finding, ...]:
    """Everything, in the order in which it should be put right. Without a database the rest is still examined."""
    found = [*examine_settings()]
    try:
        found += examine_database()
        found += examine_municipalities(now=now)
        found.append(examine_worker(now=now))
    except Error as error:
        says = str(error).partition("\n")[0]
        found.append(wrong("database", f"cannot be examined: {says}", "Check OBOLOS_APP_DATABASE_URL and the server."))
    found += examine_outside()
    return tuple(found)
