"""`make check`: format, lint, types, contracts, migrations, translations. All of them run; any finding fails."""

import subprocess
import sys
import time

from launch import environment, keys, places, servers, translations
from launch.stop import Stop


def run_all() -> None:
    """Run every check and print one line for each; Stop at the end when any failed."""
    variables = product_variables()
    python = sys.executable
    manage = [python, "-W", "ignore::RuntimeWarning", "manage.py"]
    checks = (
        ("format", [python, "-m", "ruff", "format", "--check", "--quiet", "."]),
        ("lint", [python, "-m", "ruff", "check", "--quiet", "--output-format=concise", "."]),
        ("contracts", [str(places.venv_program("lint-imports")), "--no-cache"]),
        ("types", [python, "-m", "mypy", "--no-error-summary"]),
        ("settings", [*manage, "check", "--fail-level", "WARNING"]),
        ("migrations", [*manage, "makemigrations", "--check", "--dry-run"]),
    )
    failed = [name for name, command in checks if not _passes(name, command, variables)]
    if not _translations_pass():
        failed.append("translations")
    if failed:
        raise Stop(f"checks failed: {', '.join(failed)}")


def product_variables() -> dict[str, str]:
    """Variables that let the product's settings load without a database."""
    own = keys.read_or_make()
    server = servers.addressed("pg", own)
    variables = environment.product(own, server.url(servers.APP), environment.chosen_addresses())
    return environment.with_machine(variables)


def _passes(name: str, command: list[str], variables: dict[str, str]) -> bool:
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=places.ROOT, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    _tell(name, done.returncode == 0, time.monotonic() - began, done.stdout + done.stderr)
    return done.returncode == 0


def _translations_pass() -> bool:
    began = time.monotonic()
    lines = translations.defects()
    _tell("translations", not lines, time.monotonic() - began, "\n".join(lines))
    return not lines


def _tell(name: str, passed: bool, seconds: float, said: str) -> None:
    if not passed:
        print(said.rstrip())
    print(f"check {name:<13} {'ok' if passed else 'FAILED'} ({seconds:.1f} s)", flush=True)
