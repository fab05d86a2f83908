"""The import contracts have power: each one finds an import that was planted against it."""

import re
import subprocess
from pathlib import Path

import pytest

from launch import places

#: Contract → module → what it must not import.
PLANTED = {
    "layers": ("obolos/base/money.py", "import obolos.flows"),
    "domain-order": ("obolos/domain/people/rules.py", "import obolos.domain.debts"),
    "interfaces-apart": ("obolos/interfaces/office/views.py", "import obolos.interfaces.portal"),
    "adapters-without-django": ("obolos/adapters/erp/client.py", "from django.db import connection"),
    "domain-without-network": ("obolos/domain/debts/rules/rates.py", "import urllib.request"),
    "base-without-nouns": ("obolos/base/text.py", "import httpx"),
    "product-alone": ("obolos/flows/pay.py", "import sandbox"),
    "sandbox-alone": ("sandbox/bank.py", "from obolos.base import money"),
    "launcher-alone": ("launch/demo.py", "import obolos.base.money"),
}
_PACKAGES = (
    *("sandbox", "launch", "bench", "tests", "obolos", "obolos/config", "obolos/flows", "obolos/base"),
    *("obolos/adapters", "obolos/adapters/erp", "obolos/adapters/messaging", "obolos/interfaces", "obolos/domain"),
    *(f"obolos/interfaces/{name}" for name in ("callbacks", "commands", "office", "portal", "worker")),
    *(
        f"obolos/domain/{name}"
        for name in (
            *(
                "clearances",
                "notices",
                "offerings",
                "reminders",
                "reconciliation",
                "payments",
                "debts",
                "debts/rules",
                "ledger",
                "messages",
                "people",
                "audit",
            ),
            *("deliveries", "municipalities"),
        )
    ),
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The product's skeleton with its own contracts, and nothing wrong in it."""
    for name in _PACKAGES:
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "__init__.py").touch()
    (tmp_path / "obolos/adapters/messaging/mail.py").write_text("from django.core import mail\n")
    (tmp_path / "pyproject.toml").write_text((places.ROOT / "pyproject.toml").read_text())
    return tmp_path


def _contracts(checkout: Path) -> dict[str, str]:
    """Contract id → KEPT or BROKEN."""
    done = subprocess.run(
        [places.venv_program("lint-imports"), "--no-cache"], cwd=checkout, capture_output=True, text=True, check=False
    )
    said = " ".join(done.stdout.split())
    text = (checkout / "pyproject.toml").read_text()
    names = dict(re.findall(r'^id = "(.+)"\nname = "(.+)"$', text, re.MULTILINE))
    found = {key: re.search(re.escape(name) + r" (KEPT|BROKEN)", said) for key, name in names.items()}
    assert all(found.values()), said
    return {key: match.group(1) for key, match in found.items() if match}


def test_a_sound_product_keeps_all_of_them(checkout: Path) -> None:
    assert set(_contracts(checkout).values()) == {"KEPT"}


def test_each_finds_what_is_planted_against_it(checkout: Path) -> None:
    assert set(_contracts(checkout)) == set(PLANTED)
    for path, line in PLANTED.values():
        (checkout / path).write_text(line + "\n")
    assert set(_contracts(checkout).values()) == {"BROKEN"}


def test_a_domain_package_without_a_place_is_found(checkout: Path) -> None:
    (checkout / "obolos/domain/stray").mkdir()
    (checkout / "obolos/domain/stray/__init__.py").touch()
    assert _contracts(checkout)["domain-order"] == "BROKEN"
