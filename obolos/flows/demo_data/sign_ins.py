"""Who can sign in to the demo: staff accounts with random passwords, kept in `OBOLOS_VAR/demo.json`, mode 0600."""

import json
import os
import secrets
from base64 import b32encode
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password

from obolos.domain.people.models import Role
from obolos.flows.admit_staff import NewStaff, admit_staff
from obolos.flows.demo_data.personas import PERSONAS

#: Letters and digits that nobody mistakes for one another.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class DemoStaff:
    """A staff account of the demo and the municipality it works for."""

    account: str
    code: str
    role: Role
    name: str


STAFF = (
    DemoStaff("clerk", "9084", Role.CLERK, "Άννα Ρίζου"),
    DemoStaff("cashier", "9084", Role.CASHIER, "Πέτρος Λιόντος"),
    DemoStaff("finance", "9084", Role.FINANCE, "Μαρία Στάμου"),
    DemoStaff("admin", "9084", Role.ADMIN, "Νίκος Δόβας"),
    DemoStaff("clerk-9083", "9083", Role.CLERK, "Σοφία Κίτσου"),
    DemoStaff("clerk-9086", "9086", Role.CLERK, "Ηλίας Τζίμας"),
)


def admit_demo_staff(ids_by_code: Mapping[str, int], *, now: datetime) -> dict[str, Any]:
    """Make the staff accounts. Returns all sign-ins of the demo as `demo.json` holds them."""
    passwords = {one.account: "-".join(_word() for _ in range(4)) for one in STAFF}
    totp_secrets = {one.account: b32encode(secrets.token_bytes(20)).decode() for one in STAFF}
    with ThreadPoolExecutor(2) as threads:
        hashes = dict(zip(passwords, threads.map(make_password, passwords.values()), strict=True))
    for one in STAFF:
        new = NewStaff(one.account, one.name, one.role, hashes[one.account], totp_secrets[one.account])
        admit_staff(ids_by_code[one.code], new, now=now)
    return {
        "citizens": [{"userid": one.userid, "afm": one.afm, "name": one.name} for one in PERSONAS],
        "staff": [
            {
                "account": one.account,
                "name": one.name,
                "role": one.role.value,
                "municipality": one.code,
                "password": passwords[one.account],
                "totp_secret": totp_secrets[one.account],
            }
            for one in STAFF
        ],
    }


def keep_sign_ins(path: Path, sign_ins: Mapping[str, Any]) -> None:
    """Write them for the launcher. This is the last step of loading: the file says that everything is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        json.dump(sign_ins, file, ensure_ascii=False, indent=2)
    draft.replace(path)


def _word() -> str:
    return "".join(secrets.choice(_READABLE) for _ in range(5))
