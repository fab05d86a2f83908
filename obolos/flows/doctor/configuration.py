"""Settings: their effective values with secrets masked, and whether a live installation may run with them."""

import json
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from obolos.base import crypto
from obolos.flows.doctor.findings import Finding, right, wrong

MASK = "********"
_SHORTEST_SECRET = 40


def effective_settings() -> dict[str, str]:
    """Name → value of everything that the environment decides. A secret shows only whether it is set."""
    database = settings.DATABASES["default"]
    taxisnet = settings.OBOLOS_TAXISNET
    shown: dict[str, object] = {
        "OBOLOS_DEMO": settings.OBOLOS_DEMO,
        "OBOLOS_DEBUG": settings.DEBUG,
        "OBOLOS_PORTAL_URL": settings.OBOLOS_PORTAL_URL,
        "OBOLOS_HOSTS": ",".join(settings.ALLOWED_HOSTS),
        "OBOLOS_SANDBOX_URL": settings.OBOLOS_SANDBOX_URL,
        "OBOLOS_VAR": settings.OBOLOS_VAR,
        "OBOLOS_DIAS_INBOX": settings.OBOLOS_DIAS_INBOX,
        "OBOLOS_THREADS": settings.OBOLOS_THREADS,
        "OBOLOS_SECRET_KEY": _masked(settings.SECRET_KEY),
        "OBOLOS_FIELD_KEY": _masked(settings.OBOLOS_FIELD_KEY),
        "database": f"{database['USER']}@{database['HOST'] or 'local'}:{database['PORT'] or 5432}/{database['NAME']}",
        "database password": _masked(database["PASSWORD"]),
        "OBOLOS_TAXISNET_URL": taxisnet["base_url"],
        "OBOLOS_TAXISNET_CLIENT_ID": taxisnet["client_id"],
        "OBOLOS_TAXISNET_SECRET": _masked(taxisnet["secret"]),
        "OBOLOS_TAXISNET_FLAVOUR": taxisnet["flavour"],
        "OBOLOS_EMAIL_HOST": f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}",
        "OBOLOS_EMAIL_TLS": settings.EMAIL_USE_TLS,
        "OBOLOS_EMAIL_USER": settings.EMAIL_HOST_USER,
        "OBOLOS_EMAIL_PASSWORD": _masked(settings.EMAIL_HOST_PASSWORD),
        "OBOLOS_EMAIL_FROM": settings.DEFAULT_FROM_EMAIL,
        "OBOLOS_SMS_URL": settings.OBOLOS_SMS_URL,
    }
    return {name: str(value) for name, value in shown.items()}


def examine_settings() -> Iterator[Finding]:
    """The field key everywhere; on a live installation also that nothing of a trial is left."""
    yield _field_key()
    if settings.OBOLOS_DEMO:
        yield right("settings", "a trial: OBOLOS_DEMO=1")
        return
    problems = list(_trial_leftovers())
    yield from problems or [right("settings", "a live installation, nothing of a trial left")]


def _trial_leftovers() -> Iterator[Finding]:
    if len(settings.SECRET_KEY) < _SHORTEST_SECRET:
        yield wrong("secret key", "OBOLOS_SECRET_KEY is short", "Set one of at least 50 random characters.")
    for name, value in (("secret_key", settings.SECRET_KEY), ("field_key", settings.OBOLOS_FIELD_KEY)):
        if value and value == _trial_key(name):
            yield wrong(name, f"OBOLOS_{name.upper()} is that of the trial on this machine", "Set one for live work.")
    if settings.DEBUG:
        yield wrong("debug", "OBOLOS_DEBUG shows internals to visitors", "Unset OBOLOS_DEBUG.")
    if not settings.OBOLOS_PORTAL_URL.startswith("https://"):
        yield wrong("portal address", f"{settings.OBOLOS_PORTAL_URL} is not https", "Set OBOLOS_PORTAL_URL to https.")
    if settings.OBOLOS_SANDBOX_URL:
        yield wrong("sandbox", "OBOLOS_SANDBOX_URL points at simulated banks", "Unset OBOLOS_SANDBOX_URL.")
    if settings.OBOLOS_TAXISNET["secret"] in ("", "demo-gsis"):
        yield wrong("TAXISnet", "no live client secret", "Set OBOLOS_TAXISNET_URL, _CLIENT_ID and _SECRET.")


def _field_key() -> Finding:
    try:
        keys = crypto.keyring_from_base64(settings.OBOLOS_FIELD_KEY)
        if crypto.open_sealed(keys, crypto.seal(keys, "probe", municipality=0, field="x"), municipality=0, field="x"):
            materials = [keys.current.material, *(key.material for key in keys.older)]
    except (ValueError, crypto.CannotOpen) as error:
        return wrong("field key", f"unusable: {error}", "Set OBOLOS_FIELD_KEY to base64 of 32 random bytes.")
    if not settings.OBOLOS_DEMO and any(len(set(material)) < 8 for material in materials):
        return wrong("field key", "is no random key", "Set OBOLOS_FIELD_KEY to base64 of 32 random bytes.")
    return right("field key", "seals and opens")


def _trial_key(name: str) -> str:
    try:
        return str(json.loads((Path(settings.OBOLOS_VAR) / "secrets.json").read_text())[name])
    except (OSError, ValueError, KeyError):
        return ""


def _masked(secret: object) -> str:
    return MASK if secret else "(not set)"
