"""Processes that the launcher starts: watched, stopped with their own children, ports refused by name."""

import socket
import sys
import time
from pathlib import Path

import pytest

from launch import children, environment
from launch.stop import Stop

_IGNORES_SIGTERM = (
    "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
    "print(child.pid, flush=True); time.sleep(60)"
)


def _start(code: str, folder: Path) -> children.Child:
    return children.start("worker", [sys.executable, "-c", code], environment.with_machine({}), folder / "worker.log")


def _wait_for_text(path: Path) -> str:
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up:
        if path.exists() and path.read_text().strip():
            return path.read_text()
        time.sleep(0.02)
    raise AssertionError("the child said nothing")


def test_a_dead_child_is_named_with_its_last_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    child = _start("print('out of money'); raise SystemExit(3)", tmp_path)
    child.process.wait(10)
    with pytest.raises(Stop, match=r"The worker ended by itself \(exit code 3\)"):
        children.refuse_dead([child])
    assert "out of money" in capsys.readouterr().err


def test_children_of_children_end_too(tmp_path: Path) -> None:
    child = _start(_IGNORES_SIGTERM, tmp_path)
    grandchild = int(_wait_for_text(child.log))
    children.stop([child], patience_seconds=0.2)
    assert child.process.returncode is not None
    give_up = time.monotonic() + 10
    stat = Path(f"/proc/{grandchild}/stat")
    while stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z":
        assert time.monotonic() < give_up
        time.sleep(0.02)


def test_waiting_ends_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="did not become ready in 0 s"):
        children.wait_for(f"http://127.0.0.1:{children.free_port()}/", [], 0.2)


def test_waiting_ends_when_the_child_dies(tmp_path: Path) -> None:
    child = _start("raise SystemExit(1)", tmp_path)
    with pytest.raises(Stop, match="ended by itself"):
        children.wait_for(f"http://127.0.0.1:{children.free_port()}/", [child], 20)


def test_a_taken_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Stop, match=f"Port {port} is in use.*SANDBOX_PORT="):
            children.refuse_taken(port, "SANDBOX_PORT")
    children.refuse_taken(port, "SANDBOX_PORT")


def test_a_log_is_read_by_its_owner_alone_also_an_old_one(tmp_path: Path) -> None:
    old, new = tmp_path / "old.log", tmp_path / "new.log"
    old.touch(mode=0o644)
    old.chmod(0o644)
    for log in (old, new):
        child = children.start("child", [sys.executable, "-c", "print('said')"], {}, log)
        assert child.process.wait(20) == 0
        assert (log.stat().st_mode & 0o777, log.read_text()) == (0o600, "said\n")
