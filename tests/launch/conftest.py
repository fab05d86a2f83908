"""Fixtures for tests of the launcher: folders and clusters of their own, away from the demo's and the suite's."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from launch import binaries


@pytest.fixture
def var(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty `var/` that every account may pass through, as a checkout's usually is."""
    folder = Path(tempfile.mkdtemp(prefix="obolos-var-"))
    folder.chmod(0o755)
    monkeypatch.setenv("OBOLOS_VAR", str(folder))
    for name in ("DATABASE_URL", "PORT", "SANDBOX_PORT"):
        monkeypatch.delenv(name, raising=False)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(params=sorted({found.major for found in binaries.candidates()}))
def major(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Each version of PostgreSQL that this machine has."""
    found = next(found for found in binaries.candidates() if found.major == request.param)
    monkeypatch.setenv("OBOLOS_PG_BIN", str(found.folder))
    return found.major
