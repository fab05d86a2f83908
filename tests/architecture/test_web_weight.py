"""What a web process holds before its first visitor: nothing that pages do not need, and nothing that a fork breaks.

The workers are forked from a process that has read the program (`config/serve.py`).
"""

import json
import subprocess
import sys
from functools import cache
from typing import Any

import pytest

from launch import environment, places
from tests.support import databases

#: What only a worker, a command, a spreadsheet, a letter or a test needs, and who asks for it when the time comes.
NOT_ON_PAGES = {
    "babel": "compiling catalogues",
    "icalendar": "somebody fetches a calendar file",
    "xlsxwriter": "somebody fetches a spreadsheet",
    "tablib": "somebody fetches a spreadsheet",
    "holidays": "a calendar of holidays is made",
    "pydantic": "the sandbox",
    "starlette": "the sandbox",
    "aiosmtpd": "the sandbox",
    "httpx": "the sandbox and tests; what asks the outside is httpcore",
    "sandbox": "never part of the product",
    "launch": "starts processes, is in none",
    "bench": "measures",
    "tests": "tests",
    "pytest": "tests",
    "hypothesis": "tests",
    "PIL": "nobody: the emblem is read by our own code",
    "procrastinate.worker": "the worker",
    "django.contrib.admin": "nobody",
    "django.test": "tests",
    "obolos.interfaces.worker.ticks": "the worker",
    "obolos.interfaces.commands.management": "manage.py",
    "obolos.flows.demo_data": "demo_data",
    "obolos.flows.doctor": "doctor",
    "obolos.flows.prove": "prove",
}

_TELL = """
import json, os, sys, threading
import obolos.config.wsgi
from django.db import connections
from obolos.adapters.documents import typesetting
links = [os.readlink(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{n}")]
print(json.dumps({
    "modules": sorted(sys.modules),
    "threads": [thread.name for thread in threading.enumerate()],
    "tasks": len(os.listdir("/proc/self/task")),
    "sockets": [link for link in links if link.startswith("socket:")],
    "connected": [one.alias for one in connections.all() if one.connection is not None],
    "typeset": typesetting._used_in_process,
}))
"""


@cache
def _web_process() -> dict[str, Any]:
    """What a process has after reading the program as the web server does, before it forks."""
    variables = environment.with_machine(databases.variables(databases.DATABASE))
    done = subprocess.run(
        [sys.executable, "-c", _TELL], cwd=places.ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("name", NOT_ON_PAGES)
def test_pages_do_without(name: str) -> None:
    loaded = [one for one in _web_process()["modules"] if one == name or one.startswith(f"{name}.")]
    assert not loaded, f"{name} is for: {NOT_ON_PAGES[name]}"


def test_what_pages_need_is_there_before_the_first_visitor() -> None:
    modules = set(_web_process()["modules"])
    assert {
        "obolos.interfaces.portal.urls",
        "obolos.interfaces.office.urls",
        "obolos.interfaces.callbacks.urls",
    } <= modules


def test_what_forks_is_alone() -> None:
    """A thread would be missing in the children, a connection would be shared by them."""
    found = _web_process()
    assert found["threads"] == ["MainThread"]
    assert found["tasks"] == 1
    assert not found["sockets"]
    assert not found["connected"]
    assert not found["typeset"]
