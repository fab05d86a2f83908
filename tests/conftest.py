"""Fixtures of the whole suite.

`db` wraps a test in a transaction that is rolled back; `db_clean` runs it for real and empties the database afterwards
(whatever goes through a URL, several threads or several connections). Neither may touch the demo's database.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker
from xdist.scheduler import LoadScopeScheduling

from tests.support import browsers, databases, stacks

# Playwright keeps an event loop in the main thread; tests call the ORM from there, never from within that loop.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
databases.load_settings()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    databases.remove_folder()


class _Journeys(LoadScopeScheduling):  # type: ignore[misc]
    """Journeys share one test process, so that their stack is started once and what they inspected is known together.

    Every other test goes wherever there is room. The groups of xdist do not reach this version of pytest.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "journeys" if nodeid.startswith("tests/journeys/") else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """How tests are handed out to processes."""
    return _Journeys(config, log)


@pytest.fixture(scope="session")
def test_server() -> Iterator[None]:
    """The tests' PostgreSQL server, up."""
    with databases.server_up():
        yield


@pytest.fixture(scope="session")
def django_db_setup(test_server: None) -> Iterator[None]:
    """This process's database, in place of the one that pytest-django would make."""
    from django.db import connections

    with databases.copy_of_template(databases.DATABASE):
        yield
        connections.close_all()
        connections["default"].close_pool()


@pytest.fixture(scope="session")
def _flusher(django_db_setup: None) -> Iterator[databases.Flusher]:
    flusher = databases.Flusher(databases.DATABASE)
    yield flusher
    flusher.close()


@pytest.fixture
def db_clean(_flusher: databases.Flusher, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The real database without a wrapping transaction, emptied by its owner after the test."""
    from django.db import connections

    with django_db_blocker.unblock():
        yield
        connections.close_all()
    _flusher.flush()


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[stacks.Sandbox]:
    with stacks.sandbox_running() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_sandbox: stacks.Sandbox) -> stacks.Sandbox:
    """The simulated outside as a process of its own; it remembers nothing of the test before."""
    _sandbox.reset()
    return _sandbox


@pytest.fixture(scope="session")
def _stack(test_server: None) -> Iterator[stacks.Stack]:
    with stacks.stack_running() as stack:
        yield stack


@pytest.fixture
def stack(_stack: stacks.Stack) -> stacks.Stack:
    """Sandbox, web and worker with demo data, shared by the tests of this process: each uses debts of its own."""
    return _stack


@pytest.fixture
def stack_sandbox(stack: stacks.Stack) -> Iterator[stacks.Sandbox]:
    """The running stack's sandbox, behaving well again afterwards."""
    sandbox = stacks.Sandbox(stack.addresses.sandbox)
    yield sandbox
    sandbox.behave()


@pytest.fixture(scope="session")
def browser() -> Iterator[browsers.Browser]:
    """Chromium, one per test process; each test opens contexts of its own."""
    with browsers.chromium_running() as browser:
        yield browser


@pytest.fixture
def context(browser: browsers.Browser) -> Iterator[browsers.BrowserContext]:
    """A fresh browser profile with Greek as its language; any error of a page's own scripts fails the test."""
    with browsers.fresh_context(browser) as context:
        yield context


@pytest.fixture
def page(context: browsers.BrowserContext) -> browsers.Page:
    """One tab of a fresh profile."""
    return context.new_page()
