"""The verbs of the launcher, one for each target of the Makefile.

A verb first makes sure that `.venv` holds the packages it needs, then goes on inside it.
"""

import os
import subprocess
import sys
from collections.abc import Callable

from launch import packages, places
from launch.stop import Stop


def setup(_words: list[str]) -> int:
    """Packages and compiled translations."""
    return 0


def lock(_words: list[str]) -> int:
    """Compile the requirement files."""
    packages.compile_requirements()
    return 0


def messages(_words: list[str]) -> int:
    """Bring the Greek catalogues up to date."""
    from launch import translations

    translations.update_all()
    return 0


def demo(_words: list[str]) -> int:
    """Run everything until Ctrl-C."""
    from launch import demo as running

    running.run()
    return 0


def demo_reset(_words: list[str]) -> int:
    """Begin the demo anew."""
    from launch import demo as running

    running.reset()
    return 0


def check(_words: list[str]) -> int:
    """Every check that needs no running program."""
    from launch import checks

    checks.run_all()
    return 0


def test(words: list[str]) -> int:
    """The whole suite, or what `words` name."""
    return _pytest(words)


def prove_hard(words: list[str]) -> int:
    """The long form of the reliability tests."""
    return _pytest([*words, "tests/reliability"], OBOLOS_PROVE_HARD="1")


def prove(words: list[str]) -> int:
    """Invariants on the current database."""
    return _on_current_database([sys.executable, "manage.py", "prove", *words])


def bench(words: list[str]) -> int:
    """Measurements, on fresh databases of their own (`launch.scratch`)."""
    from launch import environment

    return _run([sys.executable, "-m", "bench", *words], environment.without_product())


def tour(words: list[str]) -> int:
    """Drive a running demo over HTTP."""
    from launch import environment

    environment.use_kept()
    if "OBOLOS_PORTAL_URL" not in os.environ:
        raise Stop("There is no demo to tour: run `make demo` in another window first.")
    return _run([sys.executable, "-m", "launch.tour", *words], dict(os.environ))


def code(words: list[str]) -> int:
    """A staff account's one-time code."""
    from launch import codes

    print(codes.of_account(words[0] if words else ""))
    return 0


def backup(words: list[str]) -> int:
    """Copy the current database to a file."""
    from launch import copies, keys, servers

    target = copies.named_file(words[0] if words else "")
    with servers.running("pg", keys.read_or_make()) as server:
        copies.backup(server, target)
    print(f"{target}: {target.stat().st_size / 1_000_000:.1f} MB")
    return 0


def restore(words: list[str]) -> int:
    """Bring a copy back into a fresh database and prove it."""
    from launch import copies, environment, keys, roles, servers
    from launch import demo as running

    source = copies.named_file(words[0] if words else "")
    own = keys.read_or_make()
    with servers.running("pg", own) as server:
        roles.make_roles(server)
        if not server.private:
            roles.take_database(server)
        copies.restore(server, source)
        variables = environment.product(own, server.url(servers.APP), environment.chosen_addresses())
        running.manage(variables, "prove")
    return 0


#: Verb → what it does, and the set of packages it needs.
VERBS: dict[str, tuple[Callable[[list[str]], int], str]] = {
    "setup": (setup, "dev"),
    "demo": (demo, "demo"),
    "demo-reset": (demo_reset, "demo"),
    "tour": (tour, "demo"),
    "test": (test, "dev"),
    "check": (check, "dev"),
    "prove": (prove, "demo"),
    "prove-hard": (prove_hard, "dev"),
    "bench": (bench, "dev"),
    "code": (code, "demo"),
    "backup": (backup, "demo"),
    "restore": (restore, "demo"),
    "lock": (lock, ""),
    "messages": (messages, "dev"),
}


def main(arguments: list[str]) -> int:
    """Run one verb; returns the exit code. Every refusal is one clear line."""
    if not arguments or arguments[0] not in VERBS:
        print(f"usage: python3 -m launch {'|'.join(VERBS)}", file=sys.stderr)
        return 2
    verb, needed = VERBS[arguments[0]]
    try:
        if needed:
            packages.ensure(needed)
            _enter_venv(arguments)
            _make_ready()
        return verb(arguments[1:])
    except Stop as stop:
        print(f"obolos: {stop}", file=sys.stderr)
        return 1
    except ModuleNotFoundError as missing:
        print(f"obolos: The package {missing.name} is missing: delete .venv, then run make setup.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _enter_venv(arguments: list[str]) -> None:
    python = str(places.venv_program("python"))
    if sys.prefix != str(places.VENV):
        os.chdir(places.ROOT)
        os.execv(python, [python, "-m", "launch", *arguments])


def _make_ready() -> None:
    from launch import translations

    translations.compile_all()
    # Where collected files would lie; the file server looks for it at its start and complains when it is missing.
    (places.ROOT / "staticfiles").mkdir(exist_ok=True)


def _on_current_database(command: list[str]) -> int:
    from launch import environment, keys, roles, servers

    own = keys.read_or_make()
    with servers.running("pg", own) as server:
        if not (places.var() / "environment").exists():
            raise Stop("There is no database yet: run `make demo` first.")
        roles.make_roles(server)
        variables = environment.product(own, server.url(servers.APP), environment.chosen_addresses())
        return _run(command, environment.with_machine(variables))


def _pytest(words: list[str], **more: str) -> int:
    from launch import chromium, environment

    os.environ["CHROMIUM"] = chromium.ensure()
    spread = [] if any(word.startswith("-n") for word in words) else ["-n", "2"]
    command = [sys.executable, "-m", "pytest", *spread, *words]
    return _run(command, environment.without_product() | more)


def _run(command: list[str], variables: dict[str, str]) -> int:
    return subprocess.run(command, cwd=places.ROOT, env=variables, check=False).returncode
