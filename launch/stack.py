"""One running stack: sandbox, web and worker as processes, in that order. The demo and the tests start the same."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from launch import children, environment
from launch.children import Child
from launch.environment import BLOCKING_THREADS, Addresses

READY_SECONDS = 40


@dataclass(slots=True)
class Stack:
    """Where it listens, the variables its processes get, where their logs go, and the processes once started."""

    addresses: Addresses
    variables: dict[str, str]
    logs: Path
    web_workers: int = 2
    running: list[Child] = field(default_factory=list)

    def start_sandbox(self) -> None:
        """The simulated outside. It learns the addresses, and nothing of the product's keys or database."""
        own = ("OBOLOS_PORTAL_URL", "OBOLOS_SANDBOX_URL", "OBOLOS_DIAS_INBOX", "OBOLOS_VAR")
        variables = {name: self.variables[name] for name in own}
        variables["SANDBOX_PORT"] = str(self.addresses.sandbox_port)
        self._start("sandbox", [sys.executable, "-m", "sandbox"], variables)

    def start_web(self) -> None:
        """The portal, the office and the callbacks."""
        command = [sys.executable, "-m", "obolos.config.serve", "--host", "127.0.0.1"]
        command += ["--port", str(self.addresses.portal_port), "--workers", str(self.web_workers)]
        command += ["--blocking-threads", str(BLOCKING_THREADS), "--respawn-failed-workers"]
        command += ["--workers-kill-timeout", "5", "--log-level", "warning"]
        # Several threads share two heaps: what one let go another takes, and what setting a PDF needed goes back.
        heaps = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"}
        self._start("web server", command, self.variables | heaps)

    def start_worker(self) -> None:
        """Ticks: deliveries, bank queries, day files, messages."""
        self._start("worker", [sys.executable, "manage.py", "worker"], self.variables)

    def start(self) -> None:
        """Everything, ready to be used when this returns."""
        self.start_sandbox()
        self.start_web()
        self.start_worker()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Until sandbox and portal answer; Stop with the end of a log when a process dies before."""
        children.wait_for(f"{self.addresses.sandbox}/", self.running, READY_SECONDS)
        children.wait_for(f"{self.addresses.portal}/health/ready", self.running, READY_SECONDS)

    def stop(self) -> None:
        """Everything this stack started, worker first."""
        children.stop(self.running)
        self.running.clear()

    def _start(self, name: str, command: list[str], variables: dict[str, str]) -> None:
        log = self.logs / f"{name.split(maxsplit=1)[0]}.log"
        self.running.append(children.start(name, command, environment.with_machine(variables), log))
