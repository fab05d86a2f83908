"""What lies around the database: folders, mail host, SMS gateway, the worker."""

import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

from obolos.adapters.messaging.mail_probe import mail_refusal
from obolos.flows.doctor.findings import Finding, doubtful, right, wrong

HEARTBEAT = timedelta(minutes=2)


def examine_outside() -> Iterator[Finding]:
    """Folders and channels."""
    yield _writable("DIAS inbox", Path(settings.OBOLOS_DIAS_INBOX), "OBOLOS_DIAS_INBOX")
    yield _writable("var folder", Path(settings.OBOLOS_VAR), "OBOLOS_VAR")
    refusal = mail_refusal()
    host = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    if refusal:
        yield wrong(
            "mail", f"{host} does not answer: {refusal}", "Check OBOLOS_EMAIL_HOST, _PORT, _USER, _PASSWORD, _TLS."
        )
    else:
        yield right("mail", f"{host} answers")
    if settings.OBOLOS_SMS_URL:
        yield right("SMS", f"goes to {settings.OBOLOS_SMS_URL}")
    else:
        yield wrong("SMS", "no gateway is set", "Set OBOLOS_SMS_URL.")


def examine_worker(*, now: datetime) -> Finding:
    """Somebody drains deliveries and asks banks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(last_heartbeat) FROM procrastinate_workers")
        heartbeat = cursor.fetchone()[0]
    if heartbeat is None or now - heartbeat > HEARTBEAT:
        seen = f"last seen {heartbeat:%Y-%m-%d %H:%M} UTC" if heartbeat else "was never seen"
        return doubtful("worker", f"none runs ({seen})", "Start the worker: nothing is sent or asked without it.")
    return right("worker", "runs")


def _writable(subject: str, folder: Path, variable: str) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return right(subject, f"{folder} can be written")
    except OSError as error:
        return wrong(subject, f"{folder}: {error.strerror}", f"Make the folder writable for us, or set {variable}.")
