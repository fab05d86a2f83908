"""The environment `.venv`: made from the hashed requirement files, wheels only. Standard library only."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launch import places
from launch.stop import Stop

#: Each set contains the one before it.
SETS = ("base", "demo", "dev")
_STAMP = places.VENV / "installed.json"


def ensure(wanted: str) -> None:
    """Make or complete `.venv` so that it holds the set `wanted`. Quick when nothing changed."""
    if _holds(wanted):
        return
    with _alone():
        if _holds(wanted):
            return
        uv = shutil.which("uv")
        if not _works():
            _make(uv)
        _install(uv, wanted)
        _STAMP.write_text(json.dumps(_stamped() | {wanted: _fingerprint(wanted)}))


def compile_requirements() -> None:
    """`make lock`: requirement files with hashes, for every platform, wheels only, no registry's address in them."""
    uv = [shutil.which("uv") or ""]
    if not uv[0]:
        scratch = places.var() / "lock"
        if not (scratch / "bin" / "uv").exists():
            _run([sys.executable, "-m", "venv", str(scratch)], "A scratch environment could not be made.")
            _run([str(scratch / "bin" / "python"), "-m", "pip", "-qq", "install", "uv"], "uv could not be installed.")
        uv = [str(scratch / "bin" / "uv")]
    options = "--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links"
    options += " --no-annotate --no-header --only-binary :all: --quiet"
    for name in SETS:
        source, target = places.REQUIREMENTS / f"{name}.in", places.REQUIREMENTS / f"{name}.txt"
        command = [*uv, "pip", "compile", *options.split(), str(source), "-o", str(target)]
        _run(command, f"requirements/{name}.in could not be resolved (see above).")
        if "://" in target.read_text():
            raise Stop(f"requirements/{name}.txt names an address: it must not.")


def _holds(wanted: str) -> bool:
    stamped = _stamped()
    larger = SETS[SETS.index(wanted) :]
    return any(stamped.get(name) == _fingerprint(name) for name in larger) and _works()


def _stamped() -> dict[str, str]:
    try:
        return dict(json.loads(_STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def _fingerprint(name: str) -> str:
    return hashlib.sha256((places.REQUIREMENTS / f"{name}.txt").read_bytes()).hexdigest()


def _works() -> bool:
    python = places.venv_program("python")
    return python.exists() and subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0


def _make(uv: str | None) -> None:
    print("Making .venv …", flush=True)
    shutil.rmtree(places.VENV, ignore_errors=True)
    if uv:
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(places.VENV)], "uv could not make .venv.")
        return
    _run(
        [sys.executable, "-m", "venv", str(places.VENV)],
        "Python cannot make environments here: install its venv module (on Debian: apt-get install python3-venv).",
    )


def _install(uv: str | None, wanted: str) -> None:
    print(f"Installing packages (requirements/{wanted}.txt) …", flush=True)
    python = str(places.venv_program("python"))
    options = [
        "--quiet",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "-r",
        str(places.REQUIREMENTS / f"{wanted}.txt"),
    ]
    failed = "The packages could not be installed (see above): is the package registry reachable?"
    if uv:
        _run([uv, "pip", "install", "--python", python, *options], failed)
        return
    if subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        _run([python, "-m", "ensurepip"], "pip is missing in .venv: delete .venv and try again.")
    # Byte code is made when a module is first used: compiling all of it would double the waiting time.
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]  # twice quiet: errors only
    _run([*pip, "install", "--no-compile", *options], failed)


def _run(command: list[str], failed: str) -> None:
    environment = {name: text for name, text in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONHOME"}}
    if subprocess.run(command, env=environment, check=False).returncode:
        raise Stop(failed)


@contextmanager
def _alone() -> Iterator[None]:
    with (Path(places.var()) / "setup.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
