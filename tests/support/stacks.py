"""Running stacks for tests: the sandbox alone, or sandbox, web and worker, all as processes spoken to over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from launch import children
from launch.environment import Addresses
from launch.stack import READY_SECONDS, Stack
from tests.support import databases

STACK_DATABASE = f"{databases.DATABASE}_stack"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The simulated outside, driven through its control API."""

    address: str

    def get(self, what: str, **query: Any) -> Any:
        """`GET /control/…`, as JSON: what it caught (mail, sms, erp/payments) or can do."""
        return self._call("GET", what, params=query)

    def post(self, what: str, **body: Any) -> Any:
        """`POST /control/…` with a JSON body."""
        return self._call("POST", what, json=body)

    def fault(self, actor: str, fault: str, times: int = 1) -> None:
        """Let one of its actors misbehave the next `times` times."""
        self.post("faults", actor=actor, fault=fault, times=times)

    def behave(self) -> None:
        """Take back every fault."""
        self._call("DELETE", "faults")

    def reset(self) -> None:
        """Forget everything: faults, charges, letters."""
        self._call("POST", "reset")

    def _call(self, method: str, what: str, **options: Any) -> Any:
        answer = httpx.request(method, f"{self.address}/control/{what}", timeout=10, **options)
        answer.raise_for_status()
        return answer.json() if answer.content else None


@contextmanager
def sandbox_running() -> Iterator[Sandbox]:
    """A sandbox process of this test process's own, on the port that the settings name."""
    stack = Stack(databases.ADDRESSES, databases.variables(databases.DATABASE), databases.FOLDER)
    stack.start_sandbox()
    try:
        children.wait_for(f"{stack.addresses.sandbox}/", stack.running, READY_SECONDS)
        yield Sandbox(stack.addresses.sandbox)
    finally:
        stack.stop()


@contextmanager
def stack_running() -> Iterator[Stack]:
    """Sandbox, web and worker with demo data in a database of their own. The tests' server must be up."""
    folder = databases.FOLDER / "stack"
    (folder / "dias" / "inbox").mkdir(parents=True)
    addresses = Addresses(portal_port=children.free_port(), sandbox_port=children.free_port())
    product = databases.variables(STACK_DATABASE, folder, addresses)
    with databases.copy_of_template(STACK_DATABASE):
        databases.manage(["demo_data"], product)
        stack = Stack(addresses, product, folder)
        try:
            stack.start()
            yield stack
        finally:
            stack.stop()


def logs_of(folder: Path) -> str:
    """The ends of all logs there, to be shown when a journey fails."""
    return "\n".join(f"== {path.name}\n{path.read_text(errors='replace')[-3000:]}" for path in folder.glob("*.log"))
