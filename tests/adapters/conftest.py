"""Fixtures of the adapters' tests: a stub server that misbehaves at will."""

from collections.abc import Iterator

import pytest

from tests.adapters.stub_http import Stub, stub_server


@pytest.fixture
def stub() -> Iterator[Stub]:
    """An HTTP server on loopback whose answers the test decides."""
    with stub_server() as running:
        yield running
